//===- Assemble.h - the CUDA toolkit's programs -----------------*- C++ -*-===//
//
// What only ptxas and nvdisasm know of a kernel. They are run when an option
// asks for them, without a shell; nothing else of the simulator needs them.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_LAUNCH_ASSEMBLE_H
#define SLUICE_LIB_SIMULATOR_LAUNCH_ASSEMBLE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileUtilities.h"
#include <memory>
#include <string>

namespace sluice::ptx {
struct Module;
} // namespace sluice::ptx

namespace sluice::sim {

/// The path of a program: `name` itself if it has a slash, else where PATH has
/// it. An error names it.
llvm::Expected<std::string> findTool(llvm::StringRef name);

/// Runs a program with these arguments to its end; what it printed on stdout
/// and stderr. An error if it cannot be run or fails: with what it printed.
llvm::Expected<std::string> runTool(llvm::StringRef path,
                                    llvm::ArrayRef<llvm::StringRef> arguments);

/// A module as ptxas has assembled it.
struct Cubin {
  std::string path;
  /// With those of -v: registers, spills, what it warns of.
  std::string messages;
  /// Deletes the file in the end.
  std::unique_ptr<llvm::FileRemover> remover;
};

/// Assembles the module for the target, with the lines of the PTX. `ptxas` is a
/// name or a path.
llvm::Expected<Cubin> assemble(llvm::StringRef ptxas, const ptx::Module &module,
                               llvm::StringRef target);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_LAUNCH_ASSEMBLE_H
