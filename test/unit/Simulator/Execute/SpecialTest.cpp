//===- SpecialTest.cpp - approximate functions ---------------------------===//
//
// Errors within what the ISA documents, and its tables of special values (PTX
// ISA 9.0, section 9.7.3).
//
//===----------------------------------------------------------------------===//

#include "HalfReference.h"
#include "ValueTrial.h"
#include <cmath>

using namespace sluice::sim;

static constexpr float kInf = INFINITY, kNaN = NAN;

static bool isSame(float a, float b) {
  return std::isnan(a) ? std::isnan(b)
                       : a == b && std::signbit(a) == std::signbit(b);
}

/// Pairs of an input and the exact result, with and without .ftz.
static void expectTable(ValueOp op,
                        const std::vector<std::pair<float, float>> &table,
                        bool ftz = false) {
  Trial trial{op, {32}, {32}};
  trial.flags = ftz ? value::Ftz : 0;
  for (auto [input, output] : table)
    expectAccepted(trial, {{toWord(input)}},
                   [&](const Tuple &, const Tuple &result) {
                     return isSame(toFloat(result[0]), output);
                   });
}

/// Random inputs in [low, high].
static void expectNear(ValueOp op, float low, float high,
                       long double (*exact)(long double), double relative,
                       double absolute) {
  Random random(3);
  std::vector<Tuple> inputs;
  inputs.reserve(4096);
  for (unsigned i = 0; i < 4096; ++i)
    inputs.push_back({toWord(static_cast<float>(random.between(low, high)))});
  for (bool ftz : {false, true}) {
    Trial trial{op, {32}, {32}};
    trial.flags = ftz ? value::Ftz : 0;
    expectAccepted(trial, inputs, [&](const Tuple &in, const Tuple &out) {
      long double expected = exact(toFloat(in[0]));
      return std::fabs(toFloat(out[0]) - expected) <=
             std::max<long double>(absolute, relative * std::fabs(expected));
    });
  }
}

static constexpr float kSub = 1e-40f, kMax = 3.4028234664e38f, kMin = 0x1p-126f;

TEST(Special, Ex2) {
  expectTable(ValueOp::Ex2F32, {{-kInf, 0.f},
                                {-0.f, 1.f},
                                {0.f, 1.f},
                                {kInf, kInf},
                                {kNaN, kNaN},
                                {kSub, 1.f},
                                {-kSub, 1.f},
                                {128, kInf},
                                {-149, 0x1p-149f},
                                {-126, kMin},
                                {10, 1024},
                                {-1000, 0.f},
                                {kMax, kInf},
                                {-kMax, 0.f}});
  expectTable(ValueOp::Ex2F32,
              {{-127, 0.f}, {-149, 0.f}, {kSub, 1.f}, {-126, kMin}}, true);
  expectNear(
      ValueOp::Ex2F32, -125, 127, [](long double x) { return std::exp2(x); },
      0x1p-22, 0);
}

TEST(Special, Lg2) {
  expectTable(ValueOp::Lg2F32, {{-kInf, kNaN},
                                {-1, kNaN},
                                {-kSub, kNaN},
                                {-0.f, -kInf},
                                {0.f, -kInf},
                                {kInf, kInf},
                                {kNaN, kNaN},
                                {1, 0.f},
                                {8, 3},
                                {kMin, -126},
                                {0x1p-149f, -149}});
  expectTable(ValueOp::Lg2F32, {{-kSub, -kInf}, {kSub, -kInf}, {0.25f, -2}},
              true);
  expectNear(
      ValueOp::Lg2F32, 0.5, 2, [](long double x) { return std::log2(x); }, 0,
      0x1p-22);
  expectNear(
      ValueOp::Lg2F32, 2, 1e30f, [](long double x) { return std::log2(x); },
      0x1p-22, 0);
}

TEST(Special, SinAndCos) {
  expectTable(ValueOp::SinF32, {{-kInf, kNaN},
                                {-0.f, -0.f},
                                {0.f, 0.f},
                                {kInf, kNaN},
                                {kNaN, kNaN},
                                {kSub, kSub}});
  expectTable(ValueOp::CosF32, {{-kInf, kNaN},
                                {-0.f, 1.f},
                                {0.f, 1.f},
                                {kInf, kNaN},
                                {kNaN, kNaN},
                                {kSub, 1.f}});
  expectTable(ValueOp::SinF32, {{kSub, 0.f}, {-kSub, -0.f}}, true);
  expectNear(
      ValueOp::SinF32, -3.1416f, 3.1416f,
      [](long double x) { return std::sin(x); }, 0, 0x1p-20);
  expectNear(
      ValueOp::CosF32, -3.1416f, 3.1416f,
      [](long double x) { return std::cos(x); }, 0, 0x1p-20);
  expectNear(
      ValueOp::SinF32, -1000, 1000, [](long double x) { return std::sin(x); },
      0, 0x1p-20);
  // No promise, but a number between -1 and 1.
  expectAccepted({ValueOp::SinF32, {32}, {32}},
                 {{toWord(1e20f)}, {toWord(kMax)}},
                 [](const Tuple &, const Tuple &out) {
                   return std::fabs(toFloat(out[0])) <= 1;
                 });
}

TEST(Special, Tanh) {
  expectTable(ValueOp::TanhF32, {{-kInf, -1},
                                 {-0.f, -0.f},
                                 {0.f, 0.f},
                                 {kInf, 1},
                                 {kNaN, kNaN},
                                 {kSub, kSub},
                                 {1e-6f, 1e-6f}});
  expectNear(
      ValueOp::TanhF32, -10, 10, [](long double x) { return std::tanh(x); },
      0x1p-11, 0);
  expectNear(
      ValueOp::TanhF32, -0.06f, 0.06f,
      [](long double x) { return std::tanh(x); }, 0x1p-11, 0);
}

TEST(Special, ReciprocalsAndRoots) {
  expectTable(ValueOp::RcpApproxF32, {{-kInf, -0.f},
                                      {-0.f, -kInf},
                                      {0.f, kInf},
                                      {kInf, 0.f},
                                      {kNaN, kNaN},
                                      {4, 0.25f},
                                      {0x1p127f, 0x1p-127f}});
  expectTable(ValueOp::RcpApproxF32,
              {{kSub, kInf}, {-kSub, -kInf}, {0x1p127f, 0.f}}, true);
  expectTable(ValueOp::SqrtApproxF32, {{-kInf, kNaN},
                                       {-1, kNaN},
                                       {-0.f, -0.f},
                                       {0.f, 0.f},
                                       {kInf, kInf},
                                       {kNaN, kNaN},
                                       {0x1p-148f, 0x1p-74f}});
  expectTable(ValueOp::SqrtApproxF32, {{-kSub, -0.f}, {kSub, 0.f}}, true);
  expectTable(ValueOp::RsqrtF32, {{-kInf, kNaN},
                                  {-1, kNaN},
                                  {-0.f, -kInf},
                                  {0.f, kInf},
                                  {kInf, 0.f},
                                  {kNaN, kNaN},
                                  {4, 0.5f},
                                  {0x1p-148f, 0x1p74f}});
  expectTable(ValueOp::RsqrtF32, {{-kSub, -kInf}, {kSub, kInf}}, true);
  expectNear(
      ValueOp::RcpApproxF32, 1, 2, [](long double x) { return 1 / x; }, 0x1p-23,
      0);
  expectNear(
      ValueOp::SqrtApproxF32, 1, 100,
      [](long double x) { return std::sqrt(x); }, 0x1p-23, 0);
  expectNear(
      ValueOp::RsqrtF32, 1, 100, [](long double x) { return 1 / std::sqrt(x); },
      1.3e-7, 0);
}

TEST(Special, Division) {
  for (bool isFull : {false, true}) {
    for (bool ftz : {false, true}) {
      Trial trial{
          isFull ? ValueOp::DivFullF32 : ValueOp::DivApproxF32, {32}, {32, 32}};
      trial.flags = ftz ? value::Ftz : 0;
      expectAccepted(trial, getInputs({Kind::F32, Kind::F32}),
                     [&](const Tuple &in, const Tuple &out) {
                       auto flush = [&](float x) {
                         return ftz && std::fpclassify(x) == FP_SUBNORMAL
                                    ? std::copysign(0.f, x)
                                    : x;
                       };
                       float a = flush(toFloat(in[0])),
                             b = flush(toFloat(in[1]));
                       float d = toFloat(out[0]), exact = flush(a / b);
                       float size = std::fabs(b);
                       if (!isFull && size > 0x1p126f && size < kInf)
                         return std::isfinite(a) ? d == 0 : std::isnan(d);
                       return isSame(d, exact);
                     });
    }
  }
}

TEST(Special, Gross64) {
  expectAccepted({ValueOp::RcpApproxF64, {64}, {64}}, getInputs({Kind::F64}),
                 [](const Tuple &in, const Tuple &out) {
                   double a = toDouble(in[0]), d = toDouble(out[0]);
                   if (std::isnan(a))
                     return std::isnan(d);
                   if (std::fpclassify(a) == FP_SUBNORMAL)
                     a = std::copysign(0., a);
                   double exact = 1 / a;
                   if (std::fpclassify(exact) == FP_SUBNORMAL)
                     exact = std::copysign(0., exact);
                   if (std::isinf(exact) || exact == 0)
                     return d == exact &&
                            std::signbit(d) == std::signbit(exact);
                   return (out[0] & 0xffffffff) == 0 &&
                          std::fabs(d - exact) <= std::fabs(exact) * 0x1p-20;
                 });
  for (bool ftz : {false, true}) {
    Trial trial{ValueOp::RsqrtF64, {64}, {64}};
    trial.flags = ftz ? value::Ftz : 0;
    expectAccepted(
        trial, getInputs({Kind::F64}), [&](const Tuple &in, const Tuple &out) {
          double a = toDouble(in[0]), d = toDouble(out[0]);
          if (ftz && std::fpclassify(a) == FP_SUBNORMAL)
            a = std::copysign(0., a);
          if (std::isnan(a) || a < 0)
            return std::isnan(d);
          double exact = a == 0 ? std::copysign(INFINITY, a) : 1 / std::sqrt(a);
          return d == exact || std::fabs(d - exact) <= exact * 0x1p-19;
        });
  }
}

/// Correctly rounded, so within any error that the ISA allows: all 65536.
TEST(Special, Halves) {
  struct Row {
    ValueOp op;
    const Format &format;
    bool ftz;
    double (*exact)(double);
  } rows[] = {
      {ValueOp::Ex2F16, kF16, false, [](double x) { return std::exp2(x); }},
      {ValueOp::Ex2BF16, kBF16, true, [](double x) { return std::exp2(x); }},
      {ValueOp::TanhF16, kF16, false, [](double x) { return std::tanh(x); }},
      {ValueOp::TanhBF16, kBF16, false, [](double x) { return std::tanh(x); }}};
  for (const Row &row : rows) {
    std::vector<Tuple> inputs;
    inputs.reserve(65536);
    for (uint64_t word = 0; word < 65536; ++word)
      inputs.push_back({word << 16 | (65535 - word)});
    Trial trial{row.op, {32}, {32}};
    trial.flags = row.ftz ? value::Ftz : 0;
    auto compute = [&](uint64_t half) {
      double x = row.format.read(row.ftz ? row.format.flush(half) : half);
      uint64_t result =
          row.format.round(row.exact(x), value::Rounding::Nearest);
      return row.ftz ? row.format.flush(result) : result;
    };
    expectAccepted(trial, inputs, [&](const Tuple &in, const Tuple &out) {
      for (unsigned shift : {0, 16}) {
        uint64_t expected = compute(in[0] >> shift & 0xffff);
        uint64_t actual = out[0] >> shift & 0xffff;
        // std::tanh itself may fall on the other side of a tie.
        if (actual != expected && actual != expected + 1 &&
            actual + 1 != expected)
          return false;
        if (row.format.isNaN(expected) && actual != 0x7fff)
          return false;
      }
      return true;
    });
  }
}
