//===- ChunkForm.h - the chunk form of a spec -------------------*- C++ -*-===//

#ifndef SLUICE_LIB_COMPILER_CHUNKFORM_H
#define SLUICE_LIB_COMPILER_CHUNKFORM_H

#include "dialects/WY/WYOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

namespace sluice::compiler {

struct ChunkForm {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// In `module`, verified.
  wy::ScanOp scan;
};

/// Derives the chunk form of a copy of `op`, for chunks of `chunk` tokens. A
/// SpecError says where in the spec, and why, there is none.
llvm::Expected<ChunkForm> deriveChunkForm(delta::RecurrenceOp op,
                                          int64_t keyDim, int64_t valueDim,
                                          int64_t chunk);

} // namespace sluice::compiler

#endif // SLUICE_LIB_COMPILER_CHUNKFORM_H
