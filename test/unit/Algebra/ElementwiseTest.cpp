//===- ElementwiseTest.cpp - lowered elementwise maths, on numbers --------===//
//
// What is emitted for each elementwise operation is interpreted and compared
// with ElementwiseOpInterface::evaluate, infinities and NaN included.
//
//===----------------------------------------------------------------------===//

#include "lib/Algebra/Elementwise.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/TypeSwitch.h"
#include "gtest/gtest.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

static constexpr StringRef text = R"(
  delta.recurrence @step v_heads(%a: !delta.scalar, %b: !delta.scalar)
      state(%S: !delta.state<key, value>) -> () {
    %0 = delta.add %a, %b
    %1 = delta.sub %a, %b
    %2 = delta.mul %a, %b
    %3 = delta.div %a, %b
    %4 = delta.max %a, %b
    %5 = delta.min %a, %b
    %6 = delta.neg %a
    %7 = delta.abs %a
    %8 = delta.exp %a
    %9 = delta.expm1 %a
    %10 = delta.log %a
    %11 = delta.sqrt %a
    %12 = delta.tanh %a
    %13 = delta.sigmoid %a
    %14 = delta.logsigmoid %a
    %15 = delta.softplus %a
    %16 = delta.silu %a
    delta.yield states(%S) outputs()
  })";

/// IEEE's maximum: a NaN if there is one.
static double maximum(double a, double b) {
  return std::isnan(a) || std::isnan(b) ? NAN : std::max(a, b);
}

static double interpret(Operation *op, ArrayRef<double> x) {
  return llvm::TypeSwitch<Operation *, double>(op)
      .Case([](arith::ConstantOp constant) {
        Attribute value = constant.getValue();
        if (auto splat = dyn_cast<DenseElementsAttr>(value))
          value = splat.getSplatValue<FloatAttr>();
        return cast<FloatAttr>(value).getValueAsDouble();
      })
      .Case([&](arith::AddFOp) { return x[0] + x[1]; })
      .Case([&](arith::SubFOp) { return x[0] - x[1]; })
      .Case([&](arith::MulFOp) { return x[0] * x[1]; })
      .Case([&](arith::DivFOp) { return x[0] / x[1]; })
      .Case([&](arith::MaximumFOp) { return maximum(x[0], x[1]); })
      .Case([&](arith::MinimumFOp) { return -maximum(-x[0], -x[1]); })
      .Case([&](arith::NegFOp) { return -x[0]; })
      .Case([&](math::AbsFOp) { return std::fabs(x[0]); })
      .Case([&](math::ExpOp) { return std::exp(x[0]); })
      .Case([&](math::ExpM1Op) { return std::expm1(x[0]); })
      .Case([&](math::LogOp) { return std::log(x[0]); })
      .Case([&](math::Log1pOp) { return std::log1p(x[0]); })
      .Case([&](math::SqrtOp) { return std::sqrt(x[0]); })
      .Case([&](math::TanhOp) { return std::tanh(x[0]); })
      .DefaultUnreachable("an operation that is not interpreted");
}

/// The emitted code of one operation, on a block's arguments.
namespace {
struct Emitted {
  Emitted(Operation *op, Type type) {
    SmallVector<Type> types(op->getNumOperands(), type);
    block.addArguments(types,
                       SmallVector<Location>(types.size(), op->getLoc()));
    OpBuilder builder(op->getContext());
    builder.setInsertionPointToEnd(&block);
    result = emitElementwise(builder, op->getLoc(), op, block.getArguments());
  }

  double run(ArrayRef<double> arguments) {
    llvm::DenseMap<Value, double> numbers;
    for (auto [arg, number] : llvm::zip(block.getArguments(), arguments))
      numbers[arg] = number;
    for (Operation &step : block) {
      SmallVector<double> operands;
      for (Value operand : step.getOperands())
        operands.push_back(numbers.lookup(operand));
      numbers[step.getResult(0)] = interpret(&step, operands);
    }
    return numbers.lookup(result);
  }

  Block block;
  Value result;
};
} // namespace

static bool isSame(double ours, double expected) {
  if (std::isnan(ours) || std::isnan(expected))
    return std::isnan(ours) && std::isnan(expected);
  return ours == expected ||
         std::fabs(ours - expected) <= 4e-16 * std::fabs(expected);
}

TEST(Elementwise, IsWhatTheOperationEvaluates) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<DeltaDialect, arith::ArithDialect, math::MathDialect>();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  ASSERT_TRUE(module);
  constexpr double inf = std::numeric_limits<double>::infinity();
  const double numbers[] = {-inf, -1e300, -745,   -30,  -1,  -1e-9,
                            -0.0, 0.0,    1e-300, 1e-9, 0.5, 1,
                            30,   710,    1e300,  inf,  NAN};
  RecurrenceOp op = *module->getOps<RecurrenceOp>().begin();
  unsigned count = 0;
  for (Operation &step : op.getStep().without_terminator()) {
    auto function = cast<ElementwiseOpInterface>(step);
    Emitted scalar(&step, Float64Type::get(&context));
    auto type = VectorType::get(4, Float32Type::get(&context));
    Emitted vector(&step, type);
    EXPECT_EQ(vector.result.getType(), type);
    for (Operation &made : vector.block)
      EXPECT_TRUE(succeeded(verify(&made)));
    EXPECT_EQ(vector.block.getOperations().size(),
              scalar.block.getOperations().size());
    ++count;
    // Of a function of one operand the other is of no use.
    ArrayRef<double> others(numbers);
    if (step.getNumOperands() == 1)
      others = others.take_front();
    for (double a : numbers)
      for (double b : others) {
        SmallVector<double> x = {a, b};
        x.resize(step.getNumOperands());
        double ours = scalar.run(x), expected = function.evaluate(x);
        EXPECT_TRUE(isSame(ours, expected))
            << step.getName().getStringRef().str() << '(' << a << ", " << b
            << "): " << ours << ", expected " << expected;
      }
  }
  EXPECT_EQ(count, 17u);
}
