//===- ChunkTensors.h - maths on a chunk's tensors --------------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOTILE_CHUNKTENSORS_H
#define SLUICE_PASSES_WYTOTILE_CHUNKTENSORS_H

#include "dialects/Tile/TileOps.h"
#include "dialects/WY/WYOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace sluice {

/// The chunk that a kernel is at.
struct Chunk {
  int64_t tokens, keyDim, valueDim;
  /// How many of them exist.
  mlir::Value count;
  /// What delta.scale stands for.
  mlir::Value scale;
  wy::PrecisionsAttr precisions;
  /// Nodes that a state after the chunk depends on.
  llvm::DenseSet<mlir::Operation *> feeding;
};

/// Builds maths on numbers and tensors, and accesses of rows in shared memory.
class ChunkTensors {
public:
  using Value = mlir::Value;

  ChunkTensors(mlir::OpBuilder &b, mlir::Location loc) : b(b), loc(loc) {}

  // Numbers and elementwise maths.
  Value index(int64_t value);
  /// A number, or a tensor of it.
  Value splat(mlir::Type type, double value);
  Value add(Value x, Value y);
  Value multiply(Value x, Value y);
  /// `value` as `type`, its axes being those in `along`.
  Value broadcast(Value value, mlir::Type type, llvm::ArrayRef<int64_t> along);

  // Masks: tensors of i1.
  /// The rows of a tensor of `type` that exist.
  Value getExistingRows(mlir::RankedTensorType type, Value count);
  /// Pairs (t, s) with s < t, or s ≤ t, that a mask has (null: all).
  Value getLowerPairs(mlir::RankedTensorType type, bool withDiagonal,
                      wy::MaskAttr mask);
  Value getDiagonal(mlir::RankedTensorType type);
  /// The rows in the second half of each block of two times `half`.
  Value getSecondHalves(mlir::RankedTensorType type, int64_t half);
  /// The rows whose numbers are `at` modulo `size`.
  Value getRowsAt(mlir::RankedTensorType type, int64_t size, int64_t at);
  /// `value` where the mask is true, else `other`.
  Value choose(Value mask, Value value, double other = 0);
  Value choose(Value mask, Value value, Value other);

  /// A product of matrices whose factors have that precision.
  Value dot(wy::Precision precision, Value lhs, Value rhs,
            bool transposeLhs = false, bool transposeRhs = false);
  /// A sum of two matrices; null is 0.
  Value accumulate(Value sum, Value term) {
    return sum ? add(sum, term) : term;
  }

  // Rows in shared memory: vectors, or numbers of a vector.
  Value allocate(llvm::ArrayRef<int64_t> shape);
  Value store(Value tensor);
  Value loadAll(Value memory);
  Value loadRow(Value memory, Value row);
  void storeRow(Value value, Value memory, Value row);
  Value loadElement(Value memory, Value row, Value column);

  mlir::OpBuilder &getBuilder() { return b; }
  mlir::Location getLoc() const { return loc; }

private:
  /// A float32 tensor as a sum of tensors of `element`, the largest first; of
  /// fewer than `parts` where fewer are all of it.
  llvm::SmallVector<Value> split(Value tensor, mlir::Type element,
                                 unsigned parts);
  Value place(mlir::RankedTensorType type, int64_t axis);
  Value integers(mlir::RankedTensorType type, int64_t value);
  Value compare(mlir::arith::CmpIPredicate predicate, Value x, Value y);

  mlir::OpBuilder &b;
  mlir::Location loc;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOTILE_CHUNKTENSORS_H
