//===- CompiledGradientsTest.cpp - gradients by native code ---------------===//
//
// Gradients by chunks as native code, against the step's in float64: of
// generated steps of class linear and delta, with vectors of every processor,
// panels, ragged and packed sequences, grouped heads and gates of every size;
// and of the library's variants in every type.
//
//===----------------------------------------------------------------------===//

#include "lib/Analysis/Signatures.h"
#include "lib/Reference/Error.h"
#include "lib/Reference/Generate.h"
#include "lib/Runtime/BackwardProblem.h"
#include "lib/Runtime/CPU/CPUDevice.h"
#include "lib/Runtime/Run.h"
#include "lib/Variants/Variants.h"
#include "test/unit/Backward/GradientCheck.h"
#include "test/unit/Generator/ChunkTrial.h"
#include "test/unit/Runtime/TestProblem.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <cstring>
#include <iostream>
#include <limits>
#include <map>
#include <mutex>

using namespace llvm;
using namespace sluice;
using namespace sluice::delta;
using namespace sluice::runtime;
using namespace sluice::test;

#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
static constexpr bool isSanitized = true;
#else
static constexpr bool isSanitized = false;
#endif

static constexpr unsigned numTrials = isSanitized ? 20 : 60;
/// Of these so many are to run.
static constexpr unsigned minimalRuns = isSanitized ? 8 : 50;
static constexpr double floatBar = 1e-4;

/// Random gradients by all results, of the types that they have.
static std::deque<OwnedTensor> giveGradients(Problem &problem,
                                             reference::Random &random) {
  std::deque<OwnedTensor> tensors;
  auto add = [&](StringRef name, const SymbolicShape &shape, io::DType dtype) {
    OwnedTensor &tensor = tensors.emplace_back(cantFail(
        OwnedTensor::create(name, dtype, evaluate(shape, problem.sizes))));
    for (int64_t i = 0, e = tensor.view().numElements(); i < e; ++i)
      tensor.store(i, random.normal());
    return tensor.view();
  };
  const Signature &signature = problem.signature;
  for (const Output &output : signature.outputs)
    problem.outputGradients.push_back(
        add(output.name, output.getShape(), problem.outputDType));
  for (unsigned state : signature.getStates())
    problem.finalStateGradients.push_back(
        add(signature.arguments[state].name,
            signature.arguments[state].getShape(), io::DType::F32));
  return tensors;
}

/// Runs an artifact over memory full of NaN.
static Results runOver(const Artifact &artifact, const Problem &problem,
                       unsigned threads) {
  CPUDevice device(threads);
  auto loaded = cantFail(LoadedArtifact::load(device, artifact));
  Results results = cantFail(Results::allocate(problem));
  SmallVector<void *> places;
  for (OwnedTensor &tensor : results.tensors) {
    std::memset(tensor.data(), 0xff, tensor.numBytes());
    places.push_back(tensor.data());
  }
  auto run = cantFail(Run::create(*loaded, problem, places));
  cantFail(run->execute());
  cantFail(run->copyResults());
  return results;
}

static double expectClose(const Results &ours, const Results &expected,
                          double bar) {
  double worst = 0;
  EXPECT_EQ(ours.tensors.size(), expected.tensors.size());
  for (const OwnedTensor &tensor : ours.tensors) {
    const OwnedTensor *exact = expected.find(tensor.name);
    if (!exact) {
      ADD_FAILURE() << tensor.name << " is not the reference's";
      continue;
    }
    reference::TensorError error = reference::compare(tensor, *exact);
    // What cancels, or only decayed, ends as rounding.
    if (error.maxAbsolute < 1e-6)
      continue;
    EXPECT_TRUE(error.relativeRMS <= bar)
        << tensor.name << ": " << error.relativeRMS << ", at most "
        << error.maxAbsolute;
    worst = std::max(worst, error.relativeRMS);
  }
  return worst;
}

//===----------------------------------------------------------------------===//
// Generated steps
//===----------------------------------------------------------------------===//

namespace {
struct Tally {
  double worst = 0;
  unsigned runs = 0;
  std::map<std::string, unsigned> refusals;
};
} // namespace

/// What wy-to-vector refuses says so; nothing else fails.
static bool isKnownRefusal(StringRef error) {
  return error.contains("is not lowered: ") ||
         error.contains("has no chunk form: ");
}

static void runTrial(const ChunkTrial &trial, Tally &tally, std::mutex &mutex) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  mlir::OwningOpRef<mlir::ModuleOp> module = generateStep(context, trial.step);
  RecurrenceOp op = *module->getOps<RecurrenceOp>().begin();
  std::string text = describe(trial, op);
  SCOPED_TRACE(text);
  PrettyStackTraceString onFault(text.c_str());
  auto refuse = [&](Error error) {
    std::string reason = toString(std::move(error));
    EXPECT_TRUE(isKnownRefusal(reason)) << reason;
    size_t begin = reason.find("is not lowered"), end = reason.find('\n');
    std::lock_guard lock(mutex);
    ++tally.refusals[begin == std::string::npos
                         ? "no chunk form"
                         : reason.substr(begin, end - begin)];
  };
  auto chunks = compiler::deriveChunkAdjoint(op, trial.keyDim, trial.valueDim,
                                             trial.chunk);
  if (!chunks)
    return refuse(chunks.takeError());
  Signature signature = getSignature(chunks->adjoint);
  std::optional<Artifact> artifact;
  double worst = 0;
  for (const ChunkCase &one : trial.cases) {
    StepData data(op, one.shape, trial.step.seed);
    Problem problem = data.getProblem();
    reference::Random random(trial.step.seed, 0x6ead);
    std::deque<OwnedTensor> given = giveGradients(problem, random);
    BackwardProblem bound =
        cantFail(BackwardProblem::create(problem, signature));
    if (!artifact) {
      compiler::CompileOptions options =
          compiler::getCompileOptions(bound.get());
      options.target = trial.target;
      auto compiled = compiler::compile(chunks->adjoint, options);
      if (!compiled)
        return refuse(compiled.takeError());
      artifact = std::move(*compiled);
    }
    Results exact = getGradients(op, problem);
    Results ours = cantFail(bound.takeGradients(
        runOver(*artifact, bound.get(), one.run.threads), io::DType::F32));
    worst = std::max(worst, expectClose(ours, exact, floatBar));
  }
  std::lock_guard lock(mutex);
  tally.worst = std::max(tally.worst, worst);
  ++tally.runs;
}

TEST(CompiledGradients, AreTheReferencesOfGeneratedSteps) {
  EnablePrettyStackTrace();
  constexpr int64_t chunks[] = {1, 2, 3, 4, 5, 8, 16, 32};
  Tally tally;
  std::mutex mutex;
  forEachByTwo(numTrials, [&](unsigned i) {
    runTrial(ChunkTrial(chunks[i % std::size(chunks)], /*maxStateOps=*/4,
                        90'000 + i),
             tally, mutex);
  });
  std::cout << tally.runs << " run, worst error " << tally.worst << '\n';
  for (const auto &[reason, count] : tally.refusals)
    std::cout << count << ' ' << reason << '\n';
  EXPECT_GE(tally.runs, minimalRuns);
}

//===----------------------------------------------------------------------===//
// The library
//===----------------------------------------------------------------------===//

namespace {
class CompiledVariantGradients : public sluice::test::TestProblem {
protected:
  /// Those of the variant's gates that are logs are all `gate`, if it is given.
  void loadProblem(StringRef variant, const std::string &shape,
                   std::optional<double> gate) {
    load(variant);
    reference::GenerateOptions options =
        cantFail(reference::parseGenerateOptions(shape));
    tensors = cantFail(reference::generate(spec.op, options));
    for (auto decay : spec.op.getStep().getOps<DecayOp>())
      if (auto argument = dyn_cast<mlir::BlockArgument>(decay.getGate()))
        for (OwnedTensor &tensor : tensors)
          if (gate && tensor.name == spec.op.getName(argument))
            for (int64_t i = 0, e = tensor.view().numElements(); i < e; ++i)
              tensor.store(i, i % 3 == 1 ? *gate : tensor.load(i));
    problem = cantFail(bind({}));
    reference::Random random(1, 2);
    given = giveGradients(problem, random);
  }

  Artifact compileChunks(int64_t chunk) {
    auto chunks = cantFail(compiler::deriveChunkAdjoint(
        spec.op, problem.sizes["K"], problem.sizes["V"], chunk));
    signature = getSignature(chunks.adjoint);
    BackwardProblem bound =
        cantFail(BackwardProblem::create(problem, signature));
    return cantFail(compiler::compile(
        chunks.adjoint, compiler::getCompileOptions(bound.get())));
  }

  /// Of results' own types.
  Results run(const Artifact &artifact, unsigned threads) {
    BackwardProblem bound =
        cantFail(BackwardProblem::create(problem, signature));
    return cantFail(
        bound.takeGradients(runOver(artifact, bound.get(), threads)));
  }

  Problem problem;
  std::deque<OwnedTensor> given;
  Signature signature;
};
} // namespace

/// Half of what public suites ask of gradients by inputs of 16 bits: .004, and
/// .01 for gates and write strengths; and in float32 1e-5 and 5e-5.
TEST_F(CompiledVariantGradients, AreWithinTheBars) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr struct {
    const char *name;
    std::optional<double> gate;
  } kGates[] = {{"mild", std::nullopt},
                {"zero", 0.0},
                {"strong", -5.0},
                {"-1e3", -1e3},
                {"-inf", -kInfinity}};
  constexpr const char *kShapes[] = {
      "B=1,T=1,H=1,K=16,V=16,initial", "B=2,T=45,H=1,HV=4,K=20,V=36,initial",
      "T=50,H=2,K=16,V=48,seqlens=17:0:33,initial"};
  double worst = 0, worstGate = 0;
  unsigned index = 0;
  for (const Variant &variant : getVariants())
    for (const char *type : {"f32", "bf16", "f16"}) {
      // A few of the product, in turn.
      const auto &gates = kGates[index % std::size(kGates)];
      const char *shape = kShapes[index % std::size(kShapes)];
      int64_t chunk = index % 2 == 0 ? 16 : 32;
      ++index;
      SCOPED_TRACE(
          (variant.name + ", " + type + ", " + shape + ", gates " + gates.name)
              .str());
      loadProblem(variant.name, (Twine(shape) + ",dtype=" + type).str(),
                  gates.gate);
      Artifact artifact = compileChunks(chunk);
      Results ours = run(artifact, 1);
      // The same bits whoever runs what.
      expectSameBits(run(artifact, 2), ours);
      Results exact = getGradients(spec.op, problem);
      bool isSingle = StringRef(type) == "f32";
      for (const OwnedTensor &tensor : ours.tensors) {
        reference::TensorError error =
            reference::compare(tensor, *exact.find(tensor.name));
        if (error.maxAbsolute < (isSingle ? 1e-6 : 1e-4))
          continue;
        bool isVector = is_contained({"dq", "dk", "dv"}, tensor.name) ||
                        StringRef(tensor.name).starts_with("dinitial_state");
        double bar =
            isSingle ? (isVector ? 1e-5 : 5e-5) : (isVector ? .004 : .01);
        EXPECT_TRUE(error.relativeRMS <= bar)
            << tensor.name << ": " << error.relativeRMS << ", at most "
            << error.maxAbsolute;
        if (isSingle)
          (isVector ? worst : worstGate) =
              std::max(isVector ? worst : worstGate, error.relativeRMS);
      }
    }
  std::cout << "in float32 worst " << worst << ", of gates " << worstGate
            << '\n';
}
