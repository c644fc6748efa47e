//===- Written.cpp - which bytes somebody has written ---------------------===//

#include "lib/Simulator/Check/Written.h"

#include "llvm/ADT/bit.h"
#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstring>

using namespace sluice::sim;

static uint64_t makeBits(unsigned bytes) {
  return bytes >= 64 ? ~0ull : (1ull << bytes) - 1;
}

/// Two threads may mark neighbours in one word at a time. Most of what a
/// program writes has been written before, and needs no atomic operation.
static void setBits(uint64_t &word, uint64_t bits) {
  std::atomic_ref<uint64_t> shared(word);
  if (bits & ~shared.load(std::memory_order_relaxed))
    shared.fetch_or(bits, std::memory_order_relaxed);
}

static void clearBits(uint64_t &word, uint64_t bits) {
  std::atomic_ref<uint64_t> shared(word);
  if (bits & shared.load(std::memory_order_relaxed))
    shared.fetch_and(~bits, std::memory_order_relaxed);
}

static uint64_t load(const uint64_t &word) {
  return std::atomic_ref<uint64_t>(const_cast<uint64_t &>(word))
      .load(std::memory_order_relaxed);
}

Written::Written(uint64_t size, bool isWritten)
    // One more, so that 64 bits from anywhere are two words.
    : numBytes(size), words(new uint64_t[size / 64 + 2]) {
  std::fill_n(words.get(), size / 64 + 2, isWritten ? ~0ull : 0);
}

uint64_t Written::get(uint64_t offset, unsigned bytes) const {
  unsigned shift = offset % 64;
  uint64_t bits = load(words[offset / 64]) >> shift;
  if (shift + bytes > 64)
    bits |= load(words[offset / 64 + 1]) << (64 - shift);
  return bits & makeBits(bytes);
}

void Written::put(uint64_t offset, unsigned bytes, uint64_t bits) {
  unsigned shift = offset % 64;
  uint64_t all = makeBits(bytes);
  setBits(words[offset / 64], bits << shift);
  clearBits(words[offset / 64], (all & ~bits) << shift);
  if (shift + bytes <= 64)
    return;
  setBits(words[offset / 64 + 1], bits >> (64 - shift));
  clearBits(words[offset / 64 + 1], (all & ~bits) >> (64 - shift));
}

void Written::set(uint64_t offset, uint64_t bytes, bool value) {
  while (bytes) {
    unsigned shift = offset % 64;
    unsigned count = std::min<uint64_t>(64 - shift, bytes);
    uint64_t bits = makeBits(count) << shift;
    if (value)
      setBits(words[offset / 64], bits);
    else
      clearBits(words[offset / 64], bits);
    offset += count;
    bytes -= count;
  }
}

bool Written::isWritten(uint64_t offset, uint64_t bytes) const {
  while (bytes) {
    unsigned shift = offset % 64;
    unsigned count = std::min<uint64_t>(64 - shift, bytes);
    if (~load(words[offset / 64]) >> shift & makeBits(count))
      return false;
    offset += count;
    bytes -= count;
  }
  return true;
}

/// All 32 lanes, side by side in their order.
static bool isRow(Mask lanes, const uint64_t *offsets, uint32_t bytes) {
  if (lanes != ~0u)
    return false;
  uint64_t different = 0;
  for (unsigned lane = 0; lane < 32; ++lane)
    different |= offsets[lane] ^ (offsets[0] + uint64_t(lane) * bytes);
  return different == 0;
}

void Written::markLanes(Mask lanes, const uint64_t *offsets, uint32_t bytes) {
  assert(bytes <= 64);
  if (isRow(lanes, offsets, bytes)) {
    mark(offsets[0], uint64_t(bytes) * 32);
    return;
  }
  for (; lanes; lanes &= lanes - 1)
    mark(offsets[llvm::countr_zero(lanes)], bytes);
}

Mask Written::getWrittenLanes(Mask lanes, const uint64_t *offsets,
                              uint32_t bytes) const {
  assert(bytes <= 64);
  if (isRow(lanes, offsets, bytes) &&
      isWritten(offsets[0], uint64_t(bytes) * 32))
    return lanes;
  Mask written = 0;
  for (; lanes; lanes &= lanes - 1) {
    unsigned lane = llvm::countr_zero(lanes);
    if (get(offsets[lane], bytes) == makeBits(bytes))
      written |= Mask(1) << lane;
  }
  return written;
}

void Written::copyFrom(const Written &source, uint64_t sourceOffset,
                       uint64_t offset, uint64_t bytes) {
  while (bytes) {
    unsigned count = std::min<uint64_t>(64, bytes);
    put(offset, count, source.get(sourceOffset, count));
    sourceOffset += count;
    offset += count;
    bytes -= count;
  }
}
