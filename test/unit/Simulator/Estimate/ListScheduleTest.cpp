//===- ListScheduleTest.cpp - the order that a compiler would choose ------===//

#include "lib/Simulator/Estimate/ListSchedule.h"
#include "Lab.h"
#include "llvm/ADT/STLExtras.h"
#include <numeric>
#include <random>

using namespace sluice::sim::estimate;

namespace {

using Order = std::vector<uint32_t>;

class ListSchedules : public Lab {
protected:
  uint32_t load(std::initializer_list<uint32_t> destinations,
                std::initializer_list<uint32_t> sources = {},
                Spaces space = kShared) {
    uint32_t number = make(Role::Access, destinations, sources);
    trace.steps[number].place.reads = space;
    return number;
  }
  uint32_t store(std::initializer_list<uint32_t> sources,
                 Spaces space = kShared) {
    uint32_t number = make(Role::Access, {}, sources);
    trace.steps[number].place.writes = space;
    trace.steps[number].place.isOrdered = true;
    return number;
  }
  /// Of all steps as one block.
  Order schedule() const {
    std::vector<Block> blocks = scheduleByLatency(chip, trace);
    if (!blocks.empty())
      return blocks.front().order;
    Order same(trace.steps.size());
    std::iota(same.begin(), same.end(), 0);
    return same;
  }
  /// One warp executes all steps in this order; an access is a wavefront.
  uint64_t playOrder(const Order &order) {
    trace.ctas.clear();
    for (uint32_t step : order)
      if (trace.steps[step].role == Role::Access)
        run(0, 0, step, {fact(Fact::Kind::Shared, 1)});
      else
        run(0, 0, step);
    return play().cycles;
  }
};

TEST_F(ListSchedules, LoadsMovePastArithmetic) {
  math(Math::Fp32, {0}, {0});
  math(Math::Fp32, {1}, {1});
  load({2}, {3});
  math(Math::Fp32, {4}, {2});
  EXPECT_EQ(schedule(), (Order{2, 0, 1, 3}));
}

TEST_F(ListSchedules, TheLongestPathIsFirst) {
  math(Math::Fp32, {0}, {10});
  math(Math::Fp32, {1}, {11});
  math(Math::Special, {2}, {1}); // 18 cycles more
  math(Math::Fp32, {3}, {2});
  EXPECT_EQ(schedule(), (Order{1, 0, 2, 3}));
}

TEST_F(ListSchedules, UsersGoBehindOtherMakers) {
  // As NVVM writes conversions: each with its user behind it.
  for (uint32_t i = 0; i < 4; ++i) {
    math(Math::Special, {i}, {100});
    math(Math::Fp32, {50 + i}, {i});
  }
  EXPECT_EQ(schedule(), (Order{0, 2, 4, 1, 6, 3, 5, 7}));
}

TEST_F(ListSchedules, MovesComeWithTheirValues) {
  load({0}, {9});
  make(Role::Free, {1}, {0});
  math(Math::Fp32, {2}, {1});
  load({3}, {8});
  EXPECT_EQ(schedule(), (Order{0, 3, 1, 2}));
}

TEST_F(ListSchedules, ManyLoadsAreNotAllInFlight) {
  constexpr uint32_t kLoads = 200;
  trace.registerWords.assign(2 * kLoads, 1);
  for (uint32_t i = 0; i < kLoads; ++i) {
    load({i}, {}, kGlobal);
    store({i});
  }
  int held = 0, most = 0;
  for (uint32_t step : schedule()) {
    held += trace.steps[step].destinations.empty() ? -1 : 1;
    most = std::max(most, held);
  }
  EXPECT_EQ(most, kBlockRegisters);
  // Wide ones fill the registers sooner.
  trace.registerWords.assign(2 * kLoads, 4);
  most = 0;
  for (uint32_t step : schedule()) {
    held += trace.steps[step].destinations.empty() ? -1 : 1;
    most = std::max(most, held);
  }
  EXPECT_EQ(most, kBlockRegisters / 4);
}

TEST_F(ListSchedules, WhatOtherBlocksNeedStaysInItsRegister) {
  constexpr uint32_t kLoads = 100;
  trace.registerWords.assign(2 * kLoads, 1);
  for (uint32_t i = 0; i < kLoads; ++i) {
    load({i}, {}, kGlobal);
    store({i});
  }
  make(Role::Branch);
  trace.steps.back().place.isFence = true;
  for (uint32_t i = 0; i < kLoads; ++i)
    store({i});
  // The text's order needs all of them, too.
  int held = 0, most = 0;
  for (uint32_t step : schedule()) {
    held += trace.steps[step].destinations.empty() ? -1 : 1;
    most = std::max(most, held);
  }
  EXPECT_GT(most, kBlockRegisters);
}

TEST_F(ListSchedules, ConversionsComeToTheirThroughput) {
  constexpr uint32_t kCount = 256;
  trace.registerWords.assign(kCount, 1);
  for (uint32_t i = 0; i < kCount; ++i) {
    math(Math::Special, {i});
    store({i});
  }
  Order text(2 * kCount);
  std::iota(text.begin(), text.end(), 0);
  uint64_t before = playOrder(text);
  uint64_t bound = uint64_t(kCount * getCycles(chip, Math::Special));
  uint64_t after = playOrder(schedule());
  EXPECT_GT(before, 2 * bound);
  EXPECT_LT(after, bound + bound / 20);
}

TEST_F(ListSchedules, ABlockOfManyStepsIsNoTrouble) {
  constexpr uint32_t kCount = 100000;
  for (uint32_t i = 0; i < kCount; ++i)
    math(Math::Fp32, {i % 4096}, {(i * 7) % 4096});
  EXPECT_EQ(schedule().size(), kCount);
}

//===----------------------------------------------------------------------===//
// Random blocks
//===----------------------------------------------------------------------===//

class RandomBlocks : public ListSchedules {
protected:
  /// `isSingle`: each register is written at most once, as almost all of PTX's.
  void fill(uint32_t count, uint32_t registers, bool isSingle) {
    trace.steps.clear();
    trace.numRegisters = registers;
    trace.registerWords.assign(registers, 1);
    auto pick = [&](uint32_t most) { return uint32_t(random() % most); };
    const Spaces spaces[] = {kShared, kGlobal, kLocal, kAnySpace};
    for (uint32_t i = 0; i < count; ++i) {
      uint32_t made = isSingle ? i : pick(registers), used = pick(registers);
      uint32_t step = 0;
      switch (pick(6)) {
      case 0:
        step = load({made}, {used}, spaces[pick(4)]);
        break;
      case 1:
        step = store({made, used}, spaces[pick(4)]);
        break;
      case 2:
        step = math(Math::Special, {made}, {used});
        break;
      case 3:
        step = make(Role::Free, {made}, {used});
        break;
      default:
        step = math(Math::Fp32, {made}, {used, pick(registers)});
      }
      trace.steps[step].place.isGuarded = pick(8) == 0;
    }
  }
  /// By the definition, pair by pair.
  static bool mustStay(const Step &first, const Step &second) {
    auto meet = [](llvm::ArrayRef<uint32_t> x, llvm::ArrayRef<uint32_t> y) {
      return llvm::any_of(
          x, [&](uint32_t reg) { return llvm::is_contained(y, reg); });
    };
    const Place &x = first.place, &y = second.place;
    return meet(first.destinations, second.sources) ||
           meet(first.destinations, second.destinations) ||
           meet(first.sources, second.destinations) ||
           (x.isOrdered && y.isOrdered) || (x.writes & (y.reads | y.writes)) ||
           (x.reads & y.writes);
  }
  void expectValid(Order order) const {
    ASSERT_EQ(order.size(), trace.steps.size());
    for (size_t i = 0; i < order.size(); ++i)
      for (size_t j = i + 1; j < order.size(); ++j)
        if (order[j] < order[i])
          ASSERT_FALSE(mustStay(trace.steps[order[j]], trace.steps[order[i]]))
              << order[j] << " before " << order[i];
    llvm::sort(order);
    for (auto [i, step] : llvm::enumerate(order))
      ASSERT_EQ(step, i);
  }
  std::mt19937 random{7};
};

TEST_F(RandomBlocks, KeepTheirDependences) {
  for (int trial = 0; trial < 300; ++trial) {
    fill(2 + random() % 60, 2 + random() % 30, false);
    expectValid(schedule());
    std::vector<uint32_t> positions(trace.steps.size());
    for (uint32_t &position : positions)
      position = random() % 100;
    std::vector<Block> blocks = scheduleByPosition(trace, positions);
    if (!blocks.empty())
      expectValid(blocks.front().order);
  }
}

TEST_F(RandomBlocks, AreHardlyEverSlowerThanInTheTextsOrder) {
  constexpr int kTrials = 300;
  chip.l2Latency = chip.sharedLatency; // all accesses are played as shared
  constexpr uint32_t kSteps = 6;
  int slower = 0;
  double ours = 0, best = 0, text = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    constexpr uint32_t kRegisters = 8;
    fill(kSteps, kRegisters, true);
    // Behind the block all is needed.
    math(Math::Fp32);
    trace.steps.back().place.isFence = true;
    for (uint32_t reg = 0; reg < kRegisters; ++reg)
      trace.steps.back().sources.push_back(reg);
    auto playBlock = [&](Order block) {
      block.push_back(kSteps);
      return playOrder(block);
    };
    Order order(kSteps);
    std::iota(order.begin(), order.end(), 0);
    uint64_t first = playBlock(order), least = first;
    // Every order that is allowed.
    do {
      bool isValid = true;
      for (size_t i = 0; i < kSteps; ++i)
        for (size_t j = i + 1; j < kSteps; ++j)
          isValid &= order[i] < order[j] ||
                     !mustStay(trace.steps[order[j]], trace.steps[order[i]]);
      if (isValid)
        least = std::min(least, playBlock(order));
    } while (std::next_permutation(order.begin(), order.end()));
    Order listing = schedule();
    listing.resize(kSteps); // without the fence, if nothing moved
    uint64_t listed = playBlock(listing);
    slower += listed > first;
    ours += double(listed);
    best += double(least);
    text += double(first);
  }
  EXPECT_LE(slower, kTrials / 50);
  EXPECT_LE(ours, 1.02 * best);
  EXPECT_GE(text, 1.1 * best);
}

} // namespace
