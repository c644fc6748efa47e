//===- ShadowMemory.h - pages of one memory ---------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_CHECK_SHADOWMEMORY_H
#define SLUICE_LIB_SIMULATOR_CHECK_SHADOWMEMORY_H

#include "ReadLogs.h"

namespace sluice::sim {

/// Pages by number modulo kPageShards: neighbours are in different ones, so
/// that a window of shared memory finds each page where it was last.
struct alignas(64) PageShard {
  SpinLock lock;
  uint64_t lastNumber = ~0ull;
  ShadowPage *lastPage = nullptr;
  llvm::DenseMap<uint64_t, std::unique_ptr<ShadowPage>> pages;
};

inline constexpr unsigned kPageShards = 256;

struct Shadow::Implementation {
  unsigned blockBytes;
  PageShard shards[kPageShards];
  ReadLogs logs;

  explicit Implementation(unsigned blockBytes) : blockBytes(blockBytes) {}
};

/// The page of an address, locked until another one is asked for.
class PageHolder {
public:
  PageHolder(Shadow::Implementation &memory, SiteId site)
      : memory(memory), isWrite(site & kSiteWrite) {}
  PageHolder(const PageHolder &) = delete;
  PageHolder &operator=(const PageHolder &) = delete;
  ~PageHolder() {
    if (shard)
      shard->lock.unlock();
  }

  ShadowPage &get(uint64_t address) {
    uint64_t wanted = address / kPageBytes;
    if (LLVM_LIKELY(shard && wanted == number))
      return *page;
    turnTo(wanted);
    return *page;
  }

private:
  LLVM_ATTRIBUTE_NOINLINE void turnTo(uint64_t wanted) {
    if (shard)
      shard->lock.unlock();
    shard = &memory.shards[wanted % kPageShards];
    shard->lock.lock();
    number = wanted;
    if (shard->lastNumber != wanted) {
      std::unique_ptr<ShadowPage> &slot = shard->pages[wanted];
      if (!slot)
        slot = std::make_unique<ShadowPage>(memory.blockBytes);
      shard->lastNumber = wanted;
      shard->lastPage = slot.get();
    }
    page = shard->lastPage;
    if (isWrite && !page->isComplete)
      complete();
  }
  void complete() {
    page->isComplete = true;
    memory.logs.close(
        number * kPageBytes,
        [&](const ShadowEntry &entry, uint64_t address, uint64_t bytes) {
          page->addRead(entry, address, bytes);
        });
  }

  Shadow::Implementation &memory;
  bool isWrite;
  PageShard *shard = nullptr;
  ShadowPage *page = nullptr;
  uint64_t number = 0;
};

/// `bytes` bits from `begin`.
inline uint16_t makeCover(unsigned begin, unsigned bytes) {
  return ((1u << bytes) - 1) << begin;
}

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_CHECK_SHADOWMEMORY_H
