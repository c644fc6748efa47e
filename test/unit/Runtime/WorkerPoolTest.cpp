//===- WorkerPoolTest.cpp - threads of a run ------------------------------===//

#include "lib/Runtime/CPU/WorkerPool.h"
#include "test/unit/Support/FewThreads.h"
#include "gtest/gtest.h"
#include <cstdlib>

using namespace sluice;
using namespace sluice::runtime;

/// True if every index comes once, from a thread of the pool.
static bool runsEveryIndex(WorkerPool &pool) {
  std::vector<std::atomic<unsigned>> calls(1000);
  std::atomic<bool> isOne = true;
  for (int turn = 0; turn < 3; ++turn)
    pool.forEach(calls.size(), [&](int64_t i, unsigned thread) {
      ++calls[i];
      if (thread >= pool.size())
        isOne = false;
    });
  for (const std::atomic<unsigned> &number : calls)
    if (number != 3)
      return false;
  return isOne;
}

TEST(WorkerPool, RunsEveryIndexOnce) {
  for (unsigned threads : {1, 2, 5}) {
    WorkerPool pool(threads);
    EXPECT_EQ(pool.size(), threads);
    EXPECT_TRUE(runsEveryIndex(pool));
  }
}

#if !__has_feature(address_sanitizer) // it needs the address space itself
TEST(WorkerPoolDeathTest, IsSmallerWhereTheSystemGivesFewerThreads) {
  auto run = [] {
    test::limitThreads();
    WorkerPool pool(40'000);
    std::exit(pool.size() < 40'000 && runsEveryIndex(pool) ? 0 : 1);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(0), "");
}
#endif
