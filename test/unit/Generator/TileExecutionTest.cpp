//===- TileExecutionTest.cpp - generated steps as GPU kernels -------------===//
//
// The step form as a kernel against the float64 reference: random steps under
// random schedules, sizes that fill no layout, packed sequences with empty
// ones, states in place. After each pass over tile by the meaning of the
// kernel, and as PTX in the simulator, which finds nothing and gives the same
// bits in another order of warps.
//
//===----------------------------------------------------------------------===//

#include "lib/Analysis/IndependentColumns.h"
#include "lib/Analysis/Signatures.h"
#include "lib/Reference/Generate.h"
#include "lib/Reference/Interpreter.h"
#include "lib/Variants/Variants.h"
#include "mlir/Parser/Parser.h"
#include "test/unit/Generator/GuardedRun.h"
#include "test/unit/Generator/StepFeatures.h"
#include "test/unit/Generator/StepGenerator.h"
#include "test/unit/Generator/TileRun.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <iostream>
#include <map>
#include <mutex>

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

static constexpr unsigned numTrials = 80;
/// Of these every circumstance has at least:
static constexpr unsigned minimalCount = 3;
/// The largest relative RMS errors.
static constexpr double fullBar = 1e-5, halfBar = 0.005;

static double getBar(bool isHalf) { return isHalf ? halfBar : fullBar; }

//===----------------------------------------------------------------------===//
// Random steps
//===----------------------------------------------------------------------===//

namespace {
/// A generated step and how it is run.
struct Trial {
  explicit Trial(uint64_t seed);

  StepGeneratorOptions step;
  StepShape shape;
  const target::Gpu *gpu;
  /// 0: the default schedule.
  int64_t warps, valueBlock;
  bool isHalf, inPlace;

private:
  void drawSizes(reference::Random &random);
};
} // namespace

void Trial::drawSizes(reference::Random &random) {
  constexpr int64_t tokens[] = {0, 1, 2, 7, 33};
  constexpr int64_t sizes[] = {1, 3, 16, 60, 100, 128};
  constexpr int64_t groups[] = {1, 1, 2, 4};
  runtime::Sizes &axes = shape.sizes;
  do {
    axes["B"] = axes["N"] = 1 + random.bits() % 2;
    axes["T"] = oneOf(random, tokens);
    axes["H"] = 1 + random.bits() % 2;
    axes["HV"] = axes["H"] * oneOf(random, groups);
    axes["K"] = oneOf(random, sizes);
    axes["V"] = oneOf(random, sizes);
  } while (axes["B"] * (1 + axes["T"]) * axes["HV"] * axes["K"] * axes["V"] >
           100'000);
}

Trial::Trial(uint64_t seed) {
  constexpr int64_t blocks[] = {1, 7, 16, 32, 64};
  reference::Random random(seed, 0x711e);
  step.seed = 40'000 + seed;
  step.kind = static_cast<StepClass>(seed % kNumStepClasses);
  drawSizes(random);
  if (random.unit() < 0.4)
    drawSequences(shape, random);
  shape.initialStates = random.unit() < 0.6;
  shape.gates = static_cast<GateRegime>(random.bits() % kNumGateRegimes);
  isHalf = random.unit() < 0.3;
  if (isHalf)
    shape.types = {io::DType::F32, io::DType::F16, io::DType::BF16};
  llvm::ArrayRef<target::Gpu> gpus = target::getGpus();
  gpu = &gpus[random.bits() % gpus.size()];
  bool isDefault = random.unit() < 0.4;
  warps = isDefault ? 0 : int64_t(1) << random.bits() % 4;
  valueBlock = oneOf(random, blocks);
  inPlace = shape.initialStates && !isHalf && random.unit() < 0.5;
}

/// The trial's schedule; null for the default.
static wy::ScheduleAttr makeGPUSchedule(const Trial &trial, RecurrenceOp op) {
  if (trial.warps == 0)
    return nullptr;
  MLIRContext *context = op.getContext();
  context->loadDialect<wy::WYDialect>();
  int64_t columns = trial.shape.sizes["V"];
  int64_t block = findMixedColumns(op) ? columns : trial.valueBlock;
  return wy::ScheduleAttr::get(
      context, wy::GPUScheduleAttr::get(context, trial.warps, block));
}

static std::string describe(const Trial &trial, RecurrenceOp op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << stringifyStepClass(trial.step.kind) << " seed " << trial.step.seed;
  printDims(os, trial.shape);
  os << ", " << stringifyGateRegime(trial.shape.gates) << " gates, "
     << trial.gpu->name << ", warps " << trial.warps << ", value block "
     << trial.valueBlock << (trial.inPlace ? ", in place" : "")
     << (trial.isHalf ? ", half\n" : "\n");
  op.print(os);
  return text;
}

static void expectReference(const Trial &trial, ModuleOp module) {
  RecurrenceOp op = *module.getOps<RecurrenceOp>().begin();
  SCOPED_TRACE(describe(trial, op));
  StepData data(op, trial.shape, trial.step.seed);
  const runtime::Problem &problem = data.getProblem();
  runtime::Results expected =
      llvm::cantFail(reference::interpretExact(op, problem));
  ASSERT_TRUE(isFinite(expected)) << "the generator went wrong";

  compiler::CompileOptions options = compiler::getCompileOptions(problem);
  options.gpu = trial.gpu;
  options.schedule = makeGPUSchedule(trial, op);
  ASSERT_TRUE(
      expectMeaning(module, problem, options, expected, getBar(trial.isHalf)));

  auto artifact = compiler::compile(op, options);
  ASSERT_TRUE(static_cast<bool>(artifact))
      << llvm::toString(artifact.takeError());
  std::optional<runtime::Results> first;
  for (uint64_t seed : {0, 1}) {
    auto results =
        simulate(data, *artifact, seed, /*inPlace=*/trial.inPlace && seed == 1);
    ASSERT_TRUE(static_cast<bool>(results))
        << llvm::toString(results.takeError());
    expectNear(*results, expected, getBar(trial.isHalf));
    if (first)
      expectSameBits(*results, *first);
    first = std::move(*results);
  }
}

namespace {
/// What the trials met; shared by their threads.
struct Tally {
  void add(const Trial &trial, StepFeatures found);

  std::mutex mutex;
  StepFeatureCounts features;
  std::map<std::string, unsigned> circumstances;
};
} // namespace

void Tally::add(const Trial &trial, StepFeatures found) {
  std::lock_guard lock(mutex);
  features.add(found);
  const runtime::Sizes &sizes = trial.shape.sizes;
  auto count = [&](llvm::StringRef name, bool isSo) {
    circumstances[name.str()] += isSo;
  };
  count(trial.gpu->name, true);
  count((stringifyGateRegime(trial.shape.gates) + " gates").str(), true);
  count("T = 0", sizes["T"] == 0);
  count("T = 1", sizes["T"] == 1);
  count("K = 1", sizes["K"] == 1);
  count("V = 1", sizes["V"] == 1);
  count("K != V", sizes["K"] != sizes["V"]);
  count("HV = 4 H", sizes["HV"] == 4 * sizes["H"]);
  count("packed", !trial.shape.sequenceLengths.empty());
  count("empty sequence", llvm::is_contained(trial.shape.sequenceLengths, 0));
  count("initial states", trial.shape.initialStates);
  count("no initial states", !trial.shape.initialStates);
  count("in place", trial.inPlace);
  count("half inputs", trial.isHalf);
  count("default schedule", trial.warps == 0);
  count("one warp", trial.warps == 1);
  count("eight warps", trial.warps == 8);
}

TEST(TileExecution, IsTheReference) {
  Tally tally;
  forEachByTwo(numTrials, [&](unsigned seed) {
    Trial trial(seed);
    MLIRContext context(MLIRContext::Threading::DISABLED);
    OwningOpRef<ModuleOp> module = generateStep(context, trial.step);
    expectReference(trial, *module);
    tally.add(trial, findFeatures(*module->getOps<RecurrenceOp>().begin()));
  });

  std::string text;
  llvm::raw_string_ostream os(text);
  tally.features.print(os);
  llvm::ListSeparator separator;
  for (const auto &[name, count] : tally.circumstances)
    os << separator << count << ' ' << name;
  std::cout << text << '\n';
  EXPECT_EQ(tally.features.getTotal(), numTrials);
  for (unsigned i = 0; i < kNumStepFeatures; ++i) {
    auto feature = static_cast<StepFeature>(i);
    EXPECT_GE(tally.features.get(feature), minimalCount)
        << stringifyStepFeature(feature).str();
  }
  for (const auto &[name, count] : tally.circumstances)
    EXPECT_GE(count, minimalCount) << name;
}

//===----------------------------------------------------------------------===//
// Variants of the library
//===----------------------------------------------------------------------===//

/// Every variant, with generated inputs, after each pass.
static void expectVariants(ArrayRef<StringRef> inputs, int64_t chunk) {
  for (const Variant &variant : getVariants()) {
    MLIRContext context(MLIRContext::Threading::DISABLED);
    context.loadDialect<DeltaDialect>();
    auto module = parseSourceString<ModuleOp>(variant.source, &context);
    ASSERT_TRUE(module);
    RecurrenceOp op = *module->getOps<RecurrenceOp>().begin();
    for (StringRef text : inputs) {
      SCOPED_TRACE((variant.name + ", " + text).str());
      auto tensors = llvm::cantFail(reference::generate(
          op, llvm::cantFail(reference::parseGenerateOptions(text))));
      auto problem = llvm::cantFail(runtime::bind(
          getSignature(op),
          llvm::map_to_vector(tensors, [](const runtime::OwnedTensor &tensor) {
            return io::NamedTensor{tensor.name, tensor.view()};
          })));
      compiler::CompileOptions options = compiler::getCompileOptions(problem);
      options.gpu = &target::getGpus().front();
      options.chunk = chunk;
      runtime::Results expected =
          llvm::cantFail(reference::interpretExact(op, problem));
      bool isHalf = problem.outputDType != io::DType::F32;
      ASSERT_TRUE(
          expectMeaning(*module, problem, options, expected, getBar(isHalf)));
    }
  }
}

TEST(TileExecution, VariantsMeanTheReference) {
  expectVariants({"seqlens=3:0:2,H=1,HV=2,K=60,V=100,initial",
                  "B=2,T=3,H=1,HV=4,K=16,V=16,dtype=bf16",
                  "B=1,T=1,H=1,K=128,V=128,dtype=f16,initial"},
                 /*chunk=*/0);
}

TEST(TileExecution, ChunksMeanTheReference) {
  expectVariants({"seqlens=19:0:16,H=1,HV=2,K=20,V=36,initial",
                  "B=1,T=5,H=1,K=16,V=16,dtype=bf16"},
                 /*chunk=*/16);
}
