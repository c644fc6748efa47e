//===- HostThreads.cpp - as many threads as the system gives --------------===//

#include "lib/Support/HostThreads.h"

#include <algorithm>
#include <atomic>
#include <memory>

using namespace sluice;

namespace {
/// What one thread does.
struct Job {
  const std::function<void(unsigned)> &body;
  unsigned index;
};
} // namespace

static void *runJob(void *argument) {
  std::unique_ptr<Job> job(static_cast<Job *>(argument));
  job->body(job->index);
  return nullptr;
}

void HostThreads::start(unsigned count, std::function<void(unsigned)> newBody) {
  body = std::move(newBody);
  for (unsigned i = 0; i < count; ++i) {
    auto job = std::make_unique<Job>(Job{body, i});
    pthread_t thread;
    if (pthread_create(&thread, /*attributes=*/nullptr, runJob, job.get()) != 0)
      return;
    (void)job.release(); // the thread's
    threads.push_back(thread);
  }
}

void HostThreads::join() {
  for (pthread_t thread : threads)
    pthread_join(thread, /*result=*/nullptr);
  threads.clear();
}

void sluice::forEachInParallel(size_t count, unsigned threads,
                               llvm::function_ref<void(size_t)> body) {
  std::atomic<size_t> next = 0;
  auto drain = [&](unsigned) {
    for (size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;)
      body(i);
  };
  HostThreads others;
  if (size_t most = std::min<size_t>(threads, count); most > 1)
    others.start(most - 1, drain);
  drain(0);
}
