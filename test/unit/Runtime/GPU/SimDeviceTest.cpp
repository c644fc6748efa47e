//===- SimDeviceTest.cpp - Artifacts in the simulator ---------------------===//

#include "lib/Runtime/Sim/SimDevice.h"
#include "lib/Runtime/Sim/SimReport.h"
#include "test/unit/Runtime/GPU/SumTokens.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;
using namespace sluice::test;

namespace {
/// An artifact in a simulator of its own.
struct Simulated {
  explicit Simulated(Artifact artifact = getSumTokens(),
                     SimOptions options = {})
      : device(std::move(options)) {
    Expected<std::unique_ptr<LoadedArtifact>> made =
        LoadedArtifact::load(device, std::move(artifact));
    if (made)
      loaded = std::move(*made);
    else
      error = toString(made.takeError());
  }
  /// Nothing where there was an error.
  std::optional<Results> run(const SumTokensProblem &problem) {
    if (!loaded)
      return std::nullopt;
    Expected<Results> results = runArtifact(*loaded, problem.get());
    if (results)
      return std::move(*results);
    error = toString(results.takeError());
    return std::nullopt;
  }
  std::string getFindings() const {
    std::string text;
    raw_string_ostream os(text);
    printFindings(os, device.getLaunches());
    return text;
  }
  json::Object getReport() const {
    std::string text;
    raw_string_ostream os(text);
    printReportAsJSON(os, device.getLaunches());
    return *cantFail(json::parse(text)).getAsObject();
  }

  SimDevice device;
  std::unique_ptr<LoadedArtifact> loaded;
  std::string error;
};
} // namespace

static SimOptions onChip(StringRef chip) {
  SimOptions options;
  options.chip = chip.str();
  return options;
}

static void expectRight(const SumTokensProblem &problem) {
  Simulated simulated;
  std::optional<Results> results = simulated.run(problem);
  ASSERT_TRUE(results) << simulated.error;
  EXPECT_EQ(simulated.getFindings(), "");
  EXPECT_FALSE(simulated.device.foundErrors());
  EXPECT_EQ(toVector(results->output(0)), problem.getOutputs());
  EXPECT_EQ(toVector(results->finalState(0)), problem.getFinals());
}

TEST(SimDevice, RowsAreSequences) { expectRight(SumTokensProblem({})); }

TEST(SimDevice, SeveralRows) {
  SumTokensProblem::Shape shape;
  shape.rows = 3;
  expectRight(SumTokensProblem(shape));
}

TEST(SimDevice, PackedSequencesSomeOfThemEmpty) {
  SumTokensProblem::Shape shape;
  shape.lengths = {0, 3, 0, 4, 1};
  expectRight(SumTokensProblem(shape));
}

TEST(SimDevice, StatesThatStartAtZero) {
  SumTokensProblem::Shape shape;
  shape.initialState = false;
  shape.rows = 2;
  expectRight(SumTokensProblem(shape));
}

TEST(SimDevice, NoTokens) {
  SumTokensProblem::Shape shape;
  shape.tokens = 0;
  expectRight(SumTokensProblem(shape));
}

TEST(SimDevice, WithoutABlockNothingIsLaunched) {
  SumTokensProblem::Shape shape;
  shape.rows = 0;
  Simulated simulated;
  ASSERT_TRUE(simulated.run(SumTokensProblem(shape))) << simulated.error;
  EXPECT_TRUE(simulated.device.getLaunches().empty());
}

TEST(SimDevice, AStateIsUpdatedInPlace) {
  SumTokensProblem::Shape shape;
  shape.tokens = 1;
  SumTokensProblem problem(shape);
  std::vector<float> once = problem.getFinals();
  Simulated simulated;
  Results results = cantFail(Results::allocate(problem.get()));
  auto run =
      cantFail(Run::create(*simulated.loaded, problem.get(),
                           {results.output(0).data(), problem.getState()}));
  cantFail(run->execute());
  cantFail(run->copyResults());
  std::vector<float> state(problem.getState(),
                           problem.getState() + once.size());
  EXPECT_EQ(state, once);
  // The second token begins where the first one has ended.
  std::vector<float> twice = problem.getFinals();
  cantFail(run->execute());
  cantFail(run->copyResults());
  state.assign(problem.getState(), problem.getState() + once.size());
  EXPECT_EQ(state, twice);
}

TEST(SimDevice, AnotherTypeOfStateIsConverted) {
  SumTokensProblem problem({});
  std::vector<float> finals = problem.getFinals();
  OwnedTensor half = cantFail(
      OwnedTensor::create("S", io::DType::BF16, problem.get().args[1].shape));
  for (int64_t i = 0, e = half.view().numElements(); i < e; ++i)
    half.store(i, loadElement(problem.get().args[1], i));
  problem.get().args[1] = half.view();
  Simulated simulated;
  std::optional<Results> results = simulated.run(problem);
  ASSERT_TRUE(results) << simulated.error;
  EXPECT_EQ(toVector(results->finalState(0)), finals);
}

//===----------------------------------------------------------------------===//
// Plans of several launches
//===----------------------------------------------------------------------===//

/// o is [HV, V], the sum over all tokens, by way of a workspace.
static Artifact getSummed(std::string ptx = getSumTokensPTX()) {
  Artifact artifact = getSumTokens(std::move(ptx));
  artifact.signature.outputs[0].kind = ArgumentKind::Params;
  Workspace tokens{"o of tokens", io::DType::F32, {}};
  for (StringRef axis : {"B", "T", "HV", "V"})
    tokens.shape.push_back(cantFail(Expression::parse(axis)));
  artifact.plan.workspaces = {tokens};
  TensorRef workspace{TensorRef::Space::Workspace, 0};
  std::get<KernelLaunch>(artifact.plan.launches[0]).arguments[2].tensor =
      workspace;
  artifact.plan.launches.emplace_back(OutputSum{workspace, 0});
  return artifact;
}

TEST(SimDevice, SumsWorkOnCopies) {
  Artifact artifact = getSummed();
  SumTokensProblem::Shape shape;
  shape.rows = 2;
  SumTokensProblem problem(shape);
  problem.get().signature = artifact.signature;
  Simulated simulated(artifact);
  std::optional<Results> results = simulated.run(problem);
  ASSERT_TRUE(results) << simulated.error;
  std::vector<float> outputs = problem.getOutputs(), sums(3 * 8);
  for (size_t i = 0; i < outputs.size(); ++i)
    sums[i % sums.size()] += outputs[i];
  EXPECT_EQ(toVector(results->output(0)), sums);
  EXPECT_EQ(toVector(results->finalState(0)), problem.getFinals());
}

TEST(SimDevice, SegmentsAreJoined) {
  SumTokensProblem::Shape shape;
  shape.rows = 2;
  SumTokensProblem problem(shape);
  problem.get().scale = 1;
  // Segments from zero leave their states in `written`, M are identities, and
  // segments from their starts give the outputs.
  Artifact artifact = getSumTokens();
  artifact.plan.segmentTokens = 2;
  std::vector<Expression> shapes;
  for (StringRef axis : {"G", "HV", "K", "V"})
    shapes.push_back(cantFail(Expression::parse(axis)));
  auto ones = shapes;
  ones.back() = 1;
  artifact.plan.workspaces = {
      {"written", io::DType::F32, shapes, Workspace::Fill::None},
      {"starts", io::DType::F32, shapes, Workspace::Fill::None},
      {"moved", io::DType::F32, ones, Workspace::Fill::Ones},
      {"zeros", io::DType::F32, shapes, Workspace::Fill::Zeros},
      {"ends", io::DType::F32, shapes, Workspace::Fill::None}};
  auto workspace = [](unsigned index) {
    return TensorRef{TensorRef::Space::Workspace, index};
  };
  auto kernel = std::get<KernelLaunch>(artifact.plan.launches[0]);
  kernel.isOverSegments = true;
  kernel.grid[0] = cantFail(Expression::parse("G * HV"));
  kernel.arguments[1].tensor = workspace(3);
  kernel.arguments[3].tensor = workspace(0);
  KernelLaunch again = kernel;
  again.arguments[1].tensor = workspace(1);
  again.arguments[3].tensor = workspace(4);
  SegmentJoin::State state{{TensorRef::Space::Input, 1},
                           {TensorRef::Space::Final, 0},
                           workspace(1),
                           workspace(0),
                           {{0, workspace(2), SegmentJoin::Kind::Elementwise}}};
  artifact.plan.launches = {kernel, SegmentJoin{{state}}, again};

  Simulated simulated(artifact);
  std::optional<Results> results = simulated.run(problem);
  ASSERT_TRUE(results) << simulated.error;
  EXPECT_EQ(simulated.getFindings(), "");
  EXPECT_EQ(simulated.device.getLaunches()[0].grid.x, 2 * 3 * 3u);
  // The reference of the test has a scale of a half: once more, of one.
  int64_t heads = 3, width = 8, tokens = 5;
  ArrayRef x(
      reinterpret_cast<const float *>(problem.get().args[0].bytes.data()),
      2 * tokens * heads * width);
  std::vector<float> finals = toVector(results->finalState(0)),
                     outputs = toVector(results->output(0));
  for (int64_t row = 0; row < 2; ++row)
    for (int64_t i = 0; i < heads * width; ++i) {
      float sum = problem.getState()[row * heads * width + i];
      for (int64_t t = 0; t < tokens; ++t) {
        int64_t at = (row * tokens + t) * heads * width + i;
        sum += x[at];
        EXPECT_EQ(outputs[at], sum) << at;
      }
      EXPECT_EQ(finals[row * heads * width + i], sum);
    }
}

//===----------------------------------------------------------------------===//
// Findings
//===----------------------------------------------------------------------===//

TEST(SimDevice, OutputsThatNobodyHasWrittenAreFound) {
  // What is stored was never loaded.
  Simulated simulated(
      getSumTokens(getSumTokensPTX("ld.global.f32 %token, [%x];", "")));
  ASSERT_TRUE(simulated.run(SumTokensProblem({}))) << simulated.error;
  ASSERT_EQ(simulated.device.getLaunches().size(), 1u);
  EXPECT_TRUE(simulated.device.foundErrors());
  std::string findings = simulated.getFindings();
  EXPECT_TRUE(StringRef(findings).starts_with(
      "launch 1 of 1, kernel 'sum_tokens':\nkernels.ptx:"))
      << findings;
  EXPECT_TRUE(StringRef(findings).contains("error: uninitialized: "))
      << findings;
}

TEST(SimDevice, AResultThatIsNotAllWrittenIsFound) {
  for (auto [store, result] :
       {std::pair("st.global.f32 [%o], %sum;", "o"),
        std::pair("st.global.f32 [%b], %sum;", "final_state")}) {
    Simulated simulated(getSumTokens(getSumTokensPTX(store, "")));
    EXPECT_FALSE(simulated.run(SumTokensProblem({})));
    EXPECT_EQ(simulated.error, "result '" + std::string(result) +
                                   "': no kernel has written all of it");
    EXPECT_TRUE(simulated.device.foundErrors());
  }
}

TEST(SimDevice, AWorkspaceThatIsNotAllWrittenIsFound) {
  Artifact artifact =
      getSummed(getSumTokensPTX("st.global.f32 [%o], %sum;", ""));
  Simulated simulated(artifact);
  SumTokensProblem problem({});
  problem.get().signature = artifact.signature;
  EXPECT_FALSE(simulated.run(problem));
  EXPECT_EQ(simulated.error, "launch 2 of the plan, a sum: no kernel has "
                             "written all of it");
}

TEST(SimDevice, BytesAroundABufferAreNobodys) {
  Simulated simulated(getSumTokens(getSumTokensPTX(
      "ld.global.f32 %token, [%x];", "ld.global.f32 %token, [%x - 4];")));
  ASSERT_TRUE(simulated.run(SumTokensProblem({}))) << simulated.error;
  EXPECT_TRUE(
      StringRef(simulated.getFindings()).contains("error: out-of-bounds: "))
      << simulated.getFindings();
}

TEST(SimDevice, AKernelThatDoesNotFinishEndsTheRun) {
  Artifact artifact =
      getSumTokens(getSumTokensPTX("ld.global.f32 %token, [%x];", "trap;"));
  artifact.plan.launches.push_back(artifact.plan.launches[0]);
  Simulated simulated(artifact);
  EXPECT_FALSE(simulated.run(SumTokensProblem({})));
  EXPECT_EQ(simulated.error, "kernel 'sum_tokens' did not finish");
  EXPECT_EQ(simulated.device.getLaunches().size(), 1u);
  EXPECT_TRUE(simulated.device.getLaunches()[0].isWrong());
  EXPECT_TRUE(StringRef(simulated.getFindings()).contains("error: trap: "))
      << simulated.getFindings();
}

TEST(SimDevice, RacesAreFound) {
  // Every block writes the states of head 0.
  Simulated simulated(getSumTokens(
      getSumTokensPTX("ld.param.u64 %a, [f1];", "mov.u64 %a, 0;")));
  ASSERT_TRUE(simulated.run(SumTokensProblem({}))) << simulated.error;
  EXPECT_TRUE(StringRef(simulated.getFindings()).contains("error: race: "))
      << simulated.getFindings();
}

TEST(SimDevice, AnotherOrderGivesTheSameBits) {
  SumTokensProblem problem({});
  for (uint64_t seed : {0, 1, 2}) {
    SimOptions options;
    options.seed = seed;
    Simulated simulated(getSumTokens(), options);
    std::optional<Results> results = simulated.run(problem);
    ASSERT_TRUE(results) << simulated.error;
    EXPECT_EQ(toVector(results->output(0)), problem.getOutputs());
  }
}

//===----------------------------------------------------------------------===//
// Reports
//===----------------------------------------------------------------------===//

TEST(SimDevice, ReportWithAnEstimate) {
  Simulated simulated(getSumTokens(), onChip("h200"));
  SumTokensProblem problem({});
  ASSERT_TRUE(simulated.run(problem)) << simulated.error;
  json::Object report = simulated.getReport();
  const json::Array &launches = *report.getArray("launches");
  ASSERT_EQ(launches.size(), 1u);
  const json::Object &launch = *launches[0].getAsObject();
  EXPECT_EQ(launch.getString("kernel"), "sum_tokens");
  EXPECT_EQ(*launch.get("grid"), json::Value(json::Array{3, 1, 1}));
  EXPECT_EQ(*launch.get("block"), json::Value(json::Array{32, 1, 1}));
  EXPECT_EQ(*launch.get("cluster"), json::Value(json::Array{1, 1, 1}));
  EXPECT_EQ(launch.getInteger("shared_bytes"), 0);
  EXPECT_TRUE(launch.getNull("registers"));
  EXPECT_TRUE(launch.getArray("findings")->empty());
  // x once, its lanes beyond V left out.
  EXPECT_EQ(launch.getObject("counts")->getInteger("global_store_bytes"),
            (5 * 3 * 8 + 3 * 8) * 4);
  EXPECT_EQ(launch.getObject("estimate")->getString("chip"), "h200");
  EXPECT_EQ(report.getNumber("microseconds"),
            launch.getObject("estimate")->getNumber("microseconds"));
}

TEST(SimDevice, ReportOfNoChipHasNoTimes) {
  Artifact artifact = getSumTokens();
  auto &kernel = std::get<KernelLaunch>(artifact.plan.launches[0]);
  kernel.sharedBytes = 100'000;
  artifact.plan.launches.emplace_back(kernel);
  Simulated simulated(artifact);
  ASSERT_TRUE(simulated.run(SumTokensProblem({}))) << simulated.error;
  json::Object report = simulated.getReport();
  EXPECT_FALSE(report.get("microseconds"));
  ASSERT_EQ(report.getArray("launches")->size(), 2u);
  const json::Object &launch = *(*report.getArray("launches"))[1].getAsObject();
  EXPECT_FALSE(launch.get("estimate"));
  EXPECT_EQ(launch.getInteger("shared_bytes"), 100'000);
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

TEST(SimDevice, CodeThatItDoesNotRun) {
  Artifact artifact = getSumTokens();
  artifact.codes[0].format = Code::Format::Cubin;
  EXPECT_EQ(Simulated(artifact).error,
            "the simulator runs PTX, found code of the format cubin");
  EXPECT_EQ(Simulated(getSumTokens(
                          getSumTokensPTX(".target sm_80", ".target sm_90a")),
                      onChip("a100"))
                .error,
            "the program is for sm_90a, a100 is sm_80");
  EXPECT_TRUE(StringRef(Simulated(getSumTokens("no PTX")).error)
                  .starts_with("kernels.ptx:1:1: error: "));
}

TEST(SimDevice, PlansThatDoNotFitTheirCode) {
  auto errorOf = [](function_ref<void(KernelLaunch &)> change) {
    Artifact artifact = getSumTokens();
    change(std::get<KernelLaunch>(artifact.plan.launches[0]));
    Simulated simulated(std::move(artifact));
    EXPECT_FALSE(simulated.run(SumTokensProblem({})));
    return simulated.error;
  };
  EXPECT_EQ(errorOf([](KernelLaunch &kernel) { kernel.blockThreads = 0; }),
            "kernel 'sum_tokens' has no block of threads, and its code the "
            "format ptx");
  EXPECT_EQ(errorOf([](KernelLaunch &kernel) {
              kernel.arguments[4].kind = KernelArgument::Kind::Task;
            }),
            "kernel 'sum_tokens' takes an argument that kernels of a GPU do "
            "not");
  EXPECT_EQ(errorOf([](KernelLaunch &kernel) { kernel.arguments.pop_back(); }),
            "kernel 'sum_tokens': 'sum_tokens' has 21 parameters, found 20 "
            "arguments");
  EXPECT_TRUE(StringRef(errorOf([](KernelLaunch &kernel) {
                kernel.entry = "other";
              })).contains("'other'"));
  EXPECT_EQ(errorOf([](KernelLaunch &kernel) {
              kernel.grid[1] = cantFail(Expression::parse("N * 70000"));
            }),
            "kernel 'sum_tokens': y of its grid, 'N * 70000', is 70000, "
            "expected 0 to 65535");
}
