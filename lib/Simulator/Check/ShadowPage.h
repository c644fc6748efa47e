//===- ShadowPage.h - units, and blocks of them alike -----------*- C++ -*-===//
//
// Asynchronous operations access memory by kilobytes: a tile that a copy writes
// and four warps' wgmma read would cost a unit's check for each 16 bytes of it.
// A block is a number of units, a power of two, that nobody but asynchronous
// operations has accessed, always by whole units, since it was last written as
// a whole: then its entries are few, and each is kept once, as a span, with the
// units that it is of. What a unit's entries would be is what the spans say of
// it. Anybody else's access, and what is not quickly seen to be ordered, turns
// a block into its units; a write of all of it turns them back.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_CHECK_SHADOWPAGE_H
#define SLUICE_LIB_SIMULATOR_CHECK_SHADOWPAGE_H

#include "ShadowUnit.h"

namespace sluice::sim {

inline constexpr unsigned kPageBytes = 4096;
inline constexpr unsigned kPageUnits = kPageBytes / kUnitBytes;
inline constexpr unsigned kMostBlockUnits = 64;

/// An entry of whole units.
struct ShadowSpan {
  ShadowEntry entry;
  /// One bit each; none: no span.
  uint64_t units;
  /// Of a read: all writes of the block happen before it, and so before what
  /// its thread reads later.
  bool isBehindWrites = false;
};

/// What is written to units of a block, from the first of them on, and what the
/// block's units held so far; null: not known.
struct BlockValues {
  const uint8_t *written = nullptr;
  uint8_t *kept = nullptr;
  unsigned first = 0;

  const uint8_t *getWritten(unsigned unit) const {
    return written + size_t(unit - first) * kUnitBytes;
  }
  uint8_t *getKept(unsigned unit) const {
    return kept + size_t(unit) * kUnitBytes;
  }
  /// Returns true if written and kept values of these units are the same.
  bool areSame(uint64_t units) const;
  /// All units, which are neighbours, from now on.
  void keep(uint64_t units) const;
};

struct ShadowBlock {
  llvm::SmallVector<ShadowSpan, 4> spans;

  /// Checks and records an access of whole units, if it is quickly seen that
  /// nothing races. If not, nothing has changed.
  bool access(ShadowActor &actor, const ShadowEntry &now, uint64_t address,
              uint64_t units, const BlockValues &values, ConflictSink sink);

private:
  bool read(ShadowActor &actor, const ShadowEntry &now, uint64_t units);
  bool write(ShadowActor &actor, const ShadowEntry &now, uint64_t address,
             uint64_t units, const BlockValues &values, ConflictSink sink);
};

class ShadowPage {
public:
  /// `blockBytes`: 128 to 1024.
  explicit ShadowPage(unsigned blockBytes)
      : unitsOfBlock(blockBytes / kUnitBytes),
        blockShift(llvm::countr_zero(blockBytes)) {}
  ~ShadowPage();
  ShadowPage(const ShadowPage &) = delete;
  ShadowPage &operator=(const ShadowPage &) = delete;

  /// The unit at an address, by itself.
  ShadowUnit &getUnit(uint64_t address) {
    unsigned offset = address % kPageBytes;
    if (LLVM_UNLIKELY(!(apart >> (offset >> blockShift) & 1)))
      takeApart(offset >> blockShift);
    return units[offset / kUnitBytes];
  }

  /// An access of units of the block at `address`, one bit each, if it is
  /// quickly seen that nothing races; if not, nothing has changed. `value`:
  /// what is written, from the first of the units on, which are neighbours
  /// then; or null.
  bool accessQuickly(ShadowActor &actor, const ShadowEntry &now,
                     uint64_t address, uint64_t accessed, const uint8_t *value,
                     ConflictSink sink);
  /// The same in any case.
  void accessBlock(ShadowActor &actor, const ShadowEntry &now, uint64_t address,
                   uint64_t accessed, const uint8_t *value, ConflictSink sink);

  /// Records a read that was not checked, of a page that nobody has written.
  void addRead(const ShadowEntry &entry, uint64_t address, uint64_t bytes);
  /// Has all reads that were not checked: asked for before the first write.
  bool isComplete = false;

  /// Forgets units [begin, end).
  void clear(unsigned begin, unsigned end);

  /// The last values of the unit at an address; null if none was told.
  uint8_t *getValues(uint64_t address) {
    return values
               ? values.get() + address % kPageBytes / kUnitBytes * kUnitBytes
               : nullptr;
  }
  uint8_t *makeValues(uint64_t address) {
    if (!values)
      values = std::make_unique<uint8_t[]>(kPageBytes);
    return getValues(address);
  }

private:
  void takeApart(unsigned block);
  /// Makes units a block again if all of them are as `now` leaves them.
  void putTogether(unsigned block, const ShadowEntry &now);
  void clearUnits(unsigned begin, unsigned end);
  /// The block's units do not count any more.
  void dropUnits(unsigned block);
  uint64_t getAllUnits() const { return ~uint64_t(0) >> (64 - unitsOfBlock); }

  unsigned unitsOfBlock, blockShift;
  /// Blocks whose units count; of the others their spans do.
  uint32_t apart = 0;
  /// Blocks, not apart, whose units have been used: their writes and reads are
  /// anything.
  uint32_t stale = 0;
  /// Both made when needed.
  ShadowUnit *units = nullptr;
  std::unique_ptr<ShadowBlock[]> blocks;
  std::unique_ptr<uint8_t[]> values;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_CHECK_SHADOWPAGE_H
