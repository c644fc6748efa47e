//===- EmittedMaths.h - elementwise ops as they are emitted, on numbers ---===//
//
// Tests that hold for every elementwise op go through those that the dialect
// has: a new one is tested by being there.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_TEST_UNIT_ALGEBRA_EMITTEDMATHS_H
#define SLUICE_TEST_UNIT_ALGEBRA_EMITTEDMATHS_H

#include "dialects/Delta/DeltaOps.h"
#include <memory>

namespace sluice::delta {

/// The elementwise operations of the dialect, in the order of their names.
llvm::SmallVector<mlir::RegisteredOperationName>
getElementwiseOps(mlir::MLIRContext &context);

unsigned getNumOperands(mlir::RegisteredOperationName name);

/// One of them on operands along one axis at most.
ElementwiseOpInterface createElementwise(mlir::OpBuilder &builder,
                                         mlir::Location loc,
                                         mlir::OperationName name,
                                         mlir::ValueRange operands);

/// What is emitted for one of them, on a block's arguments.
struct EmittedBlock {
  EmittedBlock(ElementwiseOpInterface op, mlir::Type type);

  mlir::Block block;
  mlir::Value result;
};

/// What is emitted for one of them, on numbers: T is float or double.
template <typename T> class EmittedMaths {
public:
  explicit EmittedMaths(ElementwiseOpInterface op);
  T run(llvm::ArrayRef<T> operands);

private:
  struct Step {
    /// Null where the operation's folder is asked.
    T (*function)(llvm::ArrayRef<T> operands);
    mlir::Operation *op;
    llvm::SmallVector<unsigned, 3> operands;
    unsigned result;
  };

  std::unique_ptr<EmittedBlock> code;
  llvm::SmallVector<Step> steps;
  /// Of every value of the block.
  llvm::SmallVector<T> numbers;
  unsigned result;
};

} // namespace sluice::delta

#endif // SLUICE_TEST_UNIT_ALGEBRA_EMITTEDMATHS_H
