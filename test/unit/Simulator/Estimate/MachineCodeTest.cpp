//===- MachineCodeTest.cpp - steps that become machine instructions -------===//

#include "lib/Simulator/Estimate/MachineCode.h"
#include "Lab.h"
#include "lib/PTX/Module.h"
#include <memory>

using namespace sluice;
using namespace sluice::sim::estimate;

namespace {

using Kind = MachineInstruction::Kind;

class MachineCodes : public Lab {
protected:
  /// The step stands on a line of the text.
  uint32_t at(unsigned line, uint32_t step) {
    texts.push_back(std::make_unique<ptx::Instruction>());
    texts.back()->place.line = line;
    trace.steps[step].instruction = texts.back().get();
    return step;
  }
  void emit(unsigned line, Kind kind, Math math = Math::Integer,
            uint32_t depth = 0) {
    code.push_back({line, depth, kind, math});
  }
  const Step &step(uint32_t number) const { return trace.steps[number]; }

  std::vector<std::unique_ptr<ptx::Instruction>> texts;
  MachineCode code;
};

TEST_F(MachineCodes, OrderIsThatOfTheMachineCode) {
  at(1, math(Math::Fp32, {0}));
  at(2, make(Role::Access, {1}));
  at(3, math(Math::Fp32, {2}));
  emit(3, Kind::Math, Math::Fp32);
  emit(2, Kind::Access);
  emit(1, Kind::Math, Math::Fp32);
  setMachineCode(trace, code);
  ASSERT_EQ(trace.blocks.size(), 1u);
  EXPECT_EQ(trace.blocks[0].order, (std::vector<uint32_t>{2, 1, 0}));
}

TEST_F(MachineCodes, DependencesStayWhateverTheLinesSay) {
  at(1, math(Math::Fp32, {0}));
  at(2, math(Math::Fp32, {1}, {0}));
  emit(2, Kind::Math, Math::Fp32);
  emit(1, Kind::Math, Math::Fp32);
  setMachineCode(trace, code);
  EXPECT_TRUE(trace.blocks.empty());
}

TEST_F(MachineCodes, WhatIsLeftOutCostsNothing) {
  uint32_t add = at(1, math(Math::Integer, {0})),
           load = at(2, make(Role::Access, {1})),
           wait = at(3, make(Role::WaitCopies)),
           use = at(4, math(Math::Fp32, {2}));
  emit(4, Kind::Math, Math::Fp32);
  setMachineCode(trace, code);
  EXPECT_EQ(step(add).role, Role::Free);
  EXPECT_EQ(step(load).role, Role::Free);
  // It may be part of another instruction, but somebody waits.
  EXPECT_EQ(step(wait).role, Role::WaitCopies);
  EXPECT_EQ(step(use).role, Role::Math);
}

TEST_F(MachineCodes, WhatIsLeftOutHoldsNobodyUp) {
  at(1, math(Math::Fp32, {0}));
  at(2, math(Math::Fp32, {1}));
  at(3, make(Role::Free, {2}, {0}));
  at(4, math(Math::Fp32, {3}, {2}));
  for (unsigned line : {1u, 4u, 2u})
    emit(line, Kind::Math, Math::Fp32);
  setMachineCode(trace, code);
  ASSERT_EQ(trace.blocks.size(), 1u);
  EXPECT_EQ(trace.blocks[0].order, (std::vector<uint32_t>{0, 2, 3, 1}));
}

TEST_F(MachineCodes, ALineMayTakeSeveral) {
  uint32_t load = at(1, make(Role::Access, {0})),
           move = at(2, make(Role::Free, {1}));
  emit(1, Kind::Math, Math::IntegerMultiply);
  emit(1, Kind::Math, Math::Integer);
  emit(1, Kind::Access);
  emit(2, Kind::Math, Math::IntegerMultiply);
  setMachineCode(trace, code);
  EXPECT_EQ(step(load).role, Role::Access);
  EXPECT_EQ(step(load).extra,
            (llvm::SmallVector<Math, 0>{Math::Integer, Math::IntegerMultiply}));
  EXPECT_EQ(step(move).role, Role::Math);
  EXPECT_EQ(step(move).math, Math::IntegerMultiply);
  run(0, 0, load, {fact(Fact::Kind::Shared, 1)});
  run(0, 0, move);
  EXPECT_EQ(play().issued, 4u);
}

TEST_F(MachineCodes, TheAccessItselfIsDoneOnce) {
  uint32_t load = at(1, make(Role::Access, {0}));
  emit(1, Kind::Math, Math::Fp32);
  emit(1, Kind::Access);
  setMachineCode(trace, code);
  run(0, 0, load, {fact(Fact::Kind::Shared, 4)});
  ReplayResult result = play();
  EXPECT_EQ(result.issued, 2u);
  EXPECT_DOUBLE_EQ(use(result, Resource::SharedMemory) * double(result.cycles),
                   4);
}

TEST_F(MachineCodes, ATurnOfAnUnrolledLoopCostsItsShare) {
  uint32_t load = at(1, make(Role::Access, {0})),
           add = at(2, math(Math::Integer, {1})),
           test = at(3, math(Math::Integer, {2})),
           branch = at(4, make(Role::Branch));
  // Four copies of what is done, one of what counts.
  for (int i = 0; i < 4; ++i) {
    emit(1, Kind::Access, Math::Integer, 1);
    emit(2, Kind::Math, Math::Integer, 1);
    emit(2, Kind::Math, Math::Integer, 1);
  }
  emit(3, Kind::Math, Math::Integer, 1);
  emit(4, Kind::Branch, Math::Integer, 1);
  setMachineCode(trace, code);
  EXPECT_EQ(step(load).role, Role::Access);
  EXPECT_TRUE(step(load).extra.empty());
  EXPECT_EQ(step(add).extra.size(), 1u);
  EXPECT_EQ(step(test).role, Role::Free);
  EXPECT_EQ(step(branch).role, Role::Free);
}

TEST_F(MachineCodes, WhatLeavesTheLoopCostsNothingInIt) {
  uint32_t address = at(1, math(Math::Integer, {0})),
           load = at(2, make(Role::Access, {1}, {0}));
  emit(1, Kind::Math, Math::Integer, /*depth=*/0);
  emit(2, Kind::Access, Math::Integer, /*depth=*/1);
  setMachineCode(trace, code);
  EXPECT_EQ(step(address).role, Role::Free);
  EXPECT_EQ(step(load).role, Role::Access);
}

TEST_F(MachineCodes, TheTextCountsSubroutinesAndSharedLines) {
  uint32_t divide = at(1, math(Math::Fp32, {0})), one = at(2, math(Math::Fp32)),
           other = at(2, math(Math::Fp32));
  trace.steps[divide].count = 10;
  emit(1, Kind::Math, Math::Special);
  emit(1, Kind::Call);
  emit(2, Kind::Math, Math::Integer);
  setMachineCode(trace, code);
  EXPECT_EQ(step(divide).count, 10u);
  EXPECT_EQ(step(divide).math, Math::Fp32);
  EXPECT_EQ(step(one).math, Math::Fp32);
  EXPECT_EQ(step(other).math, Math::Fp32);
}

} // namespace
