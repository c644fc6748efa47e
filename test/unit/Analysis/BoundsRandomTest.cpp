//===- BoundsRandomTest.cpp - bounds hold whatever is computed ------------===//
//
// Random steps are run on random numbers in their ranges, ends, infinities,
// zeros of both signs and subnormal numbers among them, once in float64 and
// once in float32 as kernels compute. No value leaves its interval or its norm.
//
//===----------------------------------------------------------------------===//

#include "lib/Analysis/Bounds.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "test/unit/Algebra/EmittedMaths.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

using namespace llvm;
using namespace sluice;
using namespace sluice::delta;
using mlir::Operation;
using mlir::Value;

namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int kElements = 5;

/// A scalar has one element.
template <typename T> using Numbers = SmallVector<T, kElements>;

/// The elementwise functions as they are emitted, each made once.
template <typename T> class Functions {
public:
  T evaluate(Operation *op, ArrayRef<T> x) {
    auto &maths = made[op->getName().getStringRef()];
    if (!maths)
      maths =
          std::make_unique<EmittedMaths<T>>(cast<ElementwiseOpInterface>(op));
    return maths->run(x);
  }

private:
  StringMap<std::unique_ptr<EmittedMaths<T>>> made;
};

template <typename T> T dot(ArrayRef<T> x, ArrayRef<T> y) {
  T sum = 0;
  for (auto [a, b] : zip_equal(x, y))
    sum += a * b;
  return sum;
}

/// All values of a step.
template <typename T>
DenseMap<Value, Numbers<T>> run(mlir::Block &step,
                                const DenseMap<Value, Numbers<float>> &args,
                                Functions<T> &functions) {
  DenseMap<Value, Numbers<T>> values;
  for (auto &[arg, numbers] : args)
    values[arg] = Numbers<T>(numbers.begin(), numbers.end());
  for (Operation &op : step.without_terminator()) {
    SmallVector<Numbers<T>> x;
    for (Value operand : op.getOperands())
      x.push_back(values.lookup(operand));
    Numbers<T> out;
    if (auto constant = dyn_cast<ConstantOp>(op)) {
      out = {static_cast<T>(constant.getValue().convertToDouble())};
    } else if (isa<BroadcastOp>(op)) {
      out.assign(kElements, x[0][0]);
    } else if (isa<DotOp>(op)) {
      out = {dot<T>(x[0], x[1])};
    } else if (auto reduce = dyn_cast<ReduceOp>(op)) {
      T result = x[0][0];
      for (T number : drop_begin(x[0]))
        result = reduce.getKind() == Reduction::Sum ? result + number
                 : std::isnan(result + number)      ? T(NAN)
                 : reduce.getKind() == Reduction::Max
                     ? std::max(result, number)
                     : std::min(result, number);
      out = {result};
    } else if (auto norm = dyn_cast<L2NormOp>(op)) {
      // As expand-l2norm has it: scaled, then squared.
      T root = std::sqrt(static_cast<T>(norm.getEpsilon().convertToDouble()));
      T sum = 0;
      for (T number : x[0])
        sum += std::fabs(number);
      T least = std::max(root, T(0x1p-126));
      T factor = 1 / std::clamp(sum, least, T(0x1p126));
      Numbers<T> scaled;
      for (T number : x[0])
        scaled.push_back(factor * number);
      T last = factor * root;
      T reciprocal = 1 / std::sqrt(dot<T>(scaled, scaled) + last * last);
      for (T number : scaled)
        out.push_back(reciprocal * number);
    } else {
      size_t size = 1;
      for (const Numbers<T> &operand : x)
        size = std::max(size, operand.size());
      for (size_t i = 0; i < size; ++i) {
        SmallVector<T, 2> operands;
        for (const Numbers<T> &operand : x)
          operands.push_back(operand[operand.size() == 1 ? 0 : i]);
        out.push_back(functions.evaluate(&op, operands));
      }
    }
    values[op.getResult(0)] = out;
  }
  return values;
}

class RandomBounds : public testing::TestWithParam<unsigned> {
protected:
  RandomBounds() : random(GetParam()) {
    context.loadDialect<DeltaDialect, mlir::arith::ArithDialect,
                        mlir::math::MathDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(
        R"(delta.recurrence @step
            v_heads(%a: !delta.scalar, %b: !delta.scalar, %c: !delta.scalar,
                    %u: !delta.vec<key>, %w: !delta.vec<key>,
                    %x: !delta.vec<key>)
            state(%S: !delta.state<key, value>) -> () {
          delta.yield states(%S) outputs()
        })",
        &context);
    op = *module->getOps<RecurrenceOp>().begin();
  }

  unsigned below(unsigned count) { return random() % count; }
  double uniform(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  }
  /// Of any size and sign, and what lies at the ends of the type.
  double anyNumber() {
    constexpr double kSpecial[] = {
        0,        -0.0,      1,    -1,    1e-40,     -1e-40,    0x1p-149,
        0x1p-126, -0x1p-126, 3e38, -3e38, kInfinity, -kInfinity};
    double sign = below(2) ? 1 : -1;
    switch (below(4)) {
    case 0:
      return kSpecial[below(std::size(kSpecial))];
    case 1:
      return sign * std::exp2(uniform(-140, 127));
    case 2:
      return sign * std::exp2(uniform(-10, 7));
    default:
      return uniform(-6, 6);
    }
  }

  void declareRanges() {
    SmallVector<ArgumentAttr> arguments;
    for (unsigned i = 0; i < 7; ++i) {
      double one = anyNumber(), other = anyNumber();
      double lower = std::min(one, other), upper = std::max(one, other);
      RangeAttr range;
      if (i != 6 && below(3) != 0 && lower != kInfinity && upper != -kInfinity)
        range = RangeAttr::get(&context, APFloat(lower), APFloat(upper));
      ArgumentAttr declared = op.getArg(i);
      arguments.push_back(ArgumentAttr::get(&context, declared.getName(),
                                            declared.getKind(),
                                            declared.getType(), range));
    }
    op.setSignatureAttr(SignatureAttr::get(&context, arguments,
                                           op.getSignature().getOutputs()));
  }

  void buildStep() {
    mlir::OpBuilder b(op.getYield());
    mlir::Location loc = op.getLoc();
    SmallVector<Value> all(op.getStep().getArguments().drop_back());
    auto any = [&] { return all[below(all.size())]; };
    auto vector = [&] {
      SmallVector<Value> vectors(make_filter_range(
          all, [](Value value) { return isa<VecType>(value.getType()); }));
      return vectors[below(vectors.size())];
    };
    auto names = getElementwiseOps(context);
    auto elementwise = [&](mlir::RegisteredOperationName name) -> Value {
      SmallVector<Value> operands = {any()};
      while (operands.size() < getNumOperands(name))
        operands.push_back(below(6) ? any() : operands.front());
      return createElementwise(b, loc, name, operands)->getResult(0);
    };
    for (unsigned i = 0; i < 14; ++i) {
      switch (below(23)) {
#define CASE(N, MAKE)                                                          \
  case N:                                                                      \
    all.push_back(MAKE);                                                       \
    break;
        CASE(0, DotOp::create(b, loc, ScalarType::get(&context), vector(),
                              vector()))
        CASE(1, ReduceOp::create(b, loc, ScalarType::get(&context),
                                 static_cast<Reduction>(below(3)), vector()))
        CASE(2, L2NormOp::create(b, loc, vector().getType(), vector(),
                                 b.getF64FloatAttr(below(4) ? 1e-6 : 0)))
        CASE(3, ConstantOp::create(b, loc, b.getF64FloatAttr(anyNumber())))
        CASE(4, elementwise(*find_if(names, [](mlir::OperationName name) {
               return name.getStringRef() == MulOp::getOperationName();
             })))
#undef CASE
      case 5: {
        Value scalar = any();
        if (isa<ScalarType>(scalar.getType()))
          all.push_back(
              BroadcastOp::create(b, loc, vector().getType(), scalar));
        break;
      }
      default:
        all.push_back(elementwise(names[below(names.size())]));
      }
    }
  }

  /// Numbers in the ranges of the arguments.
  DenseMap<Value, Numbers<float>> drawArguments() {
    DenseMap<Value, Numbers<float>> numbers;
    for (mlir::BlockArgument arg : op.getStep().getArguments().drop_back()) {
      RangeAttr range = op.getArgRange(arg.getArgNumber());
      double lower = range ? range.getOuterLower() : -kInfinity;
      double upper = range ? range.getOuterUpper() : kInfinity;
      for (int i = 0, e = isa<VecType>(arg.getType()) ? kElements : 1; i < e;
           ++i)
        // Both ends are float32 numbers; what is far off becomes one of them.
        numbers[arg].push_back(static_cast<float>(std::clamp(
            std::clamp(anyNumber(), -3.4e38, 3.4e38), lower, upper)));
      if (below(3) == 0)
        numbers[arg].front() = static_cast<float>(below(2) ? lower : upper);
    }
    return numbers;
  }

  template <typename T>
  void expectInside(const GateBounds &bounds,
                    const DenseMap<Value, Numbers<T>> &values) {
    for (Operation &step : op.getStep().without_terminator()) {
      Value value = step.getResult(0);
      Bound bound = bounds.get(value);
      double squares = 0;
      bool isNumber = true;
      for (double number : values.lookup(value)) {
        squares += number * number;
        isNumber &= !std::isnan(number);
        if (std::isnan(number) || bound.range.contains(number))
          continue;
        std::string text;
        raw_string_ostream(text) << step << "\nin\n" << op;
        FAIL() << number << " is outside [" << bound.range.lower << ", "
               << bound.range.upper << "], in " << sizeof(T)
               << " bytes, of: " << text;
      }
      if (isNumber && isa<VecType>(value.getType()) && bound.norm < kInfinity)
        EXPECT_LE(std::sqrt(squares), bound.norm);
      numBounded += bound.range.isBounded();
      ++numChecked;
    }
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  RecurrenceOp op;
  Functions<float> float32;
  Functions<double> float64;
  std::mt19937 random;
  unsigned numBounded = 0, numChecked = 0;
};

TEST_P(RandomBounds, HoldEveryValue) {
  declareRanges();
  buildStep();
  GateBounds bounds(op);
  for (unsigned sample = 0; sample < 300; ++sample) {
    DenseMap<Value, Numbers<float>> arguments = drawArguments();
    expectInside(bounds, run(op.getStep(), arguments, float64));
    expectInside(bounds, run(op.getStep(), arguments, float32));
    if (HasFailure())
      return;
  }
  EXPECT_GT(numChecked, 0u);
}

INSTANTIATE_TEST_SUITE_P(Steps, RandomBounds, testing::Range(0u, 400u));
} // namespace
