//===- GateEmitter.h - gates and their products -----------------*- C++ -*-===//
//
// Gates are held as factors, one exponential each, and multiplied: every
// product has at most C of them, none above 1 where gates are at most 0. Only
// a whole chunk's decay is the exponential of a sum of logs where logs are at
// hand, because that is what is repeated over a long sequence.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_PASSES_WYTOVECTOR_GATEEMITTER_H
#define SLUICE_PASSES_WYTOVECTOR_GATEEMITTER_H

#include "passes/WYToVector/KernelBuilder.h"

namespace sluice {

/// An n × n matrix of scalars or vectors: a gate of n coupled states at one
/// token, or a product of such. Null entries are 0; without entries it is the
/// identity.
struct GateMatrix {
  using Value = mlir::Value;

  size_t n = 1;
  llvm::SmallVector<Value> entries{};

  bool isIdentity() const { return entries.empty(); }
  Value get(size_t row, size_t column) const {
    return entries[row * n + column];
  }
  void set(size_t row, size_t column, Value value) {
    entries[row * n + column] = value;
  }
};

/// Emits factors of gates and wy.accumulate.
class GateEmitter {
public:
  using Value = mlir::Value;

  explicit GateEmitter(KernelBuilder &b) : b(b) {}

  /// The places of a gate's factors.
  struct Gate {
    /// Row by row of the n × n matrix.
    llvm::SmallVector<const ChunkBuffer *> entries;
    bool isScalar;
    size_t states;
  };
  Gate getGate(mlir::ValueRange tensors, wy::GateKind kind);

  /// Factors of one gate, from its tensor.
  void emitFactors(const GateKey &key, const Chunk &chunk);
  /// The gate of one token: scalars, or the vectors that start at `start`.
  GateMatrix load(const Gate &gate, const Chunk &chunk, Value row, Value start);
  /// The factor of a gate of one state.
  Value loadOne(const Gate &gate, const Chunk &chunk, Value row, Value start);

  /// Its factors for a strip.
  VectorBuilder::Vectors loadRow(const Gate &gate, const Chunk &chunk,
                                 Value row, const Strip &strip);

  GateMatrix identity(size_t n, bool isScalar);
  GateMatrix multiply(const GateMatrix &a, const GateMatrix &c);
  /// The matrix times n vectors.
  VectorBuilder::Vectors multiplyRight(const GateMatrix &matrix,
                                       llvm::ArrayRef<Value> vectors);

  void emitAccumulate(wy::AccumulateOp op, const Chunk &chunk);
  /// Rows of `before` or `after`, as far as anybody looks at them.
  void
  forProducts(wy::AccumulateOp op, const Chunk &chunk, Value start,
              llvm::function_ref<void(Value row, const GateMatrix &)> body);
  void storeProduct(wy::AccumulateOp op, const GateMatrix &product,
                    const Chunk &chunk, Value row, Value start);

private:
  void emitTotal(wy::AccumulateOp op, const Gate &gate, const Chunk &chunk,
                 Value start);

  KernelBuilder &b;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_GATEEMITTER_H
