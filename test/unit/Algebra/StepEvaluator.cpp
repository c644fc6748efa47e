//===- StepEvaluator.cpp - a step on numbers, by brute force --------------===//

#include "test/unit/Algebra/StepEvaluator.h"
#include "test/unit/Generator/StepGenerator.h"
#include "llvm/ADT/TypeSwitch.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

static int64_t sizeOf(Type type, int64_t keyDim, int64_t valueDim) {
  if (isa<StateType>(type))
    return keyDim * valueDim;
  if (auto vec = dyn_cast<VecType>(type))
    return vec.getAxis() == Axis::Key ? keyDim : valueDim;
  return 1;
}

int64_t StepEvaluator::getSize(Type type) const {
  return sizeOf(type, keyDim, valueDim);
}

double StepEvaluator::alongState(const Numbers &x, Type type, int64_t i) const {
  auto vec = dyn_cast<VecType>(type);
  return !vec                         ? x[0]
         : vec.getAxis() == Axis::Key ? x[i / valueDim]
                                      : x[i % valueDim];
}

std::vector<Numbers> StepEvaluator::drawArguments(RecurrenceOp op,
                                                  int64_t keyDim,
                                                  int64_t valueDim,
                                                  reference::Random random) {
  std::vector<Numbers> arguments;
  for (BlockArgument arg : op.getStep().getArguments()) {
    Numbers &x =
        arguments.emplace_back(sizeOf(arg.getType(), keyDim, valueDim));
    for (double &number : x)
      number = 2 * random.unit() - 1;
    if (isLogGate(op.getName(arg)))
      for (double &number : x)
        number = random.unit() < 0.1 ? -INFINITY : -std::fabs(number);
    else if (isa<VecType>(arg.getType()))
      for (double &number : x)
        number /= std::sqrt(static_cast<double>(x.size()));
  }
  return arguments;
}

void StepEvaluator::run(RecurrenceOp op,
                        const std::vector<Numbers> &arguments) {
  numbers.clear();
  for (auto [arg, x] : llvm::zip(op.getStep().getArguments(), arguments))
    numbers[arg] = x;
  for (Operation &step : op.getStep().without_terminator())
    numbers[step.getResult(0)] = evaluate(step);
}

Numbers StepEvaluator::evaluate(Operation &op) const {
  auto in = [&](unsigned i) -> const Numbers & {
    return (*this)[op.getOperand(i)];
  };
  Numbers out(getSize(op.getResult(0).getType()));
  auto fill = [&](auto elementOf) {
    for (int64_t i = 0, e = out.size(); i < e; ++i)
      out[i] = elementOf(i);
  };
  auto dot = [&](const Numbers &a, const Numbers &b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i)
      sum += a[i] * b[i];
    return sum;
  };
  llvm::TypeSwitch<Operation *>(&op)
      .Case([&](ElementwiseOpInterface function) {
        fill([&](int64_t i) {
          Numbers operands;
          for (unsigned n = 0; n < op.getNumOperands(); ++n)
            operands.push_back(at(in(n), i));
          return function.evaluate(operands);
        });
      })
      .Case([&](ConstantOp constant) {
        fill([&](int64_t) { return constant.getValue().convertToDouble(); });
      })
      .Case([&](ScaleOp) { fill([](int64_t) { return 0.5; }); })
      .Case([&](BroadcastOp) { fill([&](int64_t) { return in(0)[0]; }); })
      .Case([&](DotOp) { out[0] = dot(in(0), in(1)); })
      .Case([&](ReduceOp reduce) {
        const Numbers &x = in(0);
        out[0] = reduce.getKind() == Reduction::Sum
                     ? std::accumulate(x.begin(), x.end(), 0.0)
                 : reduce.getKind() == Reduction::Max
                     ? *std::max_element(x.begin(), x.end())
                     : *std::min_element(x.begin(), x.end());
      })
      .Case([&](L2NormOp norm) {
        double length =
            std::sqrt(dot(in(0), in(0)) + norm.getEpsilon().convertToDouble());
        fill([&](int64_t i) { return in(0)[i] / length; });
      })
      .Case([&](DecayOp decay) {
        fill([&](int64_t i) {
          return std::exp(alongState(in(1), decay.getGate().getType(), i)) *
                 in(0)[i];
        });
      })
      .Case([&](ScaleStateOp scale) {
        fill([&](int64_t i) {
          return alongState(in(1), scale.getFactor().getType(), i) * in(0)[i];
        });
      })
      .Case([&](ReadOp read) {
        for (int64_t i = 0; i < keyDim * valueDim; ++i)
          if (read.isLeft())
            out[i % valueDim] += in(0)[i] * in(1)[i / valueDim];
          else
            out[i / valueDim] += in(0)[i] * in(1)[i % valueDim];
      })
      .Case([&](WriteOp) {
        fill([&](int64_t i) {
          return in(0)[i] + in(1)[i / valueDim] * in(2)[i % valueDim];
        });
      })
      .Case([&](AddStatesOp) {
        fill([&](int64_t i) { return in(0)[i] + in(1)[i]; });
      })
      .DefaultUnreachable("an operation without a meaning here");
  return out;
}

double delta::getError(const Numbers &ours, const Numbers &expected) {
  double largest = 1, error = 0;
  for (auto [a, b] : llvm::zip_equal(ours, expected)) {
    largest = std::max(largest, std::fabs(b));
    error = std::isnan(a) != std::isnan(b) ? INFINITY
            : std::isnan(a) || a == b      ? error
                                           : std::max(error, std::fabs(a - b));
  }
  return error / largest;
}
