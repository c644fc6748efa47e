//===- RandomChunksTest.cpp - gradients of generated steps by chunks ------===//
//
// Random steps that have a chunk form, with chunks of any size: their gradients
// by chunks are those of the step, in float64 and nearly so in float32.
//
//===----------------------------------------------------------------------===//

#include "lib/Compiler/ChunkForm.h"
#include "lib/Reference/Error.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "test/unit/Backward/GradientCheck.h"
#include "test/unit/Generator/ChunkKinds.h"
#include "test/unit/Generator/ChunkTrial.h"
#include "test/unit/Generator/StepFeatures.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <iostream>
#include <map>
#include <mutex>

using namespace llvm;
using namespace sluice;
using namespace sluice::delta;
using namespace sluice::test;

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
static constexpr bool isSanitized = true;
#else
static constexpr bool isSanitized = false;
#endif

static constexpr unsigned numTrials = isSanitized ? 80 : 450,
                          minimalDerived = isSanitized ? 60 : 400;
/// Of these every kind has at least:
static constexpr unsigned minimalCount = isSanitized ? 1 : 8;

namespace {
/// A step, its chunk form and its gradients by chunks, if it has these, and
/// inputs.
struct Trial {
  explicit Trial(uint64_t seed);

  void drawShape();

  reference::Random random;
  int64_t chunk;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  RecurrenceOp op;
  StepShape shape;
  std::string text;
  std::optional<compiler::ChunkForm> form;
  compiler::ChunkAdjoint adjoint;
};
} // namespace

Trial::Trial(uint64_t seed)
    : random(seed, 0xc4b4), chunk(1 + static_cast<int64_t>(random.bits() % 17)),
      context(mlir::MLIRContext::Threading::DISABLED) {
  // A step as chunks are tried with.
  ChunkTrial drawn(chunk, /*maxStateOps=*/8, 9'000 + seed);
  module = generateStep(context, drawn.step);
  op = *module->getOps<RecurrenceOp>().begin();
  drawShape();
  raw_string_ostream(text) << "seed " << seed << ", chunks of " << chunk
                           << ", T " << shape.sizes["T"] << ", K "
                           << shape.sizes["K"] << ", V " << shape.sizes["V"]
                           << ", gates " << stringifyGateRegime(shape.gates)
                           << '\n'
                           << op;
  auto derived =
      compiler::deriveChunkForm(op, shape.sizes["K"], shape.sizes["V"], chunk);
  if (!derived) {
    consumeError(derived.takeError());
    return;
  }
  form = std::move(*derived);
  adjoint = cantFail(compiler::deriveChunkAdjoint(op, shape.sizes["K"],
                                                  shape.sizes["V"], chunk));
}

void Trial::drawShape() {
  constexpr int64_t groups[] = {1, 1, 1, 2, 4};
  runtime::Sizes &sizes = shape.sizes;
  sizes["B"] = sizes["N"] = random.unit() < 0.2 ? 2 : 1;
  sizes["T"] = static_cast<int64_t>(random.bits() % (2 * chunk + 5));
  sizes["H"] = random.unit() < 0.2 ? 2 : 1;
  sizes["HV"] = sizes["H"] * oneOf(random, groups);
  sizes["K"] = 1 + random.bits() % 5;
  sizes["V"] = 1 + random.bits() % 5;
  if (random.unit() < 0.4)
    drawSequences(shape, random);
  shape.initialStates = random.unit() < 0.7;
  shape.gates = static_cast<GateRegime>(random.bits() % kNumGateRegimes);
}

//===----------------------------------------------------------------------===//
// What is met
//===----------------------------------------------------------------------===//

namespace {
struct Tally {
  void add(Trial &trial);

  unsigned derived = 0;
  std::map<std::string, unsigned> kinds;
};
} // namespace

void Tally::add(Trial &trial) {
  ++derived;
  auto count = [&](StringRef name, bool isSo) { kinds[name.str()] += isSo; };
  mlir::OwningOpRef<mlir::ModuleOp> canonical = trial.module->clone();
  mlir::PassManager manager(&trial.context);
  manager.addNestedPass<RecurrenceOp>(mlir::createCanonicalizerPass());
  EXPECT_TRUE(succeeded(manager.run(*canonical)));
  RecurrenceOp op = *canonical->getOps<RecurrenceOp>().begin();
  ChunkKinds found = findChunkKinds(op, trial.form->scan);
  for (unsigned i = 0; i < kNumChunkKinds; ++i)
    count(stringifyChunkKind(static_cast<ChunkKind>(i)), found.test(i));
  StepFeatures features = findFeatures(op);
  for (StepFeature feature :
       {StepFeature::SeveralWrites, StepFeature::Param, StepFeature::Reduction,
        StepFeature::L2Norm, StepFeature::KeyOutput, StepFeature::ScalarOutput})
    count(stringifyStepFeature(feature),
          features.test(static_cast<unsigned>(feature)));
  runtime::Sizes &sizes = trial.shape.sizes;
  ArrayRef<int64_t> lengths = trial.shape.sequenceLengths;
  count("T = 0", sizes["T"] == 0);
  count("T % C", sizes["T"] % trial.chunk != 0);
  count("HV > H", sizes["HV"] > sizes["H"]);
  count("K != V", sizes["K"] != sizes["V"]);
  count("packed", lengths.size() > 1);
  count("empty sequence", sizes["T"] > 0 && is_contained(lengths, 0));
  count("initial states", trial.shape.initialStates);
  count(stringifyGateRegime(trial.shape.gates), true);
}

//===----------------------------------------------------------------------===//
// What is computed
//===----------------------------------------------------------------------===//

/// In float32 what is smaller is rounding, and left out: gradients are sums of
/// terms of about 1, and that by a vector of which only the direction counts,
/// say, is what these leave of each other.
static constexpr double kRounding = 0x1p-18;

namespace {
struct Nearness {
  void expect(const runtime::Results &ours, const runtime::Results &expected,
              double bar, double least);
  void join(const Nearness &other) {
    worst = std::max(worst, other.worst);
    gradients += other.gradients;
    leftOut += other.leftOut;
  }

  /// The greatest relative error where there are differences of `least`, and
  /// how many gradients miss the bar below that.
  double worst = 0;
  unsigned gradients = 0, leftOut = 0;
};
} // namespace

void Nearness::expect(const runtime::Results &ours,
                      const runtime::Results &expected, double bar,
                      double least) {
  for (const reference::TensorError &error :
       cantFail(reference::compare(ours, expected))) {
    ++gradients;
    if (error.maxAbsolute < least) {
      leftOut += error.relativeRMS > bar;
      continue;
    }
    EXPECT_TRUE(error.relativeRMS <= bar) // also of a NaN
        << error.name << ": " << error.relativeRMS << ", at most "
        << error.maxAbsolute;
    worst = std::max(worst, error.relativeRMS);
  }
}

static std::ostream &operator<<(std::ostream &os, const Nearness &nearness) {
  return os << nearness.worst << " of " << nearness.gradients
            << " gradients but " << nearness.leftOut;
}

TEST(RandomChunkGradients, AreTheStepsGradients) {
  Tally tally;
  std::mutex mutex;
  Nearness exact, single;
  forEachByTwo(numTrials, [&](unsigned seed) {
    Trial trial(seed);
    if (!trial.form)
      return;
    SCOPED_TRACE(trial.text);
    StepData data(trial.op, trial.shape, seed);
    runtime::Problem problem = data.getProblem();
    GivenGradients given(problem, trial.random,
                         /*finalStates=*/trial.random.unit() < 0.7);
    runtime::Results expected = getGradients(trial.op, problem);
    wy::PlacedOp adjoint = trial.adjoint.adjoint;
    Nearness its, itsInFloat32;
    its.expect(cantFail(reference::interpretBackwardExact(adjoint, problem)),
               expected, 1e-9, 1e-14);
    itsInFloat32.expect(
        cantFail(reference::interpretBackwardInFloat32(adjoint, problem)),
        expected, 1e-4, kRounding);
    std::lock_guard lock(mutex);
    exact.join(its);
    single.join(itsInFloat32);
    tally.add(trial);
  });
  std::cout << tally.derived << " steps, worst error in float64 " << exact
            << ", in float32 " << single << '\n';
  // What is left out is an exception.
  EXPECT_LE(exact.leftOut, exact.gradients / 100);
  EXPECT_LE(single.leftOut, single.gradients / 20);
  EXPECT_GE(tally.derived, minimalDerived);
  for (const auto &[name, count] : tally.kinds) {
    std::cout << count << ' ' << name << ", ";
    EXPECT_GE(count, minimalCount) << name;
  }
  std::cout << '\n';
}

//===----------------------------------------------------------------------===//
// Causality
//===----------------------------------------------------------------------===//

static bool isTokens(const runtime::Argument &argument) {
  return argument.kind == runtime::ArgumentKind::QKHeads ||
         argument.kind == runtime::ArgumentKind::VHeads;
}

/// Gradients by the outputs of tokens before `loss` alone.
static void dropFrom(runtime::Problem &problem, int64_t loss,
                     std::deque<runtime::OwnedTensor> &tensors) {
  for (auto [output, view] :
       zip_equal(problem.signature.outputs, problem.outputGradients)) {
    runtime::OwnedTensor &tensor = tensors.emplace_back(cantFail(
        runtime::OwnedTensor::create(output.name, view.dtype, view.shape)));
    int64_t tokens = problem.sizes["T"], count = view.numElements(),
            row = count / (problem.sizes["B"] * tokens);
    for (int64_t i = 0; i < count; ++i)
      tensor.store(i,
                   i / row % tokens < loss ? runtime::loadElement(view, i) : 0);
    view = tensor.view();
  }
}

TEST(RandomChunkGradients, NothingBehindTheLossChangesABit) {
  unsigned count = 0;
  for (uint64_t seed = 500; seed < 500 + numTrials / 2; ++seed) {
    Trial trial(seed);
    runtime::Sizes &sizes = trial.shape.sizes;
    if (!trial.form || !trial.shape.sequenceLengths.empty() || sizes["T"] == 0)
      continue;
    SCOPED_TRACE(trial.text);
    ++count;
    StepData data(trial.op, trial.shape, seed);
    runtime::Problem problem = data.getProblem();
    GivenGradients given(problem, trial.random, /*finalStates=*/false);
    auto loss = static_cast<int64_t>(trial.random.bits() % sizes["T"]);
    std::deque<runtime::OwnedTensor> gradients;
    dropFrom(problem, loss, gradients);
    auto run = [&](bool isExact) {
      return cantFail(isExact ? reference::interpretBackwardExact(
                                    trial.adjoint.adjoint, problem)
                              : reference::interpretBackwardInFloat32(
                                    trial.adjoint.adjoint, problem));
    };
    runtime::Results before[] = {run(false), run(true)};
    for (auto [i, argument] : enumerate(problem.signature.arguments)) {
      if (!isTokens(argument))
        continue;
      const io::TensorView &view = problem.args[i];
      int64_t numbers = view.numElements(),
              row = numbers / (sizes["B"] * sizes["T"]);
      for (int64_t j = 0; j < numbers; ++j)
        if (j / row % sizes["T"] >= loss) {
          double x = runtime::loadElement(view, j);
          double changed = isLogGate(argument.name)
                               ? (std::isinf(x) ? -1 : 0.5 * x - 0.25)
                               : -x;
          runtime::storeElements(view.dtype, data.getBuffer(i)->data(), j,
                                 changed);
        }
    }
    for (bool isExact : {false, true}) {
      runtime::Results after = run(isExact);
      for (auto [a, b] : zip_equal(after.tensors, before[isExact].tensors)) {
        bool isOfTokens =
            any_of(problem.signature.arguments,
                   [&](const runtime::Argument &argument) {
                     return isTokens(argument) && "d" + argument.name == a.name;
                   });
        int64_t elements = a.view().numElements();
        int64_t row = elements / (sizes["B"] * sizes["T"]);
        for (int64_t j = 0; j < elements; ++j)
          if (!isOfTokens || j / row % sizes["T"] < loss) {
            double x = a.load(j), y = b.load(j);
            ASSERT_EQ(bit_cast<uint64_t>(x), bit_cast<uint64_t>(y))
                << a.name << ' ' << j << ": " << x << " was " << y
                << ", loss before token " << loss;
          }
      }
    }
  }
  std::cout << count << " steps\n";
  EXPECT_GE(count, numTrials / 8);
}
