//===- FewThreads.h - a system that gives few threads -----------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_SUPPORT_FEWTHREADS_H
#define SLUICE_TEST_UNIT_SUPPORT_FEWTHREADS_H

#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

namespace sluice::test {

/// Leaves this process address space for the stacks of some ten more threads:
/// for the child of a death test. A limit of threads would not bind root.
inline void limitThreads() {
  long pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit stack{};
  getrlimit(RLIMIT_STACK, &stack);
  rlim_t size = stack.rlim_cur == RLIM_INFINITY ? 8 << 20 : stack.rlim_cur;
  rlim_t space = pages * sysconf(_SC_PAGESIZE) + 10 * size;
  rlimit limit = {space, space};
  setrlimit(RLIMIT_AS, &limit);
}

} // namespace sluice::test

#endif // SLUICE_TEST_UNIT_SUPPORT_FEWTHREADS_H
