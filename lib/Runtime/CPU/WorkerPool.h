//===- WorkerPool.h - threads that stay awake for a while -------*- C++ -*-===//
//
// A decode step takes tens of microseconds, as long as waking a sleeping
// thread does. LLVM's pools sleep between tasks; these workers spin for a
// moment before they do.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_RUNTIME_CPU_WORKERPOOL_H
#define SLUICE_LIB_RUNTIME_CPU_WORKERPOOL_H

#include "lib/Support/HostThreads.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace sluice::runtime {

/// Threads that run the indices of a loop.
class WorkerPool {
public:
  /// `threads` in all, the caller's included; 0: one a core. Fewer where the
  /// system gives fewer.
  explicit WorkerPool(unsigned threads = 0);
  ~WorkerPool();
  WorkerPool(const WorkerPool &) = delete;
  WorkerPool &operator=(const WorkerPool &) = delete;

  unsigned size() const { return workers.size() + 1; }

  /// Calls `body(index, thread)` for every index below `count`, thread below
  /// size(), and returns when all are done. One caller at a time.
  void forEach(int64_t count,
               llvm::function_ref<void(int64_t index, unsigned thread)> body);

private:
  void work(unsigned thread);
  void drain(unsigned thread);

  llvm::function_ref<void(int64_t, unsigned)> body;
  int64_t count = 0;
  std::atomic<int64_t> next{0};
  /// Counts the calls of forEach; a worker runs when it changes.
  std::atomic<uint64_t> generation{0};
  std::atomic<unsigned> busy{0};
  std::atomic<bool> stopping{false};
  std::mutex mutex;
  std::condition_variable wake;
  HostThreads workers;
};

} // namespace sluice::runtime

#endif // SLUICE_LIB_RUNTIME_CPU_WORKERPOOL_H
