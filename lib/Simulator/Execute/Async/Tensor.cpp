//===- Tensor.cpp - copies of tensors' boxes ------------------------------===//
//
// PTX ISA 9.0, sections 5.5 (tensors) and 9.7.9.27. A box lies in shared memory
// with its innermost dimension fastest and nothing between rows; swizzling
// permutes 16-byte granules by address bits.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Async/Bulk.h"
#include "lib/Simulator/Execute/ExecuteForms.h"
#include "lib/Simulator/Execute/Races.h"
#include "lib/Simulator/Machine/TensorMap.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Semantics;
using ptx::Space;
using ptx::Type;

/// The NaN that fma.oob knows. The ISA does not say which it is; hardware fills
/// with these 16 bits, again and again.
static uint32_t getFill(const TensorMap &map) {
  if (map.fill == TensorFill::Zero || !isFloat(map.element))
    return 0;
  return 0x7ff77ff7;
}

/// From element to element of a box. The innermost dimension has no element
/// stride: the hardware does not take one without interleaving.
static uint64_t getElementStride(const TensorMap &map, unsigned i) {
  return i == 0 ? 1 : map.elementStrides[i];
}

/// Elements of a box that are copied along dimension i.
static uint64_t getCopied(const TensorMap &map, unsigned i) {
  return llvm::divideCeil(map.box[i], getElementStride(map, i));
}

namespace {
/// A box at `coordinates`, between the tensor and shared memory at `shared` (a
/// generic address), as a transfer.
class Box {
public:
  Box(const TensorMap &map, const int32_t *coordinates, uint64_t shared,
      bool isStore, BulkTransfer &transfer)
      : map(map), coordinates(coordinates), shared(shared), isStore(isStore),
        transfer(transfer), size(getSize(map.element)),
        rows(map.rank > 1 ? getCopied(map, 1) : 1) {}

  void addTo() {
    uint64_t planes = 1;
    for (unsigned i = 2; i < map.rank; ++i)
      planes *= getCopied(map, i);
    transfer.total = map.box[0] * size * rows * planes;
    transfer.swizzleBits = static_cast<unsigned>(map.swizzle);
    addSharedRanges();
    for (uint64_t plane = 0; plane < planes; ++plane)
      addPlane(plane);
  }

private:
  struct Extent {
    uint64_t first, end;
  };

  /// What of dimension i is in the tensor, counted in elements of the box.
  Extent clip(unsigned i) const {
    int64_t stride = getElementStride(map, i), copied = getCopied(map, i);
    // The first element at or behind a place.
    auto find = [&](int64_t place) {
      int64_t ahead = place - coordinates[i];
      return ahead <= 0 ? 0 : std::min((ahead + stride - 1) / stride, copied);
    };
    int64_t first = find(0);
    int64_t end = std::max(first, find(static_cast<int64_t>(map.dims[i])));
    return {uint64_t(first), uint64_t(end)};
  }

  void addSharedRanges() {
    auto &ranges = isStore ? transfer.reads : transfer.writes;
    if (transfer.total % layout::getSwizzleGroup(transfer.swizzleBits) == 0) {
      ranges.push_back({shared, transfer.total});
      return;
    }
    for (uint64_t i = 0; i < transfer.total; i += kBulkGranule)
      ranges.push_back({layout::swizzle(shared + i, transfer.swizzleBits),
                        std::min(kBulkGranule, transfer.total - i)});
  }

  /// Of two dimensions: the inner ones.
  void addPlane(uint64_t plane) {
    uint64_t rest = plane, tensor = map.address;
    bool isInside = true;
    for (unsigned i = 2; i < map.rank; ++i) {
      uint64_t copied = getCopied(map, i);
      int64_t at = coordinates[i] +
                   static_cast<int64_t>(rest % copied * map.elementStrides[i]);
      rest /= copied;
      isInside &= at >= 0 && static_cast<uint64_t>(at) < map.dims[i];
      tensor += static_cast<uint64_t>(at) * map.strides[i];
    }
    Extent across = clip(0), down = map.rank > 1 ? clip(1) : Extent{0, 1};
    if (!isInside || across.first == across.end)
      down.first = down.end = 0;
    uint64_t place = shared + plane * rows * map.box[0] * size;
    addPiece(place, tensor, {0, map.box[0]}, {0, down.first}, false);
    addPiece(place, tensor, {0, across.first}, down, false);
    addPiece(place, tensor, across, down, true);
    addPiece(place, tensor, {across.end, map.box[0]}, down, false);
    addPiece(place, tensor, {0, map.box[0]}, {down.end, rows}, false);
  }

  void addPiece(uint64_t place, uint64_t tensor, Extent across, Extent down,
                bool isInside) {
    if (across.first == across.end || down.first == down.end ||
        (isStore && !isInside))
      return;
    uint64_t step = 0;
    if (map.rank > 1) {
      step = map.strides[1] * map.elementStrides[1];
      tensor += coordinates[1] * map.strides[1] + down.first * step;
    }
    tensor += (coordinates[0] + across.first) * size;
    uint64_t rowBytes = map.box[0] * size;
    place += down.first * rowBytes + across.first * size;
    BulkPiece piece;
    piece.bytes = (across.end - across.first) * size;
    piece.rows = down.end - down.first;
    piece.to = isStore ? tensor : place;
    piece.from = isStore ? place : tensor;
    piece.toStep = isStore ? step : rowBytes;
    piece.fromStep = isStore ? rowBytes : step;
    piece.isFill = !isInside;
    piece.fill = getFill(map);
    piece.fillBytes = size;
    transfer.pieces.push_back(piece);
    if (isInside)
      (isStore ? transfer.writes : transfer.reads)
          .push_back({tensor, piece.bytes, piece.rows, step});
  }

  const TensorMap &map;
  const int32_t *coordinates;
  uint64_t shared;
  bool isStore;
  BulkTransfer &transfer;
  uint64_t size, rows;
};
} // namespace

namespace {
/// rows: shared address, map, coordinates, [mbarrier,] [mask].
struct TensorDetail {
  uint8_t rank, sharedBits, mapBits, barrierBits;
  bool isStore, hasBarrier, hasMask, isReduction;
  AtomicOp op;
};
} // namespace

/// A map is read through a proxy of its own, which need not see what the grid
/// has written.
static void checkMapUse(Warp &warp, unsigned lane, uint64_t address,
                        const Region &region) {
  Cta &cta = warp.getCta();
  Grid &grid = cta.getGrid();
  if (!grid.getOptions().check || region.isConstant)
    return;
  Addresses addresses;
  addresses.lane[lane] = address;
  Access access;
  access.bytes = kTensorMapBytes;
  access.isRead = true;
  checkRaces(warp, Mask(1) << lane, addresses, access);
  if (!cta.tensorMaps.isCurrent(address, region.at(address),
                                grid.changedTensorMaps.contains(address)))
    warp.find(FindingKind::AsyncUse, Mask(1) << lane,
              "uses a tensor map that the grid has changed, with no "
              "fence.proxy.tensormap::generic.acquire of it in between",
              Space::Global, address);
}

static bool readMap(Warp &warp, unsigned lane, uint64_t address,
                    TensorMap &map) {
  Mask self = Mask(1) << lane;
  Region *region =
      warp.getCta().getGrid().getArena().find(address, kTensorMapBytes);
  if (!region || address % kTensorMapAlignment) {
    warp.find(region ? FindingKind::Misaligned : FindingKind::OutOfBounds, self,
              region ? "a tensor map is aligned to 64 bytes"
                     : "there is no tensor map at the address",
              Space::Generic, address);
    return false;
  }
  Worker &worker = warp.getCta().getWorker();
  worker.want(address, kTensorMapBytes);
  worker.hold();
  llvm::Expected<TensorMap> decoded =
      decodeTensorMap({region->at(address), kTensorMapBytes});
  std::string message;
  if (!decoded)
    message = llvm::toString(decoded.takeError());
  else if (llvm::Error error = checkTensorMap(*decoded))
    message = llvm::toString(std::move(error));
  if (!message.empty()) {
    warp.find(FindingKind::AsyncUse, self,
              "this is not a tensor map: " + message, Space::Generic, address);
    return false;
  }
  map = *decoded;
  checkMapUse(warp, lane, address, *region);
  return true;
}

static std::optional<Type> getReduceType(TensorElement element) {
  switch (element) {
  case TensorElement::U32:
    return Type::U32;
  case TensorElement::S32:
    return Type::S32;
  case TensorElement::U64:
    return Type::U64;
  case TensorElement::S64:
    return Type::S64;
  case TensorElement::F16:
    return Type::F16;
  case TensorElement::BF16:
    return Type::BF16;
  case TensorElement::F32:
    return Type::F32;
  case TensorElement::F64:
    return Type::F64;
  default:
    return std::nullopt;
  }
}

static Flow runTensor(Warp &warp, const Operation &operation, Mask active) {
  auto detail = getDetail<TensorDetail>(operation);
  if (Mask poisoned = warp.getPoison(operation) & active) {
    warp.find(FindingKind::Uninitialized, poisoned,
              "the copy depends on a value that nobody has written");
    active &= ~poisoned;
  }
  for (Mask rest = active; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    Mask self = Mask(1) << lane;
    auto addressOf = [&](size_t row, unsigned bits, size_t offset,
                         Space space) {
      return getAddresses(
                 warp, {operation.rows[row], bits, operation.offsets[offset]},
                 space)
          .lane[lane];
    };
    uint64_t shared = addressOf(0, detail.sharedBits, 0, Space::Shared);
    uint64_t mapAddress = addressOf(1, detail.mapBits, 1, Space::Generic);
    TensorMap map;
    if (!readMap(warp, lane, mapAddress, map))
      continue;
    bool isPlain = map.interleave == TensorInterleave::None;
    if (map.rank != detail.rank || !isPlain) {
      warp.find(FindingKind::AsyncUse, self,
                map.rank != detail.rank
                    ? "the tensor map is for " + llvm::Twine(map.rank) +
                          " dimensions, the copy for " +
                          llvm::Twine(unsigned(detail.rank))
                    : llvm::Twine("interleaved tensors are not simulated"),
                Space::Generic, mapAddress);
      continue;
    }
    if (shared % 128) {
      warp.find(FindingKind::Misaligned, self,
                "a box in shared memory is aligned to 128 bytes", Space::Shared,
                shared - kSharedWindow);
      continue;
    }
    uint64_t boxBytes = getSize(map.element);
    for (unsigned i = 0; i < map.rank; ++i)
      boxBytes *= getCopied(map, i);
    if (boxBytes > warp.getCta().shared.bytes.size()) {
      warp.find(FindingKind::OutOfBounds, self,
                "a box of " + llvm::Twine(boxBytes) +
                    " bytes does not fit into shared memory",
                Space::Shared, shared - kSharedWindow);
      continue;
    }
    int32_t coordinates[kMostTensorRank];
    for (unsigned i = 0; i < detail.rank; ++i)
      coordinates[i] = warp.words(operation.rows[2 + i])[lane];
    size_t next = 2 + detail.rank;
    uint64_t mbarrier = 0;
    if (detail.hasBarrier)
      mbarrier = addressOf(next++, detail.barrierBits, 2, Space::Shared);
    auto begin = [&](uint64_t place, uint64_t barrier) {
      BulkTransfer transfer;
      Box(map, coordinates, place, detail.isStore, transfer).addTo();
      transfer.isOneOfSeveral = !llvm::has_single_bit(active);
      if (detail.isReduction) {
        std::optional<Type> type = getReduceType(map.element);
        if (!type) {
          warp.find(FindingKind::AsyncUse, self,
                    "the tensor's elements cannot be reduced", Space::Generic,
                    mapAddress);
          return;
        }
        transfer.reduce = detail.op;
        transfer.type = *type;
      }
      beginTransfer(warp, lane, std::move(transfer), barrier);
    };
    if (!detail.hasMask) {
      begin(shared, mbarrier);
      continue;
    }
    uint32_t ranks = warp.words(operation.rows[next])[lane] & 0xffff;
    for (uint32_t left = ranks; left; left &= left - 1) {
      uint64_t rank = llvm::countr_zero(left);
      begin(moveToRank(shared, rank), moveToRank(mbarrier, rank));
    }
  }
  return Flow::Next;
}

static bool decodeTensor(Decoder &decoder) {
  Operation &operation = decoder.operation();
  const ptx::Match &match = decoder.match();
  TensorDetail detail{};
  detail.isStore = match.get("to").empty();
  detail.rank = match.get("dim")[0] - '0';
  detail.isReduction = decoder.instruction().qualifiers.front() == "reduce";
  if (detail.isReduction) {
    std::optional<AtomicOp> op = parseAtomicOp(match.get("op"));
    if (!op)
      return decoder.fail("reduction '" + match.get("op") +
                          "' is not supported");
    detail.op = *op;
  }
  size_t tensor = detail.isStore ? 0 : 1, shared = detail.isStore ? 1 : 0;
  Decoder::Address place, map, barrier;
  if (!decoder.addAddress(shared, place) || !decoder.addAddress(tensor, map))
    return false;
  llvm::ArrayRef<ptx::Operand> coordinates =
      llvm::ArrayRef(decoder.operand(tensor).elements).drop_front();
  if (coordinates.size() == 1 &&
      coordinates[0].kind == ptx::Operand::Kind::Vector)
    coordinates = coordinates[0].elements;
  if (coordinates.size() != detail.rank)
    return decoder.fail("expected " + llvm::Twine(unsigned(detail.rank)) +
                        " coordinates, found " +
                        llvm::Twine(coordinates.size()));
  for (const ptx::Operand &coordinate : coordinates)
    if (!decoder.addSource(coordinate, Type::S32))
      return false;
  size_t next = 2;
  detail.hasBarrier = match.has("mbarrier::complete_tx::bytes");
  if (detail.hasBarrier && !decoder.addAddress(next++, barrier))
    return false;
  detail.hasMask = match.has("multicast::cluster");
  if (detail.hasMask && !detail.hasBarrier)
    return decoder.fail("a multicast needs an mbarrier");
  if (detail.hasMask && !decoder.addSource(next, Type::U16, true))
    return false;
  detail.sharedBits = place.baseBits;
  detail.mapBits = map.baseBits;
  detail.barrierBits = barrier.baseBits;
  operation.offsets = {place.offset, map.offset, barrier.offset};
  operation.run = runTensor;
  setDetail(operation, detail);
  return true;
}

static bool decodePrefetch(Decoder &decoder) {
  decoder.operation().run = [](Warp &, const Operation &, Mask) {
    return Flow::Next;
  };
  return true;
}

llvm::ArrayRef<InstructionDecoder> sim::getTensorDecoders() {
  static constexpr InstructionDecoder decoders[] = {
      {Semantics::TensorCopy, decodeTensor},
      {Semantics::TensorPrefetch, decodePrefetch},
  };
  return decoders;
}
