//===- BlockTest.cpp - blocks, dependences, events in another order -------===//

#include "Lab.h"
#include "lib/Simulator/Estimate/Blocks.h"
#include "lib/Simulator/Estimate/ListSchedule.h"
#include "llvm/ADT/STLExtras.h"

using namespace sluice::sim::estimate;

namespace {

class Blocks : public Lab {
protected:
  uint32_t access(Spaces reads, Spaces writes,
                  std::initializer_list<uint32_t> destinations = {},
                  std::initializer_list<uint32_t> sources = {}) {
    uint32_t number = make(Role::Access, destinations, sources);
    Place &place = trace.steps[number].place;
    place.reads = reads;
    place.writes = writes;
    place.isOrdered = writes != 0;
    return number;
  }
  uint32_t fence() {
    uint32_t number = make(Role::Synchronise);
    trace.steps[number].place.isFence = true;
    return number;
  }
  /// All steps as one block, each as far to the front as the later ones allow:
  /// what may pass does.
  std::vector<uint32_t> reverse() const {
    std::vector<uint32_t> positions(trace.steps.size());
    for (auto [i, position] : llvm::enumerate(positions))
      position = uint32_t(positions.size() - i);
    std::vector<Block> blocks = scheduleByPosition(trace, positions);
    if (!blocks.empty())
      return blocks.front().order;
    return {};
  }
  using Order = std::vector<uint32_t>;
};

TEST_F(Blocks, EndWhereBranchesLeadAndAtFences) {
  for (int i = 0; i < 4; ++i)
    math(Math::Fp32);
  fence();
  for (int i = 0; i < 3; ++i)
    math(Math::Fp32);
  fence();
  math(Math::Fp32); // alone
  trace.steps[2].place.isTarget = true;
  std::vector<BlockRange> blocks = findBlocks(trace.steps);
  ASSERT_EQ(blocks.size(), 3u);
  const BlockRange expected[] = {{0, 2}, {2, 2}, {5, 3}};
  for (auto [block, other] : llvm::zip(blocks, expected)) {
    EXPECT_EQ(block.first, other.first);
    EXPECT_EQ(block.size, other.size);
  }
}

TEST_F(Blocks, NothingHoldsIndependentSteps) {
  for (uint32_t i = 0; i < 3; ++i)
    math(Math::Fp32, {i});
  EXPECT_EQ(reverse(), (Order{2, 1, 0}));
}

TEST_F(Blocks, ValuesComeBeforeTheirUses) {
  math(Math::Fp32, {0});
  math(Math::Fp32, {1}, {0});
  math(Math::Fp32, {2});
  EXPECT_EQ(reverse(), (Order{2, 0, 1}));
}

TEST_F(Blocks, ARegisterIsWrittenAgainBehindItsUses) {
  math(Math::Fp32, {0});
  math(Math::Fp32, {1}, {0});
  math(Math::Fp32, {0});
  math(Math::Fp32, {2}, {0});
  EXPECT_EQ(reverse(), (Order{}));
}

TEST_F(Blocks, AGuardedWriteKeepsWhatWasThere) {
  math(Math::Fp32, {0});
  math(Math::Fp32, {0}, {7});
  trace.steps[1].place.isGuarded = true;
  Dependences dependences(trace.steps);
  ASSERT_EQ(dependences.successors[0].size(), 1u);
  EXPECT_EQ(dependences.successors[0][0].kind, Dependences::Kind::Value);
  trace.steps[1].place.isGuarded = false;
  EXPECT_EQ(Dependences(trace.steps).successors[0][0].kind,
            Dependences::Kind::Order);
}

TEST_F(Blocks, LoadsPassLoadsAndStoresElsewhere) {
  access(kShared, 0, {0});
  access(0, kGlobal);
  access(kShared, 0, {1});
  EXPECT_EQ(reverse(), (Order{2, 1, 0}));
}

TEST_F(Blocks, LoadsDoNotPassStoresToTheirSpace) {
  access(0, kShared);
  access(kShared, 0, {0});
  EXPECT_EQ(reverse(), (Order{}));
}

TEST_F(Blocks, StoresDoNotPassLoadsOfTheirSpace) {
  access(kShared, 0, {0});
  access(0, kShared);
  EXPECT_EQ(reverse(), (Order{}));
}

TEST_F(Blocks, AGenericAddressMayBeAnything) {
  access(0, kLocal);
  access(kAnySpace, 0, {0});
  access(0, kGlobal);
  EXPECT_EQ(reverse(), (Order{}));
}

TEST_F(Blocks, StoresKeepTheirOrderAcrossSpaces) {
  access(0, kShared);
  access(0, kGlobal);
  EXPECT_EQ(reverse(), (Order{}));
}

/// What lies in each fact tells whose it is.
class BlockEvents : public Blocks {
protected:
  BlockEvents() {
    for (uint32_t i = 0; i < 3; ++i)
      access(kShared, 0, {i});
    trace.blocks.push_back({0, {2, 0, 1}});
  }
  void runLoad(uint32_t step) {
    if (step == 1) // two facts
      run(0, 0, step,
          {fact(Fact::Kind::Shared, 10), fact(Fact::Kind::Shared, 11)});
    else if (step == 2)
      run(0, 0, step, {fact(Fact::Kind::Shared, 20)});
    else
      run(0, 0, step);
  }
  /// Steps, and the facts of each in brackets.
  std::string show() {
    reorderEvents(trace);
    std::string text;
    const WarpTrace &warp = trace.ctas[0].warps[0];
    for (auto [i, event] : llvm::enumerate(warp.events)) {
      size_t end = i + 1 < warp.events.size() ? warp.events[i + 1].facts
                                              : warp.facts.size();
      text += std::to_string(event.step) + (event.isOff ? "off(" : "(");
      for (size_t j = event.facts; j < end; ++j)
        text += std::to_string(warp.facts[j].a) + " ";
      text += ")";
    }
    return text;
  }
};

TEST_F(BlockEvents, TakeTheirFactsAlong) {
  for (uint32_t step : {0, 1, 2, 0, 1, 2})
    runLoad(step);
  trace.ctas[0].warps[0].events[3].isOff = true;
  EXPECT_EQ(show(), "2(20 )0()1(10 11 )2(20 )0off()1(10 11 )");
}

TEST_F(BlockEvents, StayWhereABlockIsInterrupted) {
  // Another path of the warp runs between; the trace was cut.
  for (uint32_t step : {0, 1, 0, 1, 2, 0, 1})
    runLoad(step);
  EXPECT_EQ(show(), "0()1(10 11 )2(20 )0()1(10 11 )0()1(10 11 )");
}

TEST_F(BlockEvents, StayWhereABlockIsEnteredInItsMiddle) {
  for (uint32_t step : {1, 2, 0, 1})
    runLoad(step);
  EXPECT_EQ(show(), "1(10 11 )2(20 )0()1(10 11 )");
}

TEST_F(Blocks, FallingIntoAReorderedBlockIsNoJump) {
  uint32_t branch = make(Role::Branch);
  for (uint32_t i = 0; i < 2; ++i)
    math(Math::Fp32, {i});
  for (uint32_t step : {branch, 1u, 2u})
    run(0, 0, step);
  uint64_t before = play().cycles;
  trace.blocks.push_back({1, {1, 0}});
  reorderEvents(trace);
  EXPECT_EQ(trace.ctas[0].warps[0].events[1].step, 2u);
  EXPECT_EQ(play().cycles, before);
}

} // namespace
