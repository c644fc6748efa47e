//===- Artifact.h - What the compiler makes and the runtime runs *- C++ -*-===//
//
// Code, the signature that tensors are bound to, the plan of launches, and what
// code and plan were made for. A file holds, in this order:
//
//   8 bytes   "SLUICEA1"
//   8 bytes   length of the manifest, little endian
//   32 bytes  SHA-256 of all that follows
//   manifest  JSON: signature, plan, types, sizes, resources, and of each code
//             its length and what it takes
//   codes     one after another
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_RUNTIME_ARTIFACT_H
#define SLUICE_LIB_RUNTIME_ARTIFACT_H

#include "lib/Runtime/LaunchPlan.h"
#include "lib/Runtime/Parameter.h"
#include "lib/Runtime/Problem.h"

namespace sluice::runtime {

/// What a kernel is in.
struct Code {
  enum class Format : uint8_t {
    Object, ///< a relocatable ELF object for this machine's processor
    PTX,    ///< text for a GPU's driver, or the simulator
    Cubin,  ///< what ptxas makes of it, for one generation of GPUs
  };
  Format format = Format::Object;
  std::vector<uint8_t> bytes;
  std::vector<Parameter> parameters;

  bool operator==(const Code &) const = default;
};

/// "object", "ptx", "cubin", as in a manifest.
llvm::StringRef stringify(Code::Format format);

struct Resources {
  /// A row of lib/Target's tables: "x86-64-v3", "sm_90a".
  std::string target;
  /// What the code asks of a processor: LLVM's names, separated by commas.
  std::string features;
  /// float32 elements of a vector.
  int64_t lanes = 1;

  bool operator==(const Resources &) const = default;
};

struct Artifact {
  Signature signature;
  LaunchPlan plan;
  std::vector<Code> codes;
  /// The element types that the code takes and gives; states are float32.
  std::vector<io::DType> argumentTypes;
  io::DType outputType = io::DType::F32;
  /// The sizes that are fixed in the code: K and V.
  Sizes sizes;
  Resources resources;
  /// What it was made of, as a compile cache names it; may be empty.
  std::string key;

  bool operator==(const Artifact &) const = default;
};

/// A file's content.
std::string serialize(const Artifact &artifact);
/// Reads a file's content, which may be anything: an error says what is wrong
/// with it, and `what` stands for the file. Code is not looked at: it is to be
/// trusted as much as a program.
llvm::Expected<Artifact> parseArtifact(llvm::ArrayRef<uint8_t> bytes,
                                       llvm::StringRef what);
llvm::Error writeArtifact(llvm::StringRef path, const Artifact &artifact);
llvm::Expected<Artifact> readArtifact(llvm::StringRef path);

/// An error where the code of a kernel is not there, or it or an argument is
/// not for what the kernel is for: a processor or a GPU.
llvm::Error checkKernels(const Artifact &artifact);
/// An error that names the first argument, type or size of a problem which the
/// artifact was not made for.
llvm::Error checkFits(const Artifact &artifact, const Problem &problem);

} // namespace sluice::runtime

#endif // SLUICE_LIB_RUNTIME_ARTIFACT_H
