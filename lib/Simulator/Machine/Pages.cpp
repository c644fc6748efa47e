//===- Pages.cpp - global memory for several host threads -----------------===//

#include "lib/Simulator/Machine/Pages.h"
#include "llvm/ADT/bit.h"
#include <utility>

using namespace sluice::sim;

void HeldPages::want(uint64_t address, uint64_t bytes) {
  constexpr uint64_t kPageBytes = 4096;
  if (bytes == 0)
    return;
  uint64_t first = address / kPageBytes,
           count = (address + bytes - 1) / kPageBytes - first + 1;
  count = std::min<uint64_t>(count, PageLocks::kStripes);
  for (uint64_t page = first; page < first + count; ++page) {
    unsigned stripe = page % PageLocks::kStripes;
    wanted[stripe / 64] |= uint64_t(1) << stripe % 64;
  }
  isAnyWanted = true;
}

template <typename Use> void HeldPages::forEach(const Set &set, Use use) {
  for (size_t i = 0; i < set.size(); ++i)
    for (uint64_t rest = set[i]; rest; rest &= rest - 1)
      use(locks->stripes[64 * i + llvm::countr_zero(rest)].lock);
}

void HeldPages::hold() {
  release();
  // In one order, for all threads.
  forEach(wanted, [](SpinLock &lock) { lock.lock(); });
  held = std::exchange(wanted, Set());
  isAnyHeld = std::exchange(isAnyWanted, false);
}

void HeldPages::release() {
  forEach(held, [](SpinLock &lock) { lock.unlock(); });
  held = Set();
  isAnyHeld = false;
}
