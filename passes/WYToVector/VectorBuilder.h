//===- VectorBuilder.h - vectors of float32 in scratch ----------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_VECTORBUILDER_H
#define SLUICE_PASSES_WYTOVECTOR_VECTORBUILDER_H

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace sluice {

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
  Value mul(Value a, int64_t c);
  Value min(Value a, Value c);
  Value isLess(Value a, Value c);
  /// Of floats or vectors of them; null is 1 in a product, 0 in a sum.
  Value product(Value a, Value c);
  Value sum(Value a, Value c);
  Value fma(Value a, Value c, Value acc);
  Value exponential(Value a);
  Value select(Value condition, Value a, Value c);
  /// Of all lanes; a sum in halves, not lane by lane.
  Value
  reduce(Value vector,
         mlir::vector::CombiningKind kind = mlir::vector::CombiningKind::ADD);

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
  /// 0 … count − 1 (or back), unrolled where count is small.
  Vectors rows(int64_t count, bool backwards, mlir::ValueRange initial,
               llvm::function_ref<Vectors(Value, mlir::ValueRange)> body);
  void rows(int64_t count, llvm::function_ref<void(Value)> body);
  void branch(Value condition, llvm::function_ref<void()> then,
              llvm::function_ref<void()> otherwise = nullptr);

  mlir::OpBuilder &b;
  mlir::Location loc;
  int64_t lanes;
  mlir::VectorType vectorType;
  Value scratch;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_VECTORBUILDER_H
