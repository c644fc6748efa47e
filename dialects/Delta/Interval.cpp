//===- Interval.cpp - numbers between two ends ----------------------------===//

#include "dialects/Delta/Interval.h"
#include "dialects/Delta/DeltaElementwise.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <cmath>
#include <initializer_list>

using namespace sluice;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// Below and above these float32 may have underflowed or overflowed.
static constexpr double kTiny = 0x1p-100, kHuge = 0x1p120;
/// Of an end of a function that is approximated.
static constexpr double kSlack = 0x1p-18;

//===----------------------------------------------------------------------===//
// Ends
//===----------------------------------------------------------------------===//

/// A float32 number at or below whatever float32 makes of `x` or more. What is
/// not a number is not known.
static double roundDown(double x) {
  if (std::isnan(x) || x < -kHuge)
    return -kInfinity;
  if (std::fabs(x) < kTiny)
    return x < 0 ? -kTiny : 0;
  if (x > kHuge)
    return kHuge;
  auto rounded = static_cast<float>(x);
  return rounded <= x ? rounded
                      : std::nextafter(rounded, -static_cast<float>(kInfinity));
}

static double roundUp(double x) { return -roundDown(-x); }

static Interval makeOutward(double lower, double upper) {
  return {roundDown(lower), roundUp(upper)};
}

Interval Interval::at(double number) { return makeOutward(number, number); }

bool Interval::isBounded() const {
  return lower > -kInfinity && upper < kInfinity;
}

double Interval::getMagnitude() const {
  return std::max(std::fabs(lower), std::fabs(upper));
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Interval sluice::operator-(Interval a) { return {-a.upper, -a.lower}; }

Interval sluice::operator+(Interval a, Interval b) {
  return makeOutward(a.lower + b.lower, a.upper + b.upper);
}

Interval sluice::operator-(Interval a, Interval b) { return a + -b; }

static Interval hull(std::initializer_list<double> ends) {
  return makeOutward(std::min(ends), std::max(ends));
}

Interval sluice::operator*(Interval a, Interval b) {
  // 0 · ∞ is not a number, and 0 times what comes near to ∞ is 0.
  auto product = [](double x, double y) {
    return x == 0 || y == 0 ? 0 : x * y;
  };
  return hull({product(a.lower, b.lower), product(a.lower, b.upper),
               product(a.upper, b.lower), product(a.upper, b.upper)});
}

Interval sluice::operator/(Interval a, Interval b) {
  if (b.contains(0))
    return {};
  // ∞ ÷ ∞ is not a number, and what comes near to it is anything up to ∞.
  auto quotient = [](double x, double y) {
    if (std::isinf(x))
      return y < 0 ? -x : x;
    return x / y;
  };
  return hull({quotient(a.lower, b.lower), quotient(a.lower, b.upper),
               quotient(a.upper, b.lower), quotient(a.upper, b.upper)});
}

Interval sluice::max(Interval a, Interval b) {
  return {std::max(a.lower, b.lower), std::max(a.upper, b.upper)};
}

Interval sluice::min(Interval a, Interval b) {
  return {std::min(a.lower, b.lower), std::min(a.upper, b.upper)};
}

Interval sluice::unite(Interval a, Interval b) {
  return {std::min(a.lower, b.lower), std::max(a.upper, b.upper)};
}

Interval sluice::abs(Interval a) {
  double least =
      a.contains(0) ? 0 : std::min(std::fabs(a.lower), std::fabs(a.upper));
  return {least, a.getMagnitude()};
}

Interval sluice::square(Interval a) { return abs(a) * abs(a); }

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

/// Of a function that never decreases, at the ends; it keeps `limits` itself.
template <typename Function>
static Interval monotone(Function function, Interval a, Interval limits = {}) {
  double lower = function(a.lower), upper = function(a.upper);
  if (std::isfinite(lower))
    lower -= kSlack * std::fabs(lower);
  if (std::isfinite(upper))
    upper += kSlack * std::fabs(upper);
  Interval image = makeOutward(lower, upper);
  return {std::max(image.lower, limits.lower),
          std::min(image.upper, limits.upper)};
}

/// `a` without what has no real image, cut at 0.
static Interval cutAtZero(Interval a) {
  return {std::max(a.lower, 0.0), std::max(a.upper, 0.0)};
}

Interval sluice::sqrt(Interval a) {
  a = cutAtZero(a);
  return makeOutward(std::sqrt(a.lower), std::sqrt(a.upper));
}

Interval sluice::exp(Interval a) {
  return monotone([](double x) { return std::exp(x); }, a, {0, kInfinity});
}

Interval sluice::expm1(Interval a) {
  return monotone([](double x) { return std::expm1(x); }, a, {-1, kInfinity});
}

Interval sluice::log(Interval a) {
  return monotone([](double x) { return std::log(x); }, cutAtZero(a));
}

Interval sluice::tanh(Interval a) {
  return monotone([](double x) { return std::tanh(x); }, a, {-1, 1});
}

Interval sluice::sigmoid(Interval a) {
  return monotone(delta::sigmoidOf, a, {0, 1});
}

static double softplusOf(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x)));
}

Interval sluice::softplus(Interval a) {
  return monotone(softplusOf, a, {0, kInfinity});
}

Interval sluice::logsigmoid(Interval a) { return -softplus(-a); }

Interval sluice::silu(Interval a) {
  // It falls to its minimum and rises from there.
  constexpr double kMinimumAt = -1.2784645427610738;
  auto function = [](double x) {
    return x == -kInfinity ? 0 : delta::siluOf(x);
  };
  double low = function(std::clamp(kMinimumAt, a.lower, a.upper));
  double high = std::max(function(a.lower), function(a.upper));
  return monotone([](double x) { return x; }, Interval{low, high});
}

llvm::raw_ostream &sluice::operator<<(llvm::raw_ostream &os,
                                      Interval interval) {
  // A zero has no sign here.
  return os << llvm::format("[%.4g, %.4g]", interval.lower + 0.0,
                            interval.upper + 0.0);
}
