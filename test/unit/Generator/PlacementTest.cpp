//===- PlacementTest.cpp - placed scans of generated steps ----------------===//
//
// The library's variants and random steps, as one kernel, as pre, scan and
// post, and in segments of time: in float64 each is the scan that it was made
// of, as derived and decomposed. Last chunks and segments that are short,
// packed sequences with empty ones, grouped heads, initial states. A step
// without a transition is refused at the op that is the reason.
//
//===----------------------------------------------------------------------===//

#include "dialects/Registration.h"
#include "lib/Analysis/Signatures.h"
#include "lib/Compiler/ChunkForm.h"
#include "lib/Compiler/Compile.h"
#include "lib/Compiler/SpecLoader.h"
#include "lib/Reference/ChunkInterpreter.h"
#include "lib/Reference/Error.h"
#include "lib/Reference/Generate.h"
#include "lib/Runtime/CPU/CPUDevice.h"
#include "lib/Runtime/Run.h"
#include "lib/Variants/Variants.h"
#include "mlir/Pass/PassManager.h"
#include "passes/WYDecompose/WYDecompose.h"
#include "passes/WYPlace/WYPlace.h"
#include "test/unit/Generator/ChunkTrial.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <atomic>
#include <iostream>
#include <mutex>

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
static constexpr unsigned trialsOfASize = 8;
#else
static constexpr unsigned trialsOfASize = 60;
#endif
/// One in so many runs as native code, too, over one of its cases.
static constexpr unsigned nativeStep = 40;
static constexpr int64_t chunkSizes[] = {1, 2, 3, 4, 5, 8, 16};
/// Relative RMS errors in float64 and float32, where differences are above
/// `least`.
static constexpr double exactBar = 1e-12, floatBar = 1e-4, least = 1e-15;

namespace {
/// How a scan is decomposed (not at all without a leaf) and placed.
struct Way {
  StringRef placement;
  int64_t segmentChunks = 0, leaf = 0;
  StringRef solve = "substitution";
};

struct Placed {
  OwningOpRef<ModuleOp> module;
  wy::PlacedOp op;
  bool isDecomposed;
  std::string error;
};
} // namespace

static constexpr Way kWays[] = {
    {"one_kernel"},  {"pre_scan_post"},       {"segments", 1},
    {"segments", 3}, {"pre_scan_post", 0, 2}, {"segments", 2, 1, "inverse"}};

static Placed place(wy::ScanOp scan, const Way &way) {
  MLIRContext *context = scan.getContext();
  Placed placed;
  placed.isDecomposed = way.leaf != 0;
  placed.module = ModuleOp::create(scan.getLoc());
  OpBuilder::atBlockEnd(placed.module->getBody()).clone(*scan);
  ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
      placed.error = diagnostic.str();
  });
  PassManager manager(context);
  if (way.leaf != 0) {
    WYDecomposeOptions options;
    options.leaf = way.leaf;
    options.solve = way.solve.str();
    manager.addPass(createWYDecompose(options));
  }
  WYPlaceOptions options;
  options.placement = way.placement.str();
  options.segment = way.segmentChunks * static_cast<int64_t>(scan.getChunk());
  manager.addPass(createWYPlace(options));
  if (succeeded(manager.run(*placed.module)))
    placed.op = *placed.module->getOps<wy::PlacedOp>().begin();
  return placed;
}

/// The greatest relative error, which should be at most `bar`.
static double expectEqual(const runtime::Results &results,
                          const runtime::Results &expected, double bar) {
  double worst = 0;
  for (const reference::TensorError &error :
       llvm::cantFail(reference::compare(results, expected))) {
    if (error.maxAbsolute < least)
      continue;
    EXPECT_TRUE(error.relativeRMS <= bar)
        << error.name << ": " << error.relativeRMS << ", at most "
        << error.maxAbsolute;
    worst = std::max(worst, error.relativeRMS);
  }
  return worst;
}

static std::string toString(Operation *op) {
  std::string text;
  llvm::raw_string_ostream(text) << *op;
  return text;
}

/// A placement on this processor.
static double expectNative(wy::PlacedOp placed, const runtime::Problem &problem,
                           const runtime::Results &expected) {
  runtime::Artifact artifact = llvm::cantFail(
      compiler::compile(placed, compiler::getCompileOptions(problem)));
  // As a file, too: a plan survives being written.
  std::string file = runtime::serialize(artifact);
  EXPECT_EQ(llvm::cantFail(runtime::parseArtifact(
                llvm::arrayRefFromStringRef(file), "placement")),
            artifact);
  runtime::CPUDevice device(/*threads=*/1);
  auto loaded = llvm::cantFail(
      runtime::LoadedArtifact::load(device, std::move(artifact)));
  return expectEqual(llvm::cantFail(runtime::runArtifact(*loaded, problem)),
                     expected, floatBar);
}

static double expectPlacement(wy::PlacedOp placed,
                              const runtime::Problem &problem,
                              const runtime::Results &expected) {
  auto results = reference::interpretPlacedExact(placed, problem);
  EXPECT_TRUE(static_cast<bool>(results));
  return results ? expectEqual(*results, expected, exactBar) : 0;
}

//===----------------------------------------------------------------------===//
// The library
//===----------------------------------------------------------------------===//

class LibraryPlacement : public testing::TestWithParam<unsigned> {};

INSTANTIATE_TEST_SUITE_P(
    Variants, LibraryPlacement,
    testing::Range(0u, static_cast<unsigned>(getVariants().size())),
    [](const testing::TestParamInfo<unsigned> &info) {
      return getVariants()[info.param].name.str();
    });

namespace {
/// A variant's chunk form, and inputs for it.
struct LibraryProblem {
  LibraryProblem(unsigned variant, int64_t chunk, bool isPacked);

  MLIRContext context;
  compiler::Spec spec;
  std::vector<runtime::OwnedTensor> tensors;
  runtime::Problem problem;
  compiler::ChunkForm form;

private:
  static DialectRegistry getRegistry() {
    DialectRegistry registry;
    registerSluiceDialects(registry);
    return registry;
  }
};
} // namespace

LibraryProblem::LibraryProblem(unsigned variant, int64_t chunk, bool isPacked)
    : context(getRegistry(), MLIRContext::Threading::DISABLED),
      spec(llvm::cantFail(
          compiler::loadSpec(context, getVariants()[variant].name))) {
  reference::GenerateOptions options;
  options.initialStates = true;
  options.seed = chunk;
  if (isPacked)
    options.sequenceLengths = {0, 1, 4, 0, 20, 35};
  runtime::Sizes &sizes = options.sizes;
  sizes["B"] = isPacked ? 1 : 2;
  sizes["T"] = isPacked ? 60 : 45;
  sizes["N"] = isPacked ? 6 : 2;
  sizes["H"] = 2;
  sizes["HV"] = 4;
  sizes["K"] = 5;
  sizes["V"] = 3;
  tensors = llvm::cantFail(reference::generate(spec.op, options));
  std::vector<io::NamedTensor> views;
  views.reserve(tensors.size());
  for (const runtime::OwnedTensor &tensor : tensors)
    views.push_back({tensor.name, tensor.view()});
  problem = llvm::cantFail(runtime::bind(getSignature(spec.op), views));
  form = llvm::cantFail(
      compiler::deriveChunkForm(spec.op, sizes["K"], sizes["V"], chunk));
}

TEST_P(LibraryPlacement, IsTheScan) {
  double worst = 0;
  for (int64_t chunk : {1, 4, 7})
    for (bool isPacked : {false, true}) {
      LibraryProblem library(GetParam(), chunk, isPacked);
      runtime::Results expected = llvm::cantFail(
          reference::interpretChunksExact(library.form.scan, library.problem));
      for (const Way &way : kWays) {
        Placed placed = place(library.form.scan, way);
        ASSERT_TRUE(placed.op) << placed.error;
        SCOPED_TRACE(toString(placed.op));
        worst = std::max(worst,
                         expectPlacement(placed.op, library.problem, expected));
      }
    }
  std::cout << "worst error " << worst << '\n';
}

/// As native code, the placement's scans fused or each by itself.
TEST_P(LibraryPlacement, Runs) {
  LibraryProblem library(GetParam(), 4, /*isPacked=*/true);
  const runtime::Problem &problem = library.problem;
  runtime::Results expected = llvm::cantFail(
      reference::interpretChunksExact(library.form.scan, problem));
  double worst = 0;
  for (const Way &way :
       {Way{"one_kernel"}, Way{"pre_scan_post"}, Way{"segments", 3}}) {
    Placed placed = place(library.form.scan, way);
    ASSERT_TRUE(placed.op) << placed.error;
    SCOPED_TRACE(toString(placed.op));
    worst = std::max(worst, expectNative(placed.op, problem, expected));
  }
  std::cout << "worst error " << worst << '\n';
}

//===----------------------------------------------------------------------===//
// Generated steps
//===----------------------------------------------------------------------===//

namespace {
/// What was met, and what came of it.
struct Tally {
  std::atomic<unsigned> trials{0}, identities{0}, ones{0}, right{0},
      refusals{0}, coupled{0};
  std::mutex mutex;
  double worst = 0, native = 0;

  void add(wy::PlacedOp placed);
};
} // namespace

void Tally::add(wy::PlacedOp placed) {
  for (auto scan : placed.getScans().getOps<wy::ScanOp>()) {
    wy::SegmentsAttr segments = scan.getSegmentsAttr();
    identities += segments && segments.getStart() == wy::Start::Identity;
    ones += segments && segments.getStart() == wy::Start::Ones;
    scan.walk([&](wy::JoinOp join) {
      right += join.getKind() == wy::JoinKind::Right;
      coupled += join.getStates().size() > 1;
    });
  }
}

class GeneratedPlacement : public testing::TestWithParam<int64_t> {};

INSTANTIATE_TEST_SUITE_P(Sizes, GeneratedPlacement,
                         testing::ValuesIn(chunkSizes),
                         [](const testing::TestParamInfo<int64_t> &info) {
                           return "Chunk" + std::to_string(info.param);
                         });

TEST_P(GeneratedPlacement, IsTheScan) {
  Tally tally;
  forEachByTwo(trialsOfASize, [&](unsigned i) {
    ChunkTrial trial(GetParam(), /*maxStateOps=*/6,
                     static_cast<uint64_t>(40'000 + 1000 * GetParam() + i));
    MLIRContext context(MLIRContext::Threading::DISABLED);
    OwningOpRef<ModuleOp> module = generateStep(context, trial.step);
    RecurrenceOp op = *module->getOps<RecurrenceOp>().begin();
    auto form = compiler::deriveChunkForm(op, trial.keyDim, trial.valueDim,
                                          trial.chunk);
    if (!form)
      return llvm::consumeError(form.takeError());
    ++tally.trials;
    std::string text = describe(trial, op);
    SCOPED_TRACE(text);
    llvm::PrettyStackTraceString onFault(text.c_str());
    SmallVector<Placed> placements;
    for (const Way &way : kWays) {
      Placed placed = place(form->scan, way);
      if (placed.op) {
        tally.add(placed.op);
        placements.push_back(std::move(placed));
        continue;
      }
      EXPECT_EQ(way.placement, "segments") << placed.error;
      EXPECT_TRUE(StringRef(placed.error)
                      .starts_with("the transition of @step is not a matrix: "))
          << placed.error;
      ++tally.refusals;
    }
    double worst = 0;
    for (const ChunkCase &one : trial.cases) {
      StepData data(op, one.shape, trial.step.seed);
      runtime::Results expected = llvm::cantFail(
          reference::interpretChunksExact(form->scan, data.getProblem()));
      for (Placed &placed : placements) {
        SCOPED_TRACE(toString(placed.op));
        worst = std::max(
            worst, expectPlacement(placed.op, data.getProblem(), expected));
      }
    }
    double native = 0;
    if (i % nativeStep == 0) {
      StepData data(op, trial.cases.back().shape, trial.step.seed);
      runtime::Results expected = llvm::cantFail(
          reference::interpretChunksExact(form->scan, data.getProblem()));
      // A processor's pipeline decomposes by the schedule.
      for (Placed &placed : llvm::drop_begin(placements)) {
        if (placed.isDecomposed)
          continue;
        SCOPED_TRACE(toString(placed.op));
        native = std::max(native,
                          expectNative(placed.op, data.getProblem(), expected));
      }
    }
    std::lock_guard lock(tally.mutex);
    tally.native = std::max(tally.native, native);
    tally.worst = std::max(tally.worst, worst);
  });
  std::cout << tally.trials << " chunk forms, worst error " << tally.worst
            << ", as native code " << tally.native
            << "; transitions from identities " << tally.identities
            << ", from ones " << tally.ones << ", right " << tally.right
            << ", of several states " << tally.coupled << ", refused "
            << tally.refusals << '\n';
  EXPECT_GE(tally.trials, trialsOfASize / 2);
  // Each kind is met.
  for (unsigned count :
       {tally.identities.load(), tally.ones.load(), tally.right.load(),
        tally.coupled.load(), tally.refusals.load()})
    EXPECT_GE(count, 1u);
}
