//===- TileAllocateShared.cpp - places in shared memory -------------------===//

#include "passes/TileAllocateShared/TileAllocateShared.h"
#include "dialects/Tile/TileOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

namespace sluice {
#define GEN_PASS_DEF_TILEALLOCATESHARED
#include "passes/TileAllocateShared/TileAllocateShared.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

namespace {
struct Buffer {
  SharedOp op;
  int64_t bytes;
  /// Where it begins, and its last access, in program order.
  unsigned first, last;
  int64_t offset = 0;

  bool meets(const Buffer &other) const {
    return first <= other.last && other.first <= last;
  }
  int64_t getEnd() const { return offset + bytes; }
};
} // namespace

constexpr uint64_t kAlignment = 16;

static int64_t getAlignedBytes(MemRefType type) {
  return static_cast<int64_t>(
      llvm::alignTo(static_cast<uint64_t>(getBytes(type)), kAlignment));
}

/// The operation in `block`, or around it, that `op` is in.
static Operation *getAncestorIn(Block *block, Operation *op) {
  return block->findAncestorOpInBlock(*op);
}

/// All buffers of a kernel, in program order.
static SmallVector<Buffer> collect(KernelOp kernel) {
  // Where each operation, with all in it, begins and ends.
  DenseMap<Operation *, std::pair<unsigned, unsigned>> spans;
  unsigned time = 0;
  std::function<void(Operation *)> number = [&](Operation *op) {
    unsigned begin = time++;
    for (Region &region : op->getRegions())
      for (Operation &inner : region.getOps())
        number(&inner);
    spans[op] = {begin, time++};
  };
  number(kernel);
  SmallVector<Buffer> buffers;
  kernel.getBody().walk([&](SharedOp op) {
    auto [first, last] = spans[op];
    // Roles go on at the same time, in any order; only what a warp has is in
    // that of the program.
    auto roles = op->getParentOfType<RolesOp>();
    if (roles && !op.getByWarp())
      std::tie(first, last) = spans[roles];
    // Copies go on behind all operations.
    if (llvm::any_of(op->getUsers(),
                     [](Operation *user) { return isa<CopyOp>(user); }))
      last = time;
    for (Operation *user : op->getUsers())
      // A loop behind the buffer comes round to what was accessed in it.
      last = std::max(last, spans[getAncestorIn(op->getBlock(), user)].second);
    buffers.push_back({op, getAlignedBytes(op.getType()), first, last});
  });
  return buffers;
}

static void placeApart(MutableArrayRef<Buffer> buffers) {
  int64_t next = 0;
  for (Buffer &buffer : buffers) {
    buffer.offset = next;
    next = buffer.getEnd();
  }
}

/// Has each buffer keep its place until the next one is full, so that no two in
/// turn have the same: what is stored to the next need not wait for those who
/// still load from this one.
static void keepUntilNext(MutableArrayRef<Buffer> buffers) {
  for (size_t i = 0; i + 1 < buffers.size(); ++i)
    buffers[i].last = std::max(buffers[i].last, buffers[i + 1].first);
}

static int64_t getEnd(ArrayRef<Buffer> buffers) {
  int64_t end = 0;
  for (const Buffer &buffer : buffers)
    end = std::max(end, buffer.getEnd());
  return end;
}

/// Each at the lowest place that is free as long as it is needed.
static void placeTogether(MutableArrayRef<Buffer> buffers) {
  SmallVector<Buffer *> order, placed;
  for (Buffer &buffer : buffers)
    order.push_back(&buffer);
  llvm::sort(order, [](const Buffer *a, const Buffer *b) {
    return std::tuple(-a->bytes, a->first) < std::tuple(-b->bytes, b->first);
  });
  for (Buffer *buffer : order) {
    // In the order of their places.
    for (const Buffer *other : placed)
      if (buffer->meets(*other) && other->offset < buffer->getEnd())
        buffer->offset = std::max(buffer->offset, other->getEnd());
    auto *at =
        llvm::upper_bound(placed, buffer, [](const Buffer *a, const Buffer *b) {
          return a->offset < b->offset;
        });
    placed.insert(at, buffer);
  }
}

namespace {
struct TileAllocateShared
    : sluice::impl::TileAllocateSharedBase<TileAllocateShared> {
  using TileAllocateSharedBase::TileAllocateSharedBase;

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    SmallVector<Buffer> buffers, ofWarps;
    for (Buffer &buffer : collect(kernel))
      (buffer.op.getByWarp() ? ofWarps : buffers).push_back(buffer);
    placeApart(buffers);
    if (!buffers.empty() && buffers.back().getEnd() > apart) {
      for (Buffer &buffer : buffers)
        buffer.offset = 0;
      placeTogether(buffers);
    }
    auto warps = static_cast<int64_t>(kernel.getWarps());
    SmallVector<Buffer> inTurns = ofWarps;
    keepUntilNext(inTurns);
    placeTogether(inTurns);
    if (getEnd(buffers) + getEnd(inTurns) * warps <= most)
      ofWarps = std::move(inTurns);
    else
      placeTogether(ofWarps);
    Builder b(&getContext());
    auto set = [&](ArrayRef<Buffer> placed, int64_t from) {
      for (Buffer buffer : placed)
        buffer.op.setOffsetAttr(b.getI64IntegerAttr(from + buffer.offset));
      return getEnd(placed);
    };
    // Behind what the CTA has, one part for each warp.
    int64_t bytes = set(buffers, 0);
    for (auto ring : kernel.getBody().getOps<RingOp>()) {
      ring.setOffset(bytes);
      bytes += static_cast<int64_t>(
          llvm::alignTo(static_cast<uint64_t>(ring.getBytes()), kAlignment));
    }
    int64_t stride = set(ofWarps, bytes);
    for (Buffer &buffer : ofWarps)
      buffer.op.setStrideAttr(b.getI64IntegerAttr(stride));
    bytes += stride * warps;
    if (bytes > most) {
      kernel.emitOpError() << "needs " << bytes
                           << " bytes of shared memory, and a CTA has at most "
                           << int64_t(most);
      return signalPassFailure();
    }
    kernel->setAttr(KernelOp::getSharedBytesName(), b.getI64IntegerAttr(bytes));
  }
};
} // namespace
