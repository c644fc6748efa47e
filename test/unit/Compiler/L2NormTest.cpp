//===- L2NormTest.cpp - vectors of every length, normalised ---------------===//
//
// delta.l2norm as native code of both forms against the float64 reference, over
// all magnitudes of float32 and an ε of every kind: squares of the elements
// overflow from 2^64 on and are nothing below 2^-75.
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/Interpreter.h"
#include "lib/Reference/Random.h"
#include "test/unit/Compiler/RunSpec.h"
#include "test/unit/Runtime/TestProblem.h"
#include <limits>

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::runtime;
using sluice::reference::Random;

static constexpr int64_t kKey = 19, kValue = 37; // neither fills vectors
static constexpr double kRelativeBar = 1e-6, kSmallest = 0x1p-149;
static constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Vectors of so many elements: of every power of two, with elements that are
/// all alike, of all magnitudes, or single; zeros, infinities and NaN.
static std::vector<double> makeVectors(int64_t size) {
  std::vector<double> numbers;
  Random random(size);
  auto add = [&](function_ref<double(int64_t)> element) {
    for (int64_t i = 0; i < size; ++i)
      numbers.push_back(static_cast<float>(element(i)));
  };
  for (int exponent = -149; exponent < 128; ++exponent) {
    double magnitude = std::ldexp(1, exponent);
    add([&](int64_t) { return magnitude; });
    add([&](int64_t) { return magnitude * random.uniform(-1.9, 1.9); });
    add([&](int64_t i) { return i == size - 1 ? -magnitude : 0; });
    add([&](int64_t) {
      return std::ldexp(magnitude, -static_cast<int>(random.bits() % 40));
    });
  }
  for (double special : {kInfinity, -kInfinity, double(NAN)}) {
    add([&](int64_t i) { return i == 3 ? special : double(i); });
    add([&](int64_t) { return special; });
  }
  for (double zero : {0.0, -0.0})
    add([&](int64_t) { return zero; });
  // The chunk form pads its last chunk.
  add([&](int64_t i) { return double(i); });
  return numbers;
}

/// Of lengths that have no normal reciprocal in float32 that one's error
/// counts.
static bool isNear(double ours, double exact, int64_t size, double length) {
  if (std::isnan(ours) || std::isnan(exact))
    return std::isnan(ours) && std::isnan(exact);
  double bar = kRelativeBar;
  if (length >= 0x1p126 && std::isfinite(length))
    bar += kSmallest * length;
  return std::fabs(ours - exact) <=
         bar * std::fabs(exact) + kSmallest * double(size);
}

static double getLength(ArrayRef<double> vector) {
  double squares = 0;
  for (double element : vector)
    squares += element * element;
  return std::sqrt(squares);
}

namespace {
class L2NormTest : public sluice::test::TestProblem {
protected:
  void expectReference(StringRef epsilon, int64_t chunk) {
    load(("delta.recurrence @norms\n"
          "    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)\n"
          "    state(%S: !delta.state<key, value>)\n"
          "    -> (kn: !delta.vec<key>, vn: !delta.vec<value>) {\n"
          "  %kn = delta.l2norm %k {epsilon = " +
          epsilon +
          " : f64}\n"
          "  %vn = delta.l2norm %v {epsilon = " +
          epsilon +
          " : f64}\n"
          "  delta.yield states(%S) outputs(%kn, %vn)\n}\n")
             .str());
    std::vector<double> keys = makeVectors(kKey), values = makeVectors(kValue);
    int64_t tokens = static_cast<int64_t>(keys.size()) / kKey;
    set("k", {1, tokens, 1, kKey}, keys);
    set("v", {1, tokens, 1, kValue}, values);
    Problem problem = cantFail(bind());
    Results exact = cantFail(reference::interpretExact(spec.op, problem));
    Results results = sluice::test::runSpec(spec.op, problem, chunk);
    for (unsigned output : {0, 1}) {
      const OwnedTensor &ours = results.tensors[output];
      int64_t size = ours.shape.back();
      unsigned numWrong = 0;
      for (int64_t i = 0, e = ours.view().numElements(); i < e; ++i) {
        double expected = exact.tensors[output].load(i);
        double length = getLength(
            ArrayRef(output == 0 ? keys : values).slice(i / size * size, size));
        if (isNear(ours.load(i), expected, size, length) || numWrong++ > 0)
          continue;
        ADD_FAILURE() << "epsilon " << epsilon.str() << ", chunk " << chunk
                      << ", vector " << i / size << ": " << ours.load(i)
                      << ", expected " << expected;
      }
      EXPECT_EQ(numWrong, 0u);
    }
  }
};
} // namespace

TEST_F(L2NormTest, IsTheReferenceOverAllOfFloat32) {
  for (StringRef epsilon : {"0.0", "1.0e-6", "1.0e-80", "1.0e-60", "1.0e-45",
                            "1.0e-40", "1.0", "1.0e30", "1.0e38", "1.0e76"})
    for (int64_t chunk : {0, 4})
      expectReference(epsilon, chunk);
}
