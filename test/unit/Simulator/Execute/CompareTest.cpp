//===- CompareTest.cpp - setp, set, selp, slct ---------------------------===//
//
// PTX ISA 9.0, sections 9.7.5 to 9.7.7: the comparisons that have loops; the
// others are these with operands swapped or the result inverted.
//
//===----------------------------------------------------------------------===//

#include "HalfReference.h"
#include "ValueTrial.h"
#include <cmath>

using namespace sluice::sim;
using Test = std::function<bool(uint64_t, uint64_t)>;

/// With and without q, c and inversion.
static void expectCompare(ValueOp setp, ValueOp set, Kind kind, Test test,
                          uint32_t moreFlags = 0) {
  unsigned bits = getBits(kind);
  // There are 32 variants: a part of the pairs will do.
  std::vector<Tuple> inputs, all = getInputs({kind, kind});
  for (size_t i = 0; i < all.size(); i += 23)
    inputs.push_back(all[i]);
  for (unsigned variant = 0; variant < 32; ++variant) {
    bool inverts = variant & 1, hasC = variant & 2, negates = variant & 4,
         hasQ = variant & 8;
    if (negates && !hasC)
      continue;
    for (unsigned combine = 0; combine < (hasC ? 3 : 1); ++combine) {
      Trial trial{setp, {1}, {bits, bits}};
      trial.flags = moreFlags | (inverts ? value::Invert : 0) |
                    (hasC ? value::HasC : 0) | (negates ? value::NegateC : 0);
      trial.second = combine;
      std::vector<Tuple> withC = inputs;
      if (hasC) {
        trial.sources.push_back(1);
        for (size_t i = 0; i < withC.size(); ++i)
          withC[i].push_back(i / 3 % 2);
      }
      auto with = [&](bool t, const Tuple &in) -> bool {
        if (!hasC)
          return t;
        bool c = (in[2] != 0) != negates;
        return combine == 0 ? t && c : combine == 1 ? t || c : t != c;
      };
      if (variant & 16) {
        if (hasQ)
          continue;
        trial.op = set;
        trial.destinations = {32};
        trial.third = 0x3f800000;
        expectResult(trial, withC, [&](const Tuple &in) -> uint64_t {
          return with(test(in[0], in[1]) != inverts, in) ? 0x3f800000 : 0;
        });
        continue;
      }
      if (hasQ) {
        trial.flags |= value::HasQ;
        trial.destinations = {1, 1};
      }
      expectResults(trial, withC, [&](const Tuple &in) -> Tuple {
        bool t = test(in[0], in[1]) != inverts;
        Tuple results{with(t, in)};
        if (hasQ)
          results.push_back(with(!t, in));
        return results;
      });
    }
  }
}

TEST(Compare, Integers) {
  auto equal = [](uint64_t a, uint64_t b) { return a == b; };
  auto less = [](uint64_t a, uint64_t b) { return a < b; };
  expectCompare(ValueOp::SetpEqB16, ValueOp::SetEqB16, Kind::B16, equal);
  expectCompare(ValueOp::SetpEqB32, ValueOp::SetEqB32, Kind::B32, equal);
  expectCompare(ValueOp::SetpEqB64, ValueOp::SetEqB64, Kind::B64, equal);
  expectCompare(ValueOp::SetpLtU16, ValueOp::SetLtU16, Kind::B16, less);
  expectCompare(ValueOp::SetpLtU32, ValueOp::SetLtU32, Kind::B32, less);
  expectCompare(ValueOp::SetpLtU64, ValueOp::SetLtU64, Kind::B64, less);
  expectCompare(ValueOp::SetpLtS16, ValueOp::SetLtS16, Kind::B16,
                [](uint64_t a, uint64_t b) {
                  return static_cast<int16_t>(a) < static_cast<int16_t>(b);
                });
  expectCompare(ValueOp::SetpLtS32, ValueOp::SetLtS32, Kind::B32,
                [](uint64_t a, uint64_t b) {
                  return static_cast<int32_t>(a) < static_cast<int32_t>(b);
                });
  expectCompare(ValueOp::SetpLtS64, ValueOp::SetLtS64, Kind::B64,
                [](uint64_t a, uint64_t b) {
                  return static_cast<int64_t>(a) < static_cast<int64_t>(b);
                });
}

template <typename Read>
static void expectFloats(const ValueOp (&ops)[10], Kind kind, Read read,
                         uint32_t flags = 0) {
  auto expect = [&](unsigned i, auto test) {
    expectCompare(
        ops[2 * i], ops[2 * i + 1], kind,
        [&](uint64_t a, uint64_t b) {
          double x = read(a), y = read(b);
          bool isOrdered = !std::isnan(x) && !std::isnan(y);
          return isOrdered && test(x, y);
        },
        flags);
  };
  expect(0, [](double a, double b) { return a == b; });
  expect(1, [](double a, double b) { return a != b; });
  expect(2, [](double a, double b) { return a < b; });
  expect(3, [](double a, double b) { return a <= b; });
  expect(4, [](double, double) { return true; });
}
#define OPS(Type)                                                              \
  {ValueOp::SetpEq##Type, ValueOp::SetEq##Type,  ValueOp::SetpNe##Type,        \
   ValueOp::SetNe##Type,  ValueOp::SetpLt##Type, ValueOp::SetLt##Type,         \
   ValueOp::SetpLe##Type, ValueOp::SetLe##Type,  ValueOp::SetpNum##Type,       \
   ValueOp::SetNum##Type}

TEST(Compare, Floats) {
  expectFloats(OPS(F32), Kind::F32, [](uint64_t a) { return toFloat(a); });
  expectFloats(
      OPS(F32), Kind::F32,
      [](uint64_t a) {
        float x = toFloat(a);
        return std::fpclassify(x) == FP_SUBNORMAL ? 0 : x;
      },
      value::Ftz);
  expectFloats(OPS(F64), Kind::F64, [](uint64_t a) { return toDouble(a); });
  expectFloats(OPS(F16), Kind::F16, [](uint64_t a) { return kF16.read(a); });
  expectFloats(OPS(BF16), Kind::BF16, [](uint64_t a) { return kBF16.read(a); });
  expectFloats(
      OPS(F16), Kind::F16,
      [](uint64_t a) {
        double x = kF16.read(a);
        return std::fabs(x) < 0x1p-14 ? 0 : x;
      },
      value::Ftz);
}

/// p is of the low halves, q of the high ones.
TEST(Compare, PackedHalves) {
  for (bool isF16 : {true, false}) {
    const Format &format = isF16 ? kF16 : kBF16;
    for (bool inverts : {false, true}) {
      Trial trial{isF16 ? ValueOp::SetpLtF16x2 : ValueOp::SetpLtBF16x2,
                  {1, 1},
                  {32, 32}};
      trial.flags = value::HasQ | (inverts ? value::Invert : 0);
      std::vector<Tuple> inputs;
      std::vector<uint64_t> values = getValues(isF16 ? Kind::F16 : Kind::BF16);
      for (uint64_t a : values)
        for (uint64_t b : values)
          inputs.push_back({a << 16 | b, b << 16 | values[a % values.size()]});
      auto less = [&](uint64_t a, uint64_t b) -> uint64_t {
        return (format.read(a & 0xffff) < format.read(b & 0xffff)) != inverts;
      };
      expectResults(trial, inputs, [&](const Tuple &in) -> Tuple {
        return {less(in[0], in[1]), less(in[0] >> 16, in[1] >> 16)};
      });
      trial.op = isF16 ? ValueOp::SetLtF16x2 : ValueOp::SetLtBF16x2;
      trial.flags &= ~uint32_t{value::HasQ};
      trial.third = 0x3c00;
      trial.destinations = {32};
      expectResult(trial, inputs, [&](const Tuple &in) {
        return less(in[0], in[1]) * 0x3c00 |
               less(in[0] >> 16, in[1] >> 16) * 0x3c000000;
      });
    }
  }
}

TEST(Compare, Selection) {
  for (bool negates : {false, true}) {
    for (Kind kind : {Kind::B32, Kind::B64}) {
      unsigned bits = getBits(kind);
      Trial trial{bits == 32 ? ValueOp::Selp32 : ValueOp::Selp64,
                  {bits},
                  {bits, bits, 1}};
      trial.flags = negates ? value::NegateC : 0;
      expectResult(trial, getInputs({kind, kind, Kind::B1}),
                   [&](const Tuple &in) {
                     return (in[2] != 0) != negates ? in[0] : in[1];
                   });
    }
  }
  for (Kind kind : {Kind::B32, Kind::B64}) {
    unsigned bits = getBits(kind);
    expectResult({bits == 32 ? ValueOp::Slct32S32 : ValueOp::Slct64S32,
                  {bits},
                  {bits, bits, 32}},
                 getInputs({kind, kind, Kind::B32}), [&](const Tuple &in) {
                   return static_cast<int32_t>(in[2]) >= 0 ? in[0] : in[1];
                 });
    for (bool ftz : {false, true}) {
      Trial trial{bits == 32 ? ValueOp::Slct32F32 : ValueOp::Slct64F32,
                  {bits},
                  {bits, bits, 32}};
      trial.flags = ftz ? value::Ftz : 0;
      expectResult(trial, getInputs({kind, kind, Kind::F32}),
                   [&](const Tuple &in) {
                     float c = toFloat(in[2]);
                     if (ftz && std::fpclassify(c) == FP_SUBNORMAL)
                       c = 0;
                     return c >= 0 ? in[0] : in[1];
                   });
    }
  }
}
