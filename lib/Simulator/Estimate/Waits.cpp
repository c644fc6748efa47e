//===- Waits.cpp - barriers in replayed time ------------------------------===//

#include "lib/Simulator/Estimate/Waits.h"

using namespace sluice::sim::estimate;

bool CountedBarrier::arrive(uint64_t threads, uint64_t asked, uint64_t all,
                            uint64_t time) {
  arrived += threads;
  expected = asked;
  return checkAll(all, time);
}

bool CountedBarrier::checkAll(uint64_t all, uint64_t time) {
  if (!arrived || arrived < (expected ? expected : all))
    return false;
  arrived = 0;
  ++phase;
  endedAt = time;
  return true;
}

void PhasedBarrier::init(uint32_t count) {
  Waiters kept = std::move(waiters);
  *this = PhasedBarrier();
  pending = expected = count;
  isLive = true;
  waiters = std::move(kept);
}

bool PhasedBarrier::check(uint64_t time) {
  if (!isLive || pending > 0 || bytes != 0)
    return false;
  pending = expected;
  parity = !parity;
  endedAt = time;
  return true;
}

bool PhasedBarrier::arrive(uint32_t count, uint32_t moreBytes, bool isDrop,
                           uint64_t time) {
  pending -= count;
  bytes += moreBytes;
  if (isDrop)
    expected -= count;
  return check(time);
}

bool PhasedBarrier::complete(uint32_t byteCount, uint64_t time) {
  bytes -= byteCount;
  return check(time);
}
