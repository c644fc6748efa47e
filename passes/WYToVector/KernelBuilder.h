//===- KernelBuilder.h - code in terms of a chunk's tensors -----*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_KERNELBUILDER_H
#define SLUICE_PASSES_WYTOVECTOR_KERNELBUILDER_H

#include "lib/Target/CPU/KernelFunction.h"
#include "passes/WYToVector/ScratchLayout.h"
#include "passes/WYToVector/VectorBuilder.h"

namespace sluice {

/// The chunk that code is emitted for.
struct Chunk {
  /// Its first token, how many there are, and where its slot begins.
  mlir::Value first, count, slot;
};

/// Neighbouring vectors of an axis: a panel's, or one; none for scalars.
struct Strip {
  mlir::Value start;
  int64_t vectors;
};

/// The elements of an axis that one vector covers; a mask if not all of them
/// exist.
struct VectorSpan {
  mlir::Value start, mask;
};

/// Neighbouring rows [first, first + count), which take something of the rows
/// before, [from, to), and of each other.
struct RowBlock {
  /// Rows kept in registers at once; up to so many tokens code is a straight
  /// line.
  static constexpr int64_t kRows = 4, kMostStraight = 8;

  mlir::Value first;
  int64_t count;
  /// Null if there are none.
  mlir::Value from, to;
  bool hasOwn = true;
};

/// A builder that knows the kernel's function and finds the rows of tensors and
/// states in its scratch.
class KernelBuilder : public VectorBuilder {
public:
  KernelBuilder(mlir::OpBuilder &builder, const ChunkPlan &plan,
                const ScratchLayout &layout, KernelFunction kernel);

  /// The tokens of the chunk that runs after this one; none after the last. It
  /// has no slot.
  Chunk getNext(const Chunk &chunk);

  // Places in scratch.
  Value at(const ChunkBuffer &buffer, const Chunk &chunk, Value row,
           Value column);
  Value at(Value tensor, const Chunk &chunk, Value row, Value column);
  /// Lets a tensor begin elsewhere while code is emitted.
  void bind(Value tensor, Value offset) { bound[tensor] = offset; }
  void unbind() { bound.clear(); }
  Value stateRow(unsigned state, Value panel, Value row);

  // Constants in memory of the module.
  Value createTable(llvm::ArrayRef<int64_t> numbers);
  /// Loads a number of a table, as an index.
  Value loadNumber(Value table, Value i);
  /// Loads the beginning of a buffer whose offset is in a table.
  Value loadPlace(Value table, Value i, const ChunkBuffer &like,
                  const Chunk &chunk);

  // Vectors along an axis.
  /// Where vector v of a panel starts.
  Value vectorStart(Value panel, int64_t v);
  /// Which elements exist of the vector that starts there; null where all do,
  /// wherever it starts.
  Value vectorMask(delta::Axis axis, Value start);
  Strip panelStrip(Value panel);
  /// Emits `body` for every vector along an axis.
  void alongAxis(delta::Axis axis,
                 llvm::function_ref<void(const VectorSpan &)> body);
  Vectors reduceAxis(
      delta::Axis axis, mlir::ValueRange initial,
      llvm::function_ref<Vectors(const VectorSpan &, mlir::ValueRange)> body);
  /// Emits `body` for every vector that an axis has in scratch.
  void alongPadded(delta::Axis axis, llvm::function_ref<void(Value)> body);

  // Rows of tensors in scratch.
  /// Emits `body` for the rows below `end`.
  void forRows(const RowSet &rows, Value end,
               llvm::function_ref<void(Value)> body);
  Vectors loadRow(Value tensor, const Chunk &chunk, Value row,
                  const Strip &strip);
  void storeRow(Value tensor, const Chunk &chunk, Value row, const Strip &strip,
                llvm::ArrayRef<Value> vectors);
  /// All rows of a chunk, block by block.
  void forRowBlocks(llvm::function_ref<void(const RowBlock &)> body);
  /// A carried row += score · vectors.
  void addScaled(Carried &sums, const void *owner, int64_t row, Value score,
                 llvm::ArrayRef<Value> vectors);
  Value loadScalar(Value tensor, const Chunk &chunk, Value row);
  void storeScalar(Value scalar, Value tensor, const Chunk &chunk, Value row);
  using VectorBuilder::loadScalar;
  using VectorBuilder::storeScalar;

  // Element types of memory.
  Value toF32(Value value);
  Value fromF32(Value value, mlir::Type element);

  const ChunkPlan &plan;
  const ScratchLayout &layout;
  wy::ScanOp scan;
  KernelFunction kernel;

private:
  Value at(Value begin, const ChunkBuffer &buffer, Value row, Value column);

  llvm::DenseMap<Value, Value> bound;
  unsigned numTables = 0;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_KERNELBUILDER_H
