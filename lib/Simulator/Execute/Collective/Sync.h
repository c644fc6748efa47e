//===- Sync.h - lanes that wait for each other ------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_COLLECTIVE_SYNC_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_COLLECTIVE_SYNC_H

#include "lib/Simulator/Machine/Warp.h"

namespace sluice::sim {

/// What an instruction does to lanes that execute it together. It reads and
/// writes these only.
using GroupBody = void (*)(Warp &warp, const Operation &operation,
                           Mask members);

/// What the rows of a `.sync` collective are, in detail[3]: words unless this
/// says otherwise. A second destination is a predicate.
enum RowFlag : uint32_t {
  PredicateResult = 1 << 0,
  /// Of the first source.
  PredicateSource = 1 << 1,
  NegatedSource = 1 << 2,
  LongSource = 1 << 3,
  /// No lane gets a value of another: nothing orders their accesses to memory.
  OrdersNothing = 1 << 4,
};

/// The `.sync` protocol: lanes that name the same member mask, the operation's
/// last row, are a group, and `body` runs for each group that all living lanes
/// of its mask have joined: here, or at another instruction of the same name
/// and qualifiers. The others stay where they are.
Flow meet(Warp &warp, const Operation &operation, Mask active, GroupBody body);

/// Handlers with a member mask, and without one: those take whoever is there.
template <GroupBody body>
Flow runSync(Warp &warp, const Operation &operation, Mask active) {
  return meet(warp, operation, active, body);
}
template <GroupBody body>
Flow runAlone(Warp &warp, const Operation &operation, Mask active) {
  body(warp, operation, active);
  return Flow::Next;
}

inline bool contains(Mask lanes, unsigned lane) { return lanes >> lane & 1; }

/// `from` in the lanes of `lanes`, `to` in the others.
inline void assign(Mask &to, Mask from, Mask lanes) {
  to = (to & ~lanes) | (from & lanes);
}

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_COLLECTIVE_SYNC_H
