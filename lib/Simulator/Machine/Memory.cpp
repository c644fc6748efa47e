//===- Memory.cpp - the address space -------------------------------------===//

#include "lib/Simulator/Machine/Memory.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <unistd.h>

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

bool Region::isWritten(uint64_t from, uint64_t count) const {
  uint64_t i = from - address, end = i + count;
  while (i < end) {
    uint64_t bit = i % 64, length = std::min<uint64_t>(64 - bit, end - i);
    uint64_t mask = (length == 64 ? ~uint64_t(0) : (uint64_t(1) << length) - 1)
                    << bit;
    if ((written[i / 64] & mask) != mask)
      return false;
    i += length;
  }
  return true;
}

void Region::setWritten(uint64_t from, uint64_t count, bool value) {
  uint64_t i = from - address, end = i + count;
  while (i < end) {
    uint64_t bit = i % 64, length = std::min<uint64_t>(64 - bit, end - i);
    uint64_t mask = (length == 64 ? ~uint64_t(0) : (uint64_t(1) << length) - 1)
                    << bit;
    if (value)
      written[i / 64] |= mask;
    else
      written[i / 64] &= ~mask;
    i += length;
  }
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
