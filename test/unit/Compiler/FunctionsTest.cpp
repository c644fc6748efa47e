//===- FunctionsTest.cpp - elementwise ops as native code -----------------===//
//
// Every elementwise operation of the language over all of float32, compiled in
// both forms and run, against ElementwiseOpInterface::evaluate: all exponents
// with many mantissas, both signs, subnormal numbers, infinities and NaN.
// SLUICE_ALL_FLOATS=1 tries all 2^32 numbers, which takes an hour.
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/Random.h"
#include "mlir/IR/OpDefinition.h"
#include "test/unit/Compiler/RunSpec.h"
#include "test/unit/Runtime/TestProblem.h"
#include <bit>
#include <cstdlib>
#include <limits>

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::runtime;
using mlir::Operation;
using sluice::reference::Random;

/// Of the exact result; where that is small, one subnormal number.
static constexpr double kRelativeBar = 1e-6, kSmallest = 0x1p-149;
static constexpr int64_t kWidth = 61; // fills no vector

static bool isNear(double ours, double exact) {
  if (std::isnan(ours) || std::isnan(exact))
    return std::isnan(ours) && std::isnan(exact);
  constexpr double kLargest = std::numeric_limits<float>::max();
  // An exact result that rounds to ∞, or nearly does, may be it.
  if (std::isinf(ours))
    return std::signbit(ours) == std::signbit(exact) &&
           std::fabs(exact) * (1 + kRelativeBar) >= kLargest;
  if (std::isinf(static_cast<float>(exact)))
    return std::signbit(ours) == std::signbit(exact) &&
           std::fabs(ours) >= kLargest * (1 - kRelativeBar) &&
           std::fabs(exact) <= kLargest * (1 + kRelativeBar);
  return std::fabs(ours - exact) <= kRelativeBar * std::fabs(exact) + kSmallest;
}

namespace {
struct FormOnCpu {
  int64_t chunk;
  const target::Cpu *target;
};

class FunctionsTest : public sluice::test::TestProblem {
protected:
  /// A step with an output for each elementwise operation of one operand, or of
  /// several.
  void loadFunctions(bool ofSeveral) {
    std::string outputs, lines, yielded;
    raw_string_ostream outputsStream(outputs), linesStream(lines),
        yieldedStream(yielded);
    ListSeparator first, second;
    for (mlir::RegisteredOperationName name :
         context.getRegisteredOperationsByDialect("delta")) {
      bool isUnary = name.hasTrait<mlir::OpTrait::OneOperand>(),
           hasFour = name.hasTrait<mlir::OpTrait::NOperands<4>::Impl>();
      if (!name.hasInterface<delta::ElementwiseOpInterface>() ||
          isUnary == ofSeveral)
        continue;
      StringRef function = name.stripDialect();
      outputsStream << first << function << ": !delta.vec<value>";
      linesStream << '%' << function << " = delta." << function << " %v"
                  << (isUnary ? "" : ", %w") << (hasFour ? ", %w, %v" : "")
                  << '\n';
      yieldedStream << second << '%' << function;
    }
    load("delta.recurrence @functions\n"
         "v_heads(%v: !delta.vec<value>, %w: !delta.vec<value>)\n"
         "state(%S: !delta.state<key, value>) -> (" +
         outputs + ") {\n" + lines + "delta.yield states(%S) outputs(" +
         yielded + ")}\n");
  }

  void setNumbers(StringRef name, std::vector<double> numbers) {
    int64_t count = static_cast<int64_t>(numbers.size());
    int64_t tokens = (count + kWidth - 1) / kWidth;
    numbers.resize(tokens * kWidth, 1);
    set(name, {1, tokens, 1, kWidth}, numbers);
  }

  void expectNear(const FormOnCpu &form) {
    set("initial_state", {1, 1, 1, kWidth});
    Problem problem = cantFail(bind());
    Results results =
        sluice::test::runSpec(spec.op, problem, form.chunk, form.target);
    std::vector<delta::ElementwiseOpInterface> functions;
    for (auto function :
         spec.op.getStep().getOps<delta::ElementwiseOpInterface>())
      functions.push_back(function);
    for (auto [function, tensor] : zip(functions, results.tensors)) {
      Operation *op = function;
      unsigned numWrong = 0;
      std::string first;
      for (int64_t i = 0, e = tensor.view().numElements(); i < e; ++i) {
        double v = tensors[0].load(i), w = tensors[1].load(i);
        double numbers[] = {v, w, w, v};
        double exact = function.evaluate(
            ArrayRef(numbers).take_front(op->getNumOperands()));
        double ours = tensor.load(i);
        if (isNear(ours, exact))
          continue;
        if (numWrong++ == 0)
          raw_string_ostream(first)
              << format("(%.9g, %.9g): %.9g, expected %.9g", v, w, ours, exact);
      }
      EXPECT_EQ(numWrong, 0u) << tensor.name << first << " in chunks of "
                              << form.chunk << ", " << form.target->name.str();
    }
  }

  /// Both forms, for the narrowest vectors and this processor's.
  void expectNearInAllForms() {
    for (const target::Cpu *target :
         {&target::getCpus().front(), &target::getHostCpu()})
      for (int64_t chunk : {0, 4})
        expectNear({chunk, target});
  }
};
} // namespace

/// Of every exponent and sign the first, the last and `count` other mantissas.
static std::vector<double> sampleFloats(unsigned count, uint64_t seed) {
  constexpr uint32_t kMantissas = 1u << 23;
  Random random(seed);
  std::vector<double> numbers;
  for (uint32_t top = 0; top < 512; ++top) {
    std::vector<uint32_t> mantissas = {0, 1, kMantissas - 1};
    for (unsigned i = 0; i < count; ++i)
      mantissas.push_back(random.bits() % kMantissas);
    for (uint32_t mantissa : mantissas)
      numbers.push_back(std::bit_cast<float>(top * kMantissas + mantissa));
  }
  return numbers;
}

TEST_F(FunctionsTest, OfOneNumberAreExactOverAllOfFloat32) {
  loadFunctions(/*ofSeveral=*/false);
  std::vector<double> numbers = sampleFloats(/*count=*/800, /*seed=*/1);
  // Where exponentials and their sums begin and end.
  Random random(2);
  for (double limit : {2.0, 20.0, 110.0})
    for (unsigned i = 0; i < 100'000; ++i)
      numbers.push_back(static_cast<float>(random.uniform(-limit, limit)));
  setNumbers("v", numbers);
  setNumbers("w", numbers);
  expectNearInAllForms();
}

TEST_F(FunctionsTest, OfSeveralNumbersAreExactOverAllOfFloat32) {
  loadFunctions(/*ofSeveral=*/true);
  std::vector<double> some = sampleFloats(/*count=*/0, /*seed=*/3);
  std::vector<double> left, right;
  Random random(4);
  for (double number : some)
    for (unsigned i = 0; i < 128; ++i) {
      left.push_back(number);
      right.push_back(some[random.bits() % some.size()]);
    }
  setNumbers("v", left);
  setNumbers("w", right);
  expectNearInAllForms();
}

TEST_F(FunctionsTest, OfEveryNumberIfAsked) {
  if (!std::getenv("SLUICE_ALL_FLOATS"))
    GTEST_SKIP() << "SLUICE_ALL_FLOATS is not set";
  loadFunctions(/*ofSeveral=*/false);
  constexpr uint64_t kBlock = 1u << 22;
  std::vector<double> numbers(kBlock);
  for (uint64_t first = 0; first < uint64_t{1} << 32; first += kBlock) {
    for (uint64_t i = 0; i < kBlock; ++i)
      numbers[i] = std::bit_cast<float>(static_cast<uint32_t>(first + i));
    setNumbers("v", numbers);
    setNumbers("w", numbers);
    expectNear({/*chunk=*/0, &target::getHostCpu()});
    ASSERT_FALSE(HasFailure());
  }
}
