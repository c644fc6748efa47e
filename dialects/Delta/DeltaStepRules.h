//===- DeltaStepRules.h - what holds of every step --------------*- C++ -*-===//
//
// Assembly and rules that delta.recurrence and delta.adjoint share.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_DIALECTS_DELTA_DELTASTEPRULES_H
#define SLUICE_DIALECTS_DELTA_DELTASTEPRULES_H

#include "dialects/Delta/DeltaOps.h"

namespace sluice::delta {

//===----------------------------------------------------------------------===//
// Assembly
//===----------------------------------------------------------------------===//

/// `@name`
llvm::ParseResult parseStepName(mlir::OpAsmParser &parser,
                                mlir::OperationState &result);
/// A signature, attributes, and the step.
llvm::ParseResult parseSignedStep(mlir::OpAsmParser &parser,
                                  mlir::OperationState &result);
/// Prints it as it is parsed above, but for the attributes `elided`.
void printSignedStep(mlir::OpAsmPrinter &printer, SignatureOpInterface op,
                     mlir::Block &step,
                     llvm::ArrayRef<llvm::StringRef> elided = {});
/// Arguments have the names of the signature, which may be null.
void nameArguments(SignatureAttr signature, mlir::Region &region,
                   mlir::OpAsmSetValueNameFn setName);

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

/// R15: the step has the arguments of the signature.
llvm::LogicalResult verifyArguments(SignatureOpInterface op, mlir::Block &step);
/// R5: the body is a straight line of the dialect's own operations.
llvm::LogicalResult verifyOperations(SignatureOpInterface op,
                                     mlir::Block &step);
/// R6: a next state for each of `states`, by their names.
llvm::LogicalResult verifyNextStates(SignatureOpInterface op, YieldOp yield,
                                     llvm::ArrayRef<llvm::StringRef> states);
/// R6: the outputs that were declared.
llvm::LogicalResult verifyOutputs(SignatureOpInterface op, YieldOp yield);

} // namespace sluice::delta

#endif // SLUICE_DIALECTS_DELTA_DELTASTEPRULES_H
