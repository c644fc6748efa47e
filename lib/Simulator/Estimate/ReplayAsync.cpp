//===- ReplayAsync.cpp - units that work beside the warps -----------------===//
//
// What is queued for the TMA unit or a tensor core asks for shared memory and
// for the L2 when the unit begins it, in the order of time: until then it holds
// up nobody else.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Estimate/Replayer.h"

using namespace sluice::sim;
using namespace sluice::sim::estimate;

std::optional<double> Groups::getEnd(int32_t pending) {
  size_t closed = groups.size() - 1;
  for (; settled < closed && !groups[settled].running; ++settled)
    if (settled)
      groups[settled].end =
          std::max(groups[settled].end, groups[settled - 1].end);
  size_t wanted =
      pending < 0 ? closed : closed - std::min(closed, size_t(pending));
  if (settled < wanted || (pending < 0 && groups.back().running))
    return std::nullopt;
  double end = wanted ? groups[wanted - 1].end : 0;
  return pending < 0 ? std::max(end, groups.back().end) : end;
}

void Replayer::happen(const Due &due) {
  switch (due.kind) {
  case Due::Kind::Completion:
    return complete(due.completion, toCycle(due.time));
  case Due::Kind::Transfer:
    return moveTransfer(sms[due.sm], due.time);
  case Due::Kind::Product:
    return beginProduct(sms[due.sm], due.place, due.time);
  }
}

void Replayer::complete(const Completion &completion, uint64_t time) {
  PhasedBarrier &barrier = completion.cta->mbarriers[completion.mbarrier];
  bool hasEnded = completion.arrivals
                      ? barrier.arrive(completion.arrivals, 0, false, time)
                      : barrier.complete(completion.bytes, time);
  if (hasEnded)
    wake(barrier.waiters, time);
}

void Replayer::wakeForUnits(WarpState &warp, double time) {
  if (warp.waitsForUnits)
    prepare(warp, toCycle(time));
}

void Replayer::wakeWarpgroup(const WarpState &warp, double time) {
  for (const auto &other : getWarpgroup(warp))
    wakeForUnits(*other, time);
}

//===----------------------------------------------------------------------===//
// wgmma
//===----------------------------------------------------------------------===//

void Replayer::queueProduct(SmState &sm, WarpState &warp, uint32_t number,
                            uint64_t time) {
  auto place = static_cast<uint32_t>(warp.place % sm.subCores.size());
  std::deque<QueuedProduct> &queue = sm.products[place];
  queue.push_back({&warp, number, warp.products.begin()});
  if (queue.size() == 1)
    dues.push({double(time), Due::Kind::Product, getNumber(sm), place});
}

void Replayer::beginProduct(SmState &sm, uint32_t place, double time) {
  std::deque<QueuedProduct> &queue = sm.products[place];
  Server &tensor = sm.subCores[place].tensor;
  auto takeTurn = [&](double when) {
    dues.push({when, Due::Kind::Product, getNumber(sm), place});
  };
  // A product of another warp (mma.sync) is under way.
  if (tensor.getFree() > time)
    return takeTurn(tensor.getFree());
  QueuedProduct product = queue.front();
  queue.pop_front();
  const Step &step = trace.steps[product.step];
  double cost = getMatrixCycles(chip, step);
  // It multiplies as its operands come.
  double read = sm.memory.spread(time, step.sharedWavefronts, cost);
  tensor.take(time, cost);
  tensor.hold(read);
  note(sm, place, product.step, time, tensor.getFree());
  product.warp->products.finish(
      product.group, std::max(tensor.getFree(), time + chip.wgmmaLatency));
  if (!queue.empty())
    takeTurn(tensor.getFree());
  wakeWarpgroup(*product.warp, time);
}

//===----------------------------------------------------------------------===//
// Bulk copies
//===----------------------------------------------------------------------===//

/// Bytes that the TMA unit asks for before others have their turn.
static constexpr uint32_t kPieceBytes = 512;

void Replayer::queueTransfer(SmState &sm, WarpState &warp, uint32_t number,
                             const Fact &fact, uint64_t time) {
  QueuedTransfer transfer{&warp, &fact, number};
  if (fact.d == kNoBarrier) {
    transfer.readGroup = warp.bulkReads.begin();
    transfer.writeGroup = warp.bulkWrites.begin();
  }
  sm.transfers.push_back(transfer);
  if (sm.transfers.size() == 1)
    dues.push({double(time), Due::Kind::Transfer, getNumber(sm)});
}

/// An mbarrier learns of the bytes.
void Replayer::tell(CtaState &cta, const Fact &fact, double time) {
  if (CtaState *owner = findOwner(cta, fact.d))
    dues.push({time, Due::Kind::Completion, 0, 0, {owner, fact.d, 0, fact.c}});
}

void Replayer::endTransfer(SmState &sm, const QueuedTransfer &transfer,
                           double time) {
  const Fact &fact = *transfer.fact;
  WarpState &warp = *transfer.warp;
  sm.lastTransfer = transfer.moved.done;
  if (fact.d != kNoBarrier)
    return tell(*warp.cta, fact, transfer.moved.done);
  warp.bulkReads.finish(transfer.readGroup, transfer.moved.sourceRead);
  warp.bulkWrites.finish(transfer.writeGroup, transfer.moved.done);
  wakeForUnits(warp, time);
}

/// The TMA unit asks for the next piece of the first of its copies.
void Replayer::moveTransfer(SmState &sm, double time) {
  auto takeTurn = [&](double when) {
    if (!sm.transfers.empty())
      dues.push({when, Due::Kind::Transfer, getNumber(sm)});
  };
  size_t row = sm.subCores.size() + 1;
  QueuedTransfer &transfer = sm.transfers.front();
  WarpState &warp = *transfer.warp;
  const Fact &fact = *transfer.fact;
  CtaState *owner =
      fact.d == kNoBarrier ? nullptr : findOwner(*warp.cta, fact.d);
  MemoryPath &target = owner ? sms[owner->rank].memory : sm.memory;
  // What brings the bytes to another CTA brings them here.
  if (fact.isShared) {
    transfer.moved.done = target.land(sm.lastTransfer, fact.c);
    endTransfer(sm, transfer, time);
    sm.transfers.pop_front();
    return takeTurn(time);
  }
  if (!transfer.hasBegun) {
    transfer.hasBegun = true;
    sm.memory.bulk.take(time, chip.bulkIssue);
    note(sm, row, transfer.step, time, sm.memory.bulk.getFree());
    return takeTurn(sm.memory.bulk.getFree());
  }
  if (double room = sm.memory.getGlobalTime(); fact.b && room > time)
    return takeTurn(room);
  MemoryPath::Piece piece;
  piece.isWrite = fact.isWrite;
  piece.sectors = warp.getSectors(fact)
                      .drop_front(transfer.sectors)
                      .take_front(kPieceBytes / kSectorBytes);
  transfer.sectors += static_cast<uint32_t>(piece.sectors.size());
  bool isLast = transfer.sectors == fact.b;
  // The bytes of a box need not fill their sectors, nor lie in any.
  double share =
      double(fact.c) * double(transfer.sectors) / std::max(fact.b, 1u);
  if (!fact.b) {
    share = std::min<double>(fact.c, transfer.bytes + kPieceBytes);
    isLast = share == fact.c;
  }
  piece.bytes = share - transfer.bytes;
  transfer.bytes = share;
  MemoryPath::Moved moved =
      sm.memory.transfer(time, piece, warp.cta->client, target);
  MemoryPath::Moved &all = transfer.moved;
  all.sourceRead = std::max(all.sourceRead, moved.sourceRead);
  all.done = std::max(all.done, moved.done);
  note(sm, row, transfer.step, time, sm.memory.bulk.getFree());
  if (isLast) {
    endTransfer(sm, transfer, time);
    sm.transfers.pop_front();
  }
  takeTurn(sm.memory.bulk.getFree());
}
