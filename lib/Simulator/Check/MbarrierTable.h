//===- MbarrierTable.h - the mbarriers of a CTA -----------------*- C++ -*-===//
//
// For checks: where mbarriers are, from mbarrier.init to mbarrier.inval (or the
// CTA's end), and what is known of each. In between their bytes belong to
// mbarrier operations alone (PTX ISA 9.0, section 9.7.13.15): a program that
// stores there, or initialises twice, has undefined behaviour, whatever order
// it has.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_CHECK_MBARRIERTABLE_H
#define SLUICE_LIB_SIMULATOR_CHECK_MBARRIERTABLE_H

#include "lib/Simulator/Check/Sync.h"
#include <map>

namespace sluice::sim {

inline constexpr uint64_t kMbarrierBytes = 8;

/// The mbarriers of one CTA's shared memory, by offset. Not safe from several
/// host threads.
class MbarrierTable {
public:
  /// An mbarrier, or what is left of one.
  struct Object {
    MbarrierClock clock;
    /// False after mbarrier.inval.
    bool isLive = false;
    /// Who has initialised it, and when; and when that thread first released
    /// what it did to the cluster or wider; 0: not yet.
    uint32_t cta = 0, warp = 0;
    unsigned lane = 0;
    Clock initialized = 0, released = 0;
    /// Lanes, by warp, that are suspended in a wait.
    llvm::SmallVector<std::pair<uint32_t, Mask>, 1> waiting;

    void suspend(uint32_t warp, Mask lanes);
    void resume(uint32_t warp, Mask lanes);
  };

  explicit MbarrierTable(uint32_t cta) : cta(cta) {}

  /// What there is or was at the offset; null if there never was an mbarrier.
  Object *find(uint64_t offset) {
    auto it = objects.find(offset);
    return it == objects.end() ? nullptr : &it->second;
  }
  /// A new one, by a lane.
  Object &initialize(uint64_t offset, WarpClocks &warp, unsigned lane);
  void invalidate(uint64_t offset, Object &object);

  /// The lanes release what they have done at the scope of the cluster or a
  /// wider one.
  void release(WarpClocks &warp, Mask lanes) {
    if (!unreleased.empty())
      releaseInits(warp, lanes);
  }
  /// Says whether the asynchronous operations of a lane may use the mbarrier:
  /// behind its init lies such a release of the same thread, or a
  /// fence.proxy.async of any.
  static bool isPublished(const Object &object, const WarpClocks &warp,
                          unsigned lane);

  /// The lanes of which some of `bytes` bytes are those of an mbarrier. Nearly
  /// always none, which costs one comparison a lane, or none without mbarriers.
  Mask findTouching(Mask lanes, const uint64_t *offsets, uint64_t bytes) const {
    return begin < end && isNear(lanes, offsets, bytes)
               ? findExactly(lanes, offsets, bytes)
               : 0;
  }
  /// The first mbarrier of which some bytes are in the range.
  std::optional<uint64_t> findTouched(uint64_t offset, uint64_t bytes) const {
    return offset < end && begin < offset + bytes ? findExactly(offset, bytes)
                                                  : std::nullopt;
  }

  /// Calls back for each that was ever there, in ascending order.
  template <typename Use> void forEach(Use use) const {
    for (const auto &[offset, object] : objects)
      use(offset, object);
  }

private:
  bool isNear(Mask lanes, const uint64_t *offsets, uint64_t bytes) const {
    uint64_t first = begin - std::min(begin, bytes - 1), span = end - first;
    uint64_t near = 0;
    for (unsigned lane = 0; lane < 32; ++lane)
      near |= (lanes >> lane & 1) & uint64_t(offsets[lane] - first < span);
    return near;
  }
  Mask findExactly(Mask lanes, const uint64_t *offsets, uint64_t bytes) const;
  std::optional<uint64_t> findExactly(uint64_t offset, uint64_t bytes) const;
  void releaseInits(WarpClocks &warp, Mask lanes);
  void mark(uint64_t offset, bool isLive);

  uint32_t cta;
  std::map<uint64_t, Object> objects;
  /// Of live ones that their threads have not released.
  llvm::SmallVector<uint64_t, 0> unreleased;
  /// What encloses the live ones, and a bit for each eight bytes.
  uint64_t begin = ~uint64_t(0), end = 0;
  llvm::SmallVector<uint64_t, 0> live;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_CHECK_MBARRIERTABLE_H
