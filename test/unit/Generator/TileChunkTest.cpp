//===- TileChunkTest.cpp - generated steps as kernels of chunks -----------===//
//
// The chunk form as a kernel against the float64 reference: random steps of
// class linear and delta, sizes that fill no fragment, tokens that fill no
// chunk and no block of chunks, packed sequences with empty ones. Kernels whose
// warps are apart and kernels that all warps go through together, several CTAs
// for a state among them. After each pass over tile by the meaning of the
// kernel, and as PTX in the simulator, which gives the same bits in another
// order of warps.
//
//===----------------------------------------------------------------------===//

#include "lib/Compiler/ChunkForm.h"
#include "lib/Compiler/Levels.h"
#include "lib/Reference/Interpreter.h"
#include "lib/Reference/TileInterpreter.h"
#include "test/unit/Generator/ChunkTrial.h"
#include "test/unit/Generator/TileRun.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <atomic>
#include <iostream>
#include <map>
#include <mutex>

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

/// Steps drawn; some of them are refused, or too large for shared memory.
static constexpr unsigned numTrials = 64;
/// Of these every kind of kernel has at least:
static constexpr unsigned minimalCount = 3;
/// The largest relative RMS errors: of products of float32, of those of three
/// bf16 numbers by two, and of outputs in 16 bits.
static constexpr double fullBar = 1e-4, halfBar = 0.005;

namespace {
/// A generated step and how its chunks run.
struct TileTrial : ChunkTrial {
  explicit TileTrial(uint64_t seed);

  StepShape shape;
  const target::Gpu *gpu;
  int64_t warps;
  wy::Precision precision;
  bool isHalf, inPlace;

private:
  void drawSizes(reference::Random &random);
};

/// What the trials met; shared by their threads.
struct Tally {
  void add(const TileTrial &trial, tile::KernelOp kernel);
  void count(StringRef name, bool isSo) { circumstances[name.str()] += isSo; }

  std::mutex mutex;
  std::map<std::string, unsigned> circumstances;
};
} // namespace

void TileTrial::drawSizes(reference::Random &random) {
  constexpr int64_t keys[] = {7, 16, 24, 40}, columns[] = {16, 24, 36, 60, 100};
  runtime::Sizes &sizes = shape.sizes;
  keyDim = sizes["K"] = oneOf(random, keys);
  valueDim = sizes["V"] = oneOf(random, columns);
  sizes["B"] = sizes["N"] = 1;
  sizes["H"] = 1;
  sizes["HV"] = 1 + random.bits() % 2;
  // None, one, part of a chunk, a chunk, some, more than a block of four.
  const int64_t tokens[] = {0, 1, chunk - 3, chunk, 2 * chunk + 5, 16 * 5 + 1};
  sizes["T"] = oneOf(random, tokens);
  if (random.unit() < 0.5)
    drawSequences(shape, random);
}

TileTrial::TileTrial(uint64_t seed)
    : ChunkTrial(seed % 3 == 0 ? 32 : 16, /*maxStateOps=*/4, 9'000 + seed) {
  reference::Random random(seed, 0x711e2);
  constexpr int64_t counts[] = {1, 2, 4, 8};
  constexpr wy::Precision exact[] = {wy::Precision::F32, wy::Precision::BF16x3};
  // A state that nothing changes keeps warps together.
  step.minStates = 1;
  step.maxStates = 1 + random.bits() % 2;
  step.coupled = std::nullopt;
  step.chunkable = true;
  drawSizes(random);
  shape.initialStates = random.unit() < 0.6;
  shape.gates = static_cast<GateRegime>(random.bits() % kNumGateRegimes);
  isHalf = random.unit() < 0.5;
  if (isHalf)
    shape.types = {io::DType::F32, io::DType::F16, io::DType::BF16};
  precision = isHalf ? wy::Precision::BF16x2 : oneOf(random, exact);
  llvm::ArrayRef<target::Gpu> gpus = target::getGpus();
  gpu = &gpus[random.bits() % gpus.size()];
  warps = oneOf(random, counts);
  inPlace = shape.initialStates && !isHalf && random.unit() < 0.5;
}

static wy::ScheduleAttr
makeSchedule(const TileTrial &trial, MLIRContext *context,
             wy::PlacementKind placement = wy::PlacementKind::OneKernel) {
  // Sequences of one segment, of some, and of a part of one.
  int64_t segment =
      placement == wy::PlacementKind::Segments
          ? trial.chunk * static_cast<int64_t>(1 + trial.step.seed % 2)
          : 0;
  wy::Precision all = trial.precision;
  return wy::ScheduleAttr::get(
      context, trial.chunk, /*leaf=*/1, wy::LeafScheme::Pairwise,
      wy::SolveMethod::Inverse,
      /*solve_leaf=*/trial.chunk == 16 ? 16 : 1, wy::WForm::Automatic,
      wy::PrecisionsAttr::getAll(context, all), wy::Storage::F32, placement,
      segment, wy::GPUScheduleAttr::get(context, trial.warps, trial.valueDim));
}

void Tally::add(const TileTrial &trial, tile::KernelOp kernel) {
  std::lock_guard lock(mutex);
  bool isApart = kernel.getApart();
  std::string kind = isApart ? "apart" : "together";
  auto grid = cast<StringAttr>(kernel.getGrid()[0]).getValue();
  count("apart", isApart);
  count("together", !isApart);
  count("apart, several CTAs a state", isApart && !grid.ends_with("* 1"));
  count("apart, clusters", isApart && kernel.getCluster() > 1);
  count("apart, one warp", isApart && kernel.getWarps() == 1);
  count("apart, several warps", isApart && kernel.getWarps() > 1);
  count("apart, columns that fill no warp",
        isApart && trial.valueDim % 16 != 0);
  for (StringRef each : {"apart", "together"}) {
    bool isKind = each == kind;
    auto countOf = [&](StringRef name, bool isSo) {
      count((each + ", " + name).str(), isKind && isSo);
    };
    countOf("chunks of 16", trial.chunk == 16);
    countOf("chunks of 32", trial.chunk == 32);
    countOf("half inputs", trial.isHalf);
    countOf("float32", !trial.isHalf);
    countOf("packed", !trial.shape.sequenceLengths.empty());
    countOf("empty sequence",
            llvm::is_contained(trial.shape.sequenceLengths, 0));
  }
}

static std::string describe(const TileTrial &trial, RecurrenceOp op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << stringifyStepClass(trial.step.kind) << " seed " << trial.step.seed
     << ", chunks of " << trial.chunk;
  printDims(os, trial.shape);
  os << ", " << stringifyGateRegime(trial.shape.gates) << " gates, "
     << trial.gpu->name << ", warps " << trial.warps << ", "
     << wy::stringifyPrecision(trial.precision)
     << (trial.inPlace ? ", in place" : "")
     << (trial.isHalf ? ", half\n" : "\n");
  op.print(os);
  return text;
}

static void expectReference(const TileTrial &trial, ModuleOp module,
                            Tally &tally) {
  RecurrenceOp op = *module.getOps<RecurrenceOp>().begin();
  auto form =
      compiler::deriveChunkForm(op, trial.keyDim, trial.valueDim, trial.chunk);
  if (!form)
    return llvm::consumeError(form.takeError());
  SCOPED_TRACE(describe(trial, op));
  StepData data(op, trial.shape, trial.step.seed);
  const runtime::Problem &problem = data.getProblem();
  runtime::Results expected =
      llvm::cantFail(reference::interpretExact(op, problem));
  double bar = trial.isHalf ? halfBar : fullBar;

  compiler::CompileOptions options = compiler::getCompileOptions(problem);
  options.gpu = trial.gpu;
  options.chunk = trial.chunk;
  options.schedule = makeSchedule(trial, op.getContext());
  bool fits =
      expectMeaning(module, problem, options, expected, bar,
                    [&](tile::KernelOp kernel) { tally.add(trial, kernel); });
  if (!fits)
    return;

  auto artifact = compiler::compile(op, options);
  ASSERT_TRUE(static_cast<bool>(artifact))
      << llvm::toString(artifact.takeError());
  std::optional<runtime::Results> first;
  for (uint64_t seed : {0, 1}) {
    auto results =
        simulate(data, *artifact, seed, /*inPlace=*/trial.inPlace && seed == 1);
    ASSERT_TRUE(static_cast<bool>(results))
        << llvm::toString(results.takeError());
    expectNear(*results, expected, bar);
    if (first)
      expectSameBits(*results, *first);
    first = std::move(*results);
  }
}

/// What a placement's kernels mean, one after another, and what they are in the
/// simulator. Returns false where there is no such placement.
static bool expectPlaced(const TileTrial &trial, ModuleOp module,
                         wy::PlacementKind placement) {
  RecurrenceOp op = *module.getOps<RecurrenceOp>().begin();
  auto form =
      compiler::deriveChunkForm(op, trial.keyDim, trial.valueDim, trial.chunk);
  if (!form) {
    llvm::consumeError(form.takeError());
    return false;
  }
  SCOPED_TRACE(wy::stringifyPlacementKind(placement).str() + ", " +
               describe(trial, op));
  StepData data(op, trial.shape, trial.step.seed);
  const runtime::Problem &problem = data.getProblem();
  compiler::CompileOptions options = compiler::getCompileOptions(problem);
  options.gpu = trial.gpu;
  options.chunk = trial.chunk;
  options.schedule = makeSchedule(trial, op.getContext(), placement);
  auto tile = compiler::lower(op, compiler::Level::Tile, options);
  if (!tile) {
    std::string errors = llvm::toString(tile.takeError());
    EXPECT_TRUE(StringRef(errors).contains("is not a matrix") ||
                StringRef(errors).contains("bytes of shared memory"))
        << errors;
    return false;
  }
  runtime::Results expected =
      llvm::cantFail(reference::interpretExact(op, problem));
  double bar = trial.isHalf ? halfBar : fullBar;
  auto kernels = llvm::to_vector((*tile)->getOps<tile::KernelOp>());
  EXPECT_GE(kernels.size(), 2u);
  auto meant = reference::interpretKernels(kernels, problem);
  if (meant)
    expectNear(*meant, expected, bar);
  else
    ADD_FAILURE() << llvm::toString(meant.takeError());

  runtime::Artifact artifact = llvm::cantFail(compiler::compile(op, options));
  std::optional<runtime::Results> first;
  for (uint64_t seed : {0, 1}) {
    auto results =
        simulate(data, artifact, seed, /*inPlace=*/trial.inPlace && seed == 1);
    if (!results) {
      ADD_FAILURE() << llvm::toString(results.takeError());
      return true;
    }
    expectNear(*results, expected, bar);
    if (first)
      expectSameBits(*results, *first);
    first = std::move(*results);
  }
  return true;
}

TEST(TileChunks, PlacedAreTheReference) {
  constexpr wy::PlacementKind placements[] = {wy::PlacementKind::PreScanPost,
                                              wy::PlacementKind::Segments};
  std::atomic<unsigned> counts[2] = {0, 0};
  forEachByTwo(numTrials, [&](unsigned seed) {
    TileTrial trial(500 + seed);
    MLIRContext context(MLIRContext::Threading::DISABLED);
    context.loadDialect<wy::WYDialect>();
    OwningOpRef<ModuleOp> module = generateStep(context, trial.step);
    counts[seed % 2] += expectPlaced(trial, *module, placements[seed % 2]);
  });
  for (auto [placement, count] : llvm::zip(placements, counts))
    EXPECT_GE(count, 4u) << wy::stringifyPlacementKind(placement).str();
}

TEST(TileChunks, AreTheReference) {
  Tally tally;
  forEachByTwo(numTrials, [&](unsigned seed) {
    TileTrial trial(seed);
    MLIRContext context(MLIRContext::Threading::DISABLED);
    context.loadDialect<wy::WYDialect>();
    OwningOpRef<ModuleOp> module = generateStep(context, trial.step);
    expectReference(trial, *module, tally);
  });

  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::ListSeparator separator;
  for (const auto &[name, count] : tally.circumstances)
    os << separator << count << ' ' << name;
  std::cout << text << '\n';
  EXPECT_FALSE(tally.circumstances.empty());
  for (const auto &[name, count] : tally.circumstances)
    EXPECT_GE(count, StringRef(name).contains(',') ? 1 : minimalCount) << name;
}
