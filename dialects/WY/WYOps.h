//===- WYOps.h - the operations of the chunk form ---------------*- C++ -*-===//

#ifndef SLUICE_DIALECTS_WY_WYOPS_H
#define SLUICE_DIALECTS_WY_WYOPS_H

#include "dialects/Delta/DeltaOps.h"
#include "dialects/WY/ChunkShapes.h"
#include "dialects/WY/WYDialect.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace sluice::wy {
class ScanOp;
class YieldOp;
class TokensOp;

/// Checks that a scan's schedule is one for it.
llvm::LogicalResult verifySchedule(ScanOp scan);
} // namespace sluice::wy

#include "dialects/WY/WYInterfaces.h.inc"

namespace sluice::wy {
/// See WYOps.td.
template <typename ConcreteType>
class InChunk : public mlir::OpTrait::TraitBase<ConcreteType, InChunk> {
public:
  static llvm::LogicalResult verifyTrait(mlir::Operation *op) {
    if (llvm::isa_and_nonnull<ChunkHolderOpInterface>(op->getParentOp()))
      return llvm::success();
    return op->emitOpError(
        "expects parent op 'wy.scan', or another that holds a chunk");
  }
};

template <typename ConcreteType>
class InChunkOrTokens
    : public mlir::OpTrait::TraitBase<ConcreteType, InChunkOrTokens> {
public:
  static llvm::LogicalResult verifyTrait(mlir::Operation *op);
};
} // namespace sluice::wy

#define GET_OP_CLASSES
#include "dialects/WY/WYOps.h.inc"

template <typename ConcreteType>
llvm::LogicalResult
sluice::wy::InChunkOrTokens<ConcreteType>::verifyTrait(mlir::Operation *op) {
  if (llvm::isa_and_nonnull<ChunkHolderOpInterface, TokensOp>(
          op->getParentOp()))
    return llvm::success();
  return op->emitOpError("expects parent op 'wy.scan', 'wy.tokens' or another "
                         "that holds a chunk");
}

#endif // SLUICE_DIALECTS_WY_WYOPS_H
