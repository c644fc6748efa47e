//===- TileRings.cpp - Rings of interpreted kernels -----------------------===//

#include "lib/Reference/TileRings.h"
#include "lib/Reference/TileFrame.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::tile;

static RingOp getRingOp(mlir::Value ring) {
  return ring.getDefiningOp<RingOp>();
}

/// Whether all of a use has come about, of a number of warps; those before the
/// first have.
static bool isWhole(const std::map<int64_t, int64_t> &counts, int64_t use,
                    int64_t warps) {
  auto found = counts.find(use);
  return use < 0 || (found != counts.end() && found->second == warps);
}

Error TileRings::checkOrder(mlir::Operation *op, const Ring &ring, int64_t use,
                            int64_t warp) {
  if (use < 0)
    return fail(op, "is of use " + Twine(use) + ", and the first is 0");
  auto last = ring.last.find(warp);
  if (last != ring.last.end() && last->second >= use)
    return fail(op, "is of use " + Twine(use) + " behind use " +
                        Twine(last->second) + " of the same warp");
  return Error::success();
}

Expected<bool> TileRings::isReady(AcquireOp op, TileFrame &frame) {
  RingOp ringOp = getRingOp(op.getRing());
  Ring &ring = get(op.getRing());
  int64_t use = frame.integer(op.getUse()), slots = ringOp.getSlots();
  if (Error error = checkOrder(op, ring, use, frame.getWarp()))
    return std::move(error);
  if (!isWhole(ring.released, use - 2 * slots, ringOp.getReleases()))
    return fail(op, "is of use " + Twine(use) + " of ring '" +
                        ringOp.getName() + "', two rounds ahead of use " +
                        Twine(use - 2 * slots) + ", which is not released");
  return isWhole(ring.released, use - slots, ringOp.getReleases());
}

Expected<bool> TileRings::isReady(WaitOp op, TileFrame &frame) {
  RingOp ringOp = getRingOp(op.getRing());
  Ring &ring = get(op.getRing());
  int64_t use = frame.integer(op.getUse()), slots = ringOp.getSlots();
  if (Error error = checkOrder(op, ring, use, frame.getWarp()))
    return std::move(error);
  if (!isWhole(ring.committed, use - slots, ringOp.getCommits()))
    return fail(op, "is of use " + Twine(use) + " of ring '" +
                        ringOp.getName() + "', a round ahead of use " +
                        Twine(use - slots) + ", which is not committed");
  return isWhole(ring.committed, use, ringOp.getCommits());
}

Error TileRings::take(AcquireOp op, TileFrame &frame) {
  RingOp ringOp = getRingOp(op.getRing());
  Ring &ring = get(op.getRing());
  int64_t use = frame.integer(op.getUse()), slot = use % ringOp.getSlots();
  bool isFirst = ring.acquired.insert(use).second;
  if (ringOp.getEach() && !isFirst)
    return fail(op, "is of use " + Twine(use) + " of ring '" +
                        ringOp.getName() + "', which another warp makes");
  for (mlir::Value buffer : ringOp.getBuffers())
    if (isFirst)
      static_cast<SharedBuffer &>(frame.memory(buffer)).forget(slot);
  ring.held[{frame.getWarp(), slot}] = use;
  ring.last[frame.getWarp()] = use;
  frame.set(op.getSlot(), slot);
  return Error::success();
}

Error TileRings::take(WaitOp op, TileFrame &frame) {
  Ring &ring = get(op.getRing());
  int64_t use = frame.integer(op.getUse());
  int64_t slot = use % getRingOp(op.getRing()).getSlots();
  ring.held[{frame.getWarp(), slot}] = use;
  ring.last[frame.getWarp()] = use;
  frame.set(op.getSlot(), slot);
  return Error::success();
}

void TileRings::handOn(CommitOp op, TileFrame &frame) {
  Ring &ring = get(op.getRing());
  ++ring.committed[ring.held[{frame.getWarp(), frame.integer(op.getSlot())}]];
}

void TileRings::handOn(ReleaseOp op, TileFrame &frame) {
  Ring &ring = get(op.getRing());
  ++ring.released[ring.held[{frame.getWarp(), frame.integer(op.getSlot())}]];
}
