//===- FloatTest.cpp - f32 and f64 arithmetic ----------------------------===//
//
// Against the host's own arithmetic in every rounding mode, which the handlers
// never change (PTX ISA 9.0, section 9.7.3).
//
//===----------------------------------------------------------------------===//

#include "HalfReference.h"
#include "ValueTrial.h"
#include <cfenv>
#include <cmath>

using namespace sluice::sim;
using value::Rounding;

static constexpr std::pair<Rounding, int> kRoundings[] = {
    {Rounding::Nearest, FE_TONEAREST},
    {Rounding::Zero, FE_TOWARDZERO},
    {Rounding::Down, FE_DOWNWARD},
    {Rounding::Up, FE_UPWARD}};

static constexpr uint64_t kNaN = 0x7fffffff;

template <typename T> using Function = T (*)(T, T, T);
// volatile keeps the compiler from computing on the other side of fesetround.
template <typename T> static T add(T a, T b, T) {
  volatile T x = a, y = b, sum = x + y;
  return sum;
}
template <typename T> static T sub(T a, T b, T) {
  volatile T x = a, y = b, sum = x - y;
  return sum;
}
template <typename T> static T mul(T a, T b, T) {
  volatile T x = a, y = b, product = x * y;
  return product;
}
template <typename T> static T divide(T a, T b, T) {
  volatile T x = a, y = b, quotient = x / y;
  return quotient;
}
template <typename T> static T fma(T a, T b, T c) {
  volatile T x = a, y = b, z = c, sum = std::fma(x, y, z);
  return sum;
}
template <typename T> static T rcp(T a, T, T) { return divide<T>(1, a, 0); }
template <typename T> static T sqrt(T a, T, T) {
  volatile T x = a, root = std::sqrt(x);
  return root;
}

static float flushed(float x, bool ftz) {
  return ftz && std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.f, x) : x;
}
static uint64_t finish(float x, bool ftz, bool sat) {
  x = flushed(x, ftz);
  if (sat)
    x = x > 0 ? std::min(x, 1.f) : 0; // NaN, too
  return std::isnan(x) ? kNaN : toWord(x);
}

static uint64_t getSingle(Function<float> function, int mode, bool ftz,
                          bool sat, const Tuple &in) {
  float x[3] = {};
  for (size_t i = 0; i < in.size(); ++i)
    x[i] = flushed(toFloat(in[i]), ftz);
  std::fesetround(mode);
  float result = function(x[0], x[1], x[2]);
  std::fesetround(FE_TONEAREST);
  return finish(result, ftz, sat);
}

/// A result that rounds up to the least normal number is not flushed, though
/// some machines would: nothing says which PTX means, and no test asks.
static void expectSingle(ValueOp plain, ValueOp flags, ValueOp rounded,
                         unsigned numSources, Function<float> function,
                         bool hasSat = true) {
  std::vector<Tuple> inputs =
      getInputs(std::vector<Kind>(numSources, Kind::F32));
  std::vector<unsigned> sources(numSources, 32);
  expectResult({plain, {32}, sources}, inputs, [&](const Tuple &in) {
    return getSingle(function, FE_TONEAREST, false, false, in);
  });
  for (bool ftz : {false, true}) {
    for (bool sat : {false, true}) {
      if (sat && !hasSat)
        continue;
      for (auto [rounding, mode] : kRoundings) {
        Trial trial{
            rounding == Rounding::Nearest ? flags : rounded, {32}, sources};
        trial.flags = (ftz ? value::Ftz : 0) | (sat ? value::Sat : 0);
        trial.second = static_cast<uint32_t>(rounding);
        int m = mode;
        expectResult(trial, inputs, [&](const Tuple &in) {
          return getSingle(function, m, ftz, sat, in);
        });
      }
    }
  }
}
#define SINGLE(Name, count, ...)                                               \
  expectSingle(ValueOp::Name##F32, ValueOp::Name##F32Flags,                    \
               ValueOp::Name##F32Rounded, count, __VA_ARGS__)

TEST(Float32, Add) { SINGLE(Add, 2, add<float>); }
TEST(Float32, Sub) { SINGLE(Sub, 2, sub<float>); }
TEST(Float32, Mul) { SINGLE(Mul, 2, mul<float>); }
TEST(Float32, Fma) { SINGLE(Fma, 3, fma<float>); }
TEST(Float32, Mixed) {
  for (bool isF16 : {true, false}) {
    const Format &format = isF16 ? kF16 : kBF16;
    Kind kind = isF16 ? Kind::F16 : Kind::BF16;
    auto read = [&](uint64_t word) {
      return static_cast<uint64_t>(
          toWord(static_cast<float>(format.read(word & 0xffff))));
    };
    auto check = [&](ValueOp op, unsigned numNarrow, Function<float> function) {
      std::vector<Kind> kinds(numNarrow, kind);
      kinds.push_back(Kind::F32);
      std::vector<unsigned> sources(numNarrow, 16);
      sources.push_back(32);
      for (bool sat : {false, true})
        for (auto [rounding, mode] : kRoundings) {
          Trial trial{op, {32}, sources};
          trial.flags = sat ? value::Sat : 0;
          trial.second = static_cast<uint32_t>(rounding);
          int m = mode;
          expectResult(trial, getInputs(kinds), [&](const Tuple &in) {
            Tuple wide = in;
            for (unsigned i = 0; i < numNarrow; ++i)
              wide[i] = read(in[i]);
            return getSingle(function, m, false, sat, wide);
          });
        }
    };
    check(isF16 ? ValueOp::AddMixedF16 : ValueOp::AddMixedBF16, 1, add<float>);
    check(isF16 ? ValueOp::SubMixedF16 : ValueOp::SubMixedBF16, 1, sub<float>);
    check(isF16 ? ValueOp::FmaMixedF16 : ValueOp::FmaMixedBF16, 2, fma<float>);
  }
}

TEST(Float32, Div) { SINGLE(Div, 2, divide<float>, false); }
TEST(Float32, Rcp) { SINGLE(Rcp, 1, rcp<float>, false); }
TEST(Float32, Sqrt) { SINGLE(Sqrt, 1, sqrt<float>, false); }

TEST(Float32, Pairs) {
  auto expectPairs = [](ValueOp op, unsigned count, Function<float> function) {
    std::vector<Tuple> inputs = getInputs(std::vector<Kind>(count, Kind::F32));
    for (size_t i = 0; i + 1 < inputs.size(); ++i)
      for (unsigned k = 0; k < count; ++k)
        inputs[i][k] |= inputs[i + 1][k] << 32;
    for (bool ftz : {false, true}) {
      for (auto [rounding, mode] : kRoundings) {
        Trial trial{op, {64}, std::vector<unsigned>(count, 64)};
        trial.flags = ftz ? value::Ftz : 0;
        trial.second = static_cast<uint32_t>(rounding);
        int m = mode;
        expectResult(trial, inputs, [&](const Tuple &in) {
          Tuple low, high;
          for (uint64_t pair : in) {
            low.push_back(pair & 0xffffffff);
            high.push_back(pair >> 32);
          }
          return getSingle(function, m, ftz, false, low) |
                 getSingle(function, m, ftz, false, high) << 32;
        });
      }
    }
  };
  expectPairs(ValueOp::AddF32x2, 2, add<float>);
  expectPairs(ValueOp::SubF32x2, 2, sub<float>);
  expectPairs(ValueOp::MulF32x2, 2, mul<float>);
  expectPairs(ValueOp::FmaF32x2, 3, fma<float>);
}

TEST(Float32, Signs) {
  std::vector<Tuple> inputs = getInputs({Kind::F32});
  for (bool ftz : {false, true}) {
    Trial neg{ValueOp::NegF32, {32}, {32}}, abs{ValueOp::AbsF32, {32}, {32}};
    neg.flags = abs.flags = ftz ? value::Ftz : 0;
    expectResult(neg, inputs, [&](const Tuple &in) {
      return toWord(flushed(toFloat(in[0]), ftz)) ^ 0x80000000;
    });
    expectResult(abs, inputs, [&](const Tuple &in) {
      return toWord(flushed(toFloat(in[0]), ftz)) & 0x7fffffff;
    });
  }
  // "Copy the sign bit of a into the value of b."
  expectResult({ValueOp::CopysignF32, {32}, {32, 32}},
               getInputs({Kind::F32, Kind::F32}), [](const Tuple &in) {
                 return (in[0] & 0x80000000) | (in[1] & 0x7fffffff);
               });
  expectResult(
      {ValueOp::CopysignF64, {64}, {64, 64}}, getInputs({Kind::F64, Kind::F64}),
      [](const Tuple &in) { return (in[0] >> 63 << 63) | (in[1] << 1 >> 1); });
}

template <typename T> static bool isLess(T a, T b) {
  return a < b || (a == b && std::signbit(a) && !std::signbit(b));
}
/// The semantics of 9.7.3.11 and 9.7.3.12.
static uint64_t getMinimum(float a, float b, bool isMaximum, uint32_t flags) {
  bool sign = (flags & value::XorSign) && std::signbit(a) != std::signbit(b);
  if (flags & (value::XorSign | value::Magnitude)) {
    a = std::fabs(a);
    b = std::fabs(b);
  }
  float d;
  if (std::isnan(a) && std::isnan(b))
    return kNaN;
  if ((flags & value::PropagateNaN) && (std::isnan(a) || std::isnan(b)))
    return kNaN;
  if (std::isnan(a))
    d = b;
  else if (std::isnan(b))
    d = a;
  else
    d = isLess(a, b) != isMaximum ? a : b;
  return toWord(d) | (sign ? 0x80000000 : 0);
}

TEST(Float32, MinimumAndMaximum) {
  for (bool isMaximum : {false, true}) {
    for (uint32_t flags = 0; flags < 64; ++flags) {
      if (flags & ~(value::Ftz | value::PropagateNaN | value::XorSign |
                    value::Magnitude))
        continue;
      bool ftz = flags & value::Ftz;
      auto read = [&](uint64_t word) { return flushed(toFloat(word), ftz); };
      if (((flags & value::XorSign) != 0) ==
          ((flags & value::Magnitude) != 0)) {
        Trial trial{
            isMaximum ? ValueOp::MaxF32 : ValueOp::MinF32, {32}, {32, 32}};
        trial.flags = flags;
        expectResult(
            trial, getInputs({Kind::F32, Kind::F32}), [&](const Tuple &in) {
              return getMinimum(read(in[0]), read(in[1]), isMaximum, flags);
            });
      }
      if (flags & value::XorSign)
        continue;
      Trial trial{
          isMaximum ? ValueOp::Max3F32 : ValueOp::Min3F32, {32}, {32, 32, 32}};
      trial.flags = flags;
      expectResult(trial, getInputs({Kind::F32, Kind::F32, Kind::F32}),
                   [&](const Tuple &in) {
                     uint64_t first =
                         getMinimum(read(in[0]), read(in[1]), isMaximum, flags);
                     return getMinimum(toFloat(first), read(in[2]), isMaximum,
                                       flags);
                   });
    }
  }
}

TEST(Float32, Testp) {
  auto expect = [](ValueOp op, Kind kind, auto read) {
    for (unsigned test = 0; test < 6; ++test) {
      Trial trial{op, {1}, {getBits(kind)}};
      trial.second = test;
      expectResult(trial, getInputs({kind}), [&](const Tuple &in) -> uint64_t {
        switch (std::fpclassify(read(in[0]))) {
        case FP_NAN:
          return test == 3;
        case FP_INFINITE:
          return test == 1 || test == 2;
        case FP_ZERO:
          return test == 0 || test == 2;
        case FP_SUBNORMAL:
          return test == 0 || test == 2 || test == 5;
        default:
          return test == 0 || test == 2 || test == 4;
        }
      });
    }
  };
  expect(ValueOp::TestpF32, Kind::F32, [](uint64_t a) { return toFloat(a); });
  expect(ValueOp::TestpF64, Kind::F64, [](uint64_t a) { return toDouble(a); });
}

//===----------------------------------------------------------------------===//
// f64
//===----------------------------------------------------------------------===//

/// Payloads of the first NaN, made quiet; 0xfff8… where there was none.
static uint64_t getDouble(Function<double> function, int mode,
                          const Tuple &in) {
  double x[3] = {};
  for (size_t i = 0; i < in.size(); ++i) {
    x[i] = toDouble(in[i]);
    if (std::isnan(x[i]))
      return in[i] | 1ull << 51;
  }
  std::fesetround(mode);
  double result = function(x[0], x[1], x[2]);
  std::fesetround(FE_TONEAREST);
  return std::isnan(result) ? 0xfff8ull << 48 : toWord(result);
}
static void expectDouble(ValueOp plain, ValueOp rounded, unsigned numSources,
                         Function<double> function) {
  std::vector<Tuple> inputs =
      getInputs(std::vector<Kind>(numSources, Kind::F64));
  for (auto [rounding, mode] : kRoundings) {
    int m = mode;
    auto reference = [&](const Tuple &in) {
      return getDouble(function, m, in);
    };
    Trial trial{rounded, {64}, std::vector<unsigned>(numSources, 64)};
    trial.second = static_cast<uint32_t>(rounding);
    // The soft arithmetic rounds to nearest, too: where the host has no FMA.
    expectResult(trial, inputs, reference);
    if (rounding != Rounding::Nearest)
      continue;
    trial.op = plain;
    expectResult(trial, inputs, reference);
  }
}
#define DOUBLE(Name, count, function)                                          \
  expectDouble(ValueOp::Name##F64, ValueOp::Name##F64Rounded, count, function)

TEST(Float64, Add) { DOUBLE(Add, 2, add<double>); }
TEST(Float64, Sub) { DOUBLE(Sub, 2, sub<double>); }
TEST(Float64, Mul) { DOUBLE(Mul, 2, mul<double>); }
TEST(Float64, Fma) { DOUBLE(Fma, 3, fma<double>); }
TEST(Float64, Div) { DOUBLE(Div, 2, divide<double>); }
TEST(Float64, Rcp) { DOUBLE(Rcp, 1, rcp<double>); }
TEST(Float64, Sqrt) { DOUBLE(Sqrt, 1, sqrt<double>); }

TEST(Float64, SignsMinimumAndMaximum) {
  expectResult({ValueOp::NegF64, {64}, {64}}, getInputs({Kind::F64}),
               [](const Tuple &in) { return in[0] ^ 1ull << 63; });
  expectResult({ValueOp::AbsF64, {64}, {64}}, getInputs({Kind::F64}),
               [](const Tuple &in) { return in[0] << 1 >> 1; });
  for (bool isMaximum : {false, true})
    expectResult(
        {isMaximum ? ValueOp::MaxF64 : ValueOp::MinF64, {64}, {64, 64}},
        getInputs({Kind::F64, Kind::F64}), [&](const Tuple &in) -> uint64_t {
          double a = toDouble(in[0]), b = toDouble(in[1]);
          if (std::isnan(a) && std::isnan(b))
            return in[0] | 1ull << 51;
          if (std::isnan(a))
            return in[1];
          if (std::isnan(b))
            return in[0];
          return isLess(a, b) != isMaximum ? in[0] : in[1];
        });
}
