//===- RunMemoryTest.cpp - What a run allocates ---------------------------===//

#include "lib/Runtime/RunMemory.h"
#include "lib/Analysis/Signatures.h"
#include "test/unit/Runtime/TestProblem.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;
using io::DType;

namespace {
class RunMemoryTest : public sluice::test::TestProblem {
protected:
  RunMemoryTest() { load("kda"); }

  uint64_t getTotal(const RunKind &kind) {
    return getRunNeed(getSignature(spec.op), sizes, kind).getTotal();
  }

  Sizes sizes = {{"B", 1},  {"T", 1000}, {"N", 1}, {"H", 2},
                 {"HV", 4}, {"K", 8},    {"V", 16}};
  // Of one sequence: q and k, v, g, beta; o; a state; the list of sequences,
  // and one of tasks.
  static constexpr uint64_t kInputs = 1000 * (2 * 2 * 8 + 4 * (16 + 8 + 1)),
                            kOutputs = 1000 * 4 * 16, kState = 4 * 8 * 16,
                            kLists = (1 + 4) * sizeof(Sequence);
};

TEST_F(RunMemoryTest, IsInputsAndResults) {
  RunKind kind;
  EXPECT_EQ(getTotal(kind), 4 * (kOutputs + kState) + kLists);
  kind.outputDType = DType::BF16;
  EXPECT_EQ(getTotal(kind), 2 * kOutputs + 4 * kState + kLists);
  kind.generated = DType::BF16;
  EXPECT_EQ(getTotal(kind), 2 * (kInputs + kOutputs) + 4 * kState + kLists);
  kind.initialStates = true;
  EXPECT_EQ(getTotal(kind), 2 * (kInputs + kOutputs) + 8 * kState + kLists);
  kind.compares = true;
  EXPECT_EQ(getTotal(kind), 2 * (kInputs + kOutputs) + 8 * kState + kLists +
                                8 * (kOutputs + kState));
}

TEST_F(RunMemoryTest, OfSegmentsIsStatesAndTransitions) {
  uint64_t whole = getTotal({});
  RunKind kind;
  kind.segmentTokens = 10;
  // A hundred, and one more where a sequence does not end with one.
  uint64_t segments = 101, transition = 4 * 16 * 16;
  EXPECT_EQ(getTotal(kind) - whole,
            4 * (2 * kOutputs + segments * (3 * kState + 2 * transition)) +
                segments * (sizeof(Sequence) + sizeof(int64_t)));
}

TEST_F(RunMemoryTest, DoesNotOverflow) {
  sizes["B"] = sizes["N"] = sizes["T"] = sizes["HV"] = int64_t{1} << 40;
  RunKind kind;
  kind.segmentTokens = 1;
  EXPECT_EQ(getTotal(kind), std::numeric_limits<uint64_t>::max());
}
} // namespace
