//===- ConvertPackedTest.cpp - cvt of packed formats ----------------------===//
//
// PTX ISA 9.0, section 9.7.9.21: against the formats' values by definition, of
// which the nearest is searched.
//
//===----------------------------------------------------------------------===//

#include "HalfReference.h"
#include "ValueTrial.h"
#include <cmath>

using namespace sluice::sim;
using value::Rounding;

namespace {

/// Magnitudes by their words, up to the largest finite one.
struct Narrow {
  const char *name;
  unsigned exponentBits, mantissaBits;
  /// The largest number; what NaN becomes.
  uint64_t most, nan;
  ValueOp fromFloats, fromF16, fromBF16, toF16, random;

  unsigned bits() const { return 1 + exponentBits + mantissaBits; }
  uint64_t sign() const { return uint64_t{1} << (bits() - 1); }
  double getMagnitude(uint64_t word) const {
    int bias = (1 << (exponentBits - 1)) - 1;
    auto exponent = static_cast<int>(word >> mantissaBits);
    double fraction =
        std::ldexp(static_cast<double>(word & ((1u << mantissaBits) - 1)),
                   -static_cast<int>(mantissaBits));
    return exponent == 0 ? std::ldexp(fraction, 1 - bias)
                         : std::ldexp(1 + fraction, exponent - bias);
  }
  bool hasNaN() const { return nan > most; }
  double read(uint64_t word) const {
    uint64_t magnitude = word & (sign() - 1);
    if (hasNaN() && magnitude > most)
      return magnitude == most + 1 && exponentBits == 5
                 ? std::copysign(INFINITY, word & sign() ? -1 : 1)
                 : NAN;
    return (word & sign() ? -1 : 1) * getMagnitude(magnitude);
  }
  /// `goesUp` is told the part of the way to the next number, and whether the
  /// one below is even; past the largest there is nothing.
  template <typename Function>
  uint64_t round(double value, bool relu, Function goesUp) const {
    if (std::isnan(value))
      return nan;
    double magnitude = std::min(std::fabs(value), 2 * getMagnitude(most));
    uint64_t below = 0;
    while (below < most && getMagnitude(below + 1) <= magnitude)
      ++below;
    uint64_t word = below;
    if (below < most)
      word += goesUp((magnitude - getMagnitude(below)) /
                         (getMagnitude(below + 1) - getMagnitude(below)),
                     below % 2 == 0);
    if (!std::signbit(value))
      return word;
    return relu ? 0 : word | sign();
  }
  uint64_t roundToNearest(double value, bool relu) const {
    return round(value, relu, [](double part, bool isEven) {
      return part > 0.5 || (part == 0.5 && !isEven);
    });
  }
};

#define OPS(Format)                                                            \
  ValueOp::Cvt##Format##x2F32, ValueOp::Cvt##Format##x2F16x2,                  \
      ValueOp::Cvt##Format##x2BF16x2, ValueOp::CvtF16x2##Format##x2,           \
      ValueOp::Cvt##Format##x4F32Random
const Narrow kFormats[] = {{"e4m3", 4, 3, 0x7e, 0x7f, OPS(E4M3)},
                           {"e5m2", 5, 2, 0x7b, 0x7f, OPS(E5M2)},
                           {"e2m3", 2, 3, 0x1f, 0x1f, OPS(E2M3)},
                           {"e3m2", 3, 2, 0x1f, 0x1f, OPS(E3M2)},
                           {"e2m1", 2, 1, 0x07, 0x07, OPS(E2M1)}};

/// Bits from one element of a packed value to the next.
unsigned getStep(const Narrow &format) { return format.bits() == 4 ? 4 : 8; }

/// What breaks rounding in these formats: their numbers, what lies half way,
/// and their neighbours.
std::vector<uint64_t> getFloats(const Narrow &format) {
  std::vector<uint64_t> words = getValues(Kind::F32);
  for (uint64_t word = 0; word < format.most; ++word) {
    double low = format.getMagnitude(word),
           high = format.getMagnitude(word + 1);
    for (double value : {low, (low + high) / 2, low + (high - low) / 8})
      for (float sign : {1.f, -1.f})
        for (uint32_t step : {0u, 1u})
          words.push_back(toWord(sign * static_cast<float>(value)) + step);
  }
  return words;
}

std::vector<Tuple> pair(const std::vector<uint64_t> &words) {
  std::vector<Tuple> pairs;
  pairs.reserve(words.size());
  for (size_t i = 0; i < words.size(); ++i)
    pairs.push_back({words[i], words[(i * 7 + 3) % words.size()]});
  return pairs;
}

TEST(ConvertPacked, FromFloats) {
  for (const Narrow &format : kFormats)
    for (bool relu : {false, true}) {
      Trial trial{format.fromFloats, {getStep(format) * 2}, {32, 32}};
      trial.flags = value::Satfinite | (relu ? value::Relu : 0);
      expectResult(trial, pair(getFloats(format)), [&](const Tuple &in) {
        return format.roundToNearest(toFloat(in[0]), relu) << getStep(format) |
               format.roundToNearest(toFloat(in[1]), relu);
      });
    }
}

TEST(ConvertPacked, FromHalves) {
  std::vector<Tuple> all;
  all.reserve(65536);
  for (uint64_t word = 0; word < 65536; ++word)
    all.push_back({word << 16 | (65535 - word)});
  for (const Narrow &format : kFormats)
    for (bool isF16 : {true, false}) {
      const Format &from = isF16 ? kF16 : kBF16;
      Trial trial{isF16 ? format.fromF16 : format.fromBF16,
                  {getStep(format) * 2},
                  {32}};
      trial.flags = value::Satfinite;
      expectResult(trial, all, [&](const Tuple &in) {
        return format.roundToNearest(from.read(in[0] >> 16), false)
                   << getStep(format) |
               format.roundToNearest(from.read(in[0] & 0xffff), false);
      });
    }
}

TEST(ConvertPacked, ToHalves) {
  for (const Narrow &format : kFormats) {
    std::vector<Tuple> all;
    uint64_t count = 2 * format.sign();
    all.reserve(count);
    for (uint64_t word = 0; word < count; ++word)
      all.push_back({word << getStep(format) | (count - 1 - word)});
    for (bool relu : {false, true}) {
      Trial trial{format.toF16, {32}, {getStep(format) * 2}};
      trial.flags = relu ? value::Relu : 0;
      auto widen = [&](uint64_t word) -> uint64_t {
        double value = format.read(word & (count - 1));
        if (relu && std::signbit(value) && !std::isnan(value))
          return 0;
        return kF16.round(value, Rounding::Nearest);
      };
      expectResult(trial, all, [&](const Tuple &in) {
        return widen(in[0] >> getStep(format)) << 16 | widen(in[0]);
      });
    }
  }
}

//===----------------------------------------------------------------------===//
// .rs
//===----------------------------------------------------------------------===//

/// Up if the part of the way and the random bits, as a fraction, make one.
template <unsigned count> auto carry(uint64_t random) {
  constexpr double kUnit = 1.0 / (1u << count);
  double fraction = static_cast<double>(random & ((1u << count) - 1)) * kUnit;
  return [=](double part, bool) { return part + fraction >= 1; };
}

TEST(ConvertPacked, FourRandomly) {
  for (const Narrow &format : kFormats) {
    std::vector<uint64_t> words = getFloats(format);
    Random random(1);
    std::vector<Tuple> inputs;
    for (size_t i = 0; i < words.size(); ++i) {
      Tuple tuple;
      for (size_t j = 0; j < 4; ++j)
        tuple.push_back(words[(i * (2 * j + 1) + j) % words.size()]);
      tuple.push_back(random() & 0xffffffff);
      inputs.push_back(tuple);
    }
    unsigned step = getStep(format);
    for (bool relu : {false, true}) {
      Trial trial{format.random, {step * 4}, {32, 32, 32, 32, 32}};
      trial.flags = value::Satfinite | (relu ? value::Relu : 0);
      expectResult(trial, inputs, [&](const Tuple &in) {
        uint64_t result = 0, bits = in[4];
        // Of two halves of 16, or of two upper and two lower bytes.
        const unsigned shifts[][4] = {{16, 16, 0, 0}, {24, 8, 16, 0}};
        for (unsigned i = 0; i < 4; ++i) {
          uint64_t own = bits >> shifts[step == 4][i];
          result =
              result << step |
              (step == 4 ? format.round(toFloat(in[i]), relu, carry<8>(own))
                         : format.round(toFloat(in[i]), relu, carry<16>(own)));
        }
        return result;
      });
    }
  }
}

TEST(ConvertPacked, HalvesRandomly) {
  for (bool isF16 : {true, false}) {
    const Format &format = isF16 ? kF16 : kBF16;
    Trial trial{isF16 ? ValueOp::CvtF16x2F32Random
                      : ValueOp::CvtBF16x2F32Random,
                {32},
                {32, 32, 32}};
    auto narrow = [&](double value, uint64_t random) -> uint64_t {
      if (std::isnan(value) || std::isinf(value))
        return format.round(value, Rounding::Zero);
      uint64_t low = format.round(value, Rounding::Zero),
               high = format.round(value,
                                   value < 0 ? Rounding::Down : Rounding::Up);
      // Past the largest number the step stays as it is.
      double from = std::fabs(format.read(low)), below = from;
      double to = std::fabs(format.read(high));
      if (std::isinf(to))
        to = 2 * from - std::fabs(format.read(low - 1));
      if (low == high && std::fabs(value) == from)
        return low;
      double part = (std::fabs(value) - below) / (to - below);
      if (part >= 1)
        return high; // beyond everything
      bool up = isF16 ? carry<13>(random)(part, false)
                      : carry<16>(random)(part, false);
      return up ? high : low;
    };
    expectResult(trial, getInputs({Kind::F32, Kind::F32, Kind::B32}),
                 [&](const Tuple &in) {
                   return narrow(toFloat(in[0]), in[2] >> 16) << 16 |
                          narrow(toFloat(in[1]), in[2] & 0xffff);
                 });
  }
}

//===----------------------------------------------------------------------===//
// ue8m0
//===----------------------------------------------------------------------===//

/// The exponent of the power of two below or, for .rp, above.
uint64_t toPower(double value, bool isUp, bool satfinite) {
  if (std::isnan(value))
    return 0xff;
  double magnitude = std::fabs(value);
  int power = -127;
  while (power < 128 && (isUp ? std::ldexp(1, power) < magnitude
                              : std::ldexp(1, power + 1) <= magnitude))
    ++power;
  return satfinite && power > 127 ? 254 : power + 127;
}

TEST(ConvertPacked, Powers) {
  for (bool isUp : {false, true})
    for (bool satfinite : {false, true}) {
      Trial trial{ValueOp::CvtUE8M0x2F32, {16}, {32, 32}};
      trial.flags = satfinite ? value::Satfinite : 0;
      trial.second =
          static_cast<uint32_t>(isUp ? Rounding::Up : Rounding::Zero);
      expectResult(trial, getInputs({Kind::F32, Kind::F32}),
                   [&](const Tuple &in) {
                     return toPower(toFloat(in[0]), isUp, satfinite) << 8 |
                            toPower(toFloat(in[1]), isUp, satfinite);
                   });
      trial.op = ValueOp::CvtUE8M0x2BF16x2;
      trial.sources = {32};
      expectResult(trial, getInputs({Kind::B32}), [&](const Tuple &in) {
        return toPower(toFloat(in[0] & 0xffff0000), isUp, satfinite) << 8 |
               toPower(toFloat(in[0] << 16), isUp, satfinite);
      });
    }
  std::vector<Tuple> bytes;
  bytes.reserve(256);
  for (uint64_t word = 0; word < 256; ++word)
    bytes.push_back({word << 8 | (255 - word)});
  expectResult(
      {ValueOp::CvtBF16x2UE8M0x2, {32}, {16}}, bytes, [](const Tuple &in) {
        auto widen = [](uint64_t byte) -> uint64_t {
          if (byte == 0xff)
            return 0x7fff;
          return kBF16.round(std::ldexp(1, static_cast<int>(byte) - 127),
                             Rounding::Nearest);
        };
        return widen(in[0] >> 8) << 16 | widen(in[0] & 0xff);
      });
}

} // namespace
