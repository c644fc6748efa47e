//===- Warp.cpp - 32 lanes and where they are -----------------------------===//

#include "lib/Simulator/Machine/Warp.h"
#include "lib/Simulator/Machine/Cta.h"
#include "lib/Simulator/Machine/InstructionSet.h"
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
  if (paths.size() == 1) {
    current = 0;
    return isReady(paths[0]);
  }
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
  FrameRef callee = path().frame;
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

const InstructionSet &Warp::getInstructions() const {
  return *cta->getGrid().getProgram().instructions;
}

Flow Warp::exit(Mask lanes) {
  live &= ~lanes;
  if (cta->getGrid().getOptions().check) {
    getInstructions().checkExit(*this, lanes);
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
  if (isDone())
    cta->noteExit(*this);
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
    getInstructions().returnFromFunction(*this, here.lanes);
    return false;
  }
  const Operation &operation = frame.code->operations[here.counter];
  if (operation.isWarpWide && here.lanes != live) {
    here.state = Path::State::Blocked;
    return false;
  }
  Mask active = here.lanes;
  if (operation.guard != kNoRow) {
    Mask holds = frame.words(operation.guard)[0];
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
    operation.compute(frame.words(0), operation, active);
    Mask poison = 0;
    for (size_t i = operation.destinations; i < operation.rows.size(); ++i)
      poison |= frame.poison[operation.rows[i]];
    bool mayPart = poison && operation.halves != Halves::Mixed &&
                   operation.halves != Halves::Apart &&
                   operation.halves != Halves::Unpacked;
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
  // What these write is defined or not as a whole; products, whose
  // accumulators are sources as well, say so themselves.
  if (LLVM_UNLIKELY(!frame.halfPoison.empty()) &&
      operation.which != ptx::Class::Matrix)
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
  FrameRef frame = path().frame;
  uint32_t counter = path().counter;
  const Code &code = *frame->code;
  Mask active = path().lanes;
  if (counter < code.operations.size())
    if (const Operation &operation = code.operations[counter];
        operation.guard != kNoRow) {
      Mask holds = frame->words(operation.guard)[0];
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
