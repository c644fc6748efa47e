//===- TileInterpreter.h - What a kernel means ------------------*- C++ -*-===//
//
// Runs a tile.kernel CTA by CTA, each operation on whole tensors. Who holds an
// element does not matter, and there are no threads: a barrier does nothing.
// Numbers are rounded to their type after each operation, a sum once. So a
// kernel has a meaning before and after each pass over the dialect, and before
// there is code for a GPU. Races are the simulator's business.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_REFERENCE_TILEINTERPRETER_H
#define SLUICE_LIB_REFERENCE_TILEINTERPRETER_H

#include "dialects/Tile/TileOps.h"
#include "lib/Runtime/Problem.h"

#include "llvm/Support/Error.h"

namespace sluice::reference {

struct TileOptions {
  /// Final states are written where the initial ones are.
  bool inPlace = false;
};

/// Runs a verified kernel over a problem whose tensors have the types that it
/// takes; states of other types are converted. What no CTA writes is NaN.
///
/// An error where the kernel takes what the problem does not have, holds an
/// operation without a meaning here, touches memory that is not there, or reads
/// shared memory that nobody has written.
llvm::Expected<runtime::Results>
interpretKernel(tile::KernelOp kernel, const runtime::Problem &problem,
                const TileOptions &options = {});

} // namespace sluice::reference

#endif // SLUICE_LIB_REFERENCE_TILEINTERPRETER_H
