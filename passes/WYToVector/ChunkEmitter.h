//===- ChunkEmitter.h - code of a chunk form on a CPU -----------*- C++ -*-===//

#ifndef SLUICE_PASSES_WYTOVECTOR_CHUNKEMITTER_H
#define SLUICE_PASSES_WYTOVECTOR_CHUNKEMITTER_H

#include "passes/DeltaToVector/KernelFunction.h"
#include "passes/WYToVector/ChunkPlan.h"
#include "passes/WYToVector/VectorBuilder.h"

namespace sluice {

/// Emits the function that wy-to-vector describes. One object emits one
/// function. ChunkEmitter.cpp has the order of things, FirstPhaseEmitter.cpp
/// maths of tokens, GateEmitter.cpp gates and scores, PanelEmitter.cpp what
/// meets the state.
class ChunkEmitter : VectorBuilder, KernelFunction {
public:
  ChunkEmitter(mlir::OpBuilder &builder, const ChunkPlan &plan,
               llvm::ArrayRef<mlir::Type> argElements,
               mlir::Type outputElement);

  mlir::func::FuncOp emit();

private:
  using Value = mlir::Value;
  using VectorBuilder::add;
  using VectorBuilder::scratch;

  /// The chunk that code is emitted for.
  struct Chunk {
    /// Its first token, how many there are, and where its slot begins.
    Value first, count, slot;
  };

  /// Neighbouring vectors of columns: a panel's, or one.
  struct Strip {
    Value start;
    int64_t vectors;
  };

  // Order.
  void createFunction();
  Value loadInitial(unsigned state, Value row, Value start);
  void storeFinal(unsigned state, Value row, Value start, Value vector);
  void emitStates(bool isStart);
  void emitTransposedState(unsigned state, bool isStart);
  void emitBlock(Value firstToken);
  void emitFirstPhase(const Chunk &chunk);
  void emitColumns(const Chunk &chunk, Value panel);
  void emitMixed(const Chunk &chunk);
  void emitStripOp(mlir::Operation &op, const Chunk &chunk, const Strip &strip);
  Strip panelStrip(Value panel);
  void emitFullOp(mlir::Operation &op, const Chunk &chunk);
  void emitOutputs(const Chunk &chunk, Value panel);
  bool isOuterOutput(Value output) const;

  // Places.
  Value at(const ChunkBuffer &buffer, const Chunk &chunk, Value row,
           Value column);
  Value at(Value tensor, const Chunk &chunk, Value row, Value column);
  Value stateRow(unsigned state, Value panel, Value row);
  /// The first column of vector v of a panel.
  Value column(Value panel, int64_t v);
  Value columnMask(delta::Axis axis, Value column);
  /// For every vector along an axis: its first column, and a mask for the last
  /// one if the axis does not fill it.
  void alongAxis(delta::Axis axis, llvm::function_ref<void(Value, Value)> body);
  Vectors
  reduceAxis(delta::Axis axis, mlir::ValueRange initial,
             llvm::function_ref<Vectors(Value, Value, mlir::ValueRange)> body);
  Value toF32(Value value);
  Value fromF32(Value value, mlir::Type element);

  // Arguments and maths of tokens.
  struct Token {
    const Chunk &chunk;
    Value row;
    llvm::DenseMap<Value, Value> scalars{};
  };
  struct Columns {
    Value start, mask;
    llvm::DenseMap<Value, Value> vectors{};
  };
  Value loadArgument(mlir::BlockArgument argument, const Chunk &chunk,
                     Value row, const Columns *columns);
  void prefetchToken(Value token);
  void prefetchShare(const Chunk &chunk, Value panel);
  void copyArgument(mlir::BlockArgument argument, const Chunk &chunk);
  void emitTokens(wy::TokensOp op, const Chunk &chunk);
  void emitToken(wy::TokensOp op, Token &token);
  void emitTokenColumns(wy::TokensOp op, const Chunk &chunk,
                        const Strip &strip);
  void holdScalars(wy::TokensOp op, mlir::Operation &user, Token &token);
  Value scalarOf(Value value, wy::TokensOp op, Token &token);
  Value vectorOf(Value value, wy::TokensOp op, Token &token, Columns &columns);
  static mlir::vector::CombiningKind
  getCombiningKind(mlir::Operation *reduction);
  Value getNeutral(mlir::Operation *reduction);
  Value accumulateReduction(mlir::Operation *reduction,
                            llvm::ArrayRef<Value> operands, Value sum);
  void reduceToken(wy::TokensOp op, llvm::ArrayRef<Value> reductions,
                   delta::Axis axis, Token &token);
  void clearMissingRows(Value tensor, const Chunk &chunk);

  // Gates and scores.
  struct Gate {
    llvm::SmallVector<const ChunkBuffer *> entries; // n × n
    bool isScalar;
    size_t states;
  };
  llvm::SmallVector<GateKey> getGateKeys(mlir::ValueRange tensors,
                                         wy::GateKind kind);
  Gate getGate(mlir::ValueRange tensors, wy::GateKind kind);
  void emitFactors(const GateKey &key, const Chunk &chunk);
  Value loadFactor(const ChunkBuffer &buffer, bool isScalar, const Chunk &chunk,
                   Value row, Value column);
  Vectors multiply(llvm::ArrayRef<Value> a, llvm::ArrayRef<Value> c, size_t n);
  void emitAccumulate(wy::AccumulateOp op, const Chunk &chunk);
  void emitAccumulateColumn(wy::AccumulateOp op, const Gate &gate,
                            const Chunk &chunk, Value column);
  void emitScores(wy::ScoresOp op, const Chunk &chunk);
  using SmallRow = llvm::function_ref<Value(Value tensor, int64_t row)>;
  using SmallFactor = llvm::function_ref<Value(size_t entry, int64_t row)>;
  Vectors addSmallProducts(wy::ScoresOp op, SmallRow rowOf,
                           SmallFactor factorOf, mlir::ValueRange carried);
  void storeSmallScores(wy::ScoresOp op, const Chunk &chunk,
                        mlir::ValueRange sums);
  void emitSmallScores(wy::ScoresOp op, const Chunk &chunk);

  // The loop over inner columns of small chunks.
  struct ColumnRows;
  void emitColumnLoop(const Chunk &chunk);
  Value columnRow(Value tensor, int64_t row, ColumnRows &rows);
  Value argumentRow(mlir::BlockArgument argument, int64_t row,
                    ColumnRows &rows);
  void accumulateColumn(wy::AccumulateOp op, ColumnRows &rows);
  Value existingRow(Value vector, int64_t row, double missing,
                    ColumnRows &rows);
  Value factorRow(const GateKey &key, int64_t row, ColumnRows &rows);
  Vectors tokenColumn(wy::TokensOp op, ColumnRows &rows,
                      mlir::ValueRange carried);
  void storeTokenSums(wy::TokensOp op, const Chunk &chunk,
                      mlir::ValueRange sums);
  void emitDyadicScores(wy::ScoresOp op, const Chunk &chunk);
  void emitLevel(wy::ScoresOp op, const Chunk &chunk, Value half, int64_t tile);
  void decayRows(wy::ScoresOp op, const Gate &gate, const Chunk &chunk,
                 Value begin, Value end, bool isLater);
  using RowAt =
      llvm::function_ref<Value(size_t state, Value row, Value column)>;
  void emitProducts(wy::ScoresOp op, const Chunk &chunk, Value firstRow,
                    Value firstColumn, int64_t rows, int64_t columns,
                    bool isStrict, RowAt rowAt, RowAt columnAt);
  void decayAfterProduct(wy::ScoresOp op, const Chunk &chunk);
  void emitDiagonal(wy::ScoresOp op, const Chunk &chunk);

  // What meets the state.
  /// Outer products of a state: one element a row of the panel, and a row of
  /// the panel's width.
  struct PanelWrite {
    unsigned state;
    Value inner, outer;
  };
  /// Where a sequence's first and last sweeps find and leave states.
  struct Ends {
    /// From initial states, and into scratch.
    bool isFromInitial = false;
    /// Into final states only.
    bool isToFinal = false;
  };
  struct Sweep {
    const Chunk *written = nullptr, *read = nullptr;
    Ends ends;
    bool withDecays = false;
    /// With their tokens.
    llvm::SmallVector<std::pair<const PanelWrite *, Value>> writes;
    llvm::SmallVector<std::pair<wy::ReadOp, Value>> reads;
  };
  llvm::SmallVector<PanelWrite> getPanelWrites();
  Vectors loadOuterDecay(Value decay, const Chunk &chunk, const Strip &strip);
  Value loadInnerDecay(Value decay, const Chunk &chunk, Value row);
  void emitSweep(const Sweep &sweep, Value panel);
  bool isReadFromInitial();
  bool isWrittenToFinal();
  void emitSweeps(const Chunk *written, const Chunk *read,
                  llvm::ArrayRef<wy::ReadOp> reads, Value panel, Ends ends);
  void emitOtherRead(wy::ReadOp read, const Chunk &chunk);
  void emitSum(wy::SumOp op, const Chunk &chunk, const Strip &strip);
  void emitApply(wy::ApplyOp op, const Chunk &chunk, const Strip &strip);
  void emitGatedApply(wy::ApplyOp op, const Chunk &chunk, const Strip &strip);
  void emitSolve(wy::SolveOp op, const Chunk &chunk, const Strip &strip);
  void emitGeneralSolve(wy::SolveOp op, const Chunk &chunk, const Strip &strip);
  Vectors loadRow(Value tensor, const Chunk &chunk, Value row,
                  const Strip &strip);
  void storeRow(Value tensor, const Chunk &chunk, Value row, const Strip &strip,
                llvm::ArrayRef<Value> vectors);

  const ChunkPlan &plan;
  wy::ScanOp scan;
  llvm::SmallVector<mlir::Type> argElements;
  mlir::Type outputElement;
};

} // namespace sluice

#endif // SLUICE_PASSES_WYTOVECTOR_CHUNKEMITTER_H
