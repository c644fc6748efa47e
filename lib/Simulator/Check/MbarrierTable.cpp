//===- MbarrierTable.cpp - the mbarriers of a CTA -------------------------===//

#include "lib/Simulator/Check/MbarrierTable.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

using namespace llvm;
using namespace sluice::sim;

void MbarrierTable::Object::suspend(uint32_t warp, Mask lanes) {
  for (auto &[number, mask] : waiting)
    if (number == warp) {
      mask |= lanes;
      return;
    }
  waiting.push_back({warp, lanes});
}

void MbarrierTable::Object::resume(uint32_t warp, Mask lanes) {
  for (auto &[number, mask] : waiting)
    if (number == warp)
      mask &= ~lanes;
  llvm::erase_if(waiting, [](const auto &entry) { return !entry.second; });
}

MbarrierTable::Object &
MbarrierTable::initialize(uint64_t offset, WarpClocks &warp, unsigned lane) {
  Object &object = objects[offset];
  object.clock = MbarrierClock(cta);
  object.isLive = true;
  object.cta = warp.getPlace().cta;
  object.warp = warp.getPlace().warp;
  object.lane = lane;
  object.initialized = warp.mark(lane);
  object.released = 0;
  if (!llvm::is_contained(unreleased, offset))
    unreleased.push_back(offset);
  mark(offset, true);
  return object;
}

void MbarrierTable::invalidate(uint64_t offset, Object &object) {
  object.isLive = false;
  llvm::erase(unreleased, offset);
  mark(offset, false);
}

void MbarrierTable::mark(uint64_t offset, bool isLive) {
  uint64_t slot = offset / kMbarrierBytes;
  if (live.size() <= slot / 64)
    live.resize(slot / 64 + 1);
  uint64_t bit = uint64_t(1) << slot % 64;
  live[slot / 64] = isLive ? live[slot / 64] | bit : live[slot / 64] & ~bit;
  if (isLive) {
    begin = std::min(begin, offset);
    end = std::max(end, offset + kMbarrierBytes);
    return;
  }
  begin = ~uint64_t(0);
  end = 0;
  for (const auto &[at, object] : objects)
    if (object.isLive) {
      begin = std::min(begin, at);
      end = at + kMbarrierBytes;
    }
}

void MbarrierTable::releaseInits(WarpClocks &warp, Mask lanes) {
  const WarpPlace &place = warp.getPlace();
  llvm::erase_if(unreleased, [&](uint64_t offset) {
    Object &object = objects[offset];
    if (object.cta != place.cta || object.warp != place.warp ||
        !(lanes >> object.lane & 1))
      return false;
    object.released = warp.mark(object.lane);
    return true;
  });
}

bool MbarrierTable::isPublished(const Object &object, const WarpClocks &warp,
                                unsigned lane) {
  auto isBehind = [&](Clock clock, bool fenced) {
    return warp.isBehind(lane, object.cta, object.warp, object.lane, clock,
                         fenced);
  };
  return (object.released && isBehind(object.released, /*fenced=*/false)) ||
         isBehind(object.initialized, /*fenced=*/true);
}

Mask MbarrierTable::findExactly(Mask lanes, const uint64_t *offsets,
                                uint64_t bytes) const {
  Mask touching = 0;
  for (Mask left = lanes; left; left &= left - 1) {
    unsigned lane = llvm::countr_zero(left);
    touching |= Mask(findTouched(offsets[lane], bytes).has_value()) << lane;
  }
  return touching;
}

std::optional<uint64_t> MbarrierTable::findExactly(uint64_t offset,
                                                   uint64_t bytes) const {
  uint64_t last = std::min(offset + bytes, end) - 1;
  for (uint64_t slot = std::max(offset, begin) / kMbarrierBytes;
       slot <= last / kMbarrierBytes;) {
    uint64_t bits = live[slot / 64] >> slot % 64;
    if (!bits) {
      slot = (slot / 64 + 1) * 64;
      continue;
    }
    slot += llvm::countr_zero(bits);
    if (slot <= last / kMbarrierBytes)
      return slot * kMbarrierBytes;
  }
  return std::nullopt;
}
