//===- StepExecutionTest.cpp - generated steps on the CPU -----------------===//
//
// The step form as native code against the float64 reference: random steps,
// sizes that fill no vector, packed sequences with empty ones, every vector
// width. Inputs and results lie against inaccessible pages, results are NaN
// before the run, scratch is NaN in part.
//
//===----------------------------------------------------------------------===//

#include "lib/Compiler/Compile.h"
#include "lib/Reference/Error.h"
#include "lib/Reference/Interpreter.h"
#include "mlir/Parser/Parser.h"
#include "test/unit/Generator/GuardedRun.h"
#include "test/unit/Generator/StepFeatures.h"
#include "test/unit/Generator/StepGenerator.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <iostream>
#include <limits>
#include <map>
#include <mutex>

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

static constexpr unsigned numTrials = 300;
/// Of these every feature of a step, and every circumstance, has at least:
static constexpr unsigned minimalCount = 15;
/// Relative RMS errors.
static constexpr double fullBar = 1e-5, halfBar = 0.005;

namespace {
/// A generated step and how it is run.
struct Trial {
  explicit Trial(uint64_t seed);

  StepGeneratorOptions step;
  StepShape shape;
  const target::Cpu *target;
  int64_t panel;
  GuardedOptions run;
  bool isHalf;

private:
  void drawSizes(reference::Random &random);
};
} // namespace

void Trial::drawSizes(reference::Random &random) {
  constexpr int64_t tokens[] = {1, 2, 7, 33, 40};
  constexpr int64_t sizes[] = {1, 4, 16, 17, 60, 100, 128};
  constexpr int64_t groups[] = {1, 1, 2, 4};
  runtime::Sizes &axes = shape.sizes;
  do {
    axes["B"] = axes["N"] = 1 + random.bits() % 2;
    axes["T"] = oneOf(random, tokens);
    axes["H"] = 1 + random.bits() % 3;
    axes["HV"] = axes["H"] * oneOf(random, groups);
    axes["K"] = oneOf(random, sizes);
    axes["V"] = oneOf(random, sizes);
  } while (axes["B"] * axes["T"] * axes["HV"] * axes["K"] * axes["V"] >
           400'000);
}

Trial::Trial(uint64_t seed) {
  reference::Random random(seed, 0x7217);
  step.seed = 10'000 + seed;
  step.kind = static_cast<StepClass>(seed % kNumStepClasses);
  drawSizes(random);
  if (random.unit() < 0.4)
    drawSequences(shape, random);
  shape.initialStates = random.unit() < 0.6;
  isHalf = random.unit() < 0.15;
  if (isHalf)
    shape.types = {io::DType::F32, io::DType::F16, io::DType::BF16};

  target = &drawTarget(random);
  panel = static_cast<int64_t>(random.bits() % 4);
  run.threads = 1 + random.bits() % 2;
  run.inPlace = shape.initialStates && !isHalf && random.unit() < 0.3;
}

static std::string describe(const Trial &trial, RecurrenceOp op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << stringifyStepClass(trial.step.kind) << " seed " << trial.step.seed;
  printDims(os, trial.shape);
  os << ", " << trial.target->name << " panel vectors " << trial.panel
     << " threads " << trial.run.threads
     << (trial.run.inPlace ? ", in place" : "")
     << (trial.isHalf ? ", half\n" : "\n");
  op.print(os);
  return text;
}

/// Runs a step; `worst` is at least the greatest error of its results.
static void expectReference(const Trial &trial, RecurrenceOp op,
                            double &worst) {
  std::string text = describe(trial, op);
  SCOPED_TRACE(text);
  // For those who touch a guard.
  llvm::PrettyStackTraceString onFault(text.c_str());
  StepData data(op, trial.shape, trial.step.seed);
  const runtime::Problem &problem = data.getProblem();
  runtime::Results expected =
      llvm::cantFail(reference::interpretExact(op, problem));
  ASSERT_TRUE(isFinite(expected)) << "the generator went wrong";

  compiler::CompileOptions options = compiler::getCompileOptions(problem);
  options.target = trial.target;
  options.schedule = makeSchedule(*op.getContext(), *trial.target, trial.panel,
                                  /*chunk=*/0);
  auto kernel = compiler::compile(op, options);
  ASSERT_TRUE(static_cast<bool>(kernel)) << llvm::toString(kernel.takeError());
  auto results = runGuarded(data, *kernel, trial.run);
  ASSERT_TRUE(static_cast<bool>(results))
      << llvm::toString(results.takeError());

  for (const reference::TensorError &error :
       llvm::cantFail(reference::compare(*results, expected))) {
    // What only decays ends below float32's range.
    if (error.maxAbsolute < std::numeric_limits<float>::min())
      continue;
    // Also of a NaN, which is no less than the bar.
    EXPECT_TRUE(error.relativeRMS <= (trial.isHalf ? halfBar : fullBar))
        << error.name << ": " << error.relativeRMS << ", at most "
        << error.maxAbsolute;
    worst = std::max(worst, error.relativeRMS);
  }
}

namespace {
/// What the trials met; shared by their threads.
struct Tally {
  void add(const Trial &trial, StepFeatures found, double error);
  void print(llvm::raw_ostream &os) const;

  std::mutex mutex;
  StepFeatureCounts features;
  std::map<std::string, unsigned> circumstances;
  double worst = 0, worstHalf = 0;
};
} // namespace

void Tally::add(const Trial &trial, StepFeatures found, double error) {
  std::lock_guard lock(mutex);
  features.add(found);
  double &of = trial.isHalf ? worstHalf : worst;
  of = std::max(of, error);

  const runtime::Sizes &sizes = trial.shape.sizes;
  auto count = [&](llvm::StringRef name, bool isSo) {
    circumstances[name.str()] += isSo;
  };
  count(("lanes " + llvm::Twine(trial.target->lanes)).str(), true);
  count("T = 1", sizes["T"] == 1);
  count("T > token block", sizes["T"] > 32);
  count("K < lanes", sizes["K"] < trial.target->lanes);
  count("K % lanes", sizes["K"] % trial.target->lanes != 0);
  count("V % lanes", sizes["V"] % trial.target->lanes != 0);
  count("K != V", sizes["K"] != sizes["V"]);
  count("HV > H", sizes["HV"] > sizes["H"]);
  count("packed", !trial.shape.sequenceLengths.empty());
  count("empty sequence", llvm::is_contained(trial.shape.sequenceLengths, 0));
  count("initial states", trial.shape.initialStates);
  count("in place", trial.run.inPlace);
  count("two threads", trial.run.threads == 2);
  count("half inputs", trial.isHalf);
}

void Tally::print(llvm::raw_ostream &os) const {
  features.print(os);
  llvm::ListSeparator separator;
  for (const auto &[name, count] : circumstances)
    os << separator << count << ' ' << name;
  os << "\nworst error with float32 inputs " << worst << ", with half inputs "
     << worstHalf << '\n';
}

TEST(StepExecution, IsTheReference) {
  llvm::EnablePrettyStackTrace();
  Tally tally;
  forEachByTwo(numTrials, [&](unsigned seed) {
    Trial trial(seed);
    MLIRContext context(MLIRContext::Threading::DISABLED);
    OwningOpRef<ModuleOp> module = generateStep(context, trial.step);
    RecurrenceOp op = *module->getOps<RecurrenceOp>().begin();
    double error = 0;
    expectReference(trial, op, error);
    tally.add(trial, findFeatures(op), error);
  });

  std::string text;
  llvm::raw_string_ostream os(text);
  tally.print(os);
  std::cout << text;
  EXPECT_EQ(tally.features.getTotal(), numTrials);
  for (unsigned i = 0; i < kNumStepFeatures; ++i) {
    auto feature = static_cast<StepFeature>(i);
    EXPECT_GE(tally.features.get(feature), minimalCount)
        << stringifyStepFeature(feature).str();
  }
  for (const auto &[name, count] : tally.circumstances)
    EXPECT_GE(count, minimalCount) << name;
}

/// A read from the right sums over columns, those of the last vector too: what
/// a step computes where no column is must not come in.
TEST(StepExecution, RightReadsSeeExistingColumnsOnly) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<DeltaDialect>();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(
      R"(delta.recurrence @step qk_heads(%k: !delta.vec<key>)
             v_heads(%v: !delta.vec<value>)
             state(%S: !delta.state<key, value>) -> (o: !delta.vec<key>) {
           %y = delta.sigmoid %v
           %o = delta.read %S, %y
           %S1 = delta.write %S, %k, %y
           delta.yield states(%S1) outputs(%o)
         })",
      &context);
  ASSERT_TRUE(module);
  Trial trial(0);
  trial.shape = StepShape();
  trial.shape.sizes = {{"B", 1}, {"T", 3}, {"H", 1}, {"HV", 1},
                       {"K", 2}, {"V", 5}, {"N", 1}};
  trial.target = &target::getCpus().front();
  trial.run.inPlace = trial.isHalf = false;
  double worst = 0;
  for (int64_t panel : {1, 2}) {
    trial.panel = panel;
    expectReference(trial, *module->getOps<RecurrenceOp>().begin(), worst);
  }
}

TEST(GuardedBufferDeathTest, FaultsOneByteTooFar) {
  constexpr size_t size = 100;
  GuardedBuffer atEnd(size), atBegin(size, GuardedBuffer::Edge::Begin);
  atEnd.poison();
  atBegin.poison();
  auto touch = [](volatile uint8_t *byte) { *byte = *byte; };
  EXPECT_DEATH(touch(atEnd.data() + size), "");
  EXPECT_DEATH(touch(atBegin.data() - 1), "");
  atEnd.makeReadOnly();
  EXPECT_DEATH(touch(atEnd.data()), "");
}
