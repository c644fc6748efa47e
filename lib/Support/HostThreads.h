//===- HostThreads.h - as many threads as the system gives ------*- C++ -*-===//
//
// std::thread, and with it LLVM's pools, end the process where the system
// refuses a thread: under a limit of processes or memory. What is here goes on
// with those that it gave.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SUPPORT_HOSTTHREADS_H
#define SLUICE_LIB_SUPPORT_HOSTTHREADS_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include <cstddef>
#include <functional>
#include <pthread.h>
#include <vector>

namespace sluice {

/// Threads beside the caller's that run one function, until they are joined.
class HostThreads {
public:
  HostThreads() = default;
  ~HostThreads() { join(); }
  HostThreads(const HostThreads &) = delete;
  HostThreads &operator=(const HostThreads &) = delete;

  /// Starts `count` threads or, where the system refuses one, those before it;
  /// thread i calls body(i). To be called once.
  void start(unsigned count, std::function<void(unsigned)> body);
  /// How many were started.
  unsigned size() const { return threads.size(); }
  void join();

private:
  std::function<void(unsigned)> body;
  std::vector<pthread_t> threads;
};

/// Calls body(i) for every i below `count`, from the caller's thread and up to
/// `threads` − 1 others.
void forEachInParallel(size_t count, unsigned threads,
                       llvm::function_ref<void(size_t)> body);

} // namespace sluice

#endif // SLUICE_LIB_SUPPORT_HOSTTHREADS_H
