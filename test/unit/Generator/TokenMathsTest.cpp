//===- TokenMathsTest.cpp - rewrites of per-token maths -------------------===//
//
// Each rewrite of a chunk form's per-token maths, one after the other as the
// pipeline has them, against the form that it was given: in float64, over
// generated steps, of which half are decomposed, and the library's, with tokens
// that fill no chunk, packed sequences, gates of every size. What only moves
// operations changes no bit.
//
//===----------------------------------------------------------------------===//

#include "dialects/Registration.h"
#include "lib/Analysis/Stages.h"
#include "lib/Compiler/ChunkForm.h"
#include "lib/Compiler/SpecLoader.h"
#include "lib/Reference/ChunkInterpreter.h"
#include "lib/Reference/Error.h"
#include "lib/Reference/Interpreter.h"
#include "lib/Variants/Variants.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/ExpandL2Norm/ExpandL2Norm.h"
#include "passes/MergeTokens/MergeTokens.h"
#include "passes/ShareExponentials/ShareExponentials.h"
#include "passes/SplitTokens/SplitTokens.h"
#include "passes/WYDecompose/WYDecompose.h"
#include "test/unit/Generator/ChunkTrial.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <atomic>
#include <bit>
#include <iostream>

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

/// Relative RMS of what rounds otherwise.
static constexpr double roundingBar = 1e-12;
static constexpr auto unthreaded = MLIRContext::Threading::DISABLED;

namespace {
struct Rewrite {
  StringRef name;
  std::unique_ptr<Pass> (*create)();
  bool keepsBits;
  /// Forms that it changed.
  std::atomic<unsigned> changed = 0;
};
} // namespace

static std::string print(wy::ScanOp scan) {
  std::string text;
  llvm::raw_string_ostream os(text);
  scan.print(os);
  return text;
}

static unsigned countOfStage(wy::ScanOp scan, wy::Stage stage) {
  wy::Stages stages(scan);
  return llvm::count_if(scan.getGraph().getOps<wy::TokensOp>(),
                        [&](wy::TokensOp tokens) {
                          return stages.ofNode.lookup(tokens) == stage;
                        });
}

static void expectSame(const runtime::Results &results,
                       const runtime::Results &expected, bool toTheBit) {
  if (!toTheBit) {
    for (const reference::TensorError &error :
         llvm::cantFail(reference::compare(results, expected)))
      EXPECT_TRUE(error.relativeRMS <= roundingBar || error.maxAbsolute < 1e-15)
          << error.name << ": " << error.relativeRMS;
    return;
  }
  for (auto [ours, theirs] : llvm::zip(results.tensors, expected.tensors)) {
    unsigned differing = 0;
    for (int64_t i = 0, e = theirs.view().numElements(); i < e; ++i)
      differing += std::bit_cast<uint64_t>(ours.load(i)) !=
                   std::bit_cast<uint64_t>(theirs.load(i));
    EXPECT_EQ(differing, 0u);
  }
}

/// Anchors, decays and blocks have maths of tokens of their own.
static void decompose(ModuleOp module, int64_t leaf) {
  WYDecomposeOptions options;
  options.leaf = leaf;
  PassManager manager(module.getContext());
  manager.addPass(createWYDecompose(options));
  manager.addPass(createCSEPass());
  ASSERT_TRUE(succeeded(manager.run(module)));
}

namespace {
class TokenMaths : public testing::Test {
protected:
  /// Runs the rewrites on the form; the problems say what it computes.
  void expectEqual(wy::ScanOp scan,
                   ArrayRef<const runtime::Problem *> problems) {
    std::vector<runtime::Results> before = interpret(scan, problems);
    for (Rewrite &rewrite : rewrites) {
      SCOPED_TRACE(rewrite.name.str());
      std::string text = print(scan);
      unsigned numFree = countOfStage(scan, wy::Stage::Pre);
      PassManager manager(scan.getContext());
      manager.addPass(rewrite.create());
      ASSERT_TRUE(succeeded(manager.run(scan->getParentOfType<ModuleOp>())));
      ASSERT_TRUE(succeeded(verify(scan)));
      if (print(scan) == text)
        continue;
      ++rewrite.changed;
      if (rewrite.name == "merge") {
        EXPECT_LE(countOfStage(scan, wy::Stage::Pre), numFree);
        EXPECT_LE(numFree > 0, countOfStage(scan, wy::Stage::Pre) > 0);
      }
      std::vector<runtime::Results> after = interpret(scan, problems);
      for (auto [ours, theirs] : llvm::zip(after, before))
        expectSame(ours, theirs, rewrite.keepsBits);
      before = std::move(after);
    }
  }

  Rewrite rewrites[4] = {{"l2norm", createExpandL2Norm, false},
                         {"share", createShareExponentials, false},
                         {"split", createSplitTokens, true},
                         {"merge", createMergeTokens, true}};

private:
  static std::vector<runtime::Results>
  interpret(wy::ScanOp scan, ArrayRef<const runtime::Problem *> problems) {
    std::vector<runtime::Results> results;
    for (const runtime::Problem *problem : problems)
      results.push_back(
          llvm::cantFail(reference::interpretChunksExact(scan, *problem)));
    return results;
  }
};
} // namespace

TEST_F(TokenMaths, OfGeneratedStepsStaysWhatItIs) {
  constexpr int64_t chunks[] = {1, 2, 3, 4, 7, 16};
  constexpr unsigned count = 420;
  std::atomic<unsigned> derived = 0;
  forEachByTwo(count, [&](unsigned seed) {
    ChunkTrial trial(chunks[seed % std::size(chunks)],
                     /*maxStateOps=*/2 + seed % 7, 9000 + seed);
    MLIRContext context(unthreaded);
    OwningOpRef<ModuleOp> module = generateStep(context, trial.step);
    RecurrenceOp op = *module->getOps<RecurrenceOp>().begin();
    auto form = compiler::deriveChunkForm(op, trial.keyDim, trial.valueDim,
                                          trial.chunk);
    if (!form)
      return llvm::consumeError(form.takeError());
    ++derived;
    SCOPED_TRACE(describe(trial, op));
    std::vector<std::unique_ptr<StepData>> data;
    SmallVector<const runtime::Problem *> problems;
    for (const ChunkCase &one : trial.cases) {
      data.push_back(std::make_unique<StepData>(op, one.shape, seed));
      problems.push_back(&data.back()->getProblem());
    }
    if (seed % 2 == 1)
      decompose(*form->module, /*leaf=*/1 << seed % 3);
    expectEqual(form->scan, problems);
  });
  std::cout << derived << " chunk forms";
  for (const Rewrite &rewrite : rewrites) {
    std::cout << ", " << rewrite.changed << " changed by "
              << rewrite.name.str();
    EXPECT_GE(rewrite.changed, count / 10) << rewrite.name.str();
  }
  std::cout << '\n';
  EXPECT_GE(derived, count * 3 / 4);
}

TEST_F(TokenMaths, OfLibraryVariantsStaysWhatItIs) {
  DialectRegistry registry;
  registerSluiceDialects(registry);
  for (const Variant &variant : getVariants())
    for (int64_t chunk : {1, 4, 5}) {
      SCOPED_TRACE(variant.name.str());
      MLIRContext context(registry, unthreaded);
      compiler::Spec spec =
          llvm::cantFail(compiler::loadSpec(context, variant.name));
      compiler::ChunkForm form = llvm::cantFail(compiler::deriveChunkForm(
          spec.op, /*keyDim=*/5, /*valueDim=*/3, chunk));
      StepShape shape;
      shape.sizes["B"] = shape.sizes["N"] = 1;
      shape.sizes["T"] = 13;
      shape.sizes["H"] = 1;
      shape.sizes["HV"] = 2;
      shape.sizes["K"] = 5;
      shape.sizes["V"] = 3;
      StepData data(spec.op, shape, /*seed=*/3);
      if (chunk == 5)
        decompose(*form.module, /*leaf=*/2);
      expectEqual(form.scan, {&data.getProblem()});
    }
}

/// A step is one, too.
TEST(TokenMathsOfSteps, ExpandedL2NormIsTheNorm) {
  constexpr unsigned count = 200;
  std::atomic<unsigned> expanded = 0;
  forEachByTwo(count, [&](unsigned seed) {
    StepGeneratorOptions options;
    options.seed = 40'000 + seed;
    options.kind = seed % 2 ? StepClass::Linear : StepClass::Delta;
    MLIRContext context(unthreaded);
    OwningOpRef<ModuleOp> module = generateStep(context, options);
    RecurrenceOp op = *module->getOps<RecurrenceOp>().begin();
    if (op.getStep().getOps<L2NormOp>().empty())
      return;
    ++expanded;
    StepShape shape;
    shape.sizes["B"] = shape.sizes["N"] = 1;
    shape.sizes["T"] = 9;
    shape.sizes["H"] = 1;
    shape.sizes["HV"] = 2;
    shape.sizes["K"] = 6;
    shape.sizes["V"] = 5;
    StepData data(op, shape, seed);
    runtime::Results before =
        llvm::cantFail(reference::interpretExact(op, data.getProblem()));
    PassManager manager(&context);
    manager.addPass(createExpandL2Norm());
    ASSERT_TRUE(succeeded(manager.run(*module)));
    ASSERT_TRUE(op.getStep().getOps<L2NormOp>().empty());
    runtime::Results after =
        llvm::cantFail(reference::interpretExact(op, data.getProblem()));
    expectSame(after, before, /*toTheBit=*/false);
  });
  EXPECT_GE(expanded, count / 3);
}
