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

/// Runs verified kernels one after another over a problem whose tensors have
/// the types that they take; states of other types are converted. They share
/// the workspaces of one name. What no CTA writes is NaN.
///
/// An error where a kernel takes what the problem does not have, holds an
/// operation without a meaning here, touches memory that is not there, or reads
/// shared memory that nobody has written.
llvm::Expected<runtime::Results>
interpretKernels(llvm::ArrayRef<tile::KernelOp> kernels,
                 const runtime::Problem &problem,
                 const TileOptions &options = {});

} // namespace sluice::reference

#endif // SLUICE_LIB_REFERENCE_TILEINTERPRETER_H
