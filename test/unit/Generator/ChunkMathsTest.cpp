//===- ChunkMathsTest.cpp - maths of tokens in chunk form -----------------===//
//
// Steps written by hand, as native code of the chunk form against the float64
// reference: functions that are not zero where vectors are, or not finite,
// reductions along either axis, gates of outputs. Sizes that fill no vector,
// tokens that fill no chunk, empty sequences.
//
//===----------------------------------------------------------------------===//

#include "lib/Compiler/Compile.h"
#include "lib/Reference/Error.h"
#include "lib/Reference/Interpreter.h"
#include "mlir/Parser/Parser.h"
#include "test/unit/Generator/GuardedRun.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

static constexpr double floatBar = 1e-5; // relative RMS

namespace {
struct Step {
  StringRef name, text;
};
} // namespace

/// k + 1 is 1 where no key is, the least of v is not 0 where no value is.
static constexpr Step shifted = {"shifted", R"(
  delta.recurrence @shifted
      qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
      v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>, %b: !delta.scalar,
              %z: !delta.vec<value>)
      params(%u: !delta.vec<key>)
      state(%S: !delta.state<key, value>)
      -> (o: !delta.vec<value>, m: !delta.scalar) {
    %one = delta.constant 1.0
    %half = delta.constant 0.5
    %k1 = delta.add %k, %one
    %most = delta.reduce max %k1
    %least = delta.reduce min %k1
    %v1 = delta.add %v, %one
    %vmost = delta.reduce max %v
    %vleast = delta.reduce min %v1
    %x = delta.mul %k1, %half
    %m0 = delta.mul %most, %least
    %m1 = delta.mul %vmost, %vleast
    %m = delta.add %m0, %m1
    %S1 = delta.decay %S, %g
    %p = delta.read %S1, %x
    %e = delta.sub %v1, %p
    %s = delta.sigmoid %b
    %y = delta.mul %s, %e
    %S2 = delta.write %S1, %x, %y
    %a = delta.add %q, %u
    %r = delta.read %S2, %a
    %gate = delta.silu %z
    %o1 = delta.mul %gate, %r
    %o = delta.mul %o1, %m
    delta.yield states(%S2) outputs(%o, %m)
  })"};

/// k log|k| is 0 · ∞ where nothing is.
static constexpr Step singular = {"singular", R"(
  delta.recurrence @singular
      qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
      v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
      state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
    %a = delta.abs %k
    %l = delta.log %a
    %x = delta.mul %k, %l
    %S1 = delta.decay %S, %g
    %o = delta.read %S, %q
    %S2 = delta.write %S1, %x, %v
    delta.yield states(%S2) outputs(%o)
  })"};

/// b e^k is b where no key is.
static constexpr Step spread = {"spread", R"(
  delta.recurrence @spread
      qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
      v_heads(%v: !delta.vec<value>, %b: !delta.scalar)
      state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
    %half = delta.constant 0.5
    %e = delta.exp %k
    %b1 = delta.exp %b
    %b2 = delta.mul %half, %b1
    %x = delta.mul %b, %e
    %p = delta.read %S, %x
    %d = delta.sub %v, %p
    %y = delta.mul %b2, %d
    %S1 = delta.write %S, %x, %y
    %o = delta.read %S1, %x
    delta.yield states(%S1) outputs(%o)
  })"};

/// Corrections from the right: the maths of values is in the contracted loop.
static constexpr Step mirrored = {"mirrored", R"(
  delta.recurrence @mirrored
      qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
      v_heads(%v: !delta.vec<value>, %w: !delta.vec<value>, %g: !delta.scalar)
      state(%S: !delta.state<key, value>)
      -> (o: !delta.vec<key>, d: !delta.scalar) {
    %one = delta.constant 1.0
    %half = delta.constant 0.2
    %v1 = delta.add %v, %one
    %x = delta.mul %half, %v1
    %d = delta.dot %x, %w
    %S1 = delta.decay %S, %g
    %p = delta.read %S1, %x
    %e = delta.sub %k, %p
    %S2 = delta.write %S1, %e, %x
    %r = delta.read %S2, %w
    %c = delta.sigmoid %q
    %o = delta.mul %r, %c
    delta.yield states(%S2) outputs(%o, %d)
  })"};

/// The greatest and the least of what was read: columns of the state meet.
static constexpr Step limited = {"limited", R"(
  delta.recurrence @limited
      qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
      v_heads(%v: !delta.vec<value>, %z: !delta.vec<value>)
      state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
    %one = delta.constant 1.0
    %S1 = delta.write %S, %k, %v
    %r = delta.read %S1, %q
    %r1 = delta.add %r, %one
    %most = delta.reduce max %r1
    %least = delta.reduce min %r1
    %a = delta.mul %most, %z
    %c = delta.mul %least, %r1
    %o = delta.add %a, %c
    delta.yield states(%S1) outputs(%o)
  })"};

/// With C = K a parameter along key has the shape of the tokens' scalars.
static constexpr Step parameters = {"parameters", R"(
  delta.recurrence @parameters
      qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
      v_heads(%v: !delta.vec<value>, %b: !delta.scalar)
      params(%u: !delta.vec<key>, %f: !delta.scalar, %g: !delta.vec<key>)
      state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
    %e = delta.exp %b
    %ef = delta.mul %e, %f
    %eu = delta.exp %u
    %k1 = delta.mul %k, %eu
    %x = delta.mul %k1, %ef
    %S1 = delta.decay %S, %g
    %S2 = delta.write %S1, %x, %v
    %q1 = delta.mul %q, %u
    %o = delta.read %S2, %q1
    delta.yield states(%S2) outputs(%o)
  })"};

static OwningOpRef<ModuleOp> parse(MLIRContext &context, StringRef text) {
  context.loadDialect<DeltaDialect>();
  return parseSourceString<ModuleOp>(text, &context);
}

static RecurrenceOp getStep(ModuleOp module) {
  return *module.getOps<RecurrenceOp>().begin();
}

namespace {
struct Kernel {
  Step step;
  int64_t chunk, keyDim, valueDim;
  const target::Cpu *target;
};

struct Case {
  int64_t tokens;
  std::vector<int64_t> lengths = {};
  bool initialStates = true, inPlace = false;
};
} // namespace

static void expectReference(const Kernel &kernel) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  OwningOpRef<ModuleOp> module = parse(context, kernel.step.text);
  ASSERT_TRUE(module);
  const Case cases[] = {{1},
                        {2, {}, false},
                        {3, {}, true, true},
                        {5, {}, false},
                        {9, {}, true, true},
                        {41},
                        {10, {0, 5, 0, 4, 1, 0}, true, true},
                        {7, {0, 0, 6, 1}, false},
                        {0}};
  std::optional<runtime::Artifact> code;
  for (const Case &one : cases) {
    StepShape shape;
    shape.sizes["T"] = one.tokens;
    shape.sizes["K"] = kernel.keyDim;
    shape.sizes["V"] = kernel.valueDim;
    shape.sizes["HV"] = 2;
    shape.sizes["B"] = shape.sizes["N"] = 1;
    shape.sizes["H"] = 1;
    shape.sequenceLengths = one.lengths;
    if (!one.lengths.empty())
      shape.sizes["N"] = static_cast<int64_t>(one.lengths.size());
    shape.initialStates = one.initialStates;
    std::string text;
    llvm::raw_string_ostream os(text);
    os << kernel.step.name << ", chunks of " << kernel.chunk << ", "
       << kernel.target->name;
    printDims(os, shape);
    os << (one.inPlace ? ", in place" : "");
    SCOPED_TRACE(text);

    StepData data(getStep(*module), shape, /*seed=*/1 + one.tokens);
    const runtime::Problem &problem = data.getProblem();
    runtime::Results expected =
        llvm::cantFail(reference::interpretExact(data.getOp(), problem));
    ASSERT_TRUE(isFinite(expected));
    if (!code) {
      compiler::CompileOptions options = compiler::getCompileOptions(problem);
      options.chunk = kernel.chunk;
      options.target = kernel.target;
      auto compiled = compiler::compile(data.getOp(), options);
      ASSERT_TRUE(static_cast<bool>(compiled))
          << llvm::toString(compiled.takeError());
      code = std::move(*compiled);
    }
    runtime::Results results = llvm::cantFail(
        runGuarded(data, *code, {.threads = 1, .inPlace = one.inPlace}));
    for (const reference::TensorError &error :
         llvm::cantFail(reference::compare(results, expected)))
      EXPECT_TRUE(error.relativeRMS <= floatBar) // also of a NaN
          << error.name << ": " << error.relativeRMS;
  }
}

TEST(ChunkMaths, IsTheStep) {
  std::vector<Kernel> kernels;
  const target::Cpu *narrow = &target::getCpus().front();
  const target::Cpu *host = &target::getHostCpu();
  for (const Step &step :
       {shifted, singular, spread, mirrored, limited, parameters}) {
    kernels.push_back({step, 4, 5, 19, narrow});
    kernels.push_back({step, 4, 5, 19, host});
    kernels.push_back({step, 7, 5, 19, host});
  }
  kernels.push_back({parameters, 4, 4, 19, host});
  kernels.push_back({parameters, 5, 5, 19, host});
  kernels.push_back({mirrored, 5, 19, 5, host});
  forEachByTwo(kernels.size(),
               [&](unsigned i) { expectReference(kernels[i]); });
}

/// States that are read from the right are cut along key: 20 of them are not 3
/// whole panels of two vectors, nor as wide as 32 values allow.
TEST(ChunkMaths, PanelsSuitTheAxisThatTheyCut) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  OwningOpRef<ModuleOp> module = parse(context, mirrored.text);
  ASSERT_TRUE(module);
  compiler::CompileOptions options;
  options.keyDim = 20;
  options.valueDim = 32;
  options.argTypes.assign(getStep(*module).getNumArgs(), io::DType::F32);
  options.chunk = 4;
  options.target = &target::getCpus().front();
  auto artifact = compiler::compile(getStep(*module), options);
  ASSERT_TRUE(static_cast<bool>(artifact))
      << llvm::toString(artifact.takeError());
  const auto &launch =
      std::get<runtime::KernelLaunch>(artifact->plan.launches.front());
  EXPECT_EQ(launch.grid[2].str(), "5");
}
