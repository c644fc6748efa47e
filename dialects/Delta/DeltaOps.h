//===- DeltaOps.h - the operations of a step --------------------*- C++ -*-===//

#ifndef SLUICE_DIALECTS_DELTA_DELTAOPS_H
#define SLUICE_DIALECTS_DELTA_DELTAOPS_H

#include "dialects/Delta/DeltaDialect.h"
#include "dialects/Delta/Interval.h"
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
  /// R14: a step's operation stands in a step.
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

/// What the clauses of a recurrence say of its arguments, one entry for each.
struct Clauses {
  llvm::SmallVector<mlir::OpAsmParser::Argument> args;
  llvm::SmallVector<mlir::Attribute> names, kinds, ranges;
};

/// R13: clauses of arguments, kind `(` (%name `:` type range?),* `)`, where
/// range is `range` `(` lower `,` upper `)`.
llvm::ParseResult parseClauses(mlir::OpAsmParser &parser, Clauses &clauses);
/// `range` `(` lower `,` upper `)`; unit where nothing is said.
llvm::ParseResult parseOptionalRange(mlir::AsmParser &parser,
                                     mlir::Attribute &range);
/// Nothing for null.
void printOptionalRange(mlir::AsmPrinter &printer, RangeAttr range);
/// The attribute for a range or unit for each argument; null where none has a
/// range.
mlir::ArrayAttr makeArgRanges(mlir::Builder &builder,
                              llvm::ArrayRef<mlir::Attribute> ranges);
/// The entry of such an attribute, which may be null.
RangeAttr getRange(mlir::ArrayAttr ranges, unsigned index);
/// `->` `(` (name `:` type),* `)`
llvm::ParseResult parseOutputs(mlir::OpAsmParser &parser,
                               llvm::SmallVectorImpl<mlir::Attribute> &names,
                               llvm::SmallVectorImpl<mlir::Attribute> &types);
void printClauses(mlir::OpAsmPrinter &printer,
                  mlir::Block::BlockArgListType args, mlir::ArrayAttr kinds,
                  mlir::ArrayAttr types, mlir::ArrayAttr ranges);
void printOutputs(mlir::OpAsmPrinter &printer, mlir::ArrayAttr names,
                  mlir::ArrayAttr types);
/// R1: names are identifiers, distinct, and none is reserved. They are of
/// `what`: arguments or outputs.
llvm::LogicalResult verifyNames(mlir::Operation *op, mlir::ArrayAttr names,
                                llvm::StringRef what);
/// R16: ranges (null for none) stand at arguments, and at none that is a state.
llvm::LogicalResult verifyRanges(mlir::Operation *op, mlir::ArrayAttr names,
                                 mlir::ArrayAttr kinds, mlir::ArrayAttr ranges);
} // namespace sluice::delta

#endif // SLUICE_DIALECTS_DELTA_DELTAOPS_H
