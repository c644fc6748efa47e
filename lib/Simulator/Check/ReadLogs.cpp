//===- ReadLogs.cpp - reads of what nobody has written --------------------===//

#include "ReadLogs.h"

#include <algorithm>

using namespace llvm;
using namespace sluice::sim;

bool ReadLogs::add(const ShadowEntry &entry, const RowRange &rows) {
  uint64_t extent = rows.address / kExtentBytes;
  Shard &shard = getShard(extent);
  std::lock_guard<SpinLock> guard(shard.lock);
  Log &log = shard.logs[extent];
  if (log.isClosed || log.reads.size() == kMostReads)
    return false;
  log.reads.push_back({entry, rows});
  return true;
}

void ReadLogs::close(
    uint64_t page,
    function_ref<void(const ShadowEntry &, uint64_t, uint64_t)> use) {
  uint64_t extent = page / kExtentBytes, pageEnd = page + kPageBytes;
  Shard &shard = getShard(extent);
  std::lock_guard<SpinLock> guard(shard.lock);
  Log &log = shard.logs[extent];
  log.isClosed = true;
  for (const Read &read : log.reads)
    for (uint64_t i = 0; i < read.rows.rows; ++i) {
      uint64_t row = read.rows.address + i * read.rows.step;
      uint64_t begin = std::max(row, page),
               end = std::min(row + read.rows.bytes, pageEnd);
      if (begin < end)
        use(read.entry, begin, end - begin);
    }
}

void ReadLogs::clear() {
  for (Shard &shard : shards) {
    std::lock_guard<SpinLock> guard(shard.lock);
    shard.logs.clear();
  }
}
