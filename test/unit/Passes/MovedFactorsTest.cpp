//===- MovedFactorsTest.cpp - chunk forms whose factors have moved --------===//
//
// Every variant of the library and random steps: their chunk forms in the
// float64 reference, before and after wy-move-factors, decomposed or not.
//
//===----------------------------------------------------------------------===//

#include "lib/Variants/Variants.h"
#include "test/unit/Generator/ChunkTrial.h"
#include "test/unit/Passes/FormComparison.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;
using namespace sluice::test;

namespace {
/// A motion, and what is decomposed before or after it.
struct Pipeline {
  Motion motion;
  std::optional<Decomposition> before, after;

  explicit Pipeline(uint64_t number) {
    constexpr const char *forms[] = {"not_formed", "automatic", "formed"};
    motion = {forms[number % 3], number / 3 % 2 == 0};
    Decomposition how{int64_t{1} << number % 4, number % 4 != 0};
    if (number % 5 < 2)
      before = how;
    else if (number % 5 < 4)
      after = how;
  }

  void addTo(OpPassManager &manager) const {
    if (before)
      before->addTo(manager);
    motion.addTo(manager);
    if (after)
      after->addTo(manager);
  }
  std::string describe() const {
    return (before ? before->describe() + ", then " : "") + motion.describe() +
           (after ? ", then " + after->describe() : "");
  }
};
} // namespace

TEST(MovedFactors, OfVariants) {
  unsigned number = 0;
  for (const Variant &variant : getVariants()) {
    DialectRegistry registry;
    registerSluiceDialects(registry);
    MLIRContext context(registry, MLIRContext::Threading::DISABLED);
    compiler::Spec spec =
        llvm::cantFail(compiler::loadSpec(context, variant.name));
    // Sizes by which factors go one way or the other.
    for (auto [chunk, keyDim, valueDim] :
         {std::tuple(1, 3, 2), std::tuple(4, 8, 8), std::tuple(7, 4, 16),
          std::tuple(16, 6, 3), std::tuple(32, 24, 4), std::tuple(8, 2, 24)}) {
      compiler::ChunkForm form = llvm::cantFail(
          compiler::deriveChunkForm(spec.op, keyDim, valueDim, chunk));
      for (unsigned i = 0; i < (runsEverything() ? 30u : 4u); ++i, ++number) {
        Pipeline pipeline(runsEverything() ? i : number * 7);
        auto gates = static_cast<GateRegime>(number % kNumGateRegimes);
        SCOPED_TRACE(variant.name.str() + ", chunks of " +
                     std::to_string(chunk) + ", K " + std::to_string(keyDim) +
                     " V " + std::to_string(valueDim) + ", " +
                     pipeline.describe() +
                     ", gates: " + stringifyGateRegime(gates).str());
        StepShape shape;
        shape.sizes["B"] = shape.sizes["N"] = 1;
        shape.sizes["H"] = 1;
        shape.sizes["HV"] = 2;
        shape.sizes["K"] = keyDim;
        shape.sizes["V"] = valueDim;
        shape.sizes["T"] = 2 * chunk + chunk / 3;
        shape.gates = gates;
        FormComparison(spec.op, form, [&](auto &manager) {
          pipeline.addTo(manager);
        }).run(shape, 1 + number);
      }
    }
  }
}

TEST(MovedFactors, OfRandomSteps) {
  constexpr int64_t chunks[] = {1, 2, 3, 5, 8, 16, 33};
  unsigned derived = 0, trials = runsEverything() ? 60 : 15;
  for (int64_t chunk : chunks)
    for (unsigned i = 0; i < trials; ++i) {
      ChunkTrial trial(chunk, 6, 9'000 + 100 * chunk + i);
      trial.keyDim = trial.keyDim % 12 + 1;
      trial.valueDim = trial.valueDim % 12 + 1;
      MLIRContext context(MLIRContext::Threading::DISABLED);
      OwningOpRef<ModuleOp> module = generateStep(context, trial.step);
      RecurrenceOp op = *module->getOps<RecurrenceOp>().begin();
      auto form = compiler::deriveChunkForm(op, trial.keyDim, trial.valueDim,
                                            trial.chunk);
      if (!form) { // Some are drawn to be refused.
        llvm::consumeError(form.takeError());
        continue;
      }
      ++derived;
      Pipeline pipeline(7 * i + chunk);
      SCOPED_TRACE(describe(trial, op) + pipeline.describe());
      FormComparison comparison(
          op, *form, [&](auto &manager) { pipeline.addTo(manager); });
      for (ChunkCase &one : trial.cases) {
        one.shape.sizes["K"] = trial.keyDim;
        one.shape.sizes["V"] = trial.valueDim;
        comparison.run(one.shape, trial.step.seed);
      }
    }
  EXPECT_GE(derived, std::size(chunks) * trials / 2);
}
