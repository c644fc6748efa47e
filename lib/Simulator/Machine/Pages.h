//===- Pages.h - global memory for several host threads ---------*- C++ -*-===//
//
// An instruction keeps the pages of global memory that it accesses while it
// runs: what it does there, the checks of it, and what it acquires and releases
// are one step to all other host threads.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_PAGES_H
#define SLUICE_LIB_SIMULATOR_MACHINE_PAGES_H

#include "lib/Simulator/Check/Sync.h"
#include <array>

namespace sluice::sim {

/// Pages by number modulo kStripes.
class PageLocks {
public:
  static constexpr unsigned kStripes = 256;

private:
  friend class HeldPages;
  struct alignas(64) Stripe {
    SpinLock lock;
  };
  std::array<Stripe, kStripes> stripes;
};

/// What one host thread keeps.
class HeldPages {
public:
  explicit HeldPages(PageLocks &locks) : locks(&locks) {}

  bool isHeld() const { return isAnyHeld; }
  bool isWanted() const { return isAnyWanted; }
  /// Asks for a range that the next hold() waits for.
  void want(uint64_t address, uint64_t bytes);
  /// Waits for what is wanted. What was held before is not held any more: no
  /// two threads wait for each other.
  void hold();
  void release();

private:
  /// Stripes, one bit each.
  using Set = std::array<uint64_t, PageLocks::kStripes / 64>;
  template <typename Use> void forEach(const Set &set, Use use);

  PageLocks *locks;
  Set wanted{}, held{};
  bool isAnyWanted = false, isAnyHeld = false;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_PAGES_H
