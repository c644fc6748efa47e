//===- Memory.cpp - the address space -------------------------------------===//

#include "lib/Simulator/Machine/Memory.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <unistd.h>

using namespace sluice;
using namespace sluice::sim;

/// More than any test needs, less than what takes the host down: half of its
/// memory.
static uint64_t getMostBytes() {
  static const uint64_t most = [] {
    uint64_t pages = std::max(sysconf(_SC_PHYS_PAGES), 1L),
             pageBytes = std::max(sysconf(_SC_PAGESIZE), 1L);
    return std::min(uint64_t(1) << 36, pages * pageBytes / 2);
  }();
  return most;
}

namespace {
/// The bits of bytes [from, from + count) in the words of a map: all of those
/// in the middle, and parts of the first and the last.
struct BitRange {
  uint64_t firstWord, lastWord, firstMask, lastMask;

  BitRange(uint64_t from, uint64_t count)
      : firstWord(from / 64), lastWord((from + count - 1) / 64),
        firstMask(~uint64_t(0) << from % 64),
        lastMask(~uint64_t(0) >> (63 - (from + count - 1) % 64)) {
    if (firstWord == lastWord)
      firstMask = lastMask = firstMask & lastMask;
  }
};
} // namespace

bool Region::isWritten(uint64_t from, uint64_t count) const {
  if (count == 0)
    return true;
  BitRange bits(from - address, count);
  uint64_t missing = (~written[bits.firstWord] & bits.firstMask) |
                     (~written[bits.lastWord] & bits.lastMask);
  for (uint64_t i = bits.firstWord + 1; i < bits.lastWord; ++i)
    missing |= ~written[i];
  return missing == 0;
}

void Region::setWritten(uint64_t from, uint64_t count, bool value) {
  if (count == 0)
    return;
  BitRange bits(from - address, count);
  auto set = [&](uint64_t word, uint64_t mask) {
    written[word] = value ? written[word] | mask : written[word] & ~mask;
  };
  set(bits.firstWord, bits.firstMask);
  set(bits.lastWord, bits.lastMask);
  for (uint64_t i = bits.firstWord + 1; i < bits.lastWord; ++i)
    written[i] = value ? ~uint64_t(0) : 0;
}

llvm::Error Arena::check(const MemoryNeed &need) const {
  return need.check(
      std::min(getFreeMemory(), Region::getHostBytes(getMostBytes() - total)));
}

Region *Arena::allocate(uint64_t size, bool isWritten) {
  if (size > getMostBytes() || total > getMostBytes() - size)
    return nullptr;
  uint64_t address = next;
  auto region = std::make_unique<Region>(address, size, isWritten);
  Region *result = region.get();
  next = llvm::alignTo(address + size + kGuardBytes, kAllocationAlignment);
  total += size;
  regions[address] = std::move(region);
  return result;
}

void Arena::release(uint64_t address) {
  auto it = regions.find(address);
  if (it == regions.end())
    return;
  total -= it->second->bytes.size();
  regions.erase(it);
}

Region *Arena::find(uint64_t address, uint64_t count) {
  auto it = regions.upper_bound(address);
  if (it == regions.begin())
    return nullptr;
  Region *region = std::prev(it)->second.get();
  return region->contains(address, count) ? region : nullptr;
}
