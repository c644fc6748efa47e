//===- ReadLogs.h - reads of what nobody has written ------------*- C++ -*-===//
//
// Most of what bulk copies read was there before the grid: nobody ever writes
// it, and their reads need no check, only to be remembered in case somebody
// does. While nobody has written in an extent of memory, they are kept as they
// come, a box in one piece. Whoever writes to a page first asks for what was
// read of it.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_CHECK_READLOGS_H
#define SLUICE_LIB_SIMULATOR_CHECK_READLOGS_H

#include "ShadowPage.h"

namespace sluice::sim {

/// Safe from several host threads.
class ReadLogs {
public:
  static constexpr uint64_t kExtentBytes = 16 * kPageBytes;

  /// Keeps a read of rows in one extent. False if somebody has written there:
  /// then it must be checked.
  bool add(const ShadowEntry &entry, const RowRange &rows);
  /// Somebody is about to write to the page: from now on reads of its extent
  /// are checked. Calls back for those of the page that were kept: the entry,
  /// an address and bytes.
  void
  close(uint64_t page,
        llvm::function_ref<void(const ShadowEntry &, uint64_t, uint64_t)> use);
  void clear();

private:
  struct Read {
    ShadowEntry entry;
    RowRange rows;
  };
  struct Log {
    bool isClosed = false;
    std::vector<Read> reads;
  };
  struct alignas(64) Shard {
    SpinLock lock;
    llvm::DenseMap<uint64_t, Log> logs;
  };
  static constexpr unsigned kShards = 16;
  /// More are checked instead.
  static constexpr size_t kMostReads = 1 << 14;

  Shard &getShard(uint64_t extent) { return shards[extent % kShards]; }

  Shard shards[kShards];
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_CHECK_READLOGS_H
