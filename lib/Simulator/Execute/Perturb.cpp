//===- Perturb.cpp - what approximate functions may give ------------------===//
//
// PTX ISA 9.0, section 9.7.3. The loops round correctly; hardware need not. No
// result moves that is zero, infinite or NaN, nor of an operand that is, nor
// one that is exact and stands for itself (1 / 2, √4).
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Perturb.h"
#include "lib/Simulator/Execute/ValueHandlers.h"
#include "lib/Simulator/Machine/Worker.h"
#include "llvm/ADT/bit.h"
#include <cmath>

using namespace sluice;
using namespace sluice::sim;

namespace {
/// How far from the correctly rounded result.
enum class Bound : uint8_t {
  None,
  /// Two units in the last place from it (ex2).
  TwoUnits,
  /// Two from the exact value, so one from it (div.approx, div.full).
  OneUnit,
  /// One from the exact value: the number on the other side of that (rcp; sqrt
  /// and rsqrt, whose relative errors are 2^-23 and 2^-22.9).
  OtherSide,
  /// 2^-22, absolute between ½ and 2, relative elsewhere (lg2).
  Logarithm,
  /// 2^-20.5 absolute up to 2π, 2^-14.7 to 100π (sin, cos).
  Sine,
  /// 2^-11 relative (tanh).
  Relative,
};
} // namespace

static Bound getBound(ValueOp op) {
  switch (op) {
  case ValueOp::Ex2F32:
    return Bound::TwoUnits;
  case ValueOp::DivApproxF32:
  case ValueOp::DivFullF32:
    return Bound::OneUnit;
  case ValueOp::RcpApproxF32:
  case ValueOp::SqrtApproxF32:
  case ValueOp::RsqrtF32:
    return Bound::OtherSide;
  case ValueOp::Lg2F32:
    return Bound::Logarithm;
  case ValueOp::SinF32:
  case ValueOp::CosF32:
    return Bound::Sine;
  case ValueOp::TanhF32:
    return Bound::Relative;
  default:
    return Bound::None;
  }
}

/// splitmix64.
static uint64_t mix(uint64_t word) {
  word += 0x9e3779b97f4a7c15;
  word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
  word = (word ^ word >> 27) * 0x94d049bb133111eb;
  return word ^ word >> 31;
}

static bool isOrdinary(float x) { return std::isnormal(x); }

/// `units` units in the last place away from zero.
static float step(float x, int units) {
  return llvm::bit_cast<float>(llvm::bit_cast<uint32_t>(x) + units);
}

/// What `result` is the rounded value of, as far as f64 knows.
static double getExact(ValueOp op, double a) {
  return op == ValueOp::RcpApproxF32    ? 1 / a
         : op == ValueOp::SqrtApproxF32 ? std::sqrt(a)
                                        : 1 / std::sqrt(a);
}

/// `random` is uniform in [-1, 1].
static float add(float x, double bound, double random) {
  return static_cast<float>(x + bound * random);
}

static float move(ValueOp op, float result, float a, uint64_t bits) {
  double random = static_cast<double>(static_cast<int64_t>(bits)) * 0x1p-63;
  // The first unit is for the roundings, here and before.
  double unit = std::fabs(double(step(result, 1)) - result);
  switch (getBound(op)) {
  case Bound::None:
    return result;
  case Bound::TwoUnits:
    return step(result, static_cast<int>(bits % 5) - 2);
  case Bound::OneUnit:
    return step(result, static_cast<int>(bits % 3) - 1);
  case Bound::OtherSide: {
    double exact = std::fabs(getExact(op, a)), found = std::fabs(result);
    if (bits % 2 || exact == found)
      return result;
    return step(result, exact > found ? 1 : -1);
  }
  case Bound::Logarithm: {
    bool isAbsolute = a > 0.5f && a < 2;
    double bound = isAbsolute ? 0x1p-22 : 0x1p-22 * std::fabs(result);
    return add(result, std::max(bound - unit, 0.0), random);
  }
  case Bound::Sine: {
    constexpr double kPi = 3.14159265358979323846;
    double bound = std::fabs(a) <= 2 * kPi ? 0x1.6a09ep-21  // 2^-20.5
                                           : 0x1.3b2c4p-15; // 2^-14.7
    float moved = add(result, bound - 0x1p-23, random);
    return std::fmin(std::fmax(moved, -1.0f), 1.0f);
  }
  case Bound::Relative: {
    double bound = 0x1p-11 * std::fabs(result) - unit;
    float moved = add(result, std::max(bound, 0.0), random);
    return std::fmin(std::fmax(moved, -1.0f), 1.0f);
  }
  }
  llvm_unreachable("a bound");
}

/// detail[3]: the function. rows: d, a [, b].
static Flow runMoved(Warp &warp, const Operation &operation, Mask active) {
  auto op = static_cast<ValueOp>(operation.detail[3]);
  uint64_t seed = mix(warp.getCta().getGrid().getOptions().seed) + uint64_t(op);
  bool isBinary = operation.rows.size() > 2;
  // d may be one of the others.
  uint32_t a[kLanes], b[kLanes] = {};
  std::copy_n(warp.words(operation.rows[1]), kLanes, a);
  if (isBinary)
    std::copy_n(warp.words(operation.rows[2]), kLanes, b);
  Mask poison = warp.getPoison(operation);
  getValueHandler(op)(warp.words(0), operation, active);
  uint32_t *d = warp.words(operation.rows[0]);
  for (Mask rest = active; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    auto result = llvm::bit_cast<float>(d[lane]);
    auto x = llvm::bit_cast<float>(a[lane]), y = llvm::bit_cast<float>(b[lane]);
    if (!isOrdinary(result) || !isOrdinary(x) || (isBinary && !isOrdinary(y)))
      continue;
    uint64_t bits = mix(mix(seed ^ uint64_t(a[lane]) << 32) ^ b[lane]);
    float moved = move(op, result, x, bits);
    // Neither out of the format nor where .ftz would flush.
    if (isOrdinary(moved))
      d[lane] = llvm::bit_cast<uint32_t>(moved);
  }
  Mask &known = warp.poison(operation.rows[0]);
  known = (known & ~active) | (poison & active);
  return Flow::Next;
}

void sim::perturbApproximations(Program &program) {
  for (auto &[function, code] : program.codes)
    for (Operation &operation : code->operations) {
      if (operation.which != ptx::Class::Special || !operation.compute ||
          getBound(static_cast<ValueOp>(operation.detail[3])) == Bound::None)
        continue;
      operation.compute = nullptr;
      operation.run = runMoved;
    }
}
