//===- CopyPatterns.cpp - asynchronous copies of a thread -----------------===//

#include "dialects/Tile/TileOps.h"
#include "lib/Target/Gpu.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/TileToGPU/Patterns.h"
#include "passes/TileToGPU/ThreadAccess.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

/// Who copies which elements of a region: each thread `vector` neighbours of a
/// row at a time, lanes along rows first, then from row to row. Fails where a
/// thread would have more than a layout has room for.
static LayoutAttr getCopyLayout(CopyOp op, unsigned row, int64_t vector,
                                int64_t warps) {
  ArrayRef<int64_t> shape = op.getShape();
  size_t rank = shape.size();
  SmallVector<int64_t> next(rank, 1);
  SmallVector<SmallVector<int64_t>> registers, lanes, places;
  SmallVector<unsigned> order{row};
  for (auto axis = static_cast<unsigned>(rank); axis-- > 0;)
    if (axis != row)
      order.push_back(axis);
  // The next place along the first axis that is not covered; none where all
  // are.
  auto append = [&](SmallVectorImpl<SmallVector<int64_t>> &list,
                    ArrayRef<unsigned> axes) {
    SmallVector<int64_t> &place = list.emplace_back(rank, 0);
    for (unsigned axis : axes)
      if (next[axis] < shape[axis]) {
        place[axis] = next[axis];
        next[axis] *= 2;
        return true;
      }
    return false;
  };
  while (next[row] < vector)
    append(registers, row);
  constexpr unsigned kLaneBits = 5;
  for (unsigned bit = 0; bit < kLaneBits; ++bit)
    append(lanes, order);
  for (int64_t warp = 1; warp < warps; warp *= 2)
    append(places, order);
  while (append(registers, order))
    ;
  registers.pop_back();
  return LayoutAttr::getFromPlaces(
      [&] { return op.emitOpError("is of too large a region: "); },
      op.getContext(), static_cast<unsigned>(rank), registers, lanes, places);
}

static int64_t getWarpsOfTensors(Operation *op) {
  if (areWarpsApart(op))
    return 1;
  if (auto kernel = op->getParentOfType<KernelOp>())
    return static_cast<int64_t>(kernel.getWarps());
  ArrayRef<int32_t> block =
      *op->getParentOfType<gpu::GPUFuncOp>().getKnownBlockSize();
  return block.front() / target::kWarpLanes;
}

namespace {
struct CopyPattern : OpConversionPattern<CopyOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(CopyOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    constexpr int64_t kLeastBytes = 4;
    Location loc = op.getLoc();
    auto single = [](ArrayRef<ValueRange> values) {
      return llvm::map_to_vector(
          values, [](ValueRange value) { return value.front(); });
    };
    SmallVector<Value> fromIndices = single(adaptor.getFromIndices()),
                       indices = single(adaptor.getIndices());
    Type element = op.getRegionType().getElementType();
    int64_t width = element.getIntOrFloatBitWidth() / 8;
    const auto *last =
        llvm::find(op.getAlong(), op.getMemory().getType().getRank() - 1);
    auto row = static_cast<unsigned>(last - op.getAlong().begin());
    SmallVector<int64_t> shape(op.getShape());
    AccessedTensor from{op.getFrom().getType(),
                        shape,
                        element,
                        {},
                        op.getFromAlong(),
                        fromIndices,
                        op.getValid() ? adaptor.getValid().front() : Value(),
                        op.getInBounds()};
    AccessedTensor to{op.getMemory().getType(),
                      shape,
                      element,
                      {},
                      op.getAlong(),
                      indices,
                      Value(),
                      /*isInBounds=*/true};
    // As wide as both sides allow.
    auto vector = static_cast<int64_t>(llvm::bit_floor(static_cast<uint64_t>(
        std::min(kAccessBytes / width, op.getShape()[row]))));
    for (bool isWide = false; !isWide;) {
      from.layout = to.layout =
          getCopyLayout(op, row, vector, getWarpsOfTensors(op));
      if (!from.layout)
        return failure();
      int64_t most = std::min(
          ThreadAccess(rewriter, loc, from, adaptor.getFrom()).getVector(),
          ThreadAccess(rewriter, loc, to, adaptor.getMemory()).getVector());
      isWide = most == vector;
      vector = most;
    }
    if (vector * width < kLeastBytes)
      return op.emitOpError() << "moves " << kLeastBytes
                              << " bytes at a time at least, and its rows "
                                 "start at multiples of "
                              << vector * width;
    ThreadAccess source(rewriter, loc, from, adaptor.getFrom());
    ThreadAccess target(rewriter, loc, to, adaptor.getMemory());
    OpBuilder::InsertionGuard guard(rewriter);
    if (Value isMine = isFirstHolder(rewriter, loc, to.layout))
      rewriter.setInsertionPointToStart(
          scf::IfOp::create(rewriter, loc, isMine).thenBlock());
    for (int64_t i = 0; i < target.getNumAccesses(); ++i)
      copy(rewriter, loc, source, target, target.getRegisters(i).front(),
           static_cast<int32_t>(vector * width));
    rewriter.eraseOp(op);
    return success();
  }

private:
  /// Of what does not exist no byte is read, and zeros arrive.
  static void copy(OpBuilder &b, Location loc, ThreadAccess &source,
                   ThreadAccess &target, int64_t reg, int32_t bytes) {
    // The next ones count on from them, whether this one has a place or not.
    Value to = target.getAddress(reg), from = source.getAddress(reg);
    OpBuilder::InsertionGuard guard(b);
    if (Value hasPlace = target.exists(reg))
      b.setInsertionPointToStart(
          scf::IfOp::create(b, loc, hasPlace).thenBlock());
    Value size;
    auto constant = [&](int32_t number) {
      return arith::ConstantIntOp::create(b, loc, number, /*width=*/32);
    };
    if (Value exists = source.exists(reg))
      size =
          arith::SelectOp::create(b, loc, exists, constant(bytes), constant(0));
    // Only whole pieces of 16 bytes can leave out the first cache.
    auto cache = bytes == kAccessBytes ? NVVM::LoadCacheModifierKind::CG
                                       : NVVM::LoadCacheModifierKind::CA;
    NVVM::CpAsyncOp::create(b, loc, to, from, bytes, cache, size);
  }
};

struct CommitCopiesPattern : OpConversionPattern<CommitCopiesOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(CommitCopiesOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<NVVM::CpAsyncCommitGroupOp>(op);
    return success();
  }
};

struct WaitCopiesPattern : OpConversionPattern<WaitCopiesOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(WaitCopiesOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<NVVM::CpAsyncWaitGroupOp>(
        op, static_cast<uint32_t>(op.getPending()));
    return success();
  }
};
} // namespace

void sluice::populateCopyPatterns(RewritePatternSet &patterns,
                                  const ThreadTypeConverter &converter) {
  patterns.add<CopyPattern, CommitCopiesPattern, WaitCopiesPattern>(
      converter, patterns.getContext());
}
