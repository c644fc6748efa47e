//===- TileRings.h - Rings of interpreted kernels ---------------*- C++ -*-===//
//
// Which uses of a ring's slots are taken, committed and released. A slot has
// two barriers on a GPU, of which a wait sees the last bit of the number of the
// round that they are in: who is further away than a round would not have
// waited, which is an error here.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_REFERENCE_TILERINGS_H
#define SLUICE_LIB_REFERENCE_TILERINGS_H

#include "dialects/Tile/TileOps.h"

#include "llvm/Support/Error.h"
#include <map>
#include <set>

namespace sluice::reference {

class TileFrame;

class TileRings {
public:
  /// A ring of which nothing is used yet.
  void make(tile::RingOp op) { rings[op] = {}; }

  /// Whether the frame's warp gets the slot now. An error where it would get
  /// one that is not its own.
  llvm::Expected<bool> isReady(tile::AcquireOp op, TileFrame &frame);
  llvm::Expected<bool> isReady(tile::WaitOp op, TileFrame &frame);
  /// Gives it the slot, of which what was there is lost when it is acquired.
  /// Fails where the use is another warp's.
  llvm::Error take(tile::AcquireOp op, TileFrame &frame);
  llvm::Error take(tile::WaitOp op, TileFrame &frame);
  void handOn(tile::CommitOp op, TileFrame &frame);
  void handOn(tile::ReleaseOp op, TileFrame &frame);

private:
  struct Ring {
    std::set<int64_t> acquired;
    /// By the number of a use, how many warps have committed and released it.
    std::map<int64_t, int64_t> committed, released;
    /// By warp and slot, the use that the warp has it for.
    std::map<std::pair<int64_t, int64_t>, int64_t> held;
    /// By warp, the last use.
    std::map<int64_t, int64_t> last;
  };

  Ring &get(mlir::Value ring) { return rings[ring.getDefiningOp()]; }
  llvm::Error checkOrder(mlir::Operation *op, const Ring &ring, int64_t use,
                         int64_t warp);

  std::map<mlir::Operation *, Ring> rings;
};

} // namespace sluice::reference

#endif // SLUICE_LIB_REFERENCE_TILERINGS_H
