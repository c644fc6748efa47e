//===- TileOps.cpp - Memory, shapes and control flow of kernels -----------===//

#include "lib/Reference/TileFrame.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <limits>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::tile;

/// "[1, 2]"
static std::string print(ArrayRef<int64_t> numbers) {
  std::string text;
  raw_string_ostream os(text);
  os << '[';
  interleaveComma(numbers, os);
  os << ']';
  return text;
}

/// Goes to the next place of a shape, the last axis first.
static void advance(MutableArrayRef<int64_t> place, ArrayRef<int64_t> shape) {
  for (size_t axis = shape.size(); axis-- > 0;) {
    if (++place[axis] < shape[axis])
      return;
    place[axis] = 0;
  }
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

namespace {
/// Where an access goes, in memory.
struct Place {
  mlir::Value memory;
  mlir::ValueRange indices;
  ArrayRef<int64_t> along;
  mlir::Value valid;
  bool isInBounds;
};
} // namespace

template <typename Op> static Place getPlace(Op op) {
  return {op.getMemory(), op.getIndices(), op.getAlong(), op.getValid(),
          op.getInBounds()};
}

/// Calls `visit` for each element of a tensor of `type` with its place in
/// memory, or nothing if it does not exist. `visit` says what is wrong there.
static Error access(
    mlir::Operation *op, TileMemory &memory, const Place &to, mlir::Type type,
    TileFrame &frame,
    function_ref<Error(int64_t element, std::optional<int64_t> place)> visit) {
  if (!memory.isPresent())
    return fail(op, memory.getName() + " is not there");
  auto memoryType = cast<mlir::MemRefType>(to.memory.getType());
  ArrayRef<int64_t> shape = getShape(type), extents = memory.getShape();
  SmallVector<int64_t, 4> start, place(shape.size(), 0), at;
  for (mlir::Value index : to.indices)
    start.push_back(frame.integer(index));
  int64_t valid =
      to.valid ? frame.integer(to.valid) : std::numeric_limits<int64_t>::max();
  for (int64_t element = 0, e = countElements(type); element < e;
       ++element, advance(place, shape)) {
    bool exists = place.empty() || place.front() < valid, isInside = true;
    at = start;
    for (auto [own, axis] : zip_equal(place, to.along)) {
      at[axis] += own;
      bool isPastEnd = at[axis] >= extents[axis];
      exists &= !isPastEnd || memoryType.isDynamicDim(axis) || to.isInBounds;
    }
    int64_t flat = 0;
    for (auto [index, extent] : zip_equal(at, extents)) {
      isInside &= index >= 0 && index < extent;
      flat = flat * extent + index;
    }
    auto where = [&] {
      return "element " + print(at) + " of " + memory.getName().str();
    };
    if (exists && !isInside)
      return fail(op,
                  "touches " + where() + ", whose shape is " + print(extents));
    if (Error error =
            visit(element, exists ? std::optional(flat) : std::nullopt))
      return fail(op, "touches " + where() + ", which " +
                          toString(std::move(error)));
  }
  return Error::success();
}

static Error load(LoadOp op, TileFrame &frame) {
  TileMemory &memory = frame.memory(op.getMemory());
  Floats &result = frame.floats(op.getResult());
  result.resize(countElements(op.getType()));
  return access(op, memory, getPlace(op), op.getType(), frame,
                [&](int64_t element, std::optional<int64_t> place) -> Error {
                  if (place)
                    return memory.load(*place).moveInto(result[element]);
                  result[element] = 0;
                  return Error::success();
                });
}

static Error store(StoreOp op, TileFrame &frame) {
  const Floats &value = frame.floats(op.getValue());
  auto storeTo = [&](TileMemory &memory) {
    return access(op, memory, getPlace(op), op.getValue().getType(), frame,
                  [&](int64_t element, std::optional<int64_t> place) -> Error {
                    return place ? memory.store(*place, value[element])
                                 : Error::success();
                  });
  };
  auto shared = op.getMemory().getDefiningOp<SharedOp>();
  if (!shared || !shared.getMulticast())
    return storeTo(frame.memory(op.getMemory()));
  int64_t begin = 0, end = frame.getNumRanks();
  if (op.getTo()) {
    int64_t to = frame.integer(op.getTo());
    if (to < 0 || to >= end)
      return fail(op,
                  "is to the CTA of rank " + Twine(to) + " of " + Twine(end));
    begin = to;
    end = to + 1;
  }
  for (int64_t rank = begin; rank < end; ++rank)
    if (Error error = storeTo(frame.memory(op.getMemory(), rank)))
      return error;
  return Error::success();
}

static Error copy(CopyOp op, TileFrame &frame) {
  mlir::RankedTensorType type = op.getRegionType();
  TileMemory &from = frame.memory(op.getFrom());
  auto &to = static_cast<SharedBuffer &>(frame.memory(op.getMemory()));
  Floats elements(countElements(type));
  Place source{op.getFrom(), op.getFromIndices(), op.getFromAlong(),
               op.getValid(), op.getInBounds()};
  Place target{op.getMemory(), op.getIndices(), op.getAlong(), mlir::Value(),
               /*isInBounds=*/true};
  if (Error error =
          access(op, from, source, type, frame,
                 [&](int64_t element, std::optional<int64_t> place) -> Error {
                   return place ? from.load(*place).moveInto(elements[element])
                                : Error::success();
                 }))
    return error;
  return access(op, to, target, type, frame,
                [&](int64_t element, std::optional<int64_t> place) -> Error {
                  return frame.getCopies().begin(to, *place, elements[element]);
                });
}

static Error commitCopies(CommitCopiesOp, TileFrame &frame) {
  frame.getCopies().commit();
  return Error::success();
}

static Error waitForCopies(WaitCopiesOp op, TileFrame &frame) {
  frame.getCopies().wait(static_cast<int64_t>(op.getPending()));
  return Error::success();
}

static Error isPresent(IsPresentOp op, TileFrame &frame) {
  frame.set(op.getResult(), frame.memory(op.getMemory()).isPresent());
  return Error::success();
}

static Error makeShared(SharedOp op, TileFrame &frame) {
  frame.makeShared(op);
  return Error::success();
}

static Error findSequence(SequenceOp op, TileFrame &frame) {
  int64_t number = frame.integer(op.getSequence());
  const std::vector<int64_t> &starts = frame.launch.starts;
  if (starts.empty()) {
    frame.set(op.getRow(), number);
    frame.set(op.getBegin(), 0);
    frame.set(op.getEnd(), frame.integer(op.getTokens()));
    return Error::success();
  }
  auto count = static_cast<int64_t>(starts.size()) - 1;
  if (number < 0 || number >= count)
    return fail(op,
                "asks for sequence " + Twine(number) + " of " + Twine(count));
  frame.set(op.getRow(), 0);
  frame.set(op.getBegin(), starts[number]);
  frame.set(op.getEnd(), starts[number + 1]);
  return Error::success();
}

static Error findPiece(PieceOp op, TileFrame &frame) {
  const std::vector<int64_t> &starts = frame.launch.starts;
  int64_t number = frame.integer(op.getNumber()),
          tokens = frame.integer(op.getTokens()),
          count = frame.integer(op.getSequences());
  auto size = static_cast<int64_t>(op.getSize());
  bool isPacked = !starts.empty();
  if (isPacked && count != static_cast<int64_t>(starts.size()) - 1)
    return fail(op, "is of " + Twine(count) + " sequences, found " +
                        Twine(starts.size() - 1));
  auto set = [&](int64_t sequence, int64_t begin, int64_t end, bool isLast) {
    frame.set(op.getSequence(), sequence);
    frame.set(op.getRow(), isPacked ? 0 : sequence);
    frame.set(op.getBegin(), begin);
    frame.set(op.getEnd(), end);
    frame.set(op.getIsLast(), isLast);
    return Error::success();
  };
  for (int64_t n = 0; n < count; ++n) {
    int64_t begin = isPacked ? starts[n] : 0,
            end = isPacked ? starts[n + 1] : tokens,
            before = isPacked ? begin : n * tokens;
    int64_t piece = number - (before / size + n);
    int64_t pieces = std::max<int64_t>((end - begin + size - 1) / size, 1);
    if (piece < 0 || piece >= pieces)
      continue;
    return set(n, begin + piece * size,
               std::min(begin + (piece + 1) * size, end), piece + 1 == pieces);
  }
  return set(0, 0, 0, false);
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

static Error broadcast(BroadcastOp op, TileFrame &frame) {
  const TileValue &operand = frame.at(op.getOperand());
  TileValue &result = frame.at(op.getResult());
  ArrayRef<int64_t> shape = op.getType().getShape();
  auto repeat = [&](const auto &from, auto &to) {
    if (from.empty())
      return;
    SmallVector<int64_t, 4> place(shape.size(), 0);
    to.resize(countElements(op.getType()));
    for (auto &element : to) {
      int64_t number = 0;
      for (int64_t axis : op.getAlong())
        number = number * shape[axis] + place[axis];
      element = from[number];
      advance(place, shape);
    }
  };
  repeat(operand.floats, result.floats);
  repeat(operand.integers, result.integers);
  return Error::success();
}

double reference::combine(Reduction kind, double x, double y) {
  switch (kind) {
  case Reduction::Sum:
    return x + y;
  case Reduction::Max:
    return x >= y || std::isnan(x) ? x : y;
  case Reduction::Min:
    return x <= y || std::isnan(x) ? x : y;
  case Reduction::Product:
    return x * y;
  }
  llvm_unreachable("covered switch");
}

double reference::getNeutral(Reduction kind) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  switch (kind) {
  case Reduction::Sum:
    return 0;
  case Reduction::Max:
    return -kInfinity;
  case Reduction::Min:
    return kInfinity;
  case Reduction::Product:
    return 1;
  }
  llvm_unreachable("covered switch");
}

static Error reduce(ReduceOp op, TileFrame &frame) {
  ArrayRef<int64_t> warpPlaces;
  if (op.getByWarp())
    warpPlaces = frame.getWarpPlaces(op);
  ArrayRef<int64_t> shape = getShape(op.getOperand().getType()),
                    resultShape = getShape(op.getType());
  SmallVector<double> sums(countElements(op.getType()),
                           getNeutral(op.getKind()));
  SmallVector<int64_t, 4> place(shape.size(), 0);
  for (auto [i, element] : enumerate(frame.floats(op.getOperand()))) {
    int64_t to = 0;
    for (auto [axis, size] : enumerate(shape)) {
      if (axis != op.getAxis())
        to = to * size + place[axis];
      else if (op.getByWarp())
        to = to * resultShape[axis] + warpPlaces[i];
    }
    sums[to] = combine(op.getKind(), sums[to], element);
    advance(place, shape);
  }
  Floats &result = frame.floats(op.getResult());
  result.clear();
  for (double sum : sums)
    result.push_back(roundTo(op.getType(), sum));
  return Error::success();
}

static Error convert(ConvertOp op, TileFrame &frame) {
  frame.floats(op.getResult()) = frame.floats(op.getOperand());
  return Error::success();
}

//===----------------------------------------------------------------------===//
// CTAs, warps and rings
//===----------------------------------------------------------------------===//

static Error findBlock(mlir::gpu::BlockIdOp op, TileFrame &frame) {
  frame.set(op.getResult(),
            frame.getBlock()[static_cast<size_t>(op.getDimension())]);
  return Error::success();
}

static Error findRank(mlir::gpu::ClusterBlockIdOp op, TileFrame &frame) {
  bool isFirst = op.getDimension() == mlir::gpu::Dimension::x;
  frame.set(op.getResult(), isFirst ? frame.getRank() : 0);
  return Error::success();
}

static Error findWarp(mlir::gpu::SubgroupIdOp op, TileFrame &frame) {
  frame.set(op.getResult(), frame.getWarp());
  return Error::success();
}

/// Operations follow one another.
static Error waitForAll(mlir::gpu::BarrierOp, TileFrame &) {
  return Error::success();
}
static Error waitForWarp(SyncWarpOp, TileFrame &) { return Error::success(); }
static Error waitForCluster(SyncClusterOp, TileFrame &) {
  return Error::success();
}
static Error waitForRole(SyncRoleOp, TileFrame &) { return Error::success(); }

static Error makeRing(RingOp op, TileFrame &frame) {
  frame.rings.make(op);
  return Error::success();
}

static Error commit(CommitOp op, TileFrame &frame) {
  frame.rings.handOn(op, frame);
  return Error::success();
}

static Error release(ReleaseOp op, TileFrame &frame) {
  frame.rings.handOn(op, frame);
  return Error::success();
}

void TileRules::addTile() {
  add<LoadOp>(load);
  add<StoreOp>(store);
  add<IsPresentOp>(isPresent);
  add<SharedOp>(makeShared);
  add<SequenceOp>(findSequence);
  add<PieceOp>(findPiece);
  add<BroadcastOp>(broadcast);
  add<ReduceOp>(reduce);
  add<ConvertOp>(convert);
  add<mlir::gpu::BlockIdOp>(findBlock);
  add<mlir::gpu::ClusterBlockIdOp>(findRank);
  add<mlir::gpu::SubgroupIdOp>(findWarp);
  add<mlir::gpu::BarrierOp>(waitForAll);
  add<SyncWarpOp>(waitForWarp);
  add<SyncClusterOp>(waitForCluster);
  add<SyncRoleOp>(waitForRole);
  add<CopyOp>(copy);
  add<CommitCopiesOp>(commitCopies);
  add<WaitCopiesOp>(waitForCopies);
  add<RingOp>(makeRing);
  add<CommitOp>(commit);
  add<ReleaseOp>(release);
}
