//===- StepGeneratorTest.cpp - what holds of every valid step -------------===//
//
// Over generated steps: they verify and survive printing, canonicalization and
// delta-single-sweep keep their meaning, and the classes of the transition
// analysis say what the numbers say.
//
//===----------------------------------------------------------------------===//

#include "test/unit/Generator/StepGenerator.h"
#include "lib/Analysis/Transition.h"
#include "lib/Reference/Error.h"
#include "lib/Reference/Interpreter.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "passes/SingleSweep/SingleSweep.h"
#include "test/unit/Generator/StepData.h"
#include "test/unit/Generator/StepFeatures.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <cmath>
#include <iostream>

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

static constexpr unsigned seedsPerClass = 120;

static std::string toText(ModuleOp module, bool generic = false) {
  std::string text;
  llvm::raw_string_ostream os(text);
  OpPrintingFlags flags;
  if (generic)
    flags.printGenericOpForm();
  module.print(os, flags);
  return text;
}

static RecurrenceOp getStep(ModuleOp module) {
  return *module.getOps<RecurrenceOp>().begin();
}

/// Small, float64, with initial states.
static StepShape smallShape(uint64_t seed) {
  StepShape shape;
  shape.sizes = {{"B", 1}, {"T", 6}, {"H", 1}, {"HV", 2},
                 {"K", 3}, {"V", 2}, {"N", 1}};
  if (seed % 3 == 1)
    shape.sizes = {{"B", 2}, {"T", 3}, {"H", 2}, {"HV", 2},
                   {"K", 1}, {"V", 4}, {"N", 2}};
  if (seed % 3 == 2)
    shape.sizes = {{"B", 1}, {"T", 12}, {"H", 1}, {"HV", 1},
                   {"K", 5}, {"V", 3},  {"N", 1}};
  shape.types = {io::DType::F64};
  return shape;
}

static runtime::Results exact(RecurrenceOp op,
                              const runtime::Problem &problem) {
  return llvm::cantFail(reference::interpretExact(op, problem));
}

class GeneratedStep : public testing::TestWithParam<StepClass> {
protected:
  GeneratedStep() : context(MLIRContext::Threading::DISABLED) {}

  /// Calls `body` with every step of the class.
  void forEachStep(
      llvm::function_ref<void(uint64_t seed, ModuleOp, RecurrenceOp)> body) {
    for (uint64_t seed = 0; seed < seedsPerClass; ++seed) {
      StepGeneratorOptions options;
      options.seed = seed;
      options.kind = GetParam();
      options.otherSide = seed % 4 ? 0.15 : 0;
      OwningOpRef<ModuleOp> module = generateStep(context, options);
      SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + toText(*module));
      body(seed, *module, getStep(*module));
      if (HasFatalFailure())
        return;
    }
  }

  /// `pass` on a copy of the step keeps results within `tolerance`.
  void expectSameMeaning(uint64_t seed, ModuleOp module,
                         llvm::function_ref<void(PassManager &)> addPass,
                         double tolerance) {
    OwningOpRef<ModuleOp> changed = module.clone();
    PassManager manager(&context);
    addPass(manager);
    ASSERT_TRUE(succeeded(manager.run(*changed)));
    StepShape shape = smallShape(seed);
    StepData before(getStep(module), shape, seed);
    StepData after(getStep(*changed), shape, seed);
    // A scale that nothing uses may go.
    runtime::Problem problem = after.getProblem();
    problem.scale = before.getProblem().scale;
    runtime::Results expected = exact(before.getOp(), before.getProblem());
    auto errors = llvm::cantFail(
        reference::compare(exact(after.getOp(), problem), expected));
    for (const reference::TensorError &error : errors) {
      EXPECT_LE(error.relativeRMS, tolerance) << error.name << " of\n"
                                              << toText(*changed);
      worst = std::max(worst, error.relativeRMS);
    }
  }

  MLIRContext context;
  double worst = 0;
};

INSTANTIATE_TEST_SUITE_P(
    Classes, GeneratedStep,
    testing::Values(StepClass::Linear, StepClass::Delta, StepClass::RightSided,
                    StepClass::Affine, StepClass::Nonlinear),
    [](const testing::TestParamInfo<StepClass> &info) {
      std::string name = stringifyStepClass(info.param).str();
      llvm::erase(name, '-');
      return name;
    });

TEST_P(GeneratedStep, IsValidAndOfItsClass) {
  constexpr TransitionClass classes[] = {
      TransitionClass::Linear, TransitionClass::Delta, TransitionClass::Delta,
      TransitionClass::Affine, TransitionClass::Nonlinear};
  StepFeatureCounts counts;
  forEachStep([&](uint64_t, ModuleOp module, RecurrenceOp op) {
    ASSERT_TRUE(succeeded(verify(module)));
    TransitionAnalysis analysis(op);
    EXPECT_EQ(analysis.getClass(), classes[static_cast<unsigned>(GetParam())])
        << analysis.getReason().str();
    counts.add(findFeatures(op));
  });
  std::string text;
  llvm::raw_string_ostream os(text);
  counts.print(os);
  std::cout << text;
}

TEST_P(GeneratedStep, SurvivesPrinting) {
  forEachStep([&](uint64_t, ModuleOp module, RecurrenceOp) {
    std::string text = toText(module);
    for (bool generic : {false, true}) {
      auto parsed =
          parseSourceString<ModuleOp>(toText(module, generic), &context);
      ASSERT_TRUE(parsed);
      EXPECT_EQ(toText(*parsed), text);
    }
  });
}

TEST_P(GeneratedStep, CanonicalizeKeepsTheMeaning) {
  forEachStep([&](uint64_t seed, ModuleOp module, RecurrenceOp) {
    expectSameMeaning(
        seed, module,
        [](PassManager &manager) {
          manager.addNestedPass<RecurrenceOp>(createCanonicalizerPass());
        },
        1e-12);
  });
  std::cout << "worst error " << worst << '\n';
}

TEST_P(GeneratedStep, SingleSweepKeepsTheMeaning) {
  forEachStep([&](uint64_t seed, ModuleOp module, RecurrenceOp) {
    expectSameMeaning(
        seed, module,
        [](PassManager &manager) {
          manager.addNestedPass<RecurrenceOp>(createSingleSweep());
        },
        1e-10);
  });
  std::cout << "worst error " << worst << '\n';
}

//===----------------------------------------------------------------------===//
// The transition, by numbers
//===----------------------------------------------------------------------===//

namespace {
/// The final states of a step as a function of its initial ones.
class Transition {
public:
  Transition(RecurrenceOp op, uint64_t seed)
      : shape(smallShape(seed)), data(op, shape, seed) {}

  size_t size() {
    size_t total = 0;
    forEachState([&](GuardedBuffer &buffer) {
      total += buffer.size() / sizeof(double);
    });
    return total;
  }
  std::vector<double> operator()(const std::vector<double> &initial) {
    const double *next = initial.data();
    forEachState([&](GuardedBuffer &buffer) {
      size_t count = buffer.size() / sizeof(double);
      std::memcpy(buffer.data(), next, count * sizeof(double));
      next += count;
    });
    runtime::Results results = exact(data.getOp(), data.getProblem());
    std::vector<double> final;
    for (size_t i = results.numOutputs; i < results.tensors.size(); ++i) {
      const runtime::OwnedTensor &tensor = results.tensors[i];
      for (int64_t j = 0, e = tensor.view().numElements(); j < e; ++j)
        final.push_back(tensor.load(j));
    }
    return final;
  }
  const runtime::Sizes &getDims() const { return shape.sizes; }

private:
  void forEachState(llvm::function_ref<void(GuardedBuffer &)> body) {
    RecurrenceOp op = data.getOp();
    for (BlockArgument state : op.getStates())
      body(*data.getBuffer(state.getArgNumber()));
  }

  StepShape shape;
  StepData data;
};
} // namespace

static std::vector<double> randomStates(size_t size, uint64_t seed) {
  reference::Random random(seed, 4);
  std::vector<double> numbers(size);
  for (double &number : numbers)
    number = random.uniform(-1, 1);
  return numbers;
}

TEST_P(GeneratedStep, IsAffineInTheStatesIfItsClassSaysSo) {
  unsigned affine = 0;
  forEachStep([&](uint64_t seed, ModuleOp, RecurrenceOp op) {
    Transition transition(op, seed);
    size_t size = transition.size();
    std::vector<double> a = randomStates(size, seed),
                        c = randomStates(size, seed + 1000), sum(size);
    for (size_t i = 0; i < size; ++i)
      sum[i] = a[i] + c[i];
    std::vector<double> fa = transition(a), fc = transition(c),
                        fsum = transition(sum),
                        zero = transition(std::vector<double>(size));
    double difference = 0, largest = 1e-3;
    for (size_t i = 0; i < size; ++i) {
      difference =
          std::max(difference, std::fabs(fa[i] + fc[i] - zero[i] - fsum[i]));
      largest = std::max(largest, std::fabs(fsum[i]));
    }
    bool isAffine = difference <= 1e-11 * largest;
    affine += isAffine;
    if (GetParam() != StepClass::Nonlinear)
      EXPECT_TRUE(isAffine) << difference;
  });
  std::cout << affine << " of " << seedsPerClass << " steps are affine\n";
  // Saturated or multiplied by 0, some nonlinear ones look affine.
  if (GetParam() == StepClass::Nonlinear)
    EXPECT_LT(affine, seedsPerClass / 4);
}

TEST_P(GeneratedStep, KeepsColumnsOrRowsApartIfItsClassSaysSo) {
  unsigned byColumns = 0, byRows = 0;
  forEachStep([&](uint64_t seed, ModuleOp, RecurrenceOp op) {
    Transition transition(op, seed);
    size_t size = transition.size();
    std::vector<double> initial = randomStates(size, seed), moved = initial;
    std::vector<double> before = transition(initial);
    const runtime::Sizes &sizes = transition.getDims();
    auto column = [&](size_t i) {
      return static_cast<int64_t>(i) % sizes["V"];
    };
    auto row = [&](size_t i) {
      return static_cast<int64_t>(i) / sizes["V"] % sizes["K"];
    };
    // Another column or row does not feel it, not even by a rounding.
    auto staysApart = [&](llvm::function_ref<bool(size_t)> isMoved) {
      for (size_t i = 0; i < size; ++i)
        moved[i] = initial[i] + (isMoved(i) ? 0.5 : 0);
      std::vector<double> after = transition(moved);
      for (size_t i = 0; i < size; ++i)
        if (!isMoved(i) && after[i] != before[i])
          return false;
      return true;
    };
    bool columns = staysApart([&](size_t i) { return column(i) == 1; });
    bool rows = staysApart([&](size_t i) { return row(i) == 0; });
    byColumns += columns;
    byRows += rows;
    if (GetParam() == StepClass::Linear || GetParam() == StepClass::Delta)
      EXPECT_TRUE(columns);
    if (GetParam() == StepClass::Linear || GetParam() == StepClass::RightSided)
      EXPECT_TRUE(rows);
  });
  std::cout << byColumns << " keep columns apart, " << byRows << " rows, of "
            << seedsPerClass << '\n';
  // The check sees what it is for (a single row is always apart).
  if (GetParam() == StepClass::Delta)
    EXPECT_LT(byRows, seedsPerClass * 2 / 3);
}
