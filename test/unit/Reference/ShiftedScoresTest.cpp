//===- ShiftedScoresTest.cpp - shifted leaves mean what scores mean -------===//
//
// Specs whose gates are bounded, by what computes them and by declaration, in
// chunk form and decomposed, against the step form: every chunk size, gates at
// either end of the bound over whole blocks, keys of any size.
//
//===----------------------------------------------------------------------===//

#include "lib/Compiler/Derivation.h"
#include "lib/Reference/ChunkInterpreter.h"
#include "lib/Reference/Error.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Pipelines/Pipelines.h"
#include "passes/WYDecompose/WYDecompose.h"
#include "test/unit/Runtime/TestProblem.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::compiler;
using namespace sluice::runtime;

namespace {
constexpr int64_t kKey = 6, kValue = 5;

class ShiftedScoresTest : public sluice::test::TestProblem {
protected:
  /// A delta rule behind the gate that `maths` makes of x, whose range may be
  /// declared, and applies: "%S1 = …".
  void loadRule(StringRef range, StringRef maths) {
    load(
        ("delta.recurrence @r\n"
         "  qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)\n"
         "  v_heads(%v: !delta.vec<value>, %beta: !delta.scalar,\n"
         "          %x: !delta.vec<key> " +
         range + ")\n" +
         "  state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {\n" +
         maths + R"(
            %p = delta.read %S1, %k
            %e = delta.sub %v, %p
            %u = delta.mul %beta, %e
            %S2 = delta.write %S1, %k, %u
            %o = delta.read %S2, %q
            delta.yield states(%S2) outputs(%o)
          })")
            .str());
  }

  /// `x(t, c)`, and queries and keys of size `scale`.
  void setTensors(int64_t tokens, double scale,
                  function_ref<double(int64_t, int64_t)> x) {
    auto fill = [&](StringRef name, int64_t width,
                    function_ref<double(int64_t, int64_t)> number) {
      std::vector<double> numbers;
      for (int64_t t = 0; t < tokens; ++t)
        for (int64_t c = 0; c < width; ++c)
          numbers.push_back(number(t, c));
      std::vector<int64_t> shape{1, tokens, 1, width};
      if (name == "beta")
        shape.pop_back();
      set(name, shape, numbers);
    };
    auto wave = [](double size, double pace) {
      return [size, pace](int64_t t, int64_t c) {
        return size * std::sin(pace * double(7 * t + 3 * c + 1));
      };
    };
    fill("q", kKey, wave(scale, 1.1));
    fill("k", kKey, wave(scale, 0.7));
    fill("v", kValue, wave(1, 1.9));
    fill("beta", 1, [](int64_t t, int64_t) { return t % 3 == 0 ? 1 : 0.5; });
    fill("x", kKey, x);
  }

  /// The chunk form for chunks of `chunk` tokens, decomposed.
  mlir::OwningOpRef<mlir::ModuleOp> decompose(int64_t chunk) {
    return cantFail(derive(spec.op, [&](mlir::OpPassManager &manager) {
      DeltaToWYOptions options;
      options.keyDim = kKey;
      options.valueDim = kValue;
      options.chunk = chunk;
      buildChunkPipeline(manager, options);
      manager.addPass(createWYDecompose());
      manager.addPass(mlir::createCSEPass());
      manager.addPass(mlir::createCanonicalizerPass());
    }));
  }
  static wy::ScanOp scanOf(mlir::ModuleOp module) {
    return *module.getOps<wy::ScanOp>().begin();
  }
  /// How many tokens leaves of one product have; 0 without any.
  static int64_t getShiftedLeaf(wy::ScanOp scan) {
    int64_t leaf = 0;
    scan.walk([&](wy::ScoresOp scores) {
      if (scores.getMask() &&
          scores.getMask()->getKind() == wy::MaskKind::Inside &&
          scores.getScheme() == wy::Scheme::Ungated)
        leaf = scores.getMask()->getSize();
    });
    return leaf;
  }

  void expectEqual(wy::ScanOp scan, const Twine &what) {
    Problem problem = cantFail(bind());
    Results exact = cantFail(interpretExact(spec.op, problem));
    Results chunks = cantFail(interpretChunksExact(scan, problem));
    for (const TensorError &error : cantFail(compare(chunks, exact)))
      EXPECT_LE(error.relativeRMS, 1e-12) << error.name << ", " << what.str();
  }
};

/// All x at one end, at the other, and anywhere.
struct Regime {
  const char *name;
  double (*x)(int64_t t, int64_t c);
};
constexpr Regime kRegimes[] = {
    {"one end", [](int64_t, int64_t) { return 1e4; }},
    {"the other end", [](int64_t, int64_t) { return -1e4; }},
    {"by channel", [](int64_t, int64_t c) { return c % 2 ? 1e4 : -1e4; }},
    {"by token", [](int64_t t, int64_t) { return t % 5 ? 1e4 : -1e4; }},
    {"between", [](int64_t t, int64_t c) {
       return 6 * std::sin(0.37 * double(11 * t + 5 * c));
     }}};

TEST_F(ShiftedScoresTest, AnInferredGateInChunksOfEverySize) {
  loadRule("", "%c = delta.constant -5.0\n%s = delta.sigmoid %x\n"
               "%g = delta.mul %c, %s\n%S1 = delta.decay %S, %g");
  std::vector<int64_t> chunks{64, 100, 128};
  for (int64_t chunk = 1; chunk <= 40; ++chunk)
    chunks.push_back(chunk);
  for (int64_t chunk : chunks) {
    mlir::OwningOpRef<mlir::ModuleOp> module = decompose(chunk);
    wy::ScanOp scan = scanOf(*module);
    EXPECT_EQ(getShiftedLeaf(scan), chunk <= 4   ? 0
                                    : chunk <= 8 ? 8
                                                 : 16)
        << chunk;
    for (const Regime &regime : kRegimes) {
      setTensors(2 * chunk - 1, 0.4, regime.x);
      expectEqual(scan, Twine(regime.name) + " in chunks of " + Twine(chunk));
    }
  }
}

TEST_F(ShiftedScoresTest, WithoutTheFunctionThereIsNone) {
  loadRule("", "%c = delta.constant -5.0\n%g = delta.mul %c, %x\n"
               "%S1 = delta.decay %S, %g");
  EXPECT_EQ(getShiftedLeaf(scanOf(*decompose(64))), 0);
}

TEST_F(ShiftedScoresTest, SmallQueriesAndKeys) {
  loadRule("", "%c = delta.constant -5.0\n%s = delta.sigmoid %x\n"
               "%g = delta.mul %c, %s\n%S1 = delta.decay %S, %g");
  mlir::OwningOpRef<mlir::ModuleOp> module = decompose(32);
  for (double scale : {1e-2, 1e-4, 1e-6})
    for (const Regime &regime : kRegimes) {
      setTensors(70, scale, regime.x);
      expectEqual(scanOf(*module), Twine(regime.name) + ", small");
    }
}

TEST_F(ShiftedScoresTest, ADeclaredGate) {
  // The reference takes what is in range; it is clamped all the same.
  loadRule("range(-2.5, 0.0)", "%S1 = delta.decay %S, %x");
  mlir::OwningOpRef<mlir::ModuleOp> module = decompose(50);
  EXPECT_EQ(getShiftedLeaf(scanOf(*module)), 32);
  for (const Regime &regime : kRegimes) {
    setTensors(120, 0.4, [&](int64_t t, int64_t c) {
      return std::clamp(regime.x(t, c), -2.5, 0.0);
    });
    expectEqual(scanOf(*module), regime.name);
  }
}

TEST_F(ShiftedScoresTest, AFactorAlongKey) {
  loadRule("range(0.125, 1.0)", "%S1 = delta.scale_state %S, %x");
  mlir::OwningOpRef<mlir::ModuleOp> module = decompose(50);
  EXPECT_EQ(getShiftedLeaf(scanOf(*module)), 32);
  for (const Regime &regime : kRegimes) {
    setTensors(120, 0.4, [&](int64_t t, int64_t c) {
      return std::clamp(regime.x(t, c), 0.125, 1.0);
    });
    expectEqual(scanOf(*module), regime.name);
  }
}
} // namespace
