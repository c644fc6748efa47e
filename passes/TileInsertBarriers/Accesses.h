//===- Accesses.h - what threads have to wait for ---------------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILEINSERTBARRIERS_ACCESSES_H
#define SLUICE_PASSES_TILEINSERTBARRIERS_ACCESSES_H

#include "dialects/Tile/TileOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include <set>

namespace sluice {

/// Who waits for whom: all are the CTA's threads, or those of a role.
enum class Wait { None, Warp, All, Cluster };

/// A rank of a cluster: that of a value with some bits turned over.
struct Rank {
  mlir::Value base;
  int64_t turned = 0;

  static Rank of(mlir::Value rank) {
    auto turn = rank ? rank.getDefiningOp<mlir::arith::XOrIOp>()
                     : mlir::arith::XOrIOp();
    llvm::APInt bits;
    if (turn && mlir::matchPattern(turn.getRhs(), mlir::m_ConstantInt(&bits)))
      return {turn.getLhs(), bits.getSExtValue()};
    return {rank};
  }
  /// Whether it is surely another one.
  bool differsFrom(const Rank &other) const {
    return base && base == other.base && turned != other.turned;
  }
};

/// Bytes of shared memory, or a state in global memory, read or written.
struct Access {
  int64_t begin, end;
  bool isStore;
  /// Whether each warp looks at bytes of its own: those that all buffers by
  /// warp are in, or the slot of the CTA's buffer that its number picks, of so
  /// many bytes; 0 if it picks none.
  bool isByWarp;
  int64_t slot;
  /// Whether a store is to what other CTAs of the cluster have, too.
  bool isMulticast;
  /// The one CTA that it is to, if it is to one.
  Rank to;
  /// A state's name, and which threads have which of its elements.
  mlir::StringAttr state;
  tile::LayoutAttr layout;
  /// The slot of a ring, which is what a tile.acquire or a tile.wait gives.
  mlir::Value ringSlot;
  /// What a kernel's begin is for other CTAs.
  bool isBegin = false;

  /// What must stand between this access and a later one.
  Wait conflictsWith(const Access &other) const {
    // Not every CTA may have begun.
    if (isBegin || other.isBegin)
      return isMulticast || other.isMulticast ? Wait::Cluster : Wait::None;
    if (state != other.state || end <= other.begin || other.end <= begin ||
        (!isStore && !other.isStore) || isOfSameThreads(other) ||
        to.differsFrom(other.to))
      return Wait::None;
    // The ring keeps uses apart.
    if (ringSlot && other.ringSlot && ringSlot != other.ringSlot)
      return Wait::None;
    bool isSameSlot = slot != 0 && slot == other.slot && begin == other.begin;
    if ((isByWarp && other.isByWarp) || isSameSlot)
      return Wait::Warp;
    return isMulticast || other.isMulticast ? Wait::Cluster : Wait::All;
  }
  auto asTuple() const {
    return std::tuple(begin, end, isStore, isByWarp, slot, isMulticast, isBegin,
                      to.base.getAsOpaquePointer(), to.turned,
                      state.getAsOpaquePointer(), layout.getAsOpaquePointer(),
                      ringSlot.getAsOpaquePointer());
  }
  bool operator<(const Access &other) const {
    return asTuple() < other.asTuple();
  }

private:
  /// Whether each element of a state is one thread's, and the same one's.
  bool isOfSameThreads(const Access &other) const {
    if (!layout || layout != other.layout)
      return false;
    const layout::LinearLayout &linear = layout.getLinear();
    return linear.getFreeBits(layout::kLane) == 0 &&
           linear.getFreeBits(layout::kWarp) == 0;
  }
};

/// What was accessed since all threads of a cluster, of a CTA, or of a warp
/// have waited, on any path.
struct Pending {
  std::set<Access> ofCluster, ofAll, ofWarp;
  /// Asynchronous copies that nobody has waited for. They are in nobody's way
  /// until then: who looks at what they write before does so at no time.
  std::set<Access> inFlight;
  /// Whether CTAs are in clusters.
  bool isClustered = false;

  void insert(const Access &access) {
    if (isClustered)
      ofCluster.insert(access);
    ofAll.insert(access);
    ofWarp.insert(access);
  }
  void insert(const Pending &other) {
    isClustered |= other.isClustered;
    ofCluster.insert(other.ofCluster.begin(), other.ofCluster.end());
    ofAll.insert(other.ofAll.begin(), other.ofAll.end());
    ofWarp.insert(other.ofWarp.begin(), other.ofWarp.end());
    inFlight.insert(other.inFlight.begin(), other.inFlight.end());
  }
  /// Any of what was in flight may have come.
  void waitForCopies(bool ofAllGroups) {
    for (const Access &access : inFlight)
      insert(access);
    if (ofAllGroups)
      inFlight.clear();
  }
  /// A use of a ring begins: those before it of the same slot are over.
  void take(mlir::Value slot) {
    for (std::set<Access> *pending : {&ofCluster, &ofAll, &ofWarp, &inFlight})
      std::erase_if(*pending, [&](const Access &access) {
        return access.ringSlot == slot;
      });
  }
  void wait(Wait wait) {
    if (wait == Wait::Cluster)
      ofCluster.clear();
    if (wait >= Wait::All)
      ofAll.clear();
    if (wait != Wait::None)
      ofWarp.clear();
  }
  /// What must stand before an access.
  Wait conflictsWith(const Access &access) const {
    auto conflicts = [&](const std::set<Access> &pending, Wait wait) {
      return llvm::any_of(pending, [&](const Access &other) {
        return other.conflictsWith(access) == wait;
      });
    };
    if (conflicts(ofCluster, Wait::Cluster))
      return Wait::Cluster;
    if (conflicts(ofAll, Wait::All))
      return Wait::All;
    return conflicts(ofWarp, Wait::Warp) ? Wait::Warp : Wait::None;
  }
};

} // namespace sluice

#endif // SLUICE_PASSES_TILEINSERTBARRIERS_ACCESSES_H
