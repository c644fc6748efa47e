//===- DeltaOps.h - the operations of a step --------------------*- C++ -*-===//

#ifndef SLUICE_DIALECTS_DELTA_DELTAOPS_H
#define SLUICE_DIALECTS_DELTA_DELTAOPS_H

#include "dialects/Delta/DeltaDialect.h"
#include "dialects/Delta/DeltaSignature.h"
#include "dialects/Delta/Interval.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace sluice::delta {
class AdjointBuilder;
class RecurrenceOp;
class YieldOp;

/// See DeltaInterfaces.td.
template <typename ConcreteType>
class HoldsStep : public mlir::OpTrait::TraitBase<ConcreteType, HoldsStep> {};

template <typename ConcreteType>
class InStep : public mlir::OpTrait::TraitBase<ConcreteType, InStep> {
public:
  /// R14: a step's operation stands in a step.
  static llvm::LogicalResult verifyTrait(mlir::Operation *op) {
    if (mlir::Operation *parent = op->getParentOp();
        parent && parent->hasTrait<HoldsStep>())
      return llvm::success();
    return op->emitOpError("expects parent op 'delta.recurrence', or another "
                           "that holds a step");
  }
};

template <typename ConcreteType>
class InAdjoint : public mlir::OpTrait::TraitBase<ConcreteType, InAdjoint> {
public:
  static llvm::LogicalResult verifyTrait(mlir::Operation *op);
};
} // namespace sluice::delta

#include "dialects/Delta/DeltaInterfaces.h.inc"

#define GET_OP_CLASSES
#include "dialects/Delta/DeltaOps.h.inc"

namespace sluice::delta {

/// R19: what only derivatives need stands in one.
template <typename ConcreteType>
llvm::LogicalResult InAdjoint<ConcreteType>::verifyTrait(mlir::Operation *op) {
  if (llvm::isa_and_nonnull<AdjointOp>(op->getParentOp()))
    return llvm::success();
  return op->emitOpError("stands in a delta.adjoint only");
}

} // namespace sluice::delta

#endif // SLUICE_DIALECTS_DELTA_DELTAOPS_H
