//===- Warpgroup.h - four warps that multiply together ----------*- C++ -*-===//
//
// A wgmma-group is the warpgroup's (PTX ISA 9.1, section 9.7.15): its k-th is
// what each of the four warps has issued up to its own k-th commit, and it
// cannot end before all four have. Warps issue at their own pace, so a wait of
// one may have to wait for others.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_WARPGROUP_H
#define SLUICE_LIB_SIMULATOR_MACHINE_WARPGROUP_H

#include "lib/Simulator/Check/WarpClocks.h"
#include <deque>

namespace sluice::sim {

class Cta;
class Warp;

inline constexpr unsigned kWarpsInGroup = 4;

/// The wgmma-groups of four neighbouring warps of a CTA.
class Warpgroup {
public:
  /// `number`: warps 4 · number and up.
  Warpgroup(Cta &cta, unsigned number) : cta(&cta), first(4 * number) {}

  /// The warp issues a product into its open group.
  void issue(Warp &warp);
  /// The warp commits its open group, empty or not; others that wait for that
  /// go on. False if another warp has committed other products as this group.
  bool commit(Warp &warp);

  enum class Outcome : uint8_t {
    Ended,
    /// Some warp has still to commit: wakes the waiting one when it has.
    Waits,
    /// A warp that has not committed does not exist or has exited.
    Never,
  };
  /// The warp waits until no more than `pending` of the groups that it has
  /// committed are left.
  Outcome wait(Warp &warp, uint64_t pending);
  /// Returns true if the warp does so now.
  bool isWaiting(const Warp &warp) const;
  /// A warp of the group has exited: what waits for it looks again.
  void noteExit();

  /// The queue of what the products do in memory, for checks.
  AsyncQueue &getQueue(Warp &warp);

private:
  struct Member {
    /// Groups, and products in all of them and the open one.
    uint64_t committed = 0, issued = 0;
    /// The group that it waits for, counted from 1; 0: none.
    uint64_t awaited = 0;
  };
  Member &getMember(const Warp &warp);
  /// The warp of that number, null if there is none.
  Warp *getWarp(unsigned i) const;

  Cta *cta;
  unsigned first;
  Member members[kWarpsInGroup];
  /// Of each group that some and not all have committed, oldest first, the
  /// products up to its end; and how many groups are before those.
  std::deque<uint64_t> products;
  uint64_t numBefore = 0;
  std::optional<AsyncQueue> queue;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_WARPGROUP_H
