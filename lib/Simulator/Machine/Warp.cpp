//===- Warp.cpp - 32 lanes and where they are -----------------------------===//

#include "lib/Simulator/Machine/Warp.h"
#include "lib/Simulator/Execute/ExecuteForms.h"
#include "lib/Simulator/Execute/Races.h"
#include "lib/Simulator/Machine/Cta.h"
#include "lib/Simulator/Machine/Worker.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"

using namespace sluice;
using namespace sluice::sim;

static WarpPlace getWarpPlace(Cta &cta, unsigned index, Mask lanes) {
  const LaunchOptions &options = cta.getGrid().getOptions();
  WarpPlace place;
  place.cta = cta.getNumber();
  place.warp = index;
  place.lanes = lanes;
  place.ctaThreads = options.block.total();
  place.clusterSize = options.cluster.total();
  return place;
}

Warp::Warp(Cta &cta, unsigned index, Mask lanes)
    : clocks(getWarpPlace(cta, index, lanes)), copies(clocks), bulk(clocks),
      cta(&cta), index(index), live(lanes) {
  const Code &entry = *cta.getGrid().getProgram().codes.front().second;
  Path start;
  start.frame = makeFrame(entry, 0);
  start.lanes = lanes;
  paths.push_back(std::move(start));
}

//===----------------------------------------------------------------------===//
// Frames
//===----------------------------------------------------------------------===//

uint32_t Warp::getSpecial(SpecialRow special, unsigned lane) const {
  const LaunchOptions &options = cta->getGrid().getOptions();
  const Extent &block = options.block, &grid = options.grid,
               &cluster = options.cluster;
  uint32_t linear = index * kLanes + lane;
  const auto &place = cta->getIndex();
  unsigned rank = cta->getClusterRank();
  switch (special) {
  case SpecialRow::TidX:
    return linear % block.x;
  case SpecialRow::TidY:
    return linear / block.x % block.y;
  case SpecialRow::TidZ:
    return linear / block.x / block.y;
  case SpecialRow::NtidX:
    return block.x;
  case SpecialRow::NtidY:
    return block.y;
  case SpecialRow::NtidZ:
    return block.z;
  case SpecialRow::CtaidX:
    return place[0];
  case SpecialRow::CtaidY:
    return place[1];
  case SpecialRow::CtaidZ:
    return place[2];
  case SpecialRow::NctaidX:
    return grid.x;
  case SpecialRow::NctaidY:
    return grid.y;
  case SpecialRow::NctaidZ:
    return grid.z;
  case SpecialRow::LaneId:
    return lane;
  case SpecialRow::WarpId:
    return index;
  case SpecialRow::NumWarps:
    return (block.total() + kLanes - 1) / kLanes;
  case SpecialRow::LanemaskEq:
    return Mask(1) << lane;
  case SpecialRow::LanemaskLe:
    return (Mask(2) << lane) - 1;
  case SpecialRow::LanemaskLt:
    return (Mask(1) << lane) - 1;
  case SpecialRow::LanemaskGe:
    return ~((Mask(1) << lane) - 1);
  case SpecialRow::LanemaskGt:
    return ~((Mask(2) << lane) - 1);
  case SpecialRow::ClusterIdX:
    return place[0] / cluster.x;
  case SpecialRow::ClusterIdY:
    return place[1] / cluster.y;
  case SpecialRow::ClusterIdZ:
    return place[2] / cluster.z;
  case SpecialRow::NumClusterX:
    return grid.x / cluster.x;
  case SpecialRow::NumClusterY:
    return grid.y / cluster.y;
  case SpecialRow::NumClusterZ:
    return grid.z / cluster.z;
  case SpecialRow::ClusterCtaIdX:
    return place[0] % cluster.x;
  case SpecialRow::ClusterCtaIdY:
    return place[1] % cluster.y;
  case SpecialRow::ClusterCtaIdZ:
    return place[2] % cluster.z;
  case SpecialRow::ClusterNumCtaX:
    return cluster.x;
  case SpecialRow::ClusterNumCtaY:
    return cluster.y;
  case SpecialRow::ClusterNumCtaZ:
    return cluster.z;
  case SpecialRow::ClusterCtaRank:
    return rank;
  case SpecialRow::ClusterNumCtaRank:
    return cluster.total();
  case SpecialRow::DynamicSharedSize:
    return options.dynamicShared;
  case SpecialRow::TotalSharedSize:
    return cta->shared.bytes.size();
  case SpecialRow::SmId:
    return cta->getNumber() % Grid::kSms;
  case SpecialRow::NumSms:
    return Grid::kSms;
  case SpecialRow::IsExplicitCluster:
    return cluster.total() > 1 ? kAllLanes : 0;
  }
  llvm_unreachable("a special register");
}

bool Warp::growLocal(uint64_t place, uint64_t bytes) {
  // What a GPU has is half of that.
  constexpr uint64_t kMostLocal = 1 << 20;
  if (place > kMostLocal || bytes > kMostLocal - place)
    return false;
  uint64_t end = place + bytes;
  if (end <= localSize)
    return true;
  // Lane after lane: what is there moves.
  std::vector<uint8_t> newBytes(end * kLanes);
  std::vector<bool> written(end * kLanes);
  for (unsigned lane = 0; lane < kLanes; ++lane)
    for (uint64_t i = 0; i < localSize; ++i) {
      newBytes[lane * end + i] = local[lane * localSize + i];
      written[lane * end + i] = localWritten[lane * localSize + i];
    }
  local = std::move(newBytes);
  localWritten = std::move(written);
  localSize = end;
  return true;
}

std::shared_ptr<Frame> Warp::makeFrame(const Code &code, uint64_t localBase) {
  auto frame = std::make_shared<Frame>();
  frame->code = &code;
  frame->counts = cta->getWorker().getCounts(code);
  frame->values.resize(size_t(code.numRows) * kLanes);
  frame->poison.assign(code.numRows, kAllLanes);
  frame->localBase = localBase;
  frame->parameters.resize(code.parameterBytes * kLanes);
  frame->parametersWritten.resize(code.parameterBytes * kLanes);
  llvm::fill(frame->localTop, localBase + code.localBytes);
  growLocal(localBase, code.localBytes);
  for (const Code::Constant &constant : code.constants) {
    uint64_t value = constant.value;
    switch (constant.base) {
    case Code::Base::None:
      break;
    case Code::Base::Shared:
      value += uint64_t(cta->getClusterRank()) << kSharedRankShift;
      break;
    case Code::Base::Local:
      value += localBase;
      break;
    case Code::Base::EntryParameters:
      value += cta->getGrid().getParameters();
      break;
    }
    uint32_t *words = frame->values.data() + size_t(constant.row) * kLanes;
    if (constant.bits == 1) {
      words[0] = value ? kAllLanes : 0;
    } else if (constant.bits <= 32) {
      std::fill_n(words, kLanes, static_cast<uint32_t>(value));
    } else {
      auto *longs = reinterpret_cast<uint64_t *>(words);
      std::fill_n(longs, kLanes, value);
      if (constant.bits > 64)
        std::fill_n(longs + kLanes, kLanes,
                    static_cast<int64_t>(value) < 0 ? ~uint64_t(0) : 0);
    }
    frame->poison[constant.row] = 0;
  }
  for (auto [row, special] : code.specials) {
    uint32_t *words = frame->values.data() + size_t(row) * kLanes;
    for (unsigned lane = 0; lane < kLanes; ++lane)
      words[lane] = getSpecial(special, lane);
    frame->poison[row] = 0;
  }
  return frame;
}

//===----------------------------------------------------------------------===//
// Paths
//===----------------------------------------------------------------------===//

bool Warp::isReady(const Path &path) const {
  return path.state == Path::State::Ready ||
         (path.state == Path::State::Spinning &&
          path.loop.progress != cta->getWorker().getProgress());
}

bool Warp::hasRunnable() const {
  return llvm::any_of(paths, [&](const Path &path) { return isReady(path); });
}

void Warp::wake() {
  for (Path &path : paths)
    if (path.state == Path::State::Blocked)
      path.state = Path::State::Ready;
}

bool Warp::timeOut() {
  bool any = false;
  for (Path &path : paths)
    if (path.state == Path::State::Blocked && path.mayTimeOut) {
      path.hasTimedOut = any = true;
      path.state = Path::State::Ready;
    }
  return any;
}

/// The path furthest behind, in the deepest call, so that lanes meet again; or
/// any. False if none can go on.
bool Warp::choosePath(bool isRandom, uint64_t random) {
  llvm::SmallVector<size_t, 4> ready;
  for (size_t i = 0; i < paths.size(); ++i)
    if (isReady(paths[i]))
      ready.push_back(i);
  if (ready.empty())
    return false;
  if (isRandom) {
    current = ready[random % ready.size()];
    return true;
  }
  current = *llvm::min_element(ready, [&](size_t a, size_t b) {
    const Path &x = paths[a], &y = paths[b];
    return std::pair(-int(x.frame->depth), x.counter) <
           std::pair(-int(y.frame->depth), y.counter);
  });
  return true;
}

/// Merges paths at the current one's place that have not begun to wait there.
bool Warp::mergeHere() {
  bool hasMerged = false;
  for (size_t i = 0; i < paths.size();) {
    Path &here = paths[current];
    Path &other = paths[i];
    if (i == current || other.frame != here.frame ||
        other.counter != here.counter || other.hasArrived || here.hasArrived) {
      ++i;
      continue;
    }
    here.lanes |= other.lanes;
    here.begun |= other.begun;
    paths.erase(paths.begin() + i);
    if (i < current)
      --current;
    hasMerged = true;
  }
  return hasMerged;
}

Mask Warp::gather() {
  mergeHere();
  return path().lanes;
}

void Warp::release(size_t other, Mask lanes) {
  Path &path = paths[other];
  Path freed = path;
  path.lanes &= ~lanes;
  path.begun &= ~lanes;
  freed.lanes = lanes;
  freed.begun = 0;
  freed.state = Path::State::Ready;
  ++freed.counter;
  if (path.lanes)
    paths.push_back(std::move(freed));
  else
    path = std::move(freed);
}

void Warp::split(Mask lanes, uint32_t counter) {
  Path other = paths[current];
  paths[current].lanes &= ~lanes;
  other.lanes = lanes;
  other.counter = counter;
  paths.push_back(std::move(other));
}

Flow Warp::branch(Mask taken, uint32_t target) {
  uint32_t from = path().counter;
  taken &= path().lanes;
  if (taken == path().lanes) {
    path().counter = target;
  } else if (taken == 0) {
    ++path().counter;
    return Flow::Jumped;
  } else {
    split(taken, target);
    ++path().counter;
  }
  if (target <= from)
    noteBackJump(taken == path().lanes ? path() : paths.back());
  return Flow::Jumped;
}

Flow Warp::jump(Mask taken, uint32_t target) {
  uint32_t from = path().counter;
  if (taken == path().lanes)
    path().counter = target;
  else
    split(taken, target);
  if (target <= from)
    noteBackJump(taken == path().lanes ? path() : paths.back());
  return Flow::Jumped;
}

Flow Warp::splitOff(Mask lanes) {
  split(path().lanes & ~lanes, path().counter + 1);
  return Flow::Jumped;
}

Flow Warp::call(const Code &code, Mask lanes) {
  uint64_t base = *llvm::max_element(path().frame->localTop);
  if (!growLocal(base, code.localBytes)) {
    find(FindingKind::OutOfBounds, lanes,
         "calls take more local memory than a thread has", ptx::Space::Local,
         base);
    cta->getGrid().stop();
    return Flow::Exited;
  }
  auto frame = makeFrame(code, base);
  frame->caller = path().frame;
  frame->returnTo = path().counter + 1;
  frame->depth = path().frame->depth + 1;
  if (lanes != path().lanes) {
    split(lanes, 0);
    ++path().counter;
    current = paths.size() - 1;
  }
  path().frame = std::move(frame);
  path().counter = 0;
  return Flow::Jumped;
}

Flow Warp::ret(Mask lanes) {
  if (!path().frame->caller)
    return exit(lanes);
  std::shared_ptr<Frame> callee = path().frame;
  if (products.isEmpty())
    returned.clear();
  else
    returned.push_back(callee);
  if (lanes != path().lanes) {
    split(lanes, 0);
    ++path().counter;
    current = paths.size() - 1;
  }
  path().frame = callee->caller;
  path().counter = callee->returnTo;
  return Flow::Jumped;
}

Flow Warp::exit(Mask lanes) {
  live &= ~lanes;
  if (cta->getGrid().getOptions().check) {
    checkExit(*this, lanes);
    clocks.retire(lanes);
  }
  // A program may end without waiting for what writes to global memory.
  if (cta->isDone())
    for (const auto &warp : cta->getWarps())
      for (BulkGroups::Transfer &transfer :
           std::exchange(warp->bulk.pending, {}))
        transfer.work();
  cta->getWorker().release();
  path().lanes &= ~lanes;
  if (path().lanes == 0)
    paths.erase(paths.begin() + current);
  else
    ++path().counter;
  current = 0;
  cta->getWorker().noteProgress();
  wake();
  cta->checkBarriers();
  return Flow::Exited;
}

//===----------------------------------------------------------------------===//
// Execution
//===----------------------------------------------------------------------===//

Mask Warp::getPoison(const Operation &operation) {
  Mask poison = 0;
  const Frame &here = frame();
  for (Row row : llvm::drop_begin(operation.rows, operation.destinations))
    poison |= here.poison[row];
  return poison;
}

/// Results of wgmma are there at once in this machine; a program may not use
/// them, nor overwrite what it still reads, before its wait.
void Warp::checkInFlight(const Operation &operation, Mask active) {
  const Frame &here = frame();
  // Those on one accumulator are in order.
  bool isProduct = operation.source && operation.source->mnemonic == "wgmma";
  const char *message = nullptr;
  for (size_t i = 0; i < operation.rows.size(); ++i) {
    Row row = operation.rows[i];
    bool isDestination = i < operation.destinations;
    if (!(isProduct && isDestination) && products.isAccumulator(here, row))
      message = isDestination
                    ? "writes the accumulator of a wgmma that is in flight"
                    : "reads the accumulator of a wgmma that is in flight";
    else if (isDestination && products.isInput(here, row))
      message = "writes a register that a wgmma in flight still reads";
  }
  if (message)
    find(FindingKind::AsyncUse, active, message);
}

/// One instruction of the current path; false if it cannot go on now.
bool Warp::step() {
  Path &here = path();
  Frame &frame = *here.frame;
  if (here.counter >= frame.code->operations.size()) {
    // Behind the last instruction stands a ret.
    returnFromFunction(*this, here.lanes);
    return false;
  }
  const Operation &operation = frame.code->operations[here.counter];
  if (operation.isWarpWide && here.lanes != live) {
    here.state = Path::State::Blocked;
    return false;
  }
  Mask active = here.lanes;
  if (operation.guard != kNoRow) {
    Mask holds = frame.values[size_t(operation.guard) * kLanes];
    if (Mask poisoned = frame.poison[operation.guard] & active) {
      find(FindingKind::Uninitialized, poisoned,
           "the guard depends on a value that nobody has written");
      frame.poison[operation.guard] &= ~poisoned;
    }
    active &= operation.guardIsNegated ? ~holds : holds;
  }
  OperationCounts &counts = frame.counts[here.counter];
  unsigned begun = llvm::popcount(active & ~here.begun);
  counts.executions += here.begun == 0;
  counts.lanes += begun;
  cta->getWorker().noteExecuted(begun);
  here.begun = 0;
  if (active == 0) {
    ++here.counter;
    return true;
  }
  if (!products.isEmpty())
    checkInFlight(operation, active);
  if (operation.compute) {
    operation.compute(frame.values.data(), operation, active);
    Mask poison = 0;
    for (size_t i = operation.destinations; i < operation.rows.size(); ++i)
      poison |= frame.poison[operation.rows[i]];
    bool mayPart = poison && (operation.halves == Halves::Packed ||
                              operation.halves == Halves::PackedHighFirst);
    if (LLVM_UNLIKELY(mayPart || !frame.halfPoison.empty())) {
      trackHalves(frame, operation, active);
    } else {
      for (size_t i = 0; i < operation.destinations; ++i) {
        Mask &mask = frame.poison[operation.rows[i]];
        mask = (mask & ~active) | (poison & active);
      }
    }
    ++here.counter;
    return true;
  }
  // What these write is defined or not as a whole.
  if (LLVM_UNLIKELY(!frame.halfPoison.empty()))
    for (size_t i = 0; i < operation.destinations; ++i)
      frame.halfPoison.erase(operation.rows[i]);
  Flow flow = operation.run(*this, operation, active);
  cta->getWorker().release();
  switch (flow) {
  case Flow::Next:
    ++path().counter;
    return true;
  case Flow::Yield:
    ++path().counter;
    return false;
  case Flow::Jumped:
    return true;
  case Flow::Blocked:
    path().state = Path::State::Blocked;
    path().begun = active;
    return false;
  case Flow::Exited:
    return false;
  }
  llvm_unreachable("a flow");
}

bool Warp::recordStep() {
  std::shared_ptr<Frame> frame = path().frame;
  uint32_t counter = path().counter;
  const Code &code = *frame->code;
  Mask active = path().lanes;
  if (counter < code.operations.size())
    if (const Operation &operation = code.operations[counter];
        operation.guard != kNoRow) {
      Mask holds = frame->values[size_t(operation.guard) * kLanes];
      active &= operation.guardIsNegated ? ~holds : holds;
    }
  recorder->begin(code, counter);
  bool goesOn = step();
  bool isBlocked = !paths.empty() && path().state == Path::State::Blocked &&
                   path().frame == frame && path().counter == counter;
  recorder->end(isBlocked, /*isOff=*/active == 0);
  return goesOn;
}

unsigned Warp::run(unsigned budget, uint64_t random) {
  // Paths ahead wait to be joined, but for some turns in which any may run on:
  // nothing says that lanes come back together by themselves. Without a seed
  // they do, so that what is counted is what hardware would execute.
  bool isRandom = cta->getGrid().getOptions().seed && random % 4 == 0;
  if (isRandom)
    budget = std::max(budget, 128u);
  unsigned done = 0;
  size_t numPaths = 0;
  while (done < budget && !cta->getGrid().hasStopped()) {
    bool hasParted = paths.size() > numPaths;
    numPaths = paths.size();
    if (isRandom ? hasParted : done == 0 || numPaths > 1)
      if (!choosePath(isRandom, random >> (2 + done % 32)))
        break;
    resume(path());
    if (paths.size() > 1)
      mergeHere();
    ++done;
    if (recorder ? !recordStep() : !step())
      break;
    if (paths[current].state != Path::State::Ready && !isReady(paths[current]))
      break;
  }
  return done;
}

//===----------------------------------------------------------------------===//
// Findings
//===----------------------------------------------------------------------===//

ThreadId Warp::getThread(unsigned lane) const {
  ThreadId id;
  llvm::copy(cta->getIndex(), id.cta);
  id.thread[0] = getSpecial(SpecialRow::TidX, lane);
  id.thread[1] = getSpecial(SpecialRow::TidY, lane);
  id.thread[2] = getSpecial(SpecialRow::TidZ, lane);
  return id;
}

void Warp::find(FindingKind kind, Mask lanes, const llvm::Twine &message,
                ptx::Space space, uint64_t address) {
  Finding finding;
  finding.kind = kind;
  finding.message = message.str();
  finding.space = space;
  finding.address = address;
  const Code &code = *frame().code;
  if (path().counter < code.operations.size())
    finding.site.instruction = code.operations[path().counter].source;
  finding.site.who = getThread(lanes ? llvm::countr_zero(lanes) : 0);
  finding.count = llvm::popcount(lanes);
  cta->getGrid().getReport().add(std::move(finding));
}
