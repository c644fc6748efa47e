//===- InstructionSetTest.cpp - the table and who executes it -------------===//

#include "lib/Simulator/Execute/InstructionSet.h"
#include "gtest/gtest.h"

using namespace sluice;
using namespace sluice::sim;

TEST(InstructionSet, HasOneDecoderForEachMeaning) {
  std::vector<unsigned> counts(ptx::kNumSemantics);
  for (const InstructionDecoder &decoder : getInstructionSet().getDecoders()) {
    ++counts[static_cast<size_t>(decoder.semantics)];
    EXPECT_NE(decoder.decode, nullptr) << ptx::getName(decoder.semantics).str();
  }
  for (size_t i = 0; i < counts.size(); ++i)
    EXPECT_EQ(counts[i], 1u) << ptx::getName(ptx::Semantics(i)).str();
}

TEST(InstructionSet, EveryMeaningHasAForm) {
  std::vector<bool> isUsed(ptx::kNumSemantics);
  for (const ptx::Form &form : ptx::getForms())
    isUsed[static_cast<size_t>(form.semantics)] = true;
  for (size_t i = 0; i < isUsed.size(); ++i)
    EXPECT_TRUE(isUsed[i]) << ptx::getName(ptx::Semantics(i)).str();
}
