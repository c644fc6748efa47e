//===- HalfTest.cpp - f16 and bf16 arithmetic ----------------------------===//
//
// PTX ISA 9.0, section 9.7.4. Every loop works on both halves of a word.
//
//===----------------------------------------------------------------------===//

#include "HalfReference.h"
#include "ValueTrial.h"
#include <cmath>

using namespace sluice::sim;
using value::Rounding;

namespace {

struct Flags {
  bool ftz, sat, relu;
  uint32_t bits() const {
    return (ftz ? value::Ftz : 0) | (sat ? value::Sat : 0) |
           (relu ? value::Relu : 0);
  }
};

} // namespace

static constexpr Flags kFlags[] = {{false, false, false}, {true, false, false},
                                   {false, true, false},  {true, true, false},
                                   {false, false, true},  {true, false, true}};

/// Words of two halves, from values that break things.
static std::vector<Tuple> getPairs(Kind kind, unsigned count) {
  std::vector<Tuple> inputs = getInputs(std::vector<Kind>(count, kind));
  for (size_t i = 0; i < inputs.size(); ++i)
    for (unsigned k = 0; k < count; ++k)
      inputs[i][k] |= (inputs[(i + 7) % inputs.size()][k] & 0xffff) << 16;
  return inputs;
}

static void expectHalves(ValueOp op, bool isF16, unsigned count,
                         const Flags &flags,
                         std::function<double(const double *)> function) {
  const Format &format = isF16 ? kF16 : kBF16;
  Trial trial{op, {32}, std::vector<unsigned>(count, 32)};
  trial.flags = flags.bits();
  auto compute = [&](const Tuple &in, unsigned shift) {
    double x[3] = {};
    for (unsigned k = 0; k < count; ++k) {
      uint64_t half = in[k] >> shift & 0xffff;
      x[k] = format.read(flags.ftz ? format.flush(half) : half);
    }
    uint64_t result = format.round(function(x), Rounding::Nearest);
    if (flags.ftz)
      result = format.flush(result);
    if (flags.sat)
      result = format.saturate(result);
    if (flags.relu && !format.isNaN(result) && (result & format.sign()))
      result = 0;
    return result;
  };
  expectResult(
      trial, getPairs(isF16 ? Kind::F16 : Kind::BF16, count),
      [&](const Tuple &in) { return compute(in, 0) | compute(in, 16) << 16; });
}

TEST(Half, Arithmetic) {
  for (const Flags &flags : kFlags) {
    for (bool isF16 : {true, false}) {
      if (!isF16 && (flags.ftz || flags.sat))
        continue; // bf16 has neither
      auto op = [&](ValueOp f16, ValueOp bf16) { return isF16 ? f16 : bf16; };
      if (!flags.relu) {
        expectHalves(op(ValueOp::AddF16, ValueOp::AddBF16), isF16, 2, flags,
                     [](const double *x) { return fuseOdd(x[0], 1, x[1]); });
        expectHalves(op(ValueOp::SubF16, ValueOp::SubBF16), isF16, 2, flags,
                     [](const double *x) { return fuseOdd(x[0], 1, -x[1]); });
        expectHalves(op(ValueOp::MulF16, ValueOp::MulBF16), isF16, 2, flags,
                     [](const double *x) { return x[0] * x[1]; });
      }
      expectHalves(op(ValueOp::FmaF16, ValueOp::FmaBF16), isF16, 3, flags,
                   [](const double *x) { return fuseOdd(x[0], x[1], x[2]); });
    }
  }
}

/// A product that is a tie, and an addend too small for f64 to see beside it.
TEST(Half, FusedTies) {
  // 1.0078125 · 1.5 = 1.51171875 is half way between two bf16.
  for (uint64_t c : {0x0001, 0x8001, 0x0000}) {
    Trial trial{ValueOp::FmaBF16, {32}, {32, 32, 32}};
    expectResult(trial, {{0x3f81, 0x3fc0, c}}, [&](const Tuple &) {
      // Without c to even: 3fc2.
      return c == 1 ? 0x3fc2 : c == 0 ? 0x3fc2 : 0x3fc1;
    });
  }
}

/// a or b that a tensor copy filled in: zero, whatever the rest is.
TEST(Half, OutOfBounds) {
  constexpr uint64_t kFill = 0x7ff7, kOne = 0x3c00, kNaN = 0x7fff;
  for (bool oob : {false, true}) {
    Trial trial{ValueOp::FmaF16, {32}, {32, 32, 32}};
    trial.flags = oob ? value::Oob : 0;
    uint64_t filled = oob ? 0 : kNaN;
    auto pack = [](uint64_t high, uint64_t low) { return high << 16 | low; };
    expectResult(trial, {{pack(kFill, kOne), pack(kOne, kOne), 0}},
                 [&](const Tuple &) { return pack(filled, kOne); });
    expectResult(trial,
                 {{pack(kOne, kOne), pack(kOne, kFill), pack(kOne, kNaN)}},
                 [&](const Tuple &) { return pack(0x4000, filled); });
    // c and other NaNs are what they are.
    expectResult(trial,
                 {{pack(kOne, 0x7e00), pack(kOne, kOne), pack(kFill, kOne)}},
                 [&](const Tuple &) { return pack(kNaN, kNaN); });
  }
}

TEST(Half, Signs) {
  for (bool isF16 : {true, false}) {
    const Format &format = isF16 ? kF16 : kBF16;
    for (bool ftz : {false, true}) {
      if (ftz && !isF16)
        continue;
      auto read = [&](uint64_t word) {
        uint64_t low = word & 0xffff, high = word >> 16;
        return ftz ? format.flush(low) | format.flush(high) << 16 : word;
      };
      Trial trial{isF16 ? ValueOp::NegF16 : ValueOp::NegBF16, {32}, {32}};
      trial.flags = ftz ? value::Ftz : 0;
      std::vector<Tuple> inputs = getPairs(isF16 ? Kind::F16 : Kind::BF16, 1);
      expectResult(trial, inputs,
                   [&](const Tuple &in) { return read(in[0]) ^ 0x80008000; });
      trial.op = isF16 ? ValueOp::AbsF16 : ValueOp::AbsBF16;
      expectResult(trial, inputs,
                   [&](const Tuple &in) { return read(in[0]) & 0x7fff7fff; });
    }
  }
}

TEST(Half, MinimumAndMaximum) {
  for (bool isF16 : {true, false}) {
    const Format &format = isF16 ? kF16 : kBF16;
    for (bool isMaximum : {false, true}) {
      for (unsigned variant = 0; variant < 8; ++variant) {
        bool ftz = variant & 1, propagates = variant & 2, xorSign = variant & 4;
        if (ftz && !isF16)
          continue;
        ValueOp op = isF16       ? isMaximum ? ValueOp::MaxF16 : ValueOp::MinF16
                     : isMaximum ? ValueOp::MaxBF16
                                 : ValueOp::MinBF16;
        Trial trial{op, {32}, {32, 32}};
        trial.flags = (ftz ? value::Ftz : 0) |
                      (propagates ? value::PropagateNaN : 0) |
                      (xorSign ? value::XorSign | value::Magnitude : 0);
        auto choose = [&](uint64_t a, uint64_t b) -> uint64_t {
          a = ftz ? format.flush(a) : a;
          b = ftz ? format.flush(b) : b;
          uint64_t sign = xorSign ? (a ^ b) & 0x8000 : 0;
          if (xorSign) {
            a &= 0x7fff;
            b &= 0x7fff;
          }
          bool aNaN = format.isNaN(a), bNaN = format.isNaN(b);
          if (propagates ? aNaN || bNaN : aNaN && bNaN)
            return 0x7fff;
          if (aNaN || bNaN)
            return (aNaN ? b : a) | sign;
          double x = format.read(a), y = format.read(b);
          bool less = x < y || (x == y && (a & 0x8000) > (b & 0x8000));
          return (less != isMaximum ? a : b) | sign;
        };
        expectResult(trial, getPairs(isF16 ? Kind::F16 : Kind::BF16, 2),
                     [&](const Tuple &in) {
                       return choose(in[0] & 0xffff, in[1] & 0xffff) |
                              choose(in[0] >> 16, in[1] >> 16) << 16;
                     });
      }
    }
  }
}
