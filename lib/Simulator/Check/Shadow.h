//===- Shadow.h - who accessed which byte last ------------------*- C++ -*-===//
//
// What a race needs to be seen: for each byte, the accesses that a later one
// may still conflict with. As in FastTrack, an access drops the earlier ones
// that it is ordered behind and that could conflict with nothing that it does
// not conflict with itself.
//
// Memory is kept in units of 16 bytes, one cache line of shadow each: the
// widest access of a lane, and what 4 neighbouring lanes access with 4 bytes
// each. A unit is a set of entries, of which two, a write and a read, lie in
// the unit itself: what a program with few conflicts ever needs. An entry is
// one or many lanes of one clock: which bytes, and which lane has each
// ("affine": lane first + byte / 2^k; or the same lanes all bytes), and for
// reads also of which warps of the CTA: warps that run the same code between
// barriers have the same clocks, so a tile that all warps read is one entry.
// Byte-granular, then, without a cell for each byte, and the check of four
// lanes that a barrier orders is a comparison of two words.
//
// What asynchronous operations alone access, whole units of it, is kept by
// blocks instead (ShadowPage.h), and what they read where nobody has written is
// only noted (ReadLogs.h).
//
// The rules
// - Two accesses conflict if they overlap, one writes, and neither happens
// before
//   the other. Lanes of one instruction are not ordered.
// - Two strong ones (relaxed and up, volatile, atomics) do not race if the
// scope
//   of each includes the other thread, and they are of the same bytes exactly.
//   Of an access by vector elements are what counts.
// - Two writes of the same value are a note, if both are through the same
// proxy.
//   Writes of atomics, cp.async and st.async have no value.
// - A write through the async proxy that is ordered behind a generic read, but
//   with no fence.proxy.async between, is a note; behind a generic write it
//   races.
// - What is loaded through .nc must not be written by the grid, in whatever
//   order.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_CHECK_SHADOW_H
#define SLUICE_LIB_SIMULATOR_CHECK_SHADOW_H

#include "lib/Simulator/Check/Sync.h"
#include "lib/Simulator/Check/WarpClocks.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <mutex>

namespace sluice::ptx {
struct Instruction;
} // namespace sluice::ptx

namespace sluice::sim {

/// What every execution of an instruction's access has in common.
struct AccessSite {
  const ptx::Instruction *instruction = nullptr;
  /// A read-modify-write is a write.
  bool isWrite = false;
  /// Relaxed, acquire, release, volatile (relaxed.sys), atomic.
  bool isStrong = false;
  SyncScope scope = SyncScope::Sys;
  /// Through the async proxy: wgmma's and bulk copies' accesses of memory. Not
  /// cp.async.
  bool isAsyncProxy = false;
  /// Of a load that takes the bytes to be constant (ld.global.nc, ldu).
  bool isReadOnly = false;
  bool operator==(const AccessSite &other) const = default;
};

/// A site by number, with its kind of access in the low bits.
using SiteId = uint32_t;

/// All sites of a program. Make them when it is decoded; safe from several host
/// threads.
class AccessSites {
public:
  /// The same number for the same site.
  SiteId add(const AccessSite &site);
  AccessSite get(SiteId id) const;

private:
  mutable std::mutex mutex;
  std::vector<AccessSite> sites;
  llvm::DenseMap<const ptx::Instruction *, llvm::SmallVector<SiteId, 2>> known;
};

/// One access of a warp's instruction.
struct WarpAccess {
  SiteId site = 0;
  Mask lanes = 0;
  /// 32 of them.
  const uint64_t *addresses = nullptr;
  /// Of each lane: at most 256.
  uint32_t bytes = 4;
  /// Of each element of a vector; matters for strong accesses. 0: `bytes`.
  uint32_t elementBytes = 0;
  /// What is written, to tell writes of the same value; none: not known. Piece
  /// i holds bytes [i, i + 1) × pieceBytes of all lanes, `pieceStride` from
  /// lane to lane: rows of a register file.
  llvm::ArrayRef<const void *> pieces = {};
  uint32_t pieceBytes = 4, pieceStride = 4;
};

/// Rows of bytes, each `step` behind the one before.
struct RowRange {
  uint64_t address = 0, bytes = 0, rows = 1, step = 0;
};

/// Granules (aligned pieces of 16 bytes) of the kGranuleSetBytes from
/// `address`, a multiple of that.
struct GranuleSet {
  uint64_t address = 0;
  /// One bit each.
  uint64_t granules = 0;
};
inline constexpr uint64_t kGranuleSetBytes = 1024;
/// Granules that one instruction accesses.
struct SiteGranules {
  SiteId site = 0;
  GranuleSet set;
};

/// Two accesses that nothing orders, or that may not be at all; the later one,
/// as checked, is `site`'s.
struct Conflict {
  SiteId site, other;
  bool isWrite, otherIsWrite;
  /// The first byte, and how many of this lane's access.
  uint64_t address;
  uint32_t bytes;
  /// A note: two writes of the same value.
  bool sameValue;
  /// Ordered but for a fence.proxy.async. Told once for an operation and a site
  /// of earlier reads.
  bool lacksProxyFence;
  /// A note: ordered if the scope of mbarrier operations that have none were
  /// the cluster's.
  bool lacksScope;
  /// One is a load of what should be constant, the other a write. Told once for
  /// an instruction or operation and a site of the other ones.
  bool isReadOnly;
  uint32_t cta, warp, lane;
  /// Of an asynchronous operation: who issued it.
  uint32_t otherCta, otherWarp, otherLane;
  bool isAsync, otherIsAsync;
};
using ConflictSink = llvm::function_ref<void(const Conflict &)>;

/// The accesses to one window of shared memory, or to global memory. Addresses
/// are any numbers; cells exist where they have been used. Safe from several
/// host threads.
class Shadow {
public:
  struct Implementation;

  /// `blockBytes`: how much asynchronous operations access alike, as a rule: a
  /// power of two, 128 to 1024.
  explicit Shadow(unsigned blockBytes = 128);
  ~Shadow();

  /// Checks and records an instruction of lanes. Call it before `publish` or
  /// any synchronisation that the same instruction makes (a release store is
  /// itself before the release), and after the acquire of a read: with the
  /// clocks that hold at the access.
  /// `known`: what the lanes know besides, of this access.
  void access(const WarpAccess &access, WarpClocks &warp, ConflictSink sink,
              const ClockMap *known = nullptr);
  /// The same of an asynchronous operation's lanes, at issue: cp.async.
  void access(const WarpAccess &access, const AsyncOp &operation,
              ConflictSink sink);
  /// Checks and records an access of the operation's lowest lane to one range:
  /// bulk copies, wgmma's tiles.
  void accessRange(SiteId site, uint64_t address, uint64_t bytes,
                   const AsyncOp &operation, ConflictSink sink);
  /// The same of several ranges. `value`: what is written, the bytes of all
  /// rows one after the other, to tell writes of the same value; null: not
  /// known.
  void accessRanges(SiteId site, llvm::ArrayRef<RowRange> ranges,
                    const AsyncOp &operation, ConflictSink sink,
                    const uint8_t *value = nullptr);
  /// The same of whole granules, by several instructions of one kind.
  void accessGranules(llvm::ArrayRef<SiteGranules> accesses,
                      const AsyncOp &operation, ConflictSink sink);
  /// Checks and records an access of one lane to one range.
  void accessRange(SiteId site, uint64_t address, uint64_t bytes,
                   WarpClocks &warp, unsigned lane, ConflictSink sink);

  /// Forgets a range that was freed.
  void clear(uint64_t address, uint64_t bytes);
  /// Forgets everything: another CTA. Nobody else may use it meanwhile.
  void clear();

private:
  std::unique_ptr<Implementation> implementation;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_CHECK_SHADOW_H
