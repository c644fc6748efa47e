//===- DeltaSignature.h - what goes in and what comes out -------*- C++ -*-===//
//
// Rules and questions about `#delta.signature` that operations of all levels
// share, and its assembly: the clauses of a recurrence, a scan, a placement.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_DIALECTS_DELTA_DELTASIGNATURE_H
#define SLUICE_DIALECTS_DELTA_DELTASIGNATURE_H

#include "dialects/Delta/DeltaDialect.h"
#include "mlir/IR/Block.h"
#include "mlir/IR/OpImplementation.h"

namespace sluice::delta {

/// The signature of a recurrence at any level, or of the function that was
/// compiled from one; null where `op` has none.
SignatureAttr findSignature(mlir::Operation *op);

/// The arguments of `block` that are states; those of the signature come first
/// in the block.
llvm::SmallVector<mlir::BlockArgument>
getStateArguments(SignatureAttr signature, mlir::Block &block);

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

/// R1: names are identifiers, distinct, and none is reserved. They are of
/// `what`: arguments or outputs. `emitError` gets the place of the name that is
/// not as it should be.
llvm::LogicalResult
verifyNames(llvm::function_ref<mlir::InFlightDiagnostic(size_t)> emitError,
            llvm::ArrayRef<llvm::StringRef> names, llvm::StringRef what);

/// "qk_heads(%k: !delta.vec<key> range(-5, 0))"
std::string describe(ArgumentAttr argument);
/// "v_heads(o: !delta.vec<value>)"
std::string describe(OutputAttr output);

//===----------------------------------------------------------------------===//
// Assembly
//===----------------------------------------------------------------------===//

/// R13: clauses of arguments, kind `(` (%name `:` type range?),* `)`, where
/// range is `range` `(` lower `,` upper `)`; then `->` and the outputs, either
/// `(` (name `:` type),* `)` or clauses of them, kind `(` (name `:` type),*
/// `)`. Each of `args` gets the type of one token.
mlir::FailureOr<SignatureAttr>
parseSignature(mlir::OpAsmParser &parser,
               llvm::SmallVectorImpl<mlir::OpAsmParser::Argument> &args);
/// Prints a signature with the arguments' values.
void printSignature(mlir::OpAsmPrinter &printer, SignatureAttr signature,
                    mlir::Block::BlockArgListType args);
/// Prints the signature of an operation that has no values for the arguments,
/// with their names.
void printSignature(mlir::OpAsmPrinter &printer, SignatureAttr signature);

/// `range` `(` lower `,` upper `)`; null where nothing is said.
llvm::ParseResult parseOptionalRange(mlir::AsmParser &parser, RangeAttr &range);
/// Prints a range as it is parsed above, nothing for null.
void printOptionalRange(mlir::AsmPrinter &printer, RangeAttr range);

} // namespace sluice::delta

#endif // SLUICE_DIALECTS_DELTA_DELTASIGNATURE_H
