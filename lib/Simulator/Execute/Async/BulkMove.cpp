//===- BulkMove.cpp - the bytes of bulk copies ----------------------------===//

#include "lib/Simulator/Execute/Async/BulkMove.h"
#include "lib/Simulator/Execute/Async/Mbarrier.h"
#include <utility>

using namespace sluice;
using namespace sluice::sim;

std::pair<Region *, uint64_t> PlaceFinder::find(uint64_t address,
                                                uint64_t bytes) {
  if (isSharedAddress(address)) {
    auto [owner, offset] = findShared(cta, address);
    if (!owner || !owner->shared.contains(offset, bytes))
      return {nullptr, 0};
    return {&owner->shared, offset};
  }
  if (!last || !last->contains(address, bytes))
    last = cta.getGrid().getArena().find(address, bytes);
  return {last, address};
}

static uint8_t getFill(const BulkPiece &piece, uint64_t i) {
  return piece.fill >> 8 * (i % piece.fillBytes % 4);
}

static void reduce(const BulkTransfer &transfer, uint8_t *target,
                   const uint8_t *source, uint64_t bytes) {
  unsigned size = ptx::getByteSize(transfer.type);
  for (uint64_t i = 0; i + size <= bytes; i += size) {
    uint64_t old = 0, operand = 0;
    std::memcpy(&old, target + i, size);
    std::memcpy(&operand, source + i, size);
    uint64_t made = applyAtomic(*transfer.reduce, transfer.type, old, operand,
                                /*flushesSubnormals=*/false);
    std::memcpy(target + i, &made, size);
  }
}

/// A row, or a granule of one if that is swizzled.
static void moveRow(PlaceFinder &places, const BulkTransfer &transfer,
                    const BulkPiece &piece, uint64_t toAddress,
                    uint64_t fromAddress, uint64_t bytes) {
  auto [to, toPlace] = places.find(toAddress, bytes);
  if (!to)
    return;
  uint8_t *target = to->at(toPlace);
  if (piece.isFill) {
    for (uint64_t i = 0; i < bytes; ++i)
      target[i] = getFill(piece, i);
    to->setWritten(toPlace, bytes, true);
    return;
  }
  auto [from, fromPlace] = places.find(fromAddress, bytes);
  if (!from)
    return;
  const uint8_t *source = from->at(fromPlace);
  if (transfer.reduce)
    reduce(transfer, target, source, bytes);
  else
    std::memmove(target, source, bytes);
  if (from->isWritten(fromPlace, bytes)) {
    if (!transfer.reduce)
      to->setWritten(toPlace, bytes, true);
    return;
  }
  for (uint64_t i = 0; i < bytes; ++i)
    to->setWritten(toPlace + i, 1, from->isWritten(fromPlace + i, 1));
}

/// A box's rows to shared memory, where they are whole groups of granules: the
/// usual case. False if it is another.
static bool moveBox(PlaceFinder &places, const BulkTransfer &transfer,
                    const BulkPiece &piece) {
  uint64_t group = layout::getSwizzleGroup(transfer.swizzleBits);
  if (!isSharedAddress(piece.to) || isSharedAddress(piece.from) ||
      piece.isFill || transfer.reduce || piece.toStep != piece.bytes ||
      (piece.to | piece.bytes) % group)
    return false;
  auto [to, toPlace] = places.find(piece.to, piece.rows * piece.bytes);
  auto [from, fromPlace] =
      places.find(piece.from, (piece.rows - 1) * piece.fromStep + piece.bytes);
  if (!to || !from)
    return false;
  for (uint64_t row = 0; row < piece.rows; ++row)
    if (!from->isWritten(fromPlace + row * piece.fromStep, piece.bytes))
      return false;
  uint8_t *target = to->at(toPlace);
  for (uint64_t row = 0; row < piece.rows; ++row) {
    // Rows are far apart: nobody else fetches them early.
    constexpr uint64_t kAhead = 8;
    const uint8_t *source = from->at(fromPlace) + row * piece.fromStep;
    if (row + kAhead < piece.rows)
      for (uint64_t i = 0; i < piece.bytes; i += 64)
        __builtin_prefetch(source + kAhead * piece.fromStep + i);
    uint64_t linear = piece.to + row * piece.bytes;
    for (uint64_t i = 0; i < piece.bytes; i += kBulkGranule)
      std::memcpy(target + (layout::swizzle(linear + i, transfer.swizzleBits) -
                            piece.to),
                  source + i, kBulkGranule);
  }
  to->setWritten(toPlace, piece.rows * piece.bytes, true);
  return true;
}

static void movePiece(PlaceFinder &places, const BulkTransfer &transfer,
                      const BulkPiece &piece) {
  if (moveBox(places, transfer, piece))
    return;
  bool isToShared = isSharedAddress(piece.to);
  for (uint64_t row = 0; row < piece.rows; ++row) {
    uint64_t to = piece.to + row * piece.toStep,
             from = piece.from + row * piece.fromStep;
    if (!transfer.swizzleBits) {
      moveRow(places, transfer, piece, to, from, piece.bytes);
      continue;
    }
    uint64_t linear = isToShared ? to : from;
    for (uint64_t i = 0; i < piece.bytes;) {
      uint64_t moved = layout::swizzle(linear + i, transfer.swizzleBits);
      uint64_t bytes =
          std::min(kBulkGranule - (linear + i) % kBulkGranule, piece.bytes - i);
      moveRow(places, transfer, piece, isToShared ? moved : to + i,
              isToShared ? from + i : moved, bytes);
      i += bytes;
    }
  }
}

void sim::moveBytes(Cta &cta, const BulkTransfer &transfer) {
  PlaceFinder places(cta);
  for (const BulkPiece &piece : transfer.pieces)
    movePiece(places, transfer, piece);
}

/// A row of a box: `linear` is its place in shared memory before it is
/// swizzled, on the side that `isToShared` says; `source` and `target` belong
/// to its beginning there and elsewhere.
static void gatherRow(unsigned swizzleBits, bool isToShared, uint64_t linear,
                      uint64_t bytes, const uint8_t *source, uint8_t *target) {
  if (!swizzleBits) {
    std::memcpy(target, source, bytes);
    return;
  }
  auto move = [&](uint64_t i, uint64_t count) {
    auto moved =
        static_cast<int64_t>(layout::swizzle(linear + i, swizzleBits) - linear);
    auto plain = static_cast<int64_t>(i);
    std::memcpy(target + (isToShared ? moved : plain),
                source + (isToShared ? plain : moved), count);
  };
  if ((linear | bytes) % kBulkGranule == 0) {
    for (uint64_t i = 0; i < bytes; i += kBulkGranule)
      move(i, kBulkGranule);
    return;
  }
  for (uint64_t i = 0, count; i < bytes; i += count) {
    count = std::min(kBulkGranule - (linear + i) % kBulkGranule, bytes - i);
    move(i, count);
  }
}

void sim::gatherBytes(Cta &cta, const BulkTransfer &transfer,
                      llvm::SmallVectorImpl<uint8_t> &bytes) {
  llvm::ArrayRef<RowRange> writes = transfer.writes;
  uint64_t total = 0;
  for (const RowRange &range : writes)
    total += range.rows * range.bytes;
  bytes.resize_for_overwrite(total);
  // A box in shared memory is one range, or its granules in the order that they
  // have unswizzled; rows elsewhere are in the order of the pieces.
  uint64_t first = writes.front().address, done = 0;
  bool isToShared = isSharedAddress(first);
  unsigned bits = transfer.swizzleBits;
  if (isToShared && writes.size() > 1)
    first = layout::swizzle(first, std::exchange(bits, 0));
  PlaceFinder places(cta);
  llvm::SmallVector<uint8_t, 0> filled;
  for (const BulkPiece &piece : transfer.pieces) {
    if (piece.isFill) {
      filled.resize(piece.bytes);
      for (uint64_t i = 0; i < piece.bytes; ++i)
        filled[i] = getFill(piece, i);
    }
    for (uint64_t row = 0; row < piece.rows; ++row, done += piece.bytes) {
      uint64_t to = piece.to + row * piece.toStep,
               from = piece.from + row * piece.fromStep;
      const uint8_t *source = filled.data();
      if (!piece.isFill) {
        auto [region, place] = places.find(from, 1);
        source = region->at(place);
      }
      gatherRow(bits, isToShared, isToShared ? to : from, piece.bytes, source,
                bytes.data() + (isToShared ? to - first : done));
    }
  }
}
