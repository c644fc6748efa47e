//===- TensorClasses.h - tensors that have one layout -----------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILEASSIGNLAYOUTS_TENSORCLASSES_H
#define SLUICE_PASSES_TILEASSIGNLAYOUTS_TENSORCLASSES_H

#include "dialects/Tile/TileOps.h"
#include "llvm/ADT/EquivalenceClasses.h"

namespace sluice {

/// Tensors that have one layout.
struct TensorClass {
  llvm::SmallVector<mlir::Value> values;
  tile::LayoutAttr layout;
  /// Of products: whether an accumulator's rows are the tensor's columns.
  bool isByColumns = false;

  /// Returns true if a prefix is among the values.
  bool hasPrefix() const;
};

/// The tensors of a kernel, by class.
class TensorClasses {
public:
  explicit TensorClasses(tile::KernelOp kernel);

  llvm::MutableArrayRef<TensorClass> get() { return classes; }
  const TensorClass &get(mlir::Value value) const {
    return classes[numbers.lookup(value)];
  }
  tile::LayoutAttr getLayout(mlir::Value value) const {
    return get(value).layout;
  }

private:
  void add(mlir::Value value);
  void connect(mlir::ValueRange a, mlir::ValueRange b);
  void visit(mlir::Operation *op);

  llvm::EquivalenceClasses<mlir::Value> members;
  llvm::SmallVector<mlir::Value> all;
  llvm::DenseMap<mlir::Value, unsigned> numbers;
  llvm::SmallVector<TensorClass> classes;
};

} // namespace sluice

#endif // SLUICE_PASSES_TILEASSIGNLAYOUTS_TENSORCLASSES_H
