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
class GraphAdjoint;
class ScanOp;
class YieldOp;
class TokensOp;

/// A term of `wy.solve`, and of its transpose: unknowns `destination` and
/// `source`.
struct SystemTerm {
  unsigned destination, source;
  mlir::Value scores;
  /// Null where there is none.
  mlir::Value weight, gate;
};

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

//===----------------------------------------------------------------------===//
// Shifted scores
//===----------------------------------------------------------------------===//

/// The most that |b| L may be, with b the smallest log of a gate and L the
/// tokens of a leaf: its factors lie in [e^(−|b| L / 2), e^(|b| L / 2)], and a
/// product of two, which pairs outside the mask may have in full, in the range
/// of float32 and bfloat16. For operands in float16 it is 20.
inline constexpr double kShiftLimit = 80;

/// Returns true if a gate in `bound` may be shifted: it grows nowhere, and does
/// not forget everything.
bool isShiftable(GateKind kind, delta::RangeAttr bound);
/// |b|, −log of the smallest factor in a bound that may be shifted.
double getSteepestGate(GateKind kind, delta::RangeAttr bound);
/// The largest power of two L with |b| L at most `limit`; 1 where the gate may
/// not be shifted.
int64_t getShiftedLeaf(GateKind kind, delta::RangeAttr bound,
                       double limit = kShiftLimit);
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
