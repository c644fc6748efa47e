//===- TileRun.cpp - generated steps as kernels, compared -----------------===//

#include "test/unit/Generator/TileRun.h"
#include "lib/Compiler/PipelineOptions.h"
#include "lib/Reference/Error.h"
#include "lib/Reference/TileInterpreter.h"
#include "lib/Runtime/Run.h"
#include "lib/Runtime/Sim/SimDevice.h"
#include "lib/Runtime/Sim/SimReport.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Pipelines/Pipelines.h"
#include "gtest/gtest.h"
#include <limits>

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

void delta::expectNear(const runtime::Results &results,
                       const runtime::Results &expected, double bar) {
  for (const reference::TensorError &error :
       llvm::cantFail(reference::compare(results, expected))) {
    // What only decays ends below float32's range.
    if (error.maxAbsolute < std::numeric_limits<float>::min())
      continue;
    // Also of a NaN, which is no less than the bar.
    EXPECT_TRUE(error.relativeRMS <= bar)
        << error.name << ": " << error.relativeRMS << ", at most "
        << error.maxAbsolute;
  }
}

void delta::expectSameBits(const runtime::Results &results,
                           const runtime::Results &expected) {
  for (auto [ours, theirs] : llvm::zip_equal(results.tensors, expected.tensors))
    EXPECT_EQ(ours.view().bytes, theirs.view().bytes) << ours.name;
}

namespace {
/// Calls a function with the kernel after each pass that has left one.
class KernelObserver : public PassInstrumentation {
public:
  using Visit = std::function<void(StringRef pass, tile::KernelOp kernel)>;
  explicit KernelObserver(Visit visit) : visit(std::move(visit)) {}

  void runAfterPass(Pass *pass, Operation *op) override {
    // Adaptors, which have no name, only pass on.
    if (!pass->getArgument().empty())
      op->walk(
          [&](tile::KernelOp kernel) { visit(pass->getArgument(), kernel); });
  }

private:
  Visit visit;
};
} // namespace

/// Passes that leave every number as it was.
static bool isExact(StringRef pass) {
  return llvm::is_contained<StringRef>(
      {"canonicalize", "cse", "tile-by-warps", "tile-assign-layouts",
       "tile-allocate-shared", "tile-insert-barriers"},
      pass);
}

/// Whether it is the first to put products into sums, which are rounded once
/// then.
static bool joinsSums(StringRef pass, ArrayRef<std::string> before) {
  return pass == "canonicalize" && before.back() == "wy-to-tile";
}

/// Whether what each warp has summed of its columns is summed over warps: a sum
/// of another order.
static bool splitsSums(StringRef pass, tile::KernelOp kernel) {
  return pass == "tile-by-warps" &&
         kernel
             .walk([](tile::ReduceOp op) {
               auto load = op.getOperand().getDefiningOp<tile::LoadOp>();
               return load && load.getMemory().getDefiningOp<tile::SharedOp>()
                          ? WalkResult::interrupt()
                          : WalkResult::advance();
             })
             .wasInterrupted();
}

bool delta::expectMeaning(ModuleOp module, const runtime::Problem &problem,
                          const compiler::CompileOptions &options,
                          const runtime::Results &expected, double bar,
                          llvm::function_ref<void(tile::KernelOp)> look) {
  PassManager manager(module.getContext());
  TargetPipelineOptions pipeline;
  compiler::setPipelineOptions(options, pipeline);
  buildTilePipeline(manager, pipeline);
  std::optional<runtime::Results> before;
  std::vector<std::string> passes;
  manager.addInstrumentation(std::make_unique<KernelObserver>(
      [&](StringRef pass, tile::KernelOp kernel) {
        SCOPED_TRACE("after " + pass.str());
        bool hasBits = before && isExact(pass) && !joinsSums(pass, passes) &&
                       !splitsSums(pass, kernel);
        passes.push_back(pass.str());
        auto results = reference::interpretKernels(kernel, problem);
        if (!results) {
          ADD_FAILURE() << llvm::toString(results.takeError());
          return;
        }
        expectNear(*results, expected, bar);
        if (hasBits)
          expectSameBits(*results, *before);
        before = std::move(*results);
      }));
  std::string errors;
  ScopedDiagnosticHandler handler(module.getContext(),
                                  [&](Diagnostic &diagnostic) {
                                    errors += diagnostic.str();
                                    return success();
                                  });
  OwningOpRef<ModuleOp> copy = module.clone();
  if (failed(manager.run(*copy))) {
    EXPECT_TRUE(StringRef(errors).contains("bytes of shared memory")) << errors;
    return false;
  }
  for (StringRef pass :
       {options.chunk ? "wy-to-tile" : "delta-to-tile", "tile-assign-layouts",
        "tile-through-shared", "tile-allocate-shared", "tile-insert-barriers"})
    EXPECT_TRUE(llvm::is_contained(passes, pass)) << pass.str();

  tile::KernelOp kernel = *copy->getOps<tile::KernelOp>().begin();
  if (look)
    look(kernel);
  // No CTA needs of a state what another has written.
  auto inPlace =
      reference::interpretKernels(kernel, problem, {.inPlace = true});
  if (!inPlace) {
    ADD_FAILURE() << llvm::toString(inPlace.takeError());
    return true;
  }
  if (before && problem.stateDType == io::DType::F32)
    expectSameBits(*inPlace, *before);
  return true;
}

llvm::Expected<runtime::Results> delta::simulate(StepData &data,
                                                 runtime::Artifact artifact,
                                                 uint64_t seed, bool inPlace) {
  const runtime::Problem &problem = data.getProblem();
  auto results = runtime::Results::allocate(problem);
  if (!results)
    return results.takeError();
  SmallVector<void *> places;
  SmallVector<unsigned, 2> states = problem.signature.getStates();
  for (auto [i, tensor] : llvm::enumerate(results->tensors)) {
    bool isState = inPlace && i >= results->numOutputs;
    places.push_back(
        isState ? data.getBuffer(states[i - results->numOutputs])->data()
                : tensor.data());
  }
  runtime::SimOptions options;
  options.seed = seed;
  runtime::SimDevice device(options);
  auto loaded = runtime::LoadedArtifact::load(device, std::move(artifact));
  if (!loaded)
    return loaded.takeError();
  auto run = runtime::Run::create(**loaded, problem, places);
  if (!run)
    return run.takeError();
  llvm::Error error = (*run)->execute();
  if (!error)
    error = (*run)->copyResults();
  for (const runtime::SimLaunch &launch : device.getLaunches())
    if (!launch.result.findings.empty())
      error = llvm::joinErrors(
          std::move(error),
          llvm::createStringError(launch.result.findings.front().message));
  if (error)
    return std::move(error);
  for (auto [tensor, place] : llvm::zip_equal(results->tensors, places))
    if (place != tensor.data())
      std::copy_n(static_cast<uint8_t *>(place), tensor.numBytes(),
                  tensor.data());
  data.restore();
  return results;
}
