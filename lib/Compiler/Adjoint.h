//===- Adjoint.h - the gradients of a spec's step ---------------*- C++ -*-===//

#ifndef SLUICE_LIB_COMPILER_ADJOINT_H
#define SLUICE_LIB_COMPILER_ADJOINT_H

#include "dialects/Delta/DeltaOps.h"
#include "dialects/WY/WYOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace sluice::compiler {

struct Adjoint {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// In `module`, verified: a copy of the recurrence, and its adjoint.
  delta::RecurrenceOp op;
  delta::AdjointOp adjoint;
};

/// Differentiates a copy of `op` by the arguments `gradients`, states among
/// them; by all that have influence where none is named. A SpecError says where
/// in the spec, and why, that cannot be.
llvm::Expected<Adjoint>
deriveAdjoint(delta::RecurrenceOp op,
              const std::vector<std::string> &gradients = {});

struct ChunkAdjoint {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// In `module`, verified.
  wy::PlacedOp adjoint;
};

/// Differentiates the chunk form of a copy of `op`, for chunks of `chunk`
/// tokens: the same gradients, as two scans. A SpecError says where in the
/// spec, and why, there is no chunk form.
llvm::Expected<ChunkAdjoint>
deriveChunkAdjoint(delta::RecurrenceOp op, int64_t keyDim, int64_t valueDim,
                   int64_t chunk,
                   const std::vector<std::string> &gradients = {});

} // namespace sluice::compiler

#endif // SLUICE_LIB_COMPILER_ADJOINT_H
