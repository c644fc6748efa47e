//===- ThreadWords.h - elements of a thread side by side --------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILETOGPU_THREADWORDS_H
#define SLUICE_PASSES_TILETOGPU_THREADWORDS_H

#include "mlir/IR/Builders.h"

namespace sluice {

/// A vector of the elements; one alone as it is.
mlir::Value packElements(mlir::OpBuilder &b, mlir::Location loc,
                         mlir::ValueRange elements);
/// The elements of a vector, in order; of a number itself.
llvm::SmallVector<mlir::Value>
unpackElements(mlir::OpBuilder &b, mlir::Location loc, mlir::Value packed);

} // namespace sluice

#endif // SLUICE_PASSES_TILETOGPU_THREADWORDS_H
