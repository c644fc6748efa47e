//===- Spin.cpp - loops that only others can end --------------------------===//
//
// A loop that comes back to the same state of its lanes while nothing has
// changed in memory turns for ever, until somebody changes something. Such a
// path has no turns until then; where all paths wait or turn, it is a deadlock.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Machine/Cta.h"
#include "lib/Simulator/Machine/Warp.h"
#include "lib/Simulator/Machine/Worker.h"
#include "llvm/ADT/Hashing.h"
#include "llvm/ADT/bit.h"

using namespace sluice::sim;

/// Of all that decides how the path goes on, but what others can change too.
uint64_t Warp::hash(const Path &path) const {
  llvm::hash_code result = llvm::hash_combine(path.counter, path.lanes);
  auto add = [&](auto *from, size_t count) {
    result = llvm::hash_combine(result,
                                llvm::hash_combine_range(from, from + count));
  };
  auto addLanes = [&](const auto *values) {
    if (path.lanes == kAllLanes)
      return add(values, kLanes);
    std::remove_cvref_t<decltype(*values)> own[kLanes];
    unsigned count = 0;
    for (Mask rest = path.lanes; rest; rest &= rest - 1)
      own[count++] = values[llvm::countr_zero(rest)];
    add(own, count);
  };
  for (const Frame *frame = path.frame.get(); frame;
       frame = frame->caller.get()) {
    result = llvm::hash_combine(result, frame->code, frame->returnTo);
    for (auto [row, bits] : frame->code->registers) {
      const uint32_t *words = frame->words(row);
      const auto *longs = reinterpret_cast<const uint64_t *>(words);
      if (bits == 1)
        result = llvm::hash_combine(result, words[0] & path.lanes);
      else if (bits <= 32)
        addLanes(words);
      else
        addLanes(longs);
      if (bits > 64)
        addLanes(longs + kLanes);
    }
    add(frame->parameters.data(), frame->parameters.size());
  }
  for (Mask rest = path.lanes; rest; rest &= rest - 1)
    add(local.data() + llvm::countr_zero(rest) * localSize, localSize);
  return result;
}

/// States are looked at seldom, where a path has jumped back 128, 256, 512 …
/// times and a few jumps further; but from the first jump on where it has
/// turned without effect before, and goes on as something has changed.
void Warp::noteBackJump(Path &path) {
  constexpr uint64_t kPatience = 128, kLongestPeriod = 32;
  uint64_t progress = cta->getWorker().getProgress();
  Path::Loop &loop = path.loop;
  ++loop.jumps;
  loop.hasSpun &= loop.jumps <= kLongestPeriod;
  if (loop.progress != progress && !loop.hasSpun) {
    loop.progress = progress;
    loop.jumps = 0;
  }
  uint64_t anchored = llvm::bit_floor(loop.jumps);
  if (anchored < (loop.hasSpun ? 1 : kPatience) ||
      loop.jumps - anchored > kLongestPeriod)
    return;
  // An anchor from before the last change says nothing.
  bool hasAnchor = loop.hasSpun || loop.jumps > kPatience;
  uint64_t now = hash(path);
  if (hasAnchor && now == loop.anchor) {
    // All that it has read since it was here, it has read since this progress.
    if (loop.progress == progress) {
      path.state = Path::State::Spinning;
      loop.hasSpun = true;
    }
    loop.progress = progress;
    loop.jumps = 0;
  } else if (loop.jumps == anchored) {
    loop.anchor = now;
    loop.progress = progress;
  }
}

/// It stands at its anchor.
void Warp::resume(Path &path) const {
  if (path.state != Path::State::Spinning)
    return;
  path.state = Path::State::Ready;
  path.loop.progress = cta->getWorker().getProgress();
}
