//===- BulkMove.cpp - the bytes of bulk copies ----------------------------===//

#include "lib/Simulator/Execute/Async/BulkMove.h"
#include "lib/Simulator/Execute/Async/Mbarrier.h"

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

/// A row, or a chunk of one if that is swizzled.
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

/// A box's rows to shared memory, where they are whole groups of chunks: the
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
    for (uint64_t i = 0; i < piece.bytes; i += kBulkChunk)
      std::memcpy(target + (layout::swizzle(linear + i, transfer.swizzleBits) -
                            piece.to),
                  source + i, kBulkChunk);
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
          std::min(kBulkChunk - (linear + i) % kBulkChunk, piece.bytes - i);
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

void sim::gatherBytes(Cta &cta, const BulkTransfer &transfer,
                      llvm::SmallVectorImpl<uint8_t> &bytes) {
  uint64_t total = 0;
  for (const RowRange &range : transfer.writes)
    total += range.rows * range.bytes;
  bytes.resize_for_overwrite(total);
  PlaceFinder places(cta);
  unsigned bits = transfer.swizzleBits;
  uint64_t first = transfer.writes.front().address;
  bool isToShared = isSharedAddress(first), isOne = transfer.writes.size() == 1;
  // A box in shared memory is one range, or its chunks in the order in which
  // they would lie unswizzled; rows elsewhere are in the order of the pieces.
  auto getPlace = [&](uint64_t to, uint64_t done) {
    return !isToShared ? done
           : isOne     ? to - first
                       : swizzle(to, bits) - swizzle(first, bits);
  };
  uint64_t done = 0;
  for (const BulkPiece &piece : transfer.pieces)
    for (uint64_t row = 0; row < piece.rows; ++row) {
      uint64_t to = piece.to + row * piece.toStep,
               from = piece.from + row * piece.fromStep;
      auto [region, place] = places.find(from, 1);
      uint64_t chunk = bits ? kBulkChunk : piece.bytes;
      for (uint64_t i = 0; i < piece.bytes; i += chunk, done += chunk) {
        if (bits)
          chunk = std::min(kBulkChunk -
                               (isToShared ? to + i : from + i) % kBulkChunk,
                           piece.bytes - i);
        uint8_t *target =
            bytes.data() +
            getPlace(isToShared ? swizzle(to + i, bits) : to + i, done);
        uint64_t source = isToShared ? from + i : swizzle(from + i, bits);
        if (!piece.isFill)
          std::memcpy(target, region->at(place + (source - from)), chunk);
        else
          for (uint64_t j = 0; j < chunk; ++j)
            target[j] = getFill(piece, i + j);
      }
    }
}
