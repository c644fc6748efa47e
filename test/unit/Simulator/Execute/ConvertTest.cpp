//===- ConvertTest.cpp - cvt ---------------------------------------------===//
//
// PTX ISA 9.0, sections 9.7.9.21 and 9.7.9.22: against 128-bit integers, the
// host's nearbyint in each mode, and tables of the narrow formats.
//
//===----------------------------------------------------------------------===//

#include "HalfReference.h"
#include "ValueTrial.h"
#include <cfenv>
#include <cmath>

using namespace sluice::sim;
using value::Rounding;
using Int = __int128;

namespace {

struct Integer {
  unsigned bits;
  bool isSigned;
  Kind kind() const {
    return bits == 8    ? Kind::B8
           : bits == 16 ? Kind::B16
           : bits == 32 ? Kind::B32
                        : Kind::B64;
  }
  Int least() const { return isSigned ? -(Int{1} << (bits - 1)) : 0; }
  Int most() const { return (Int{1} << (bits - isSigned)) - 1; }
  Int read(uint64_t word) const {
    Int value = word & (~uint64_t{0} >> (64 - bits));
    return value > most() ? value - (Int{1} << bits) : value;
  }
};

constexpr Integer kIntegers[] = {{8, false},  {8, true},   {16, false},
                                 {16, true},  {32, false}, {32, true},
                                 {64, false}, {64, true}};

struct Float {
  Kind kind;
  const Format *format;
  double read(uint64_t word) const {
    return format              ? format->read(word)
           : kind == Kind::F32 ? toFloat(word)
                               : toDouble(word);
  }
};

const Float kFloats[] = {{Kind::F16, &kF16},
                         {Kind::BF16, &kBF16},
                         {Kind::F32, nullptr},
                         {Kind::F64, nullptr}};

constexpr Rounding kRoundings[] = {Rounding::Nearest, Rounding::Zero,
                                   Rounding::Down, Rounding::Up};
constexpr int kModes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};

#define FROM(From)                                                             \
  {ValueOp::CvtU8##From,   ValueOp::CvtS8##From,  ValueOp::CvtU16##From,       \
   ValueOp::CvtS16##From,  ValueOp::CvtU32##From, ValueOp::CvtS32##From,       \
   ValueOp::CvtU64##From,  ValueOp::CvtS64##From, ValueOp::CvtF16##From,       \
   ValueOp::CvtBF16##From, ValueOp::CvtF32##From, ValueOp::CvtF64##From}
/// By source, then by destination: integers as in kIntegers, then kFloats.
constexpr ValueOp kOps[12][12] = {FROM(U8),  FROM(S8),   FROM(U16), FROM(S16),
                                  FROM(U32), FROM(S32),  FROM(U64), FROM(S64),
                                  FROM(F16), FROM(BF16), FROM(F32), FROM(F64)};

} // namespace

/// Bits that a conversion to `to` writes: of a register of that size or of a
/// wider one, into which the value is extended.
static std::vector<unsigned> getRegisterBits(const Integer &to) {
  if (to.bits == 64)
    return {64};
  return {to.bits, 32, 64};
}
static uint64_t extend(Int value, const Integer &to) {
  return static_cast<uint64_t>(to.read(static_cast<uint64_t>(value)));
}

TEST(Convert, Integers) {
  for (unsigned from = 0; from < 8; ++from) {
    for (unsigned to = 0; to < 8; ++to) {
      const Integer &source = kIntegers[from], &target = kIntegers[to];
      for (bool sat : {false, true}) {
        for (unsigned bits : getRegisterBits(target)) {
          Trial trial{kOps[from][to], {bits}, {source.bits}};
          trial.flags =
              (sat ? value::Sat : 0) |
              (bits == 64 && target.bits < 64 ? value::WideRegister : 0);
          expectResult(trial, getInputs({source.kind()}), [&](const Tuple &in) {
            Int value = source.read(in[0]);
            if (sat)
              value = std::min(std::max(value, target.least()), target.most());
            return extend(value, target);
          });
        }
      }
    }
  }
}

TEST(Convert, FloatsToIntegers) {
  for (unsigned from = 0; from < 4; ++from) {
    const Float &source = kFloats[from];
    for (unsigned to = 0; to < 8; ++to) {
      const Integer &target = kIntegers[to];
      for (unsigned mode = 0; mode < 4; ++mode) {
        for (bool ftz : {false, true}) {
          if (ftz && source.kind != Kind::F32)
            continue;
          for (unsigned bits : getRegisterBits(target)) {
            Trial trial{kOps[8 + from][to], {bits}, {getBits(source.kind)}};
            trial.flags =
                (ftz ? value::Ftz : 0) |
                (bits == 64 && target.bits < 64 ? value::WideRegister : 0);
            trial.second = static_cast<uint32_t>(kRoundings[mode]);
            expectResult(trial, getInputs({source.kind}), [&](const Tuple &in) {
              double value = source.read(in[0]);
              // "Zero if source is not .f64 and destination is not .s64, .u64.
              // Otherwise 1 << (BitWidth(dst) - 1)."
              if (std::isnan(value))
                return source.kind != Kind::F64 && target.bits < 64
                           ? 0
                           : extend(Int{1} << (target.bits - 1), target);
              if (ftz && std::fabs(value) < 0x1p-126)
                value = 0;
              std::fesetround(kModes[mode]);
              volatile double x = value, rounded = std::nearbyint(x);
              std::fesetround(FE_TONEAREST);
              if (rounded >= std::ldexp(1, target.bits - target.isSigned))
                return extend(target.most(), target);
              if (rounded <= static_cast<double>(target.least()))
                return extend(target.least(), target);
              return extend(static_cast<Int>(rounded), target);
            });
          }
        }
      }
    }
  }
}

TEST(Convert, IntegersToFloats) {
  for (unsigned from = 0; from < 8; ++from) {
    const Integer &source = kIntegers[from];
    for (unsigned mode = 0; mode < 4; ++mode) {
      for (bool sat : {false, true}) {
        for (unsigned to = 0; to < 4; ++to) {
          const Float &target = kFloats[to];
          Trial trial{
              kOps[from][8 + to], {getBits(target.kind)}, {source.bits}};
          trial.flags = sat ? value::Sat : 0;
          trial.second = static_cast<uint32_t>(kRoundings[mode]);
          expectResult(trial, getInputs({source.kind()}),
                       [&](const Tuple &in) -> uint64_t {
                         Int value = source.read(in[0]);
                         if (sat)
                           value = std::min<Int>(std::max<Int>(value, 0), 1);
                         // 64 bits of significand hold every integer.
                         long double exact = static_cast<long double>(value);
                         std::fesetround(kModes[mode]);
                         volatile long double x = exact;
                         volatile float single = static_cast<float>(x);
                         volatile double twice = static_cast<double>(x);
                         std::fesetround(FE_TONEAREST);
                         if (target.kind == Kind::F32)
                           return toWord(static_cast<float>(single));
                         if (target.kind == Kind::F64)
                           return toWord(static_cast<double>(twice));
                         // To odd, for the table.
                         std::fesetround(FE_TOWARDZERO);
                         volatile double odd = static_cast<double>(x);
                         std::fesetround(FE_TONEAREST);
                         uint64_t word = toWord(static_cast<double>(odd));
                         word |= static_cast<long double>(odd) != exact;
                         return target.format->round(toDouble(word),
                                                     kRoundings[mode]);
                       });
        }
      }
    }
  }
}

/// All of them, with every modifier that the pair of formats takes.
TEST(Convert, FloatsToFloats) {
  for (unsigned from = 0; from < 4; ++from) {
    const Float &source = kFloats[from];
    std::vector<Tuple> inputs = getInputs({source.kind});
    if (source.format) {
      inputs.clear();
      for (uint64_t word = 0; word < 65536; ++word)
        inputs.push_back({word});
    }
    for (unsigned to = 0; to < 4; ++to) {
      const Float &target = kFloats[to];
      for (unsigned variant = 0; variant < 16; ++variant) {
        bool ftz = variant & 1, sat = variant & 2;
        unsigned mode = variant / 4;
        bool isSame = from == to, isIntegral = isSame && mode != 0;
        bool widens = !isSame && getBits(target.kind) > getBits(source.kind);
        if ((widens && mode) ||
            (ftz && source.kind != Kind::F32 && target.kind != Kind::F32))
          continue;
        // 65536 inputs on each instruction set and mask: not all variants.
        if (source.format && (ftz || sat))
          inputs.resize(2048);
        Trial trial{kOps[8 + from][8 + to],
                    {getBits(target.kind)},
                    {getBits(source.kind)}};
        trial.flags = (ftz ? value::Ftz : 0) | (sat ? value::Sat : 0) |
                      (isIntegral ? value::Integral : 0);
        trial.second = static_cast<uint32_t>(kRoundings[mode]);
        expectResult(trial, inputs, [&](const Tuple &in) -> uint64_t {
          double value = source.read(in[0]);
          if (ftz && source.kind == Kind::F32 && std::fabs(value) < 0x1p-126)
            value = std::copysign(0., value);
          if (isIntegral) {
            std::fesetround(kModes[mode]);
            volatile double x = value, rounded = std::nearbyint(x);
            std::fesetround(FE_TONEAREST);
            value = rounded;
          }
          if (target.format) {
            uint64_t word = target.format->round(value, kRoundings[mode]);
            return sat ? target.format->saturate(word) : word;
          }
          if (target.kind == Kind::F64) {
            if (sat)
              value = value > 0 ? std::min(value, 1.0) : 0;
            return std::isnan(value) ? ~0ull >> 1 : toWord(value);
          }
          std::fesetround(kModes[mode]);
          volatile double x = value;
          volatile float converted = static_cast<float>(x);
          std::fesetround(FE_TONEAREST);
          float single = converted;
          if (ftz && std::fpclassify(single) == FP_SUBNORMAL)
            single = std::copysign(0.f, single);
          if (sat)
            single = single > 0 ? std::min(single, 1.f) : 0;
          // bf16's payload moves up, as a shift would move it.
          if (std::isnan(single) && source.format && !isSame)
            return source.kind == Kind::BF16
                       ? in[0] << 16
                       : (in[0] & 0x8000) << 16 | 0x7f800000 |
                             (in[0] & 0x3ff) << 13;
          return std::isnan(single) ? 0x7fffffff : toWord(single);
        });
      }
    }
  }
}

static uint64_t narrow(const Format &format, double value, Rounding rounding,
                       uint32_t flags) {
  uint64_t word = format.round(value, rounding, flags & value::Satfinite);
  if ((flags & value::Relu) && (word & format.sign()))
    word = 0;
  return word;
}

TEST(Convert, Packed) {
  struct Row {
    ValueOp op;
    const Format &format;
    bool isByte;
  } rows[] = {{ValueOp::CvtF16x2F32, kF16, false},
              {ValueOp::CvtBF16x2F32, kBF16, false},
              {ValueOp::CvtE4M3x2F32, kE4M3, true},
              {ValueOp::CvtE5M2x2F32, kE5M2, true}};
  for (const Row &row : rows) {
    for (Rounding rounding : {Rounding::Nearest, Rounding::Zero}) {
      for (uint32_t flags :
           {0u, unsigned{value::Relu}, unsigned{value::Satfinite},
            unsigned{value::Relu | value::Satfinite}}) {
        if (row.isByte &&
            (rounding != Rounding::Nearest || !(flags & value::Satfinite)))
          continue;
        unsigned bits = row.format.bits();
        Trial trial{row.op, {2 * bits}, {32, 32}};
        trial.flags = flags;
        trial.second = static_cast<uint32_t>(rounding);
        expectResult(
            trial, getInputs({Kind::F32, Kind::F32}), [&](const Tuple &in) {
              return narrow(row.format, toFloat(in[0]), rounding, flags)
                         << bits |
                     narrow(row.format, toFloat(in[1]), rounding, flags);
            });
      }
    }
  }
}

TEST(Convert, TF32) {
  for (Rounding rounding :
       {Rounding::Nearest, Rounding::Zero, Rounding::Away}) {
    for (uint32_t flags :
         {0u, unsigned{value::Relu}, unsigned{value::Satfinite}}) {
      Trial trial{ValueOp::CvtTF32F32, {32}, {32}};
      trial.flags = flags;
      trial.second = static_cast<uint32_t>(rounding);
      expectResult(
          trial, getInputs({Kind::F32}), [&](const Tuple &in) -> uint64_t {
            uint64_t word = narrow(kTF32, toFloat(in[0]), rounding, flags);
            return kTF32.isNaN(word) ? 0x7fffffff : word << 13;
          });
    }
  }
}

TEST(Convert, Pack) {
  for (unsigned size : {2u, 4u, 8u, 16u}) {
    for (bool isSigned : {false, true}) {
      Trial trial{ValueOp::CvtPack, {32}, {32, 32, 32}};
      trial.flags = isSigned ? value::SignedA : 0;
      trial.second = size;
      Integer target{size, isSigned};
      expectResult(trial, getInputs({Kind::B32, Kind::B32, Kind::B32}),
                   [&](const Tuple &in) {
                     auto clamp = [&](uint64_t word) {
                       Int value = static_cast<int32_t>(word);
                       value = std::min(std::max(value, target.least()),
                                        target.most());
                       return static_cast<uint64_t>(value) & ((1u << size) - 1);
                     };
                     return clamp(in[0]) << size | clamp(in[1]) |
                            (size < 16 ? in[2] << (2 * size) : 0);
                   });
    }
  }
}
