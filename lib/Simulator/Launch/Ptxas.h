//===- Ptxas.h - what the assembler says of a kernel ------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_LAUNCH_PTXAS_H
#define SLUICE_LIB_SIMULATOR_LAUNCH_PTXAS_H

#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace sluice::ptx {
struct Module;
} // namespace sluice::ptx

namespace sluice::sim {

/// What ptxas tells of one entry and of the functions that it assembles with
/// it.
struct AssemblerReport {
  /// Of a thread of the entry; 0: not known.
  unsigned registers = 0;
  /// Sentences in lower case, without full stops.
  std::vector<std::string> notes;
  /// Functions whose wgmma.mma_async wait for each other.
  std::vector<std::string> serialised;
};

/// Reads what `ptxas -v` has printed.
AssemblerReport parseAssemblerReport(llvm::StringRef text,
                                     llvm::StringRef entry);

/// Has ptxas (a name or a path) assemble the module for the target. Where there
/// is none, or it fails, a note says so: an estimate is possible without.
AssemblerReport askAssembler(llvm::StringRef ptxas, const ptx::Module &module,
                             llvm::StringRef target, llvm::StringRef entry);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_LAUNCH_PTXAS_H
