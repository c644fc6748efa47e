//===- GradientCheck.cpp - gradients against central differences ----------===//

#include "test/unit/Backward/GradientCheck.h"
#include "lib/Analysis/Signatures.h"
#include "lib/Support/GradientName.h"
#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstring>
#include <numeric>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using namespace sluice::test;

static OwnedTensor makeTensor(StringRef name, ArrayRef<std::string> shape,
                              const Sizes &sizes) {
  return cantFail(
      OwnedTensor::create(name, io::DType::F64, evaluate(shape, sizes)));
}

GivenGradients::GivenGradients(Problem &problem, Random &random,
                               bool finalStates) {
  auto add = [&](StringRef name, ArrayRef<std::string> shape) {
    OwnedTensor &tensor =
        tensors.emplace_back(makeTensor(name, shape, problem.sizes));
    for (int64_t i = 0, e = tensor.view().numElements(); i < e; ++i)
      tensor.store(i, static_cast<float>(random.normal()));
    return tensor.view();
  };
  const Signature &signature = problem.signature;
  for (const Output &output : signature.outputs)
    problem.outputGradients.push_back(add(output.name, output.getShape()));
  for (unsigned state : signature.getStates())
    problem.finalStateGradients.push_back(
        finalStates ? add(signature.arguments[state].name,
                          signature.arguments[state].getShape())
                    : io::TensorView());
}

Results test::getGradients(delta::RecurrenceOp op, const Problem &problem,
                           const std::vector<std::string> &inputs,
                           const BackwardOptions &options) {
  compiler::Adjoint adjoint = cantFail(compiler::deriveAdjoint(op, inputs));
  return cantFail(interpretBackwardExact(adjoint.op, adjoint.adjoint, problem,
                                         {}, options));
}

//===----------------------------------------------------------------------===//
// Central differences
//===----------------------------------------------------------------------===//

static std::vector<double> loadAll(const io::TensorView &view) {
  std::vector<double> numbers(view.numElements());
  loadElements(view, 0, numbers);
  return numbers;
}

namespace {
/// The loss of one problem as a function of one of its inputs.
class Loss {
public:
  Loss(Forward forward, const Problem &problem, unsigned argument)
      : forward(forward), problem(problem),
        moved(makeTensor("moved",
                         problem.signature.arguments[argument].getShape(),
                         problem.sizes)),
        numbers(moved.view().numElements()) {
    if (hasData(problem.args[argument]))
      numbers = loadAll(problem.args[argument]);
    this->problem.args[argument] = moved.view();
  }

  ArrayRef<double> getNumbers() const { return numbers; }
  /// (L(x + h d) − L(x − h d)) ÷ 2h
  double difference(ArrayRef<double> direction, double h) {
    Results after = runAt(direction, h), before = runAt(direction, -h);
    double sum = 0;
    auto add = [&](const OwnedTensor &a, const OwnedTensor &b,
                   const io::TensorView &gradient) {
      if (!hasData(gradient))
        return;
      for (int64_t i = 0, e = gradient.numElements(); i < e; ++i)
        sum += (a.load(i) - b.load(i)) * loadElement(gradient, i);
    };
    for (auto [i, gradient] : enumerate(problem.outputGradients))
      add(after.output(i), before.output(i), gradient);
    for (auto [i, gradient] : enumerate(problem.finalStateGradients))
      add(after.finalState(i), before.finalState(i), gradient);
    return sum / (2 * h);
  }

private:
  Results runAt(ArrayRef<double> direction, double h) {
    std::vector<double> at = numbers;
    for (auto [x, d] : zip_equal(at, direction))
      x += d == 0 ? 0 : h * d;
    moved.store(0, at);
    return forward(problem);
  }

  Forward forward;
  Problem problem;
  OwnedTensor moved;
  std::vector<double> numbers;
};
} // namespace

/// The difference to `expected` for the step width that suits best: a wide one
/// where the loss is hardly curved, a narrow one near a place where it has a
/// kink. What is wrong fits none.
static double getDistance(Loss &loss, ArrayRef<double> direction,
                          double expected, double enough) {
  double least = HUGE_VAL;
  for (double h : {0x1p-18, 0x1p-13, 0x1p-23, 0x1p-27}) {
    double distance = std::fabs(loss.difference(direction, h) - expected);
    least = std::isnan(distance) ? distance : std::min(least, distance);
    if (least <= enough || std::isnan(least))
      break;
  }
  return least;
}

static double checkGradient(Loss loss, StringRef name,
                            ArrayRef<double> gradient, Random &random,
                            const GradientCheckOptions &options) {
  ArrayRef<double> numbers = loss.getNumbers();
  std::vector<double> direction(numbers.size());
  double squares = 0;
  for (auto [x, d, g] : zip_equal(numbers, direction, gradient)) {
    squares += g * g;
    if (std::isinf(x))
      EXPECT_EQ(g, 0) << name.str() << ": an infinite number has an influence";
    else
      d = random.uniform(-1, 1);
  }
  if (numbers.empty())
    return 0;
  double size =
      std::max(1e-3, std::sqrt(squares / static_cast<double>(numbers.size())));
  double worst = 0;
  auto check = [&](ArrayRef<double> direction, double scale) {
    double expected = std::inner_product(direction.begin(), direction.end(),
                                         gradient.begin(), 0.0);
    double distance =
        getDistance(loss, direction, expected, options.bar * scale / 100) /
        scale;
    EXPECT_TRUE(distance <= options.bar) // also of a NaN
        << name.str() << ": " << expected << " is off by " << distance
        << " times " << scale;
    worst = std::max(worst, distance);
  };
  // A sum of so many random numbers.
  check(direction, size * std::sqrt(static_cast<double>(numbers.size())));
  for (unsigned i = 0; i < options.elements; ++i) {
    std::vector<double> axis(numbers.size());
    size_t place = random.bits() % numbers.size();
    if (std::isinf(numbers[place]))
      continue;
    axis[place] = 1;
    check(axis, size);
  }
  return worst;
}

double test::checkGradients(delta::RecurrenceOp op, const Problem &problem,
                            const Results &gradients, Random &random,
                            const GradientCheckOptions &options) {
  return checkGradients(
      [&](const Problem &problem) {
        return cantFail(interpretExact(op, problem));
      },
      problem, gradients, random, options);
}

double test::checkGradients(Forward forward, const Problem &problem,
                            const Results &gradients, Random &random,
                            const GradientCheckOptions &options) {
  const Signature &signature = problem.signature;
  auto names = map_to_vector(signature.arguments, [](const Argument &argument) {
    return argument.name;
  });
  for (auto [i, state] : enumerate(signature.getStates()))
    names[state] = signature.getInitialStateName(i);
  double worst = 0;
  for (auto [argument, name] : enumerate(names)) {
    const OwnedTensor *gradient = gradients.find(getGradientName(name));
    if (!gradient)
      continue;
    worst = std::max(worst,
                     checkGradient(Loss(forward, problem, argument), name,
                                   loadAll(gradient->view()), random, options));
  }
  return worst;
}

void test::expectSameBits(const Results &ours, const Results &expected) {
  ASSERT_EQ(ours.tensors.size(), expected.tensors.size());
  for (auto [a, b] : zip_equal(ours.tensors, expected.tensors)) {
    EXPECT_EQ(a.name, b.name);
    ASSERT_EQ(a.numBytes(), b.numBytes()) << a.name;
    if (a.numBytes() > 0)
      EXPECT_EQ(std::memcmp(a.data(), b.data(), a.numBytes()), 0) << a.name;
  }
}
