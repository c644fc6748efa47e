//===- BoundsTest.cpp - where the values of a step lie --------------------===//

#include "lib/Analysis/Bounds.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::delta;

namespace {
class BoundsTest : public testing::Test {
protected:
  BoundsTest() { context.loadDialect<DeltaDialect, wy::WYDialect>(); }

  void parse(const Twine &text) {
    module = mlir::parseSourceString<mlir::ModuleOp>(text.str(), &context);
    ASSERT_TRUE(module);
  }
  /// "[-5, 0] inferred" for the value that a step with the arguments below
  /// gives to its output, of `type`.
  std::string boundOf(StringRef body, StringRef type = "scalar") {
    parse(R"(delta.recurrence @step
        v_heads(%x: !delta.scalar, %y: !delta.scalar, %g: !delta.scalar
                range(-5.0, 0.0), %b: !delta.scalar range(0.0, 2.0),
                %p: !delta.scalar range(0.5, inf), %third: !delta.scalar
                range(-0.3333333333, 0.0),
                %k: !delta.vec<key>, %q: !delta.vec<key>,
                %u: !delta.vec<key> range(-3.0, -1.0))
        state(%S: !delta.state<key, value>) -> (o: !delta.)" +
          type + ") {" + body + "\ndelta.yield states(%S) outputs(%o) }");
    auto op = *module->getOps<RecurrenceOp>().begin();
    return print(GateBounds(op).get(op.getYield().getOutputs().front()));
  }
  static std::string print(const Bound &bound) {
    std::string text;
    raw_string_ostream(text)
        << bound.range << ' ' << stringifyBoundSource(bound.source);
    return text;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

TEST_F(BoundsTest, ArgumentsHaveWhatIsDeclared) {
  EXPECT_EQ(boundOf("%o = delta.neg %x"), "[-inf, inf] none");
  EXPECT_EQ(boundOf("%o = delta.neg %g"), "[0, 5] inferred");
  // The outer end, a number of bf16.
  EXPECT_EQ(boundOf("%o = delta.abs %third"), "[0, 0.334] inferred");
}

TEST_F(BoundsTest, AClampedArgumentIsDeclared) {
  EXPECT_EQ(boundOf("%z = delta.constant 0.0\n%m = delta.constant -5.0\n"
                    "%c = delta.min %g, %z\n%o = delta.max %c, %m"),
            "[-5, 0] declared");
  EXPECT_EQ(boundOf("%m = delta.constant -4.0\n%o = delta.max %g, %m"),
            "[-4, 0] inferred");
}

TEST_F(BoundsTest, FunctionsWithinTheirLimits) {
  EXPECT_EQ(boundOf("%o = delta.sigmoid %x"), "[0, 1] inferred");
  EXPECT_EQ(boundOf("%o = delta.tanh %x"), "[-1, 1] inferred");
  EXPECT_EQ(boundOf("%o = delta.exp %x"), "[0, inf] inferred");
  EXPECT_EQ(boundOf("%o = delta.expm1 %x"), "[-1, inf] inferred");
  EXPECT_EQ(boundOf("%o = delta.softplus %x"), "[0, inf] inferred");
  EXPECT_EQ(boundOf("%o = delta.logsigmoid %x"), "[-inf, 0] inferred");
  EXPECT_EQ(boundOf("%o = delta.silu %x"), "[-0.2785, inf] inferred");
  EXPECT_EQ(boundOf("%o = delta.silu %g"), "[-0.2785, 0] inferred");
  EXPECT_EQ(boundOf("%o = delta.abs %x"), "[0, inf] inferred");
  EXPECT_EQ(boundOf("%o = delta.sqrt %x"), "[0, inf] inferred");
  EXPECT_EQ(boundOf("%o = delta.log %x"), "[-inf, inf] none");
}

TEST_F(BoundsTest, FunctionsOfBoundedValues) {
  EXPECT_EQ(boundOf("%o = delta.exp %g"), "[0.006738, 1] inferred");
  EXPECT_EQ(boundOf("%o = delta.log %b"), "[-inf, 0.6931] inferred");
  EXPECT_EQ(boundOf("%o = delta.log %p"), "[-0.6931, inf] inferred");
  EXPECT_EQ(boundOf("%o = delta.softplus %g"), "[0.006715, 0.6931] inferred");
  EXPECT_EQ(boundOf("%o = delta.sqrt %b"), "[0, 1.414] inferred");
  EXPECT_EQ(boundOf("%o = delta.tanh %b"), "[0, 0.964] inferred");
}

TEST_F(BoundsTest, Arithmetic) {
  EXPECT_EQ(boundOf("%o = delta.add %g, %b"), "[-5, 2] inferred");
  EXPECT_EQ(boundOf("%o = delta.sub %g, %b"), "[-7, 0] inferred");
  EXPECT_EQ(boundOf("%o = delta.mul %g, %b"), "[-10, 0] inferred");
  EXPECT_EQ(boundOf("%o = delta.mul %x, %x"), "[0, inf] inferred");
  EXPECT_EQ(boundOf("%o = delta.mul %x, %y"), "[-inf, inf] none");
  EXPECT_EQ(boundOf("%o = delta.div %g, %p"), "[-10, 0] inferred");
  EXPECT_EQ(boundOf("%o = delta.div %p, %b"), "[-inf, inf] none");
  EXPECT_EQ(boundOf("%o = delta.max %x, %g"), "[-5, inf] inferred");
  EXPECT_EQ(boundOf("%o = delta.min %x, %g"), "[-inf, 0] inferred");
  // Whoever runs a step may choose any scale.
  EXPECT_EQ(boundOf("%o = delta.scale"), "[-inf, inf] none");
}

TEST_F(BoundsTest, ExactEndsStayExact) {
  parse(R"(delta.recurrence @step v_heads(%x: !delta.vec<key>)
      state(%S: !delta.state<key, value>) -> (o: !delta.vec<key>) {
    %s = delta.sigmoid %x
    %c = delta.constant -5.0
    %o = delta.mul %c, %s
    delta.yield states(%S) outputs(%o)
  })");
  auto op = *module->getOps<RecurrenceOp>().begin();
  Bound bound = GateBounds(op).get(op.getYield().getOutputs().front());
  EXPECT_EQ(bound.range, (Interval{-5, 0}));
  EXPECT_EQ(bound.source, BoundSource::Inferred);
}

TEST_F(BoundsTest, NormalisedVectors) {
  EXPECT_EQ(boundOf("%o = delta.l2norm %k", "vec<key>"), "[-1, 1] inferred");
  constexpr StringLiteral kBoth =
      "%kn = delta.l2norm %k\n%qn = delta.l2norm %q\n";
  EXPECT_EQ(boundOf((kBoth + "%o = delta.dot %kn, %qn").str()),
            "[-1.016, 1.016] inferred");
  EXPECT_EQ(boundOf((kBoth + "%o = delta.dot %kn, %kn").str()),
            "[0, 1.016] inferred");
  EXPECT_EQ(boundOf((kBoth + "%s = delta.mul %b, %kn\n%t = delta.sub %s, %qn\n"
                             "%n = delta.neg %t\n%o = delta.dot %n, %qn")
                        .str()),
            "[-3.079, 3.079] inferred");
  EXPECT_EQ(boundOf((kBoth + "%o = delta.dot %kn, %q").str()),
            "[-inf, inf] none");
  // Without an ε, too.
  EXPECT_EQ(boundOf("%kn = delta.l2norm %k {epsilon = 0.0 : f64}\n"
                    "%o = delta.dot %kn, %kn"),
            "[0, 1.016] inferred");
}

TEST_F(BoundsTest, AlongAnAxis) {
  EXPECT_EQ(boundOf("%o = delta.reduce max %u"), "[-3, -1] inferred");
  EXPECT_EQ(boundOf("%o = delta.reduce min %u"), "[-3, -1] inferred");
  EXPECT_EQ(boundOf("%o = delta.reduce sum %u"), "[-inf, 0] inferred");
  EXPECT_EQ(boundOf("%o = delta.dot %u, %u"), "[0, inf] inferred");
  EXPECT_EQ(boundOf("%o = delta.broadcast %g : !delta.vec<key>", "vec<key>"),
            "[-5, 0] declared");
  EXPECT_EQ(boundOf("%r = delta.read %S, %u\n%o = delta.reduce max %r"),
            "[-inf, inf] none");
}

TEST_F(BoundsTest, TensorsOfAChunk) {
  parse(R"(wy.scan @scan chunk(4) key(8) value(16)
      v_heads(%g: !delta.vec<key> range(-5.0, 0.0), %x: !delta.scalar)
      params(%a: !delta.scalar range(0.0, 2.0))
      state(%S: !delta.state<key, value>) -> () {
    %0:2 = wy.tokens(%arg0: !delta.scalar = %x : tensor<4xf32>,
                     %arg1: !delta.vec<key> = %g : tensor<4x8xf32>,
                     %arg2: !delta.scalar = %a : tensor<f32>)
        -> (tensor<4x8xf32>, tensor<4xf32>) {
      %s = delta.sigmoid %arg0
      %m = delta.mul %s, %arg1
      %n = delta.mul %arg2, %m
      wy.yield %n, %arg0 : !delta.vec<key>, !delta.scalar
    }
    %1 = wy.tokens(%arg0: !delta.vec<key> = %0#0 : tensor<4x8xf32>)
        -> tensor<4x8xf32> {
      %e = delta.exp %arg0
      wy.yield %e : !delta.vec<key>
    }
    %2 = wy.accumulate before factor %1 : tensor<4x8xf32> -> tensor<4x8xf32>
    wy.yield %S : tensor<8x16xf32>
  })");
  auto scan = *module->getOps<wy::ScanOp>().begin();
  GateBounds bounds(scan);
  auto tokens = scan.getGraph().getOps<wy::TokensOp>();
  auto first = *tokens.begin(), second = *std::next(tokens.begin());
  EXPECT_EQ(print(bounds.get(scan.getGraph().getArgument(0))),
            "[-5, 0] declared");
  EXPECT_EQ(print(bounds.get(first.getResult(0))), "[-10, 0] inferred");
  EXPECT_EQ(print(bounds.get(first.getResult(1))), "[-inf, inf] none");
  EXPECT_EQ(print(bounds.get(second.getResult(0))), "[4.54e-05, 1] inferred");
  EXPECT_EQ(
      print(bounds.get(
          (*scan.getGraph().getOps<wy::AccumulateOp>().begin()).getResult(0))),
      "[-inf, inf] none");
}
} // namespace
