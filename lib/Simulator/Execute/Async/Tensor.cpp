//===- Tensor.cpp - copies of tensors' boxes ------------------------------===//
//
// PTX ISA 9.0, sections 5.5 (tensors) and 9.7.9.27. A box lies in shared memory
// with its innermost dimension fastest and nothing between rows; swizzling
// permutes 16-byte chunks by address bits.
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
using ptx::Class;
using ptx::Space;
using ptx::Type;

static constexpr uint64_t kChunk = 16;

/// Where a shared address's bytes are: bits 4 to 6 are exchanged with those
/// above, three of them with 128 bytes, two with 64, one with 32.
static uint64_t swizzle(uint64_t address, TensorSwizzle kind) {
  unsigned bits = static_cast<unsigned>(kind);
  uint64_t mask = (uint64_t(1) << bits) - 1;
  return address ^ ((address >> 7 & mask) << 4);
}

/// The NaN that fma.oob knows. The ISA does not say which it is; hardware fills
/// with these 16 bits, again and again.
static uint32_t getFill(const TensorMap &map) {
  if (map.fill == TensorFill::Zero || !isFloat(map.element))
    return 0;
  return 0x7ff77ff7;
}

/// Elements of a box that are copied along dimension i. The innermost has no
/// element stride: the hardware does not take one without interleaving.
static uint64_t getCopied(const TensorMap &map, unsigned i) {
  return i == 0 ? map.box[0]
                : llvm::divideCeil(map.box[i], map.elementStrides[i]);
}

/// The pieces of a box at `coordinates`, between the tensor and shared memory
/// at `shared` (a generic address).
static void addBox(const TensorMap &map, const int32_t *coordinates,
                   uint64_t shared, bool isStore, BulkTransfer &transfer) {
  uint64_t size = getSize(map.element);
  uint64_t rowBytes = map.box[0] * size, rows = 1;
  for (unsigned i = 1; i < map.rank; ++i)
    rows *= getCopied(map, i);
  transfer.total = rowBytes * rows;
  (isStore ? transfer.reads : transfer.writes)
      .push_back({shared, transfer.total});
  auto &tensorRanges = isStore ? transfer.writes : transfer.reads;
  for (uint64_t row = 0; row < rows; ++row) {
    uint64_t rest = row, tensorRow = map.address;
    bool isInside = true;
    for (unsigned i = 1; i < map.rank; ++i) {
      uint64_t count = getCopied(map, i);
      int64_t at = coordinates[i] +
                   static_cast<int64_t>(rest % count * map.elementStrides[i]);
      rest /= count;
      isInside &= at >= 0 && static_cast<uint64_t>(at) < map.dims[i];
      tensorRow += static_cast<uint64_t>(at) * map.strides[i];
    }
    int64_t first =
        std::clamp<int64_t>(-int64_t(coordinates[0]), 0, map.box[0]);
    int64_t end = std::clamp<int64_t>(
        static_cast<int64_t>(map.dims[0]) - coordinates[0], first, map.box[0]);
    if (!isInside)
      end = first;
    if (end > first)
      tensorRanges.push_back(
          {tensorRow + (coordinates[0] + first) * static_cast<int64_t>(size),
           (end - first) * size});
    uint64_t insideFrom = first * size, insideTo = end * size;
    for (uint64_t begin = 0; begin < rowBytes;) {
      uint64_t linear = shared + row * rowBytes + begin;
      // To the chunk's end, or to where inside and outside meet.
      uint64_t length = std::min(kChunk - linear % kChunk, rowBytes - begin);
      bool isIn = begin >= insideFrom && begin < insideTo;
      if (begin < insideFrom)
        length = std::min(length, insideFrom - begin);
      else if (isIn)
        length = std::min(length, insideTo - begin);
      uint64_t place = swizzle(linear, map.swizzle);
      BulkPiece piece;
      piece.bytes = length;
      uint64_t tensor =
          tensorRow + coordinates[0] * static_cast<int64_t>(size) + begin;
      piece.to = isStore ? tensor : place;
      piece.from = isStore ? place : tensor;
      piece.isFill = !isIn;
      piece.fill = getFill(map);
      piece.fillBytes = size;
      if (isIn || !isStore)
        transfer.pieces.push_back(piece);
      begin += length;
    }
  }
}

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
              "uses a tensor map that the grid has changed, and no "
              "fence.proxy.tensormap::generic.acquire of it lies between",
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
    warp.find(FindingKind::AsyncUse, self, "the tensor map is none: " + message,
              Space::Generic, address);
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
      addBox(map, coordinates, place, detail.isStore, transfer);
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

#define DIMENSIONS "dim=1d|2d|3d|4d|5d"

llvm::ArrayRef<ptx::Form> sim::getTensorForms() {
  static const ptx::Form forms[] = {
      {"cp",
       ".async .bulk .tensor " DIMENSIONS
       " to=shared::cluster|shared::cta .global [.tile] "
       "[.mbarrier::complete_tx::bytes] [.multicast::cluster] "
       "[.L2::cache_hint]",
       "[to], [map, coordinates], [mbarrier] {, mask} {, policy}", Class::Async,
       decodeTensor},
      {"cp",
       ".async .bulk .tensor " DIMENSIONS
       " .global .shared::cta [.tile] .bulk_group [.L2::cache_hint]",
       "[map, coordinates], [from] {, policy}", Class::Async, decodeTensor},
      {"cp",
       ".reduce .async .bulk .tensor " DIMENSIONS
       " .global .shared::cta op=add|min|max|inc|dec|and|or|xor [.tile] "
       ".bulk_group [.L2::cache_hint]",
       "[map, coordinates], [from] {, policy}", Class::Async, decodeTensor},
      {"cp",
       ".async .bulk .prefetch .tensor " DIMENSIONS
       " .L2 .global [.tile] [.L2::cache_hint]",
       "[map, coordinates] {, policy}", Class::Async, decodePrefetch},
  };
  return forms;
}
