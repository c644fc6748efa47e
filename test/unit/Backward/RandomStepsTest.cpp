//===- RandomStepsTest.cpp - gradients of generated steps -----------------===//
//
// Random steps of every class, with their shapes, packed sequences and gates:
// the reference's gradients are central differences of its results.
//
//===----------------------------------------------------------------------===//

#include "test/unit/Backward/GradientCheck.h"
#include "test/unit/Generator/StepData.h"
#include "test/unit/Generator/StepFeatures.h"
#include "test/unit/Generator/StepGenerator.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <iostream>

using namespace llvm;
using namespace sluice;
using namespace sluice::delta;
using namespace sluice::test;

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
static constexpr bool isSanitized = true;
#else
static constexpr bool isSanitized = false;
#endif

static constexpr unsigned numTrials = isSanitized ? 60 : 300;
/// Of these every feature of a step has at least:
static constexpr unsigned minimalCount = isSanitized ? 1 : 10;

/// Small ones, with more tokens than root states are kept for.
static StepShape drawShape(reference::Random &random) {
  constexpr int64_t groups[] = {1, 1, 2, 4}, tokens[] = {0, 1, 2, 5, 7};
  StepShape shape;
  runtime::Sizes &sizes = shape.sizes;
  sizes["B"] = sizes["N"] = 1 + random.bits() % 2;
  sizes["T"] = tokens[random.bits() % 5];
  sizes["H"] = 1 + random.bits() % 2;
  sizes["HV"] = sizes["H"] * groups[random.bits() % 4];
  sizes["K"] = 1 + random.bits() % 5;
  sizes["V"] = 1 + random.bits() % 5;
  if (random.unit() < 0.4)
    drawSequences(shape, random);
  shape.initialStates = random.unit() < 0.7;
  shape.types = {io::DType::F64};
  shape.gates = static_cast<GateRegime>(random.bits() % kNumGateRegimes);
  return shape;
}

TEST(RandomGradients, AreCentralDifferences) {
  StepFeatureCounts counts;
  double worst = 0;
  for (uint64_t seed = 0; seed < numTrials; ++seed) {
    reference::Random random(seed, 0xb4c4);
    StepGeneratorOptions options;
    options.seed = 70'000 + seed;
    options.kind = static_cast<StepClass>(seed % kNumStepClasses);
    options.numbers = 0.2;
    mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
    mlir::OwningOpRef<mlir::ModuleOp> module = generateStep(context, options);
    RecurrenceOp op = *module->getOps<RecurrenceOp>().begin();
    StepShape shape = drawShape(random);
    std::string text;
    raw_string_ostream(text)
        << "seed " << seed << ", gates " << stringifyGateRegime(shape.gates)
        << ", T " << shape.sizes["T"] << '\n'
        << op;
    SCOPED_TRACE(text);
    StepData data(op, shape, seed);
    runtime::Problem problem = data.getProblem();
    GivenGradients given(problem, random,
                         /*finalStates=*/random.unit() < 0.7);
    worst = std::max(
        worst, checkGradients(op, problem, getGradients(op, problem), random));
    counts.add(findFeatures(op));
    if (testing::Test::HasFailure())
      break;
  }
  std::cout << "worst difference " << worst << '\n';
  for (unsigned i = 0; i < kNumStepFeatures; ++i)
    EXPECT_GE(counts.get(static_cast<StepFeature>(i)), minimalCount)
        << stringifyStepFeature(static_cast<StepFeature>(i)).str();
}
