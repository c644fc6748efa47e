//===- VectorBuilder.h - vectors of float32 in scratch ----------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_VECTORBUILDER_H
#define SLUICE_PASSES_WYTOVECTOR_VECTORBUILDER_H

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/MapVector.h"

namespace sluice {

/// Values that a loop carries from one turn to the next. Each bears the name of
/// what it is of: a node of the graph and two numbers, such as its row and
/// column, or a row and one of the vectors of a strip.
class Carried {
public:
  using Value = mlir::Value;

  void add(const void *owner, int64_t i, int64_t j, Value value) {
    [[maybe_unused]] bool isNew = values.insert({{owner, i, j}, value}).second;
    assert(isNew && "two values of one name");
  }
  /// A value for every vector of a row.
  void addRow(const void *owner, int64_t row, llvm::ArrayRef<Value> vectors) {
    for (auto [v, vector] : llvm::enumerate(vectors))
      add(owner, row, static_cast<int64_t>(v), vector);
  }
  Value &at(const void *owner, int64_t i, int64_t j) {
    auto it = values.find({owner, i, j});
    assert(it != values.end() && "a value that is not carried");
    return it->second;
  }
  llvm::SmallVector<Value> getRow(const void *owner, int64_t row,
                                  int64_t vectors) {
    llvm::SmallVector<Value> found;
    for (int64_t v = 0; v < vectors; ++v)
      found.push_back(at(owner, row, v));
    return found;
  }
  bool empty() const { return values.empty(); }
  llvm::SmallVector<Value> getValues() const {
    return llvm::to_vector(llvm::make_second_range(values));
  }
  /// The same names for other values.
  void assign(mlir::ValueRange others) {
    for (auto [named, other] : llvm::zip_equal(values, others))
      named.second = other;
  }

private:
  using Name = std::tuple<const void *, int64_t, int64_t>;
  llvm::MapVector<Name, Value> values;
};

/// Short names for what a kernel is made of. Offsets count float32 elements of
/// one scratch memref.
class VectorBuilder {
public:
  using Value = mlir::Value;
  using Vectors = llvm::SmallVector<Value>;

  VectorBuilder(mlir::OpBuilder &builder, mlir::Location loc, int64_t lanes);

  // Numbers.
  Value index(int64_t value);
  Value number(double value);
  Value splat(double value);
  Value broadcast(Value scalar);
  Value add(Value a, Value c);
  Value add(Value a, int64_t c) { return add(a, index(c)); }
  Value sub(Value a, Value c);
  Value mul(Value a, Value c);
  Value mul(Value a, int64_t c) { return mul(a, index(c)); }
  Value ceilDiv(Value a, Value c);
  Value min(Value a, Value c);
  Value isLess(Value a, Value c);
  /// Products and sums of floats or vectors of them; null is 1 in a product, 0
  /// in a sum.
  Value product(Value a, Value c);
  Value sum(Value a, Value c);
  Value fma(Value a, Value c, Value acc);
  Value exponential(Value a);
  Value select(Value condition, Value a, Value c);
  /// Of all lanes; a sum in halves, not lane by lane.
  Value
  reduce(Value vector,
         mlir::vector::CombiningKind kind = mlir::vector::CombiningKind::ADD);

  /// The sums of all lanes of as many vectors as there are lanes, as one
  /// vector: in halves, and of several vectors at once.
  Value reduceAll(llvm::ArrayRef<Value> vectors);

  // Scratch.
  Value load(Value offset);
  void store(Value vector, Value offset);
  Value loadScalar(Value offset);
  void storeScalar(Value scalar, Value offset);
  Value loadBroadcast(Value offset) { return broadcast(loadScalar(offset)); }

  // Control.
  void loop(Value from, Value to, int64_t step,
            llvm::function_ref<void(Value)> body);
  /// Carries values; `body` gives the next ones.
  Vectors carry(Value from, Value to, Value step, mlir::ValueRange initial,
                llvm::function_ref<Vectors(Value, mlir::ValueRange)> body);
  Vectors carry(Value from, Value to, int64_t step, mlir::ValueRange initial,
                llvm::function_ref<Vectors(Value, mlir::ValueRange)> body);
  /// `body` finds the turn's values in `carried` and leaves the next ones
  /// there; afterwards the last ones are there.
  void carry(Value from, Value to, int64_t step, Carried &carried,
             llvm::function_ref<void(Value)> body);
  /// 0 … count − 1 (or back), unrolled where count is small.
  Vectors rows(int64_t count, bool backwards, mlir::ValueRange initial,
               llvm::function_ref<Vectors(Value, mlir::ValueRange)> body);
  void rows(int64_t count, llvm::function_ref<void(Value)> body);
  void branch(Value condition, llvm::function_ref<void()> then,
              llvm::function_ref<void()> otherwise = nullptr);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  int64_t lanes;
  mlir::VectorType vectorType;
  Value scratch;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_VECTORBUILDER_H
