//===- InversePatterns.cpp - triangular systems in a warp's registers -----===//
//
// A thread has whole columns of the operand N and of the inverse T, so that
//
//   T_ij += N_it T_tj    for t = 0, 1, …, and all i > t of the same block
//
// needs of others only N_it, which the thread with column t hands on. Row t of
// T is known once t − 1 has been added, one FMA after row t − 1; no product of
// the operand's entries waits for another.
//
// All blocks run at once: threads that differ in a column's bits above a
// block's have different blocks, and take the rows of their own. Registers
// that differ in these bits are blocks one after another.
//
//===----------------------------------------------------------------------===//

#include "dialects/Tile/TileOps.h"
#include "lib/Target/Gpu.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "passes/TileToGPU/Patterns.h"
#include <array>
#include <map>
#include <set>

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

namespace {
/// Where the columns of a matrix are. Its blocks have a power of two of rows,
/// so that a column's lower bits say where it is in its block, and the upper
/// ones where the block starts.
class ColumnPlaces {
public:
  ColumnPlaces(LayoutAttr layout, int64_t block) : inBlock(block - 1) {
    layout::LinearLayout columns = layout.getThreadsAlong(/*axis=*/1);
    for (auto [bit, place] : llvm::enumerate(columns.getBases(layout::kLane)))
      add(static_cast<int64_t>(place), int64_t(1) << bit);
    for (uint64_t place : columns.getBases(layout::kWarp)) {
      auto at = static_cast<int64_t>(place);
      isOverWarps |= at != 0 && at <= inBlock;
      add(at, 0);
    }
  }

  /// Whether several warps have columns of one block.
  bool isOverWarps = false;
  /// Bits of a column in its block.
  int64_t inBlock;
  /// Of these the ones that threads differ by.
  int64_t ofThreads = 0;
  /// Starts of blocks that threads differ by, one for each bit.
  SmallVector<int64_t> starts;
  /// The lanes' bits that say in which block they are.
  int64_t startLanes = 0;

  /// The lane of a column of the block of lane 0.
  int64_t getLane(int64_t column) const {
    int64_t lane = 0;
    for (auto [place, bit] : inLanes)
      if (column & place)
        lane |= bit;
    return lane;
  }

private:
  void add(int64_t place, int64_t lane) {
    if (place > inBlock) {
      starts.push_back(place);
      startLanes |= lane;
    } else if (place != 0) {
      inLanes.emplace_back(place, lane);
      ofThreads |= place;
    }
  }

  SmallVector<std::pair<int64_t, int64_t>> inLanes;
};

/// The inverse of one operand.
class Substitution {
public:
  Substitution(OpBuilder &b, InverseOp op, ValueRange operand)
      : b(b), loc(op.getLoc()), layout(getLayout(op.getType())),
        size(op.getType().getDimSize(0)), block(op.getRowsOfBlock()),
        places(layout, block), registers(layout), operand(operand),
        zero(number(0)), one(number(1)) {
    column = arith::IndexCastOp::create(
        b, loc, b.getI32Type(), getThreadPlace(b, loc, layout, /*axis=*/1));
    columnInBlock = bitsOf(column, places.inBlock);
    for (int64_t start : places.starts)
      isBehind.push_back(arith::CmpIOp::create(
          b, loc, arith::CmpIPredicate::ne, bitsOf(column, start), integer(0)));
    if (places.startLanes != 0)
      ownStart = bitsOf(
          arith::IndexCastOp::create(b, loc, b.getI32Type(), getThread(b, loc)),
          places.startLanes);
  }

  /// The thread's elements of T. What does not exist is 0.
  SmallVector<Value> run() {
    SmallVector<Value> results(layout.getNumRegisters(), zero);
    std::set<int64_t> starts;
    for (int64_t reg = 0; reg < layout.getNumRegisters(); ++reg)
      starts.insert(layout.getPlace(reg)[1] & ~places.inBlock);
    for (int64_t start : starts)
      if (start < size)
        invert(start);
    for (int64_t reg = 0; reg < layout.getNumRegisters(); ++reg) {
      SmallVector<int64_t> place = layout.getPlace(reg);
      if (place[0] < size)
        results[reg] = getResult(place[0], place[1]);
    }
    return results;
  }

private:
  Value integer(int64_t value) {
    return arith::ConstantOp::create(
        b, loc, b.getI32IntegerAttr(static_cast<int32_t>(value)));
  }
  Value number(float value) {
    return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(value));
  }
  Value bitsOf(Value of, int64_t mask) {
    return arith::AndIOp::create(b, loc, of, integer(mask));
  }
  Value select(Value condition, Value ifTrue, Value ifFalse) {
    if (ifTrue == ifFalse)
      return ifTrue;
    return arith::SelectOp::create(b, loc, condition, ifTrue, ifFalse);
  }

  /// The operand's entry of the thread's block; `row` and `col` are those of
  /// the thread whose block is first. Null where no thread's row exists.
  Value getEntry(int64_t row, int64_t col, size_t numStarts) {
    if (row >= size)
      return {};
    if (numStarts == 0)
      return operand[registers.get({row, col})];
    --numStarts;
    Value first = getEntry(row, col, numStarts);
    Value behind = getEntry(row + places.starts[numStarts], col, numStarts);
    return behind ? select(isBehind[numStarts], behind, first) : first;
  }

  /// An entry that the lane with column `step` of the same block holds.
  Value takeFrom(int64_t step, Value entry) {
    Value lane = integer(places.getLane(step));
    if (ownStart)
      lane = arith::OrIOp::create(b, loc, ownStart, lane);
    return gpu::ShuffleOp::create(b, loc, entry, lane,
                                  integer(target::kWarpLanes),
                                  gpu::ShuffleMode::IDX)
        .getShuffleResult();
  }

  /// Inverts the blocks whose columns are in registers from `start` on.
  void invert(int64_t start) {
    int64_t rows = std::min(block, size - start);
    // Columns of a block that threads do not differ by.
    SmallVector<int64_t> columns;
    for (int64_t col = 0; col < block; ++col)
      if ((col & places.ofThreads) == 0)
        columns.push_back(col);
    for (int64_t col : columns)
      for (int64_t row = 0; row < rows; ++row)
        inverse[{start, row, col}] = getIdentity(row, col);
    for (int64_t step = 0; step < rows; ++step) {
      int64_t col = start + (step & ~places.ofThreads);
      for (int64_t row = step + 1; row < rows; ++row) {
        Value entry =
            takeFrom(step, getEntry(start + row, col, places.starts.size()));
        for (int64_t at : columns) {
          Value &sum = inverse[{start, row, at}];
          sum = math::FmaOp::create(b, loc, entry, inverse[{start, step, at}],
                                    sum);
        }
      }
    }
  }

  /// 1 where the row of a block is the column of a thread's register.
  Value getIdentity(int64_t row, int64_t col) {
    if ((row & ~places.ofThreads) != col)
      return zero;
    Value isDiagonal =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, columnInBlock,
                              integer(row & places.ofThreads));
    return select(isDiagonal, one, zero);
  }

  /// T at a row, and at the column of a register: 0 unless the thread's block
  /// is the row's.
  Value getResult(int64_t row, int64_t col) {
    int64_t start = col & ~places.inBlock;
    int64_t ahead = (row & ~places.inBlock) ^ start, ofThreads = 0;
    for (int64_t place : places.starts)
      ofThreads |= place;
    if ((ahead & ~ofThreads) != 0 || start >= size)
      return zero;
    Value entry =
        inverse.at({start, row & places.inBlock, col & places.inBlock});
    if (places.starts.empty())
      return entry;
    Value isOwn =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                              bitsOf(column, ofThreads), integer(ahead));
    return select(isOwn, entry, zero);
  }

  OpBuilder &b;
  Location loc;
  LayoutAttr layout;
  int64_t size, block;
  ColumnPlaces places;
  RegisterFinder registers;
  ValueRange operand;
  Value zero, one;
  /// The thread's column at register 0, and in its block.
  Value column, columnInBlock;
  /// For each of `places.starts`, whether the thread's block is behind it.
  SmallVector<Value> isBehind;
  /// The bits of the lane that say in which block it is; null if none do.
  Value ownStart;
  /// T by the start of the registers' block, row and column in it.
  std::map<std::array<int64_t, 3>, Value> inverse;
};

struct InversePattern : OpConversionPattern<InverseOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(InverseOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    LayoutAttr layout = getLayout(op.getType());
    if (failed(checkLayout(op, layout)) ||
        failed(checkRowsInRegisters(op, layout)))
      return failure();
    int64_t block = op.getRowsOfBlock();
    if (ColumnPlaces(layout, block).isOverWarps)
      return op.emitOpError()
             << "has blocks of " << block
             << " columns that several warps hold: tile-assign-layouts gives "
                "each to one";
    SmallVector<Value> results =
        Substitution(rewriter, op, adaptor.getOperand()).run();
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};
} // namespace

void sluice::populateInversePatterns(RewritePatternSet &patterns,
                                     const ThreadTypeConverter &converter) {
  patterns.add<InversePattern>(converter, patterns.getContext());
}
