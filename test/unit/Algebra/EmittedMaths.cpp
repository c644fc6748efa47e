//===- EmittedMaths.cpp - elementwise ops as they are emitted, on numbers -===//

#include "test/unit/Algebra/EmittedMaths.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace mlir;
using namespace sluice::delta;

SmallVector<RegisteredOperationName>
sluice::delta::getElementwiseOps(MLIRContext &context) {
  return llvm::filter_to_vector(
      context.getRegisteredOperationsByDialect("delta"),
      [](RegisteredOperationName name) {
        return name.hasInterface<ElementwiseOpInterface>();
      });
}

unsigned sluice::delta::getNumOperands(RegisteredOperationName name) {
  return name.hasTrait<OpTrait::OneOperand>()           ? 1
         : name.hasTrait<OpTrait::NOperands<4>::Impl>() ? 4
                                                        : 2;
}

ElementwiseOpInterface sluice::delta::createElementwise(OpBuilder &builder,
                                                        Location loc,
                                                        OperationName name,
                                                        ValueRange operands) {
  Type type = operands.front().getType();
  for (Type other : operands.getTypes())
    if (isa<VecType>(other))
      type = other;
  return cast<ElementwiseOpInterface>(
      builder.create(loc, name.getIdentifier(), operands, type));
}

EmittedBlock::EmittedBlock(ElementwiseOpInterface op, Type type) {
  SmallVector<Type> types(op->getNumOperands(), type);
  block.addArguments(types, SmallVector<Location>(types.size(), op->getLoc()));
  OpBuilder builder(op->getContext());
  builder.setInsertionPointToEnd(&block);
  result = op.emit(builder, op->getLoc(), block.getArguments());
}

/// IEEE's maximum: a NaN if there is one.
template <typename T> static T maximum(T a, T b) {
  return std::isnan(a) || std::isnan(b) ? T(NAN) : std::max(a, b);
}

/// Functions whose folders leave some numbers alone, and those that are often
/// computed.
template <typename T> static auto getFunction(Operation *op) {
  using Operands = llvm::ArrayRef<T>;
  using Function = T (*)(Operands);
  return llvm::TypeSwitch<Operation *, Function>(op)
      .Case(
          [](arith::AddFOp) { return [](Operands x) { return x[0] + x[1]; }; })
      .Case(
          [](arith::SubFOp) { return [](Operands x) { return x[0] - x[1]; }; })
      .Case(
          [](arith::MulFOp) { return [](Operands x) { return x[0] * x[1]; }; })
      .Case(
          [](arith::DivFOp) { return [](Operands x) { return x[0] / x[1]; }; })
      .Case([](arith::MaximumFOp) {
        return [](Operands x) { return maximum(x[0], x[1]); };
      })
      .Case([](arith::MinimumFOp) {
        return [](Operands x) { return -maximum(-x[0], -x[1]); };
      })
      .Case([](arith::NegFOp) { return [](Operands x) { return -x[0]; }; })
      .Case([](math::AbsFOp) {
        return [](Operands x) { return std::fabs(x[0]); };
      })
      .Case(
          [](math::ExpOp) { return [](Operands x) { return std::exp(x[0]); }; })
      .Case([](math::ExpM1Op) {
        return [](Operands x) { return std::expm1(x[0]); };
      })
      .Case(
          [](math::LogOp) { return [](Operands x) { return std::log(x[0]); }; })
      .Case([](math::Log1pOp) {
        return [](Operands x) { return std::log1p(x[0]); };
      })
      .Case([](math::SqrtOp) {
        return [](Operands x) { return std::sqrt(x[0]); };
      })
      .Case([](math::TanhOp) {
        return [](Operands x) { return std::tanh(x[0]); };
      })
      .Case([](arith::CmpFOp compare) {
        EXPECT_EQ(compare.getPredicate(), arith::CmpFPredicate::OGE);
        return [](Operands x) { return T(x[0] >= x[1]); };
      })
      .Case([](arith::SelectOp) {
        return [](Operands x) { return x[0] != 0 ? x[1] : x[2]; };
      })
      .Default(Function(nullptr));
}

template <typename T> static Type getFloat(MLIRContext *context) {
  if constexpr (std::is_same_v<T, double>)
    return Float64Type::get(context);
  else
    return Float32Type::get(context);
}

template <typename T> static T fold(Operation *op, ArrayRef<T> operands) {
  Type type = getFloat<T>(op->getContext());
  auto attributes = llvm::map_to_vector(operands, [&](T number) -> Attribute {
    return FloatAttr::get(type, number);
  });
  SmallVector<OpFoldResult, 1> results;
  if (failed(op->fold(attributes, results)) || results.empty() ||
      !isa<Attribute>(results.front()))
    llvm::report_fatal_error(llvm::Twine("no value of ") +
                             op->getName().getStringRef() +
                             ": a function for EmittedMaths.cpp");
  return static_cast<T>(
      cast<FloatAttr>(cast<Attribute>(results.front())).getValueAsDouble());
}

template <typename T>
EmittedMaths<T>::EmittedMaths(ElementwiseOpInterface op)
    : code(std::make_unique<EmittedBlock>(op, getFloat<T>(op->getContext()))) {
  llvm::DenseMap<Value, unsigned> indices;
  auto add = [&](Value value, T number) {
    indices[value] = numbers.size();
    numbers.push_back(number);
  };
  for (Value argument : code->block.getArguments())
    add(argument, 0);
  for (Operation &made : code->block) {
    if (auto constant = dyn_cast<arith::ConstantOp>(made)) {
      auto value = cast<FloatAttr>(constant.getValue());
      add(constant, static_cast<T>(value.getValueAsDouble()));
      continue;
    }
    Step &step = steps.emplace_back();
    step.function = getFunction<T>(&made);
    step.op = &made;
    for (Value operand : made.getOperands())
      step.operands.push_back(indices.lookup(operand));
    step.result = numbers.size();
    add(made.getResult(0), 0);
  }
  result = indices.lookup(code->result);
}

template <typename T> T EmittedMaths<T>::run(ArrayRef<T> operands) {
  llvm::copy(operands, numbers.begin());
  for (const Step &step : steps) {
    llvm::SmallVector<T, 3> x;
    for (unsigned operand : step.operands)
      x.push_back(numbers[operand]);
    numbers[step.result] =
        step.function ? step.function(x) : fold(step.op, llvm::ArrayRef<T>(x));
  }
  return numbers[result];
}

template class sluice::delta::EmittedMaths<float>;
template class sluice::delta::EmittedMaths<double>;
