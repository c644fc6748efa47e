//===- ShadowUnit.h - 16 bytes and who accessed them ------------*- C++ -*-===//
//
// The representation behind Shadow; see there.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_CHECK_SHADOWUNIT_H
#define SLUICE_LIB_SIMULATOR_CHECK_SHADOWUNIT_H

#include "lib/Simulator/Check/Shadow.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Compiler.h"
#include <cstring>

namespace sluice::sim {

/// Low bits of a SiteId.
enum SiteFlag : uint32_t {
  kSiteWrite = 1,
  kSiteStrong = 2,
  kSiteAsyncProxy = 4,
  kSiteReadOnly = 8,
  kSiteScopeShift = 4,
  kSiteIndexShift = 6,
};

/// Accesses of one clock by lanes of one warp; or, if reads or atomics, by the
/// same lanes of several warps.
struct ShadowEntry {
  /// Clock, then CTA, then whether it is an asynchronous operation: the latter
  /// two, the low word, say whose `who` and `lanes` are.
  uint64_t key;
  SiteId site;
  /// Warps, one bit each; or the index of an asynchronous operation.
  uint32_t who;
  /// The lanes that accessed all of `cover`; if affine, the lane of byte 0,
  /// which may be less than none.
  uint32_t lanes;
  /// Bytes; 0: no entry.
  uint16_t cover;
  /// 0, or 1 + log2 of the bytes of each lane.
  uint8_t affine;
  /// The unit's values of `cover` are what this write wrote.
  uint8_t hasValue;

  uint32_t getOwner() const { return uint32_t(key); }
  Clock getClock() const { return key >> 32; }
  uint32_t getCta() const { return getOwner() >> 1; }
  bool isAsync() const { return key & 1; }
  bool isWrite() const { return site & kSiteWrite; }
  bool isStrong() const { return site & kSiteStrong; }
  bool isAsyncProxy() const { return site & kSiteAsyncProxy; }
  bool isReadOnly() const { return site & kSiteReadOnly; }
  SyncScope getScope() const { return SyncScope(site >> kSiteScopeShift & 3); }
  Mask getLanes(unsigned byte) const {
    return affine ? Mask(1) << ((lanes + (byte >> (affine - 1))) & 31) : lanes;
  }
  /// Byte by byte the same lanes, of the same warps or not.
  bool hasLanesOf(const ShadowEntry &other) const {
    return affine == other.affine && lanes == other.lanes;
  }
  /// Adds `other`, if one entry can say both.
  bool merge(const ShadowEntry &other) {
    if (!cover || key != other.key || !isSiteLike(other))
      return false;
    if (hasLanesOf(other)) {
      if (who == other.who) {
        if (isStrong() && cover != other.cover)
          return false;
        cover |= other.cover;
      } else if (cover == other.cover && !isAsync()) {
        who |= other.who;
      } else {
        return false;
      }
    } else if (who == other.who && cover == other.cover && !affine &&
               !other.affine) {
      lanes |= other.lanes;
    } else {
      return false;
    }
    hasValue &= other.hasValue;
    return true;
  }
  /// Says whether one entry's site can stand for both: of reads by several
  /// instructions one stands for all.
  bool isSiteLike(const ShadowEntry &other) const {
    constexpr uint32_t kFlags = (1u << kSiteIndexShift) - 1;
    return site == other.site ||
           (!isWrite() && !((site ^ other.site) & kFlags));
  }
};
static_assert(sizeof(ShadowEntry) == 24);

/// Entries that never conflict with each other, as many as there are threads:
/// of a counter that every thread of a grid adds to, of weights that every CTA
/// reads. Those of one thread replace each other; `latest` finds them.
struct ShadowCrowd {
  std::vector<ShadowEntry> entries;
  llvm::DenseMap<std::pair<uint64_t, uint32_t>, uint32_t> latest;
  /// How many bytes each entry is; 0 if they differ. Strong ones of one size
  /// are aligned: of the same bytes, or of others.
  uint32_t bytes = 0;
  /// Clean up when it is that long.
  uint32_t limit = 64;

  bool empty() const { return entries.empty(); }
  /// Makes the index again after entries have changed.
  void index();
};

/// What does not fit into a unit.
struct ShadowOverflow {
  llvm::SmallVector<ShadowEntry, 6> entries;
  /// Strong ones of scope gpu or sys; and, when `entries` are many, reads.
  ShadowCrowd wide, reads;

  bool empty() const {
    return entries.empty() && wide.empty() && reads.empty();
  }
  void clear();
};

struct alignas(64) ShadowUnit {
  ShadowEntry write, read;
  /// Kept when empty: what has overflowed will do so again.
  ShadowOverflow *more;
  /// There is one, and it is not empty: said here because it lies elsewhere.
  bool hasMore;

  ShadowOverflow &makeMore() {
    if (!more)
      more = new ShadowOverflow;
    return *more;
  }
  /// Forgets all entries.
  void clear() {
    write = read = ShadowEntry();
    if (hasMore)
      more->clear();
    hasMore = false;
  }
};
static_assert(sizeof(ShadowUnit) == 64);

inline constexpr unsigned kUnitBytes = 16;
inline void copyShadowValue(uint8_t *to, const uint8_t *from, uint16_t cover) {
  if (cover == 0xffff) {
    std::memcpy(to, from, kUnitBytes);
    return;
  }
  for (unsigned left = cover; left; left &= left - 1) {
    unsigned byte = llvm::countr_zero(left);
    to[byte] = from[byte];
  }
}

/// Who accesses: lanes that know the same, for the time of one instruction.
class ShadowActor {
public:
  ShadowActor(const WarpPlace &place, const LaneGroup &group);
  ShadowActor(const AsyncOp &operation, const LaneGroup &group);

  /// A new entry of theirs.
  ShadowEntry makeEntry(SiteId site) const {
    ShadowEntry entry;
    entry.key = uint64_t(clock) << 32 | cta << 1 | uint32_t(isAsync);
    entry.site = site;
    entry.who = isAsync ? index : 1u << warp;
    entry.lanes = 0;
    entry.cover = 0;
    entry.affine = entry.hasValue = 0;
    return entry;
  }

  /// Checks `now` against the unit at `address` and records it. `value`: its
  /// bytes of the unit, or null. `values`: those of the unit.
  LLVM_ATTRIBUTE_ALWAYS_INLINE void access(ShadowUnit &unit, uint64_t address,
                                           const ShadowEntry &now,
                                           const uint8_t *value,
                                           uint8_t *values, ConflictSink sink) {
    if (!accessQuickly(unit, address, now, sink))
      accessSlowly(unit, address, now, value, values, sink);
    else if (value)
      copyShadowValue(values, value, now.cover);
  }

  /// Returns true only if `old` happens before `now`.
  LLVM_ATTRIBUTE_ALWAYS_INLINE bool isQuicklyOrdered(const ShadowEntry &old,
                                                     const ShadowEntry &now) {
    bool fenced = needsFence(old, now.site);
    return !old.cover || isBelowFloor(old, fenced) || isSameThread(old, now) ||
           isKnown(old, fenced);
  }
  /// Who observes a collective operation does not learn what it knew: it stands
  /// for nothing before it but its own.
  bool mayReplace(const ShadowEntry &old) const {
    return !isCollective || (old.isAsync() && old.who == index);
  }
  /// Both write what is known, through the same proxy. Of two proxies the same
  /// value, too, needs a fence.
  static bool haveValues(const ShadowEntry &old, const ShadowEntry &now) {
    return old.isWrite() && old.hasValue && now.isWrite() && now.hasValue &&
           old.isAsyncProxy() == now.isAsyncProxy();
  }
  /// Tells of two writes of one value to the unit at `address`.
  void tellSame(const ShadowEntry &old, const ShadowEntry &now,
                uint64_t address, const uint8_t *value, const uint8_t *values,
                ConflictSink sink) {
    if (!isTold(Told::SameValue, old.site))
      report(old, now, address, value, values, sink);
  }
  /// Returns true if both are of one queue of operations, or of one thread: who
  /// knows of `now` knows of `old`, whether that happens before `now` or not.
  static bool isLaterOfQueue(const ShadowEntry &now, const ShadowEntry &old) {
    return old.isAsync() && old.getOwner() == now.getOwner() &&
           old.who == now.who && old.hasLanesOf(now) &&
           old.getClock() <= now.getClock();
  }
  /// `now` stands for all of `old`.
  bool replaces(const ShadowEntry &now, const ShadowEntry &old) {
    return mayStandFor(now, old) &&
           (isLaterOfQueue(now, old) || isQuicklyOrdered(old, now));
  }

private:
  /// What `now` is does not keep it from standing for `old`. That bytes are
  /// taken to be constant is remembered until they are written.
  bool mayStandFor(const ShadowEntry &now, const ShadowEntry &old) const {
    return !(old.cover & ~now.cover) && mayReplace(old) &&
           (!old.isReadOnly() || now.isReadOnly());
  }
  /// All lanes of the CTA are known that far.
  LLVM_ATTRIBUTE_ALWAYS_INLINE bool isBelowFloor(const ShadowEntry &old,
                                                 bool fenced) const {
    return old.getOwner() == cta << 1 &&
           old.getClock() <= (fenced ? fencedFloor : floor);
  }
  /// All of `old` happens before anything that the actor's lanes do now.
  bool isKnown(const ShadowEntry &old, bool fenced) {
    const Memo &memo = getMemo(old, fenced);
    if (memo.key == old.key && memo.who == old.who && memo.fenced == fenced &&
        memo.lanes == getAsked(old))
      return memo.isKnown;
    return lookUp(old, fenced);
  }
  bool lookUp(const ShadowEntry &old, bool fenced);
  /// The lanes of which it must be known: of an operation of few lanes those
  /// alone, as nobody ever learns of others.
  static Mask getAsked(const ShadowEntry &old) {
    return old.isAsync() && !old.affine ? old.lanes : ~0u;
  }
  /// `old` happens before `now` because each byte's lane is the same thread.
  LLVM_ATTRIBUTE_ALWAYS_INLINE bool isSameThread(const ShadowEntry &old,
                                                 const ShadowEntry &now) const {
    return old.hasLanesOf(now) && old.who == 1u << warp &&
           old.getOwner() == cta << 1 && !isAsync &&
           (old.affine || llvm::has_single_bit(old.lanes));
  }
  /// Records an access if it is quickly seen that nothing races. Returns false
  /// if not; nothing has changed then, though an unfenced read may have been
  /// told.
  LLVM_ATTRIBUTE_ALWAYS_INLINE bool accessQuickly(ShadowUnit &unit,
                                                  uint64_t address,
                                                  const ShadowEntry &now,
                                                  ConflictSink sink) {
    ShadowEntry &write = unit.write, &read = unit.read;
    if (LLVM_UNLIKELY(now.site & (kSiteStrong | kSiteReadOnly)) &&
        (now.isStrong() || (write.cover & now.cover)))
      return false;
    if (!isQuicklyOrdered(write, now))
      return false;
    if (unit.hasMore)
      return accessMore(unit, address, now, sink);
    if (!now.isWrite()) {
      if (!read.cover || (read.key != now.key && replaces(now, read))) {
        read = now;
        return true;
      }
      return read.merge(now);
    }
    if (isCollective || LLVM_UNLIKELY(areOfConstant(read, now)) ||
        !(isQuicklyOrdered(read, now) ||
          passUnfenced(read, now, address, sink)))
      return false;
    if (!(write.cover & ~now.cover))
      write = now;
    else if ((write.cover & now.cover) || !write.merge(now))
      return false;
    read.cover &= ~now.cover;
    return true;
  }
  /// The same where there are more reads than one.
  bool accessMore(ShadowUnit &unit, uint64_t address, const ShadowEntry &now,
                  ConflictSink sink);

  /// Returns true if one writes what the other takes to be constant.
  static bool areOfConstant(const ShadowEntry &old, const ShadowEntry &now) {
    return ((old.isReadOnly() && now.isWrite()) ||
            (now.isReadOnly() && old.isWrite())) &&
           (old.cover & now.cover);
  }
  static bool needsFence(const ShadowEntry &old, SiteId site) {
    return (site & kSiteAsyncProxy) && !old.isAsyncProxy();
  }

  /// `old`, a generic read, happens before all that the actor does, but for a
  /// fence.proxy.async: what every pipeline of bulk copies does whose stages
  /// are read by plain loads. It is told; false, and nothing is, if it is not
  /// so.
  bool passUnfenced(const ShadowEntry &old, const ShadowEntry &now,
                    uint64_t address, ConflictSink sink);

  struct Unknown {
    /// Lanes of a warp that are not known through the clock that was asked.
    Mask lanes;
    /// But each of the actor's lanes knows its own.
    bool knowsSelf;
  };
  Unknown getUnknown(const ShadowEntry &old, uint32_t oldWarp, bool fenced,
                     bool assumed = false) const;
  /// Two lanes and a byte that nothing orders.
  struct Unordered {
    unsigned byte;
    uint32_t oldWarp;
    unsigned oldLane, newLane;
  };
  /// `assumed`: by what is known if scopes are assumed, too.
  bool findUnordered(const ShadowEntry &old, const ShadowEntry &now,
                     bool fenced, Unordered &found, bool assumed = false) const;
  bool isOrdered(const ShadowEntry &old, const ShadowEntry &now);
  bool mayRace(const ShadowEntry &old, const ShadowEntry &now) const;
  /// Whatever conflicts with `old`, and comes after `now`, conflicts with
  /// `now`.
  bool subsumes(const ShadowEntry &now, const ShadowEntry &old) const;
  void report(const ShadowEntry &old, const ShadowEntry &now, uint64_t address,
              const uint8_t *value, const uint8_t *values, ConflictSink sink);
  void reportConstant(const ShadowEntry &old, const ShadowEntry &now,
                      uint64_t address, ConflictSink sink);
  Conflict makeConflict(const ShadowEntry &old, const ShadowEntry &now,
                        uint64_t address, const Unordered &found) const;
  void accessSlowly(ShadowUnit &unit, uint64_t address, const ShadowEntry &now,
                    const uint8_t *value, uint8_t *values, ConflictSink sink);
  /// Reports a race and cuts from `old` what `now` makes superfluous.
  void meet(ShadowEntry &old, const ShadowEntry &now, uint64_t address,
            const uint8_t *value, const uint8_t *values, ConflictSink sink);
  void insert(ShadowUnit &unit, const ShadowEntry &now);
  void insert(ShadowCrowd &crowd, const ShadowEntry &now);

  /// What is told of a site of old entries once and not of each unit.
  enum class Told : uint8_t { SameValue, UnfencedRead, Constant };
  bool isTold(Told what, SiteId other) const {
    return llvm::is_contained(told, std::pair(what, other));
  }
  llvm::SmallVector<std::pair<Told, SiteId>, 0> told;

  uint32_t cta, clusterSize, warp, index = 0;
  Clock clock;
  bool isAsync, isCollective = false;
  /// The other lanes of the warp, where all are known alike, and the whole CTA.
  Clock peersKnown = 0, floor = 0, fencedFloor = 0;
  const LaneGroup *group;
  /// What was found to be known or not: units of a tile ask for the same again.
  struct Memo {
    uint64_t key = 0;
    uint32_t who = 0;
    Mask lanes = 0;
    bool fenced = false, isKnown = false;
  };
  Memo memos[4];
  Memo &getMemo(const ShadowEntry &old, bool fenced) {
    return memos[(old.who ^ old.who >> 5 ^ old.getClock() ^ old.isWrite() ^
                  fenced << 1) %
                 4];
  }
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_CHECK_SHADOWUNIT_H
