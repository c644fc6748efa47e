//===- DeltaOps.h - the operations of a step --------------------*- C++ -*-===//

#ifndef SLUICE_DIALECTS_DELTA_DELTAOPS_H
#define SLUICE_DIALECTS_DELTA_DELTAOPS_H

#include "dialects/Delta/DeltaDialect.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace sluice::delta {
class YieldOp;

/// See DeltaInterfaces.td.
template <typename ConcreteType>
class HoldsStep : public mlir::OpTrait::TraitBase<ConcreteType, HoldsStep> {};

template <typename ConcreteType>
class InStep : public mlir::OpTrait::TraitBase<ConcreteType, InStep> {
public:
  static llvm::LogicalResult verifyTrait(mlir::Operation *op) {
    if (mlir::Operation *parent = op->getParentOp();
        parent && parent->hasTrait<HoldsStep>())
      return llvm::success();
    return op->emitOpError("expects parent op 'delta.recurrence', or another "
                           "that holds a step");
  }
};
} // namespace sluice::delta

#include "dialects/Delta/DeltaInterfaces.h.inc"

#define GET_OP_CLASSES
#include "dialects/Delta/DeltaOps.h.inc"

namespace sluice::delta {
//===----------------------------------------------------------------------===//
// Assembly that later levels share: a chunk's scan has a recurrence's clauses.
//===----------------------------------------------------------------------===//

/// R13: clauses of arguments, kind `(` (%name `:` type),* `)`.
llvm::ParseResult
parseClauses(mlir::OpAsmParser &parser,
             llvm::SmallVectorImpl<mlir::OpAsmParser::Argument> &args,
             llvm::SmallVectorImpl<mlir::Attribute> &names,
             llvm::SmallVectorImpl<mlir::Attribute> &kinds);
/// `->` `(` (name `:` type),* `)`
llvm::ParseResult parseOutputs(mlir::OpAsmParser &parser,
                               llvm::SmallVectorImpl<mlir::Attribute> &names,
                               llvm::SmallVectorImpl<mlir::Attribute> &types);
void printClauses(mlir::OpAsmPrinter &printer,
                  mlir::Block::BlockArgListType args, mlir::ArrayAttr kinds,
                  mlir::ArrayAttr types);
void printOutputs(mlir::OpAsmPrinter &printer, mlir::ArrayAttr names,
                  mlir::ArrayAttr types);
/// R1: names are identifiers, distinct, and none is reserved. They are of
/// `what`: arguments or outputs.
llvm::LogicalResult verifyNames(mlir::Operation *op, mlir::ArrayAttr names,
                                llvm::StringRef what);
} // namespace sluice::delta

#endif // SLUICE_DIALECTS_DELTA_DELTAOPS_H
