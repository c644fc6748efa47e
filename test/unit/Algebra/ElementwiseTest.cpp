//===- ElementwiseTest.cpp - emitted elementwise maths, on numbers --------===//
//
// What is emitted for each elementwise operation is run and compared with
// ElementwiseOpInterface::evaluate, infinities and NaN included; and so is what
// else is known of it.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "test/unit/Algebra/EmittedMaths.h"
#include "gtest/gtest.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

namespace {
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double kNumbers[] = {-inf, -1e300, -745,   -30,  -1,  -1e-9,
                               -0.0, 0.0,    1e-300, 1e-9, 0.5, 1,
                               30,   710,    1e300,  inf,  NAN};

class Elementwise : public testing::Test {
protected:
  void SetUp() override {
    context.loadDialect<DeltaDialect, arith::ArithDialect, math::MathDialect>();
    module = parseSourceString<ModuleOp>(
        R"(delta.recurrence @step
            v_heads(%a: !delta.scalar, %b: !delta.scalar, %c: !delta.scalar,
                    %d: !delta.scalar)
            state(%S: !delta.state<key, value>) -> () {
          delta.yield states(%S) outputs()
        })",
        &context);
    ASSERT_TRUE(module);
  }

  /// Calls `visit` with each operation, of scalars.
  void forEach(llvm::function_ref<void(ElementwiseOpInterface)> visit) {
    RecurrenceOp op = *module->getOps<RecurrenceOp>().begin();
    SmallVector<RegisteredOperationName> names = getElementwiseOps(context);
    EXPECT_GE(names.size(), 17u);
    for (RegisteredOperationName name : names) {
      SCOPED_TRACE(name.getStringRef().str());
      OpBuilder builder(op.getYield());
      visit(createElementwise(
          builder, op.getLoc(), name,
          op.getStep().getArguments().take_front(getNumOperands(name))));
    }
  }

  /// Calls `visit` with numbers for the operands of `op`.
  static void forEachNumber(Operation *op,
                            llvm::function_ref<void(ArrayRef<double>)> visit) {
    // Of a function of one operand the other is of no use.
    ArrayRef<double> others(kNumbers);
    if (op->getNumOperands() == 1)
      others = others.take_front();
    for (double a : kNumbers)
      for (double b : others) {
        SmallVector<double> x = {a, b, b, a};
        x.resize(op->getNumOperands());
        visit(x);
      }
  }

  MLIRContext context{MLIRContext::Threading::DISABLED};
  OwningOpRef<ModuleOp> module;
};

bool isSame(double ours, double expected) {
  if (std::isnan(ours) || std::isnan(expected))
    return std::isnan(ours) && std::isnan(expected);
  return ours == expected ||
         std::fabs(ours - expected) <= 4e-16 * std::fabs(expected);
}
} // namespace

TEST_F(Elementwise, IsEmittedAsTheOperationEvaluates) {
  forEach([](ElementwiseOpInterface op) {
    EmittedMaths<double> emitted(op);
    forEachNumber(op, [&](ArrayRef<double> x) {
      double ours = emitted.run(x), expected = op.evaluate(x);
      EXPECT_TRUE(isSame(ours, expected))
          << x.front() << ", " << x.back() << ": " << ours << ", expected "
          << expected;
    });
  });
}

TEST_F(Elementwise, IsEmittedOnVectorsAsOnScalars) {
  forEach([&](ElementwiseOpInterface op) {
    EmittedBlock scalar(op, Float64Type::get(&context));
    auto type = VectorType::get(4, Float32Type::get(&context));
    EmittedBlock vector(op, type);
    EXPECT_EQ(vector.result.getType(), type);
    for (Operation &made : vector.block)
      EXPECT_TRUE(succeeded(verify(&made)));
    EXPECT_EQ(vector.block.getOperations().size(),
              scalar.block.getOperations().size());
  });
}

TEST_F(Elementwise, LiesInItsInterval) {
  forEach([](ElementwiseOpInterface op) {
    forEachNumber(op, [&](ArrayRef<double> x) {
      double value = op.evaluate(x);
      if (std::isnan(value) ||
          llvm::any_of(x, [](double number) { return std::isnan(number); }))
        return;
      auto at = llvm::map_to_vector(x, Interval::at);
      EXPECT_TRUE(op.evaluateInterval(at).contains(value))
          << x.front() << ", " << x.back();
    });
  });
}

TEST_F(Elementwise, IsNonExpansiveOnlyWhereItSays) {
  forEach([](ElementwiseOpInterface op) {
    if (op.isNonExpansive())
      EXPECT_EQ(op->getNumOperands(), 1u);
    forEachNumber(op, [&](ArrayRef<double> x) {
      if (op.isNonExpansive() && !std::isnan(op.evaluate(x)))
        EXPECT_LE(std::fabs(op.evaluate(x)), std::fabs(x.front()));
    });
  });
}

TEST_F(Elementwise, IsLinearOnlyWhereItSays) {
  forEach([](ElementwiseOpInterface op) {
    for (unsigned i = 0; i < op->getNumOperands(); ++i) {
      if (!op.isLinearIn(i))
        continue;
      // f(2a + 3b) = 2 f(a) + 3 f(b), the other operand 0 of sums.
      double other = op.evaluate({0, 1}) == 0 ? 0.75 : 0;
      auto at = [&](double number) {
        SmallVector<double, 2> x(op->getNumOperands(), other);
        x[i] = number;
        return op.evaluate(x);
      };
      EXPECT_NEAR(at(2 * 0.5 + 3 * -1.5), 2 * at(0.5) + 3 * at(-1.5), 1e-14);
    }
  });
}

TEST_F(Elementwise, FoldsToItsValue) {
  forEach([&](ElementwiseOpInterface op) {
    // Neither a neutral element nor twice the same.
    double numbers[] = {0.5, 0.25, 2, 3};
    Type type = Float64Type::get(&context);
    OpBuilder builder(op);
    for (auto [operand, number] : llvm::zip(op->getOpOperands(), numbers))
      operand.set(ConstantOp::create(builder, op.getLoc(),
                                     builder.getFloatAttr(type, number)));
    SmallVector<OpFoldResult, 1> results;
    ASSERT_TRUE(succeeded(op->fold(results)));
    ASSERT_EQ(results.size(), 1u);
    ASSERT_TRUE(isa<Attribute>(results.front()));
    EXPECT_EQ(
        cast<FloatAttr>(cast<Attribute>(results.front())).getValueAsDouble(),
        op.evaluate(ArrayRef(numbers).take_front(op->getNumOperands())));
  });
}
