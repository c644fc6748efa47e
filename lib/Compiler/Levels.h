//===- Levels.h - A spec at each level of the compiler ----------*- C++ -*-===//

#ifndef SLUICE_LIB_COMPILER_LEVELS_H
#define SLUICE_LIB_COMPILER_LEVELS_H

#include "lib/Compiler/Compile.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace sluice::compiler {

/// What is looked at of a spec; docs/command-line.md has them.
enum class Level : uint8_t {
  Delta,    ///< the verified spec
  WY,       ///< the chunk form
  Schedule, ///< the spec or its chunk form, with a schedule
  Placed,   ///< its scans, joined by channels
  Tile,     ///< a GPU's kernels
  Vector,   ///< loops and vectors
  LLVM,     ///< the llvm dialect; of a GPU's kernels the nvvm dialect, too
};

/// A module with `op` at a level, as compile() makes it with these options: its
/// first operation is what the level is of. A SpecError says where in the spec,
/// and why, there is none. `remarks` gets whole lines of what passes say, if
/// the context asks for any (lib/Support/Remarks.h).
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
lower(delta::RecurrenceOp op, Level level, const CompileOptions &options,
      std::string *remarks = nullptr);

} // namespace sluice::compiler

#endif // SLUICE_LIB_COMPILER_LEVELS_H
