//===- ChunkExecutionTest.cpp - chunk forms of generated steps ------------===//
//
// Random steps of class linear and delta, brought to the chunk form: in float64
// it is the step form, and its native code is that in float32. Sizes that fill
// no vector, tokens that fill no chunk, packed sequences with empty ones, gates
// of every size. What has no chunk form is refused, with the reason.
//
//===----------------------------------------------------------------------===//

#include "dialects/Registration.h"
#include "lib/Analysis/Transition.h"
#include "lib/Compiler/ChunkForm.h"
#include "lib/Compiler/Compile.h"
#include "lib/Compiler/SpecLoader.h"
#include "lib/Reference/ChunkInterpreter.h"
#include "lib/Reference/Error.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "test/unit/Generator/ChunkKinds.h"
#include "test/unit/Generator/ChunkTrial.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <atomic>
#include <cmath>
#include <iostream>
#include <limits>
#include <map>
#include <mutex>

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
static constexpr bool isSanitized = true;
#else
static constexpr bool isSanitized = false;
#endif

/// Steps drawn for each chunk size; some of them are refused. The first ones
/// are smaller and run as native code, too, but for those that grew beyond
/// `mostStateOps`: the code of long chunks takes seconds to compile.
static constexpr struct {
  int64_t chunk;
  unsigned trials, runs, maxStateOps, mostStateOps;
} chunkSizes[] = {
    {1, 210, 190, 8, 20}, {2, 170, 150, 4, 10}, {3, 110, 90, 4, 8},
    {4, 100, 80, 4, 7},   {5, 60, 25, 4, 7},    {7, 60, 20, 3, 7},
    {8, 60, 20, 3, 7},    {16, 60, 20, 3, 7},   {32, 60, 15, 3, 7},
    {64, 60, 15, 3, 7},   {128, 60, 15, 3, 7}};
static constexpr uint64_t seedsPerChunk = 250;
/// Of all of them:
static constexpr unsigned minimalDerived = 850, minimalRuns = 500;
/// Every kind and every circumstance has at least so many, and so many that
/// run.
static constexpr unsigned minimalCount = 25, minimalCountOfRuns = 6;
/// Relative RMS errors.
static constexpr double exactBar = 1e-10, floatBar = 1e-4;

static constexpr auto unthreaded = MLIRContext::Threading::DISABLED;

static RecurrenceOp getStep(ModuleOp module) {
  return *module.getOps<RecurrenceOp>().begin();
}

static OwningOpRef<ModuleOp> canonicalize(RecurrenceOp op) {
  PassManager manager(op.getContext());
  manager.addNestedPass<RecurrenceOp>(createCanonicalizerPass());
  OwningOpRef<ModuleOp> copy = cast<ModuleOp>(op->getParentOp()->clone());
  EXPECT_TRUE(succeeded(manager.run(*copy)));
  return copy;
}

namespace {
/// A trial's step and its chunk form, or why there is none.
struct Derived {
  explicit Derived(const ChunkTrial &trial)
      : context(unthreaded), module(generateStep(context, trial.step)),
        op(getStep(*module)) {
    auto made = compiler::deriveChunkForm(op, trial.keyDim, trial.valueDim,
                                          trial.chunk);
    if (made)
      form = std::move(*made);
    else
      refusal = llvm::toString(made.takeError());
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  RecurrenceOp op;
  std::optional<compiler::ChunkForm> form;
  std::string refusal;
};
} // namespace

static bool isSmall(unsigned sizeIndex, RecurrenceOp op) {
  unsigned stateOps = llvm::count_if(op.getStep(), [](Operation &step) {
    return isa<StateOpInterface>(step);
  });
  return stateOps <= chunkSizes[sizeIndex].mostStateOps;
}

static bool isRun(unsigned sizeIndex, unsigned i, RecurrenceOp op) {
  return i < chunkSizes[sizeIndex].runs && isSmall(sizeIndex, op);
}

static ChunkTrial makeTrial(unsigned sizeIndex, unsigned i) {
  auto [chunk, trials, runs, maxStateOps, mostStateOps] = chunkSizes[sizeIndex];
  return ChunkTrial(chunk, i < runs ? maxStateOps : 10,
                    sizeIndex * seedsPerChunk + i);
}

//===----------------------------------------------------------------------===//
// What is refused
//===----------------------------------------------------------------------===//

/// The reasons for which a step of class linear or delta has no chunk form, in
/// the order of the table that counts them.
static constexpr StringRef knownReasons[] = {
    "has no chunk form: states that feed each other decay along key, the axis "
    "that their reads do not contract",
    "has no chunk form: states that feed each other decay along value, the "
    "axis that their reads do not contract",
    "has no chunk form: states that feed each other decay along value and are "
    "read from the right",
    "has no chunk form: a state that others feed is read from the side that "
    "its corrections are not",
};

/// The error of the same step with places in a text: its first line, after the
/// place. The place must be an op's.
static std::string refuseText(RecurrenceOp op, int64_t chunk) {
  std::string text;
  llvm::raw_string_ostream os(text);
  op->getParentOp()->print(os);
  DialectRegistry registry;
  registerSluiceDialects(registry);
  MLIRContext context(registry, unthreaded);
  compiler::Spec spec =
      llvm::cantFail(compiler::parseSpec(context, text, "step.mlir"));
  auto form = compiler::deriveChunkForm(spec.op, 4, 4, chunk);
  if (form) {
    ADD_FAILURE() << "has a chunk form, read from its text\n" << text;
    return "";
  }
  std::string error = llvm::toString(form.takeError());
  StringRef rest = error;
  unsigned line = 0, column = 0;
  bool hasPlace = rest.consume_front("step.mlir:") &&
                  !rest.consumeInteger(10, line) && rest.consume_front(":") &&
                  !rest.consumeInteger(10, column) &&
                  rest.consume_front(": error: ");
  SmallVector<StringRef> lines;
  StringRef(text).split(lines, '\n');
  EXPECT_TRUE(hasPlace && line >= 1 && line <= lines.size()) << error;
  if (hasPlace && line >= 1 && line <= lines.size()) {
    StringRef place = lines[line - 1].drop_front(column - 1);
    EXPECT_TRUE(place.starts_with("delta.")) << error << text;
  }
  return rest.take_until([](char c) { return c == '\n'; }).str();
}

TEST(ChunkForm, AffineAndNonlinearStepsAreRefusedAtAnOp) {
  constexpr unsigned count = isSanitized ? 40 : 200;
  std::map<std::string, unsigned> classes;
  for (StepClass kind : {StepClass::Affine, StepClass::Nonlinear})
    for (unsigned seed = 0; seed < count; ++seed) {
      StepGeneratorOptions options;
      options.seed = 30'000 + seed;
      options.kind = kind;
      MLIRContext context(unthreaded);
      OwningOpRef<ModuleOp> module = generateStep(context, options);
      RecurrenceOp op = getStep(*module);
      // Folding may have taken what was not linear.
      TransitionClass found =
          TransitionAnalysis(getStep(*canonicalize(op))).getClass();
      if (found <= TransitionClass::Delta) {
        ++classes["folded"];
        continue;
      }
      std::string error = refuseText(op, 1 + seed % 9);
      std::string end =
          ("(class " + stringifyTransitionClass(found) + ")").str();
      EXPECT_TRUE(StringRef(error).starts_with(
                      "recurrence @step has no chunk form: ") &&
                  StringRef(error).ends_with(end))
          << error;
      ++classes[stringifyTransitionClass(found).str()];
    }
  for (const auto &[name, number] : classes)
    std::cout << number << ' ' << name << '\n';
  EXPECT_GE(classes["affine"], count * 3 / 4);
  EXPECT_GE(classes["nonlinear"], count * 3 / 4);
}

//===----------------------------------------------------------------------===//
// What is met
//===----------------------------------------------------------------------===//

namespace {
using Counts = std::map<std::string, unsigned>;

struct Tally {
  void addRefusal(StringRef error);
  void add(const ChunkTrial &trial, Derived &derived);
  void expect(unsigned least) const;

  unsigned derived = 0;
  Counts refusals, kinds, circumstances, regimes;
};
} // namespace

void Tally::addRefusal(StringRef error) {
  for (StringRef reason : knownReasons)
    if (error.contains(reason)) {
      ++refusals[reason.str()];
      return;
    }
  ADD_FAILURE() << "an unknown reason: " << error.str();
}

void Tally::add(const ChunkTrial &trial, Derived &made) {
  ++derived;
  OwningOpRef<ModuleOp> canonical = canonicalize(made.op);
  ChunkKinds found = findChunkKinds(getStep(*canonical), made.form->scan);
  for (unsigned i = 0; i < kNumChunkKinds; ++i)
    kinds[stringifyChunkKind(static_cast<ChunkKind>(i)).str()] += found.test(i);

  auto count = [&](StringRef name, bool isSo) {
    circumstances[name.str()] += isSo;
  };
  count(("lanes " + Twine(trial.target->lanes)).str(), true);
  count(("C = " + Twine(trial.chunk)).str(), true);
  count("K % lanes", trial.keyDim % trial.target->lanes != 0);
  count("V % lanes", trial.valueDim % trial.target->lanes != 0);
  count("K != V", trial.keyDim != trial.valueDim);
  bool hasGate =
      found.test(static_cast<unsigned>(ChunkKind::LogGateOfArgument));
  for (const ChunkCase &one : trial.cases) {
    const runtime::Sizes &sizes = one.shape.sizes;
    count("T = 0", sizes["T"] == 0);
    count("T = 1", sizes["T"] == 1);
    count("1 < T < C", sizes["T"] > 1 && sizes["T"] < trial.chunk);
    count("T % C", sizes["T"] > trial.chunk && sizes["T"] % trial.chunk != 0);
    count("HV > H", sizes["HV"] > sizes["H"]);
    count("packed", one.shape.sequenceLengths.size() > 1);
    count("empty sequence",
          sizes["T"] > 0 && llvm::is_contained(one.shape.sequenceLengths, 0));
    count("initial states", one.shape.initialStates);
    count("in place", one.run.inPlace);
    count("two threads", one.run.threads == 2);
    if (hasGate)
      ++regimes[stringifyGateRegime(one.shape.gates).str()];
  }
}

/// All counts on one line, each of them large enough.
static void expectCounts(StringRef title, const Counts &counts,
                         unsigned least) {
  std::cout << title.str();
  StringRef separator = ": ";
  for (const auto &[name, count] : counts) {
    std::cout << separator.str() << count << ' ' << name;
    separator = ", ";
    EXPECT_GE(count, least) << name;
  }
  std::cout << '\n';
}

void Tally::expect(unsigned least) const {
  std::cout << derived << " chunk forms\n";
  EXPECT_EQ(kinds.size(), kNumChunkKinds);
  expectCounts("kinds", kinds, least);
  expectCounts("circumstances", circumstances, least);
  expectCounts("gates", regimes, least);
}

TEST(ChunkForm, EveryKindIsMet) {
  Tally tally, ofRuns;
  for (unsigned c = 0; c < std::size(chunkSizes); ++c)
    for (unsigned i = 0; i < chunkSizes[c].trials; ++i) {
      ChunkTrial trial = makeTrial(c, i);
      Derived derived(trial);
      SCOPED_TRACE(describe(trial, derived.op));
      if (!derived.form) {
        tally.addRefusal(refuseText(derived.op, trial.chunk));
        continue;
      }
      tally.add(trial, derived);
      if (isRun(c, i, derived.op))
        ofRuns.add(trial, derived);
    }
  EXPECT_GE(tally.derived, minimalDerived);
  EXPECT_GE(ofRuns.derived, minimalRuns);
  tally.expect(minimalCount);
  ofRuns.expect(minimalCountOfRuns);
  expectCounts("refused", tally.refusals, 1);
}

//===----------------------------------------------------------------------===//
// What is computed
//===----------------------------------------------------------------------===//

namespace {
struct Worst {
  double exact = 0, native = 0;
  unsigned trials = 0, runs = 0;

  void join(const Worst &other) {
    exact = std::max(exact, other.exact);
    native = std::max(native, other.native);
    trials += other.trials;
    runs += other.runs;
  }
};
} // namespace

/// The greatest relative error, which should be at most `bar`, where there are
/// differences of at least `least`: inputs are about 1, and what only decayed
/// or took itself back ends as rounding.
static double expectEqual(const runtime::Results &results,
                          const runtime::Results &expected, double bar,
                          double least, StringRef what) {
  double worst = 0;
  for (const reference::TensorError &error :
       llvm::cantFail(reference::compare(results, expected))) {
    if (error.maxAbsolute < least)
      continue;
    // Also of a NaN, which is no less than the bar.
    EXPECT_TRUE(error.relativeRMS <= bar)
        << what.str() << ", " << error.name << ": " << error.relativeRMS
        << ", at most " << error.maxAbsolute;
    worst = std::max(worst, error.relativeRMS);
  }
  return worst;
}

static std::string describe(const ChunkCase &one) {
  std::string text;
  llvm::raw_string_ostream os(text);
  printDims(os, one.shape);
  os << ", gates " << stringifyGateRegime(one.shape.gates) << ", threads "
     << one.run.threads << (one.run.inPlace ? ", in place" : "");
  return text;
}

static llvm::Expected<runtime::Artifact>
compileFor(const ChunkTrial &trial, RecurrenceOp op,
           const runtime::Problem &problem) {
  compiler::CompileOptions options = compiler::getCompileOptions(problem);
  options.chunk = trial.chunk;
  options.target = trial.target;
  options.schedule =
      makeSchedule(*op.getContext(), *trial.target, trial.panel, trial.chunk);
  return compiler::compile(op, options);
}

/// The chunk form as it is meant and, if `isNative`, as it runs, against the
/// step.
static void expectReference(const ChunkTrial &trial, Derived &derived,
                            bool isNative, Worst &worst) {
  ++worst.trials;
  worst.runs += isNative;
  std::optional<runtime::Artifact> kernel;
  for (const ChunkCase &one : trial.cases) {
    std::string text = describe(one);
    SCOPED_TRACE(text);
    // For those who touch a guard.
    llvm::PrettyStackTraceString onFault(text.c_str());
    StepData data(derived.op, one.shape, trial.step.seed);
    const runtime::Problem &problem = data.getProblem();
    runtime::Results expected =
        llvm::cantFail(reference::interpretExact(derived.op, problem));
    ASSERT_TRUE(isFinite(expected)) << "the generator went wrong";
    auto exact = reference::interpretChunksExact(derived.form->scan, problem);
    ASSERT_TRUE(static_cast<bool>(exact)) << llvm::toString(exact.takeError());
    double error = expectEqual(*exact, expected, exactBar, 1e-15, "float64");
    worst.exact = std::max(worst.exact, error);
    if (!isNative)
      continue;

    if (!kernel) {
      auto compiled = compileFor(trial, derived.op, problem);
      ASSERT_TRUE(static_cast<bool>(compiled))
          << llvm::toString(compiled.takeError());
      kernel = std::move(*compiled);
    }
    auto native = runGuarded(data, *kernel, one.run);
    ASSERT_TRUE(static_cast<bool>(native))
        << llvm::toString(native.takeError());
    error = expectEqual(*native, expected, floatBar,
                        std::numeric_limits<float>::min(), "float32");
    worst.native = std::max(worst.native, error);
  }
}

class ChunkExecution : public testing::TestWithParam<unsigned> {};

INSTANTIATE_TEST_SUITE_P(Sizes, ChunkExecution,
                         testing::Range(0u, unsigned{std::size(chunkSizes)}),
                         [](const testing::TestParamInfo<unsigned> &info) {
                           return "Chunk" +
                                  std::to_string(chunkSizes[info.param].chunk);
                         });

TEST_P(ChunkExecution, IsTheStep) {
  llvm::EnablePrettyStackTrace();
  std::mutex mutex;
  Worst worst;
  forEachByTwo(chunkSizes[GetParam()].trials, [&](unsigned i) {
    ChunkTrial trial = makeTrial(GetParam(), i);
    Derived derived(trial);
    if (!derived.form)
      return;
    std::string text = describe(trial, derived.op);
    SCOPED_TRACE(text);
    llvm::PrettyStackTraceString onFault(text.c_str());
    Worst mine;
    bool isNative =
        isRun(GetParam(), i, derived.op) && (!isSanitized || i % 10 == 0);
    expectReference(trial, derived, isNative, mine);
    std::lock_guard lock(mutex);
    worst.join(mine);
  });
  std::cout << worst.trials << " chunk forms, worst error in float64 "
            << worst.exact << "; " << worst.runs << " run, in float32 "
            << worst.native << '\n';
}

/// Where the reference has a number, so have chunks: however many gates are
/// −inf, nothing subtracts or divides what they made.
TEST(ChunkForm, InfiniteGatesMakeNoNaN) {
  constexpr unsigned count = isSanitized ? 30 : 90;
  std::atomic<unsigned> found{0}, zeros{0};
  forEachByTwo(count, [&](unsigned seed) {
    unsigned size = seed % std::size(chunkSizes);
    ChunkTrial trial(chunkSizes[size].chunk, /*maxStateOps=*/3, 5000 + seed);
    Derived derived(trial);
    if (!derived.form || !isSmall(size, derived.op) ||
        !findChunkKinds(derived.op, derived.form->scan)
             .test(static_cast<unsigned>(ChunkKind::LogGateOfArgument)))
      return;
    ++found;
    std::string text = describe(trial, derived.op);
    SCOPED_TRACE(text);
    std::optional<runtime::Artifact> kernel;
    for (ChunkCase &one : trial.cases)
      for (GateRegime regime :
           {GateRegime::Infinite, GateRegime::AllInfinite}) {
        one.shape.gates = regime;
        StepData data(derived.op, one.shape, seed);
        const runtime::Problem &problem = data.getProblem();
        runtime::Results expected =
            llvm::cantFail(reference::interpretExact(derived.op, problem));
        if (!kernel)
          kernel = llvm::cantFail(compileFor(trial, derived.op, problem));
        runtime::Results results =
            llvm::cantFail(runGuarded(data, *kernel, one.run));
        unsigned wrong = 0;
        for (auto [ours, reference] :
             llvm::zip(results.tensors, expected.tensors))
          for (int64_t i = 0, e = reference.view().numElements(); i < e; ++i) {
            wrong += std::isfinite(reference.load(i)) &&
                     !std::isfinite(ours.load(i));
            zeros += reference.load(i) == 0;
          }
        EXPECT_EQ(wrong, 0u) << describe(one);
      }
  });
  std::cout << found << " chunk forms\n";
  EXPECT_GE(found, count / 6);
  // They did forget something.
  EXPECT_GT(zeros, 0u);
}
