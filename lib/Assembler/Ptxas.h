//===- Ptxas.h - PTX assembled, and what ptxas says of it -------*- C++ -*-===//

#ifndef SLUICE_LIB_ASSEMBLER_PTXAS_H
#define SLUICE_LIB_ASSEMBLER_PTXAS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileUtilities.h"
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice::assembler {

/// PTX as ptxas has assembled it.
struct Cubin {
  std::string path;
  /// With those of -v: registers, spills, what it warns of.
  std::string messages;
  /// Deletes the file in the end.
  std::unique_ptr<llvm::FileRemover> remover;
};

/// Assembles PTX for the target ("sm_90a"). `ptxas` is a name or a path;
/// `flags` are ptxas's own, beside -v and -arch.
llvm::Expected<Cubin> assemble(llvm::StringRef ptxas, llvm::StringRef ptx,
                               llvm::StringRef target,
                               llvm::ArrayRef<llvm::StringRef> flags = {});

/// What a thread of an entry takes, as ptxas -v says it.
struct Resources {
  /// 0: not known.
  uint64_t registers = 0;
  /// Bytes of local memory; and what stores and loads of registers, for which
  /// there was no room, write to it and read of it, each of them once.
  uint64_t stackBytes = 0, spillStoreBytes = 0, spillLoadBytes = 0;
  /// Bytes of a CTA's shared variables; what a launch adds is not known here.
  uint64_t sharedBytes = 0;

  uint64_t getSpillBytes() const { return spillStoreBytes + spillLoadBytes; }
};

/// What ptxas tells of one entry and of the functions that it assembles with
/// it.
struct AssemblerReport {
  Resources resources;
  /// What it says of performance, which has a number from C7500 on, each number
  /// once: "C7519: warpgroup.arrive is injected … (and 1 more)".
  std::vector<std::string> messages;
  /// Functions whose wgmma.mma_async wait for each other.
  std::vector<std::string> serialised;
  /// All this for who reads an estimate: sentences in lower case, without full
  /// stops.
  std::vector<std::string> notes;
};

/// The entries of which `ptxas -v` speaks, in its order.
std::vector<std::string> findEntries(llvm::StringRef text);

/// Reads what `ptxas -v` has printed.
AssemblerReport parseAssemblerReport(llvm::StringRef text,
                                     llvm::StringRef entry);

/// Has ptxas (a name or a path) assemble the PTX for the target. Where there is
/// none, or it fails, a note says so: an estimate is possible without.
AssemblerReport askAssembler(llvm::StringRef ptxas, llvm::StringRef ptx,
                             llvm::StringRef target, llvm::StringRef entry);

} // namespace sluice::assembler

#endif // SLUICE_LIB_ASSEMBLER_PTXAS_H
