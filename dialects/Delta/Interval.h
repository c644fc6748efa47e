//===- Interval.h - numbers between two ends --------------------*- C++ -*-===//
//
// Interval arithmetic for what kernels compute: an operation on intervals holds
// every result of the operation on numbers of them, in float64 and in float32.
// NaN lies in no interval and is not counted: it comes from NaN, from ∞ − ∞,
// 0 · ∞ and their like, and is NaN in every form.
//
// Why float32 stays inside. Ends are float32 numbers; the exact image of the
// operands' ends is rounded outward to float32. Rounding is monotone, so what
// is rounded correctly (+ − · ÷ √) cannot cross an end, and an exact end such
// as −5 stays where it is. Functions that kernels approximate (exp, log, …,
// within a few units in the last place) are widened by 2⁻¹⁸ of an end first,
// and cut to the limits that their lowering keeps by itself: 1 ÷ (1 + e⁻ˣ)
// never leaves [0, 1]. test/Integration/CPU/function-bounds.test measures both.
// Numbers below 2⁻¹⁰⁰ may underflow, numbers above 2¹²⁰ overflow: no end stands
// there.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_DIALECTS_DELTA_INTERVAL_H
#define SLUICE_DIALECTS_DELTA_INTERVAL_H

#include <limits>

namespace llvm {
class raw_ostream;
} // namespace llvm

namespace sluice {

/// The numbers from `lower` to `upper`, with both ends, which may be infinite.
struct Interval {
  double lower = -std::numeric_limits<double>::infinity();
  double upper = std::numeric_limits<double>::infinity();

  /// The float32 numbers that stand for `number`.
  static Interval at(double number);

  bool contains(double number) const {
    return lower <= number && number <= upper;
  }
  /// Returns true if the interval is known to hold no number beyond some finite
  /// one, on either side.
  bool isBounded() const;
  /// The largest |x|.
  double getMagnitude() const;

  bool operator==(const Interval &) const = default;
};

Interval operator-(Interval a);
Interval operator+(Interval a, Interval b);
Interval operator-(Interval a, Interval b);
Interval operator*(Interval a, Interval b);
/// Everything where b holds 0: the sign of a zero is not known.
Interval operator/(Interval a, Interval b);
Interval max(Interval a, Interval b);
Interval min(Interval a, Interval b);
Interval abs(Interval a);
/// The smallest one that holds both.
Interval unite(Interval a, Interval b);
/// a · a, of one number with itself.
Interval square(Interval a);
Interval sqrt(Interval a);
Interval exp(Interval a);
Interval expm1(Interval a);
Interval log(Interval a);
Interval tanh(Interval a);
Interval sigmoid(Interval a);
Interval logsigmoid(Interval a);
Interval softplus(Interval a);
Interval silu(Interval a);

/// [-5, 0], to four digits.
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, Interval interval);

} // namespace sluice

#endif // SLUICE_DIALECTS_DELTA_INTERVAL_H
