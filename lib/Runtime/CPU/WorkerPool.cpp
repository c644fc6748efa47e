//===- WorkerPool.cpp - threads that stay awake for a while ---------------===//

#include "lib/Runtime/CPU/WorkerPool.h"
#include "llvm/Support/Threading.h"
#include <chrono>
#include <thread>

using namespace sluice::runtime;

/// How long an idle worker spins before it sleeps: a few decode steps.
static constexpr auto spinTime = std::chrono::microseconds(200);

static void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

WorkerPool::WorkerPool(unsigned threads) {
  if (threads == 0)
    threads = llvm::hardware_concurrency().compute_thread_count();
  workers.start(threads - 1, [this](unsigned i) { work(i + 1); });
}

WorkerPool::~WorkerPool() {
  {
    std::lock_guard lock(mutex);
    stopping = true;
  }
  wake.notify_all();
  workers.join();
}

void WorkerPool::drain(unsigned thread) {
  for (int64_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;)
    body(i, thread);
}

void WorkerPool::work(unsigned thread) {
  uint64_t seen = 0;
  while (true) {
    auto deadline = std::chrono::steady_clock::now() + spinTime;
    while (generation.load(std::memory_order_acquire) == seen && !stopping) {
      for (int i = 0; i < 64; ++i)
        relax();
      if (std::chrono::steady_clock::now() < deadline)
        continue;
      std::unique_lock lock(mutex);
      wake.wait(lock, [&] { return generation != seen || stopping; });
    }
    if (stopping)
      return;
    seen = generation.load(std::memory_order_acquire);
    drain(thread);
    busy.fetch_sub(1, std::memory_order_release);
  }
}

void WorkerPool::forEach(int64_t newCount,
                         llvm::function_ref<void(int64_t, unsigned)> newBody) {
  body = newBody;
  count = newCount;
  next = 0;
  busy = workers.size();
  {
    // Under the lock, so that no worker misses it on its way to sleep.
    std::lock_guard lock(mutex);
    generation.fetch_add(1, std::memory_order_release);
  }
  wake.notify_all();
  drain(/*thread=*/0);
  while (busy.load(std::memory_order_acquire) != 0)
    relax();
}
