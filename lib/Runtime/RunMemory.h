//===- RunMemory.h - What a run allocates -----------------------*- C++ -*-===//
//
// Sums of what is allocated together. Whoever allocates several things adds
// them up first and asks whether they fit (lib/Support/Memory.h); a tool asks
// for its whole run before it begins.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_RUNTIME_RUNMEMORY_H
#define SLUICE_LIB_RUNTIME_RUNMEMORY_H

#include "lib/IO/DType.h"
#include "lib/Runtime/Signature.h"
#include "lib/Support/Memory.h"

namespace sluice::runtime {

/// A tensor for every argument; for states only if `initialStates`, those of
/// `stateDType`.
void addInputs(MemoryNeed &need, const Signature &signature, const Sizes &sizes,
               io::DType dtype, io::DType stateDType, bool initialStates);

/// Outputs and final states.
void addResults(MemoryNeed &need, llvm::StringRef what,
                const Signature &signature, const Sizes &sizes,
                io::DType outputDType, io::DType stateDType);

/// The gradients by all arguments, states among them, by the reference.
void addGradients(MemoryNeed &need, llvm::StringRef what,
                  const Signature &signature, const Sizes &sizes,
                  io::DType dtype, io::DType stateDType);

/// The list of so many sequences, and that of a task for each of so many heads.
void addSequences(MemoryNeed &need, int64_t sequences, int64_t heads);

/// What the plan of a run in so many segments takes beside its results: states
/// at both ends of each, transitions along `axis`, and the lists of its
/// launches.
void addSegments(MemoryNeed &need, const Signature &signature,
                 const Sizes &sizes, int64_t segments, llvm::StringRef axis);

/// What the memory of a run depends on.
struct RunKind {
  /// The type of inputs that are to be made first, if any are.
  std::optional<io::DType> generated;
  bool initialStates = false;
  io::DType outputDType = io::DType::F32, stateDType = io::DType::F32;
  /// Tokens of a segment; 0: no segments.
  int64_t segmentTokens = 0;
  /// The axis along which a segment's transition is a matrix: K or V.
  std::string transitionAxis = "K";
  /// The reference runs it afterwards, in float64.
  bool compares = false;
  /// Gradients are computed.
  bool backward = false;
};

/// All that a run allocates, but for what only the device knows (code, scratch
/// of its threads), which is little and checked by itself.
MemoryNeed getRunNeed(const Signature &signature, const Sizes &sizes,
                      const RunKind &kind);

} // namespace sluice::runtime

#endif // SLUICE_LIB_RUNTIME_RUNMEMORY_H
