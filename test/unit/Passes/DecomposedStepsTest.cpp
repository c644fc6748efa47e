//===- DecomposedStepsTest.cpp - whole recurrences, decomposed ------------===//
//
// Every variant of the library and random steps: their chunk forms in the
// float64 reference, before and after wy-decompose.
//
//===----------------------------------------------------------------------===//

#include "lib/Variants/Variants.h"
#include "test/unit/Generator/ChunkTrial.h"
#include "test/unit/Passes/FormComparison.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;
using namespace sluice::test;

/// One of each leaf, solve and their neighbours by turns.
static Decomposition chooseDecomposition(uint64_t number) {
  return {int64_t{1} << number % 4, number / 4 % 2 == 0};
}

TEST(DecomposedVariants, AreWhatTheyWere) {
  for (const Variant &variant : getVariants()) {
    DialectRegistry registry;
    registerSluiceDialects(registry);
    MLIRContext context(registry, MLIRContext::Threading::DISABLED);
    compiler::Spec spec =
        llvm::cantFail(compiler::loadSpec(context, variant.name));
    for (int64_t chunk : {1, 2, 3, 4, 7, 8, 16, 21, 64}) {
      compiler::ChunkForm form =
          llvm::cantFail(compiler::deriveChunkForm(spec.op, 3, 2, chunk));
      for (unsigned i = 0; i < kNumGateRegimes; ++i) {
        if (!runsEverything() && i % 4 != chunk % 4)
          continue;
        Decomposition how = chooseDecomposition(i + chunk);
        SCOPED_TRACE(variant.name.str() + ", chunks of " +
                     std::to_string(chunk) + ", " + how.describe() +
                     ", gates: " +
                     stringifyGateRegime(static_cast<GateRegime>(i)).str());
        StepShape shape;
        shape.sizes["B"] = shape.sizes["N"] = 1;
        shape.sizes["H"] = 1;
        shape.sizes["HV"] = 2;
        shape.sizes["K"] = 3;
        shape.sizes["V"] = 2;
        shape.sizes["T"] = 2 * chunk + chunk / 3;
        shape.gates = static_cast<GateRegime>(i);
        FormComparison(spec.op, form, [&](auto &manager) {
          how.addTo(manager);
        }).run(shape, 1 + i);
      }
    }
  }
}

TEST(DecomposedSteps, AreWhatTheyWere) {
  constexpr int64_t chunks[] = {1, 2, 3, 4, 5, 7, 8, 11, 16, 33};
  unsigned derived = 0, trials = runsEverything() ? 60 : 12;
  for (int64_t chunk : chunks)
    for (unsigned i = 0; i < trials; ++i) {
      ChunkTrial trial(chunk, 6, 7'000 + 100 * chunk + i);
      trial.keyDim = trial.keyDim % 4 + 1;
      trial.valueDim = trial.valueDim % 4 + 1;
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
      Decomposition how = chooseDecomposition(i);
      SCOPED_TRACE(describe(trial, op) + how.describe());
      FormComparison comparison(op, *form,
                                [&](auto &manager) { how.addTo(manager); });
      for (ChunkCase &one : trial.cases) {
        one.shape.sizes["K"] = trial.keyDim;
        one.shape.sizes["V"] = trial.valueDim;
        comparison.run(one.shape, trial.step.seed);
      }
    }
  EXPECT_GE(derived, std::size(chunks) * trials / 2);
}
