//===- Clocks.h - what a thread knows of all others -------------*- C++ -*-===//
//
// Happens-before by vector clocks. Every lane is a thread with a clock; so is
// every asynchronous operation. An access of thread u at clock c happens before
// an access of thread t iff t knows u through c or later.
//
// A vector of all lanes of a grid (100 CTAs of 1,024: 400 KB) for each lane is
// out of the question, and unnecessary: threads that meet at a barrier know the
// same afterwards. So knowledge is immutable and shared: a ClockMap is a pair
// of references, to the clocks of one CTA (the holder's own, "home", which
// almost all questions are about) and to a radix tree of the other CTAs; the
// clocks of a CTA are one number for all of its lanes and a short list of warps
// that differ; those of a warp are one number or 32. Joins give back one of
// their operands where that is the result, so that equal knowledge stays one
// object, which the next join recognises by its address.
//
// Clocks are not counted by thread but set, at a synchronisation, to one more
// than the greatest clock of those that take part. That is allowed (a clock
// only has to rise between an access and the next release), and makes what a
// CTA barrier teaches one number.
//
// The proxy rule is a second ClockMap beside the first, `fenced` <= `seen`: of
// the accesses through the generic proxy that a thread has seen, those with a
// fence.proxy.async behind them on some path to this thread. The fence sets
// fenced = seen; every join joins both. An access through the async proxy is
// ordered behind a generic one iff `fenced` covers that, behind one of the
// async proxy iff `seen` does. An access through the generic proxy always asks
// `seen`: observed completion is enough.
//
// A third pair is what would be known besides if every scope that an mbarrier
// operation has by default were that of the cluster ("assumed"): what only that
// orders is a note. It is never part of the other two, passes on as they do,
// and is nearly always nothing: one null pointer.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_CHECK_CLOCKS_H
#define SLUICE_LIB_SIMULATOR_CHECK_CLOCKS_H

#include "llvm/ADT/IntrusiveRefCntPtr.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>

namespace sluice::sim {

using Mask = uint32_t;
using Clock = uint32_t;

/// Warps of a CTA below this number are warps; above are asynchronous
/// operations.
inline constexpr uint32_t kMostWarps = 32;

/// Which threads a strong operation, a fence or a release is for.
enum class SyncScope : uint8_t { Cta, Cluster, Gpu, Sys };

/// A node of the tree of knowledge; immutable when shared.
struct ClockNode : llvm::ThreadSafeRefCountedBase<ClockNode> {
  virtual ~ClockNode() = default;
};

/// 32 clocks that are not all the same.
struct LaneClocks final : ClockNode {
  Clock clocks[32];
};

/// The clocks of the lanes of one warp: one number, or 32.
struct WarpValue {
  Clock clock = 0;
  llvm::IntrusiveRefCntPtr<const LaneClocks> lanes;

  Clock get(unsigned lane) const { return lanes ? lanes->clocks[lane] : clock; }
  bool operator==(const WarpValue &other) const = default;
};
WarpValue join(const WarpValue &a, const WarpValue &b);
/// `lanes` at `clock`, the others unknown.
WarpValue makeWarpValue(Mask lanes, Clock clock);

/// The clocks of a CTA: `base` for its warps (not for asynchronous operations),
/// but for the warps that are in the list.
struct CtaClocks final : ClockNode {
  struct Entry {
    uint32_t warp;
    WarpValue value;
    bool operator==(const Entry &other) const = default;
  };
  Clock base = 0;
  /// The least clock of a lane of any warp, as far as that is known quickly:
  /// all lanes are known through this one.
  Clock floor = 0;
  /// In ascending order of warps.
  llvm::SmallVector<Entry, 8> entries;

  Clock get(uint32_t warp, unsigned lane) const;
  WarpValue getWarp(uint32_t warp) const;
  /// The lanes that are known through `clock`.
  Mask getKnown(uint32_t warp, Clock clock) const;
  /// Sets what is known of a warp (before the object is shared).
  void set(uint32_t warp, WarpValue value);
  /// Computes `floor` and drops what `base` says already.
  void finish();
};
using CtaRef = llvm::IntrusiveRefCntPtr<const CtaClocks>;
CtaRef join(const CtaRef &a, const CtaRef &b);
/// `a`, and also `value` of `warp`.
CtaRef join(const CtaRef &a, uint32_t warp, const WarpValue &value);

/// CTAs by number, 32 children a level; those of level 0 are CtaClocks.
struct GridNode final : ClockNode {
  unsigned level = 0;
  llvm::IntrusiveRefCntPtr<const ClockNode> children[32];
};
using GridRef = llvm::IntrusiveRefCntPtr<const GridNode>;

class ClockMap {
public:
  static constexpr uint32_t kNoHome = ~0u;

  ClockMap() = default;
  explicit ClockMap(uint32_t home) : home(home) {}

  uint32_t getHome() const { return home; }
  /// The clocks of the home CTA; null if nothing is known of it.
  const CtaRef &getLocal() const { return local; }
  CtaRef getCta(uint32_t cta) const;
  Clock get(uint32_t cta, uint32_t warp, unsigned lane) const;
  bool empty() const { return !local && !others; }
  /// The same objects; false says nothing.
  bool isSame(const ClockMap &other) const {
    return local == other.local && others == other.others;
  }

  void join(const ClockMap &other);
  void join(uint32_t cta, const CtaRef &clocks);
  void join(uint32_t cta, uint32_t warp, const WarpValue &value);
  /// The same knowledge for a holder in another CTA.
  ClockMap moveTo(uint32_t newHome) const;

private:
  uint32_t home = kNoHome;
  CtaRef local;
  /// Of the home CTA it knows no more than `local`.
  GridRef others;
};

/// The clocks as Knowledge has them; immutable when shared, and of no home.
struct AssumedKnowledge final
    : llvm::ThreadSafeRefCountedBase<AssumedKnowledge> {
  ClockMap seen, fenced;
};
using AssumedRef = llvm::IntrusiveRefCntPtr<const AssumedKnowledge>;
AssumedRef join(const AssumedRef &a, const AssumedRef &b);

/// What has happened before, and how much of that through a proxy fence.
struct Knowledge {
  ClockMap seen, fenced;
  /// The same through scopes that nobody has written; null: nothing.
  AssumedRef assumed;

  Knowledge() = default;
  explicit Knowledge(uint32_t home) : seen(home), fenced(home) {}
  void join(const Knowledge &other) {
    seen.join(other.seen);
    fenced.join(other.fenced);
    if (other.assumed)
      assumed = sim::join(assumed, other.assumed);
  }
  /// All that `other` says, as assumed.
  void assume(const Knowledge &other);
  /// What is seen is fenced.
  void fence();
  bool empty() const { return seen.empty() && fenced.empty() && !assumed; }
  bool isSame(const Knowledge &other) const {
    return seen.isSame(other.seen) && fenced.isSame(other.fenced) &&
           assumed == other.assumed;
  }
  /// The same knowledge for a holder in another CTA.
  Knowledge moveTo(uint32_t newHome) const;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_CHECK_CLOCKS_H
