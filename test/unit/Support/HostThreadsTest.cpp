//===- HostThreadsTest.cpp - as many threads as the system gives ----------===//

#include "lib/Support/HostThreads.h"
#include "test/unit/Support/FewThreads.h"
#include "gtest/gtest.h"
#include <atomic>
#include <cstdlib>
#include <thread>

using namespace sluice;

TEST(HostThreads, EachRunsItsIndex) {
  std::atomic<unsigned> seen = 0;
  HostThreads threads;
  threads.start(5, [&](unsigned i) { seen |= 1u << i; });
  EXPECT_EQ(threads.size(), 5u);
  threads.join();
  EXPECT_EQ(seen, 0b11111u);
}

TEST(ForEachInParallel, CallsEveryIndexOnce) {
  for (size_t count : {0, 1, 2, 1000})
    for (unsigned threads : {0, 1, 3, 64}) {
      std::vector<std::atomic<unsigned>> calls(count);
      forEachInParallel(count, threads, [&](size_t i) { ++calls[i]; });
      for (const std::atomic<unsigned> &number : calls)
        EXPECT_EQ(number, 1u);
    }
}

#if !__has_feature(address_sanitizer) // it needs the address space itself
TEST(HostThreadsDeathTest, AreFewerWhereTheSystemGivesFewer) {
  auto run = [] {
    test::limitThreads();
    std::atomic<bool> isOver = false;
    HostThreads threads;
    threads.start(40'000, [&](unsigned) {
      while (!isOver)
        std::this_thread::yield();
    });
    unsigned size = threads.size();
    isOver = true;
    threads.join();
    std::fprintf(stderr, "%u threads", size);
    std::exit(size > 0 && size < 40'000 ? 0 : 1);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(0), "threads");
}

TEST(ForEachInParallelDeathTest, NeedsNoOtherThread) {
  auto run = [] {
    test::limitThreads();
    std::atomic<size_t> sum = 0;
    forEachInParallel(1000, 1000, [&](size_t i) {
      std::this_thread::yield();
      sum += i;
    });
    std::exit(sum == 499'500 ? 0 : 1);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(0), "");
}
#endif
