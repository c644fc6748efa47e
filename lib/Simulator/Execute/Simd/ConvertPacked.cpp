//===- ConvertPacked.cpp - loops of cvt to and from packed formats --------===//
//
// PTX ISA 9.0, section 9.7.9.21.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Simd/ConvertModifiers.h"

namespace sluice::sim::SLUICE_SIMD {

/// a goes to the upper element, b to the lower.
template <typename Format, unsigned bits>
SLUICE_INLINE void packFloats(u32 *rows, const Operation &operation,
                              Mask active) {
  if (operation.detail[0] == 0 && operation.detail[1] == 0) {
    map2<u32, u32, u32>(rows, operation, active, [](u32 a, u32 b) {
      return narrow<Format>(a, Rounding::Nearest) << bits |
             narrow<Format>(b, Rounding::Nearest);
    });
    return;
  }
  Modifiers with(operation);
  map2<u32, u32, u32>(rows, operation, active, [=](u32 a, u32 b) {
    return narrowWith<Format>(a, with) << bits | narrowWith<Format>(b, with);
  });
}
SLUICE_HANDLER(CvtF16x2F32) { packFloats<F16, 16>(rows, operation, active); }
SLUICE_HANDLER(CvtBF16x2F32) { packFloats<BF16, 16>(rows, operation, active); }

template <typename Format, unsigned bits, typename From>
SLUICE_INLINE void packHalves(u32 *rows, const Operation &operation,
                              Mask active) {
  Modifiers with(operation);
  map1<u32, u32>(rows, operation, active, [=](u32 a) {
    return narrowWith<Format>(widen<From>(a >> 16), with) << bits |
           narrowWith<Format>(widen<From>(a & 0xffff), with);
  });
}

/// Exact; narrow() makes NaNs canonical.
template <typename Format, unsigned bits>
SLUICE_INLINE void unpackBytes(u32 *rows, const Operation &operation,
                               Mask active) {
  Modifiers with(operation);
  constexpr u32 kElement = 2 * Format::kSign - 1;
  map1<u32, u32>(rows, operation, active, [=](u32 a) {
    return narrowWith<F16>(widen<Format>((a >> bits) & kElement), with) << 16 |
           narrowWith<F16>(widen<Format>(a & kElement), with);
  });
}

// Of 8 bits, of 6 with two zeros above, and of 4.
#define SLUICE_PACKED(Format, bits)                                            \
  SLUICE_HANDLER(Cvt##Format##x2F32) {                                         \
    packFloats<Format, bits>(rows, operation, active);                         \
  }                                                                            \
  SLUICE_HANDLER(Cvt##Format##x2F16x2) {                                       \
    packHalves<Format, bits, F16>(rows, operation, active);                    \
  }                                                                            \
  SLUICE_HANDLER(Cvt##Format##x2BF16x2) {                                      \
    packHalves<Format, bits, BF16>(rows, operation, active);                   \
  }                                                                            \
  SLUICE_HANDLER(CvtF16x2##Format##x2) {                                       \
    unpackBytes<Format, bits>(rows, operation, active);                        \
  }
SLUICE_PACKED(E4M3, 8)
SLUICE_PACKED(E5M2, 8)
SLUICE_PACKED(E2M3, 8)
SLUICE_PACKED(E3M2, 8)
SLUICE_PACKED(E2M1, 4)

//===----------------------------------------------------------------------===//
// .rs: the last source has the random bits
//===----------------------------------------------------------------------===//

template <typename Format, unsigned count>
SLUICE_INLINE u32 narrowRandomly(u32 word, u32 random, const Modifiers &with) {
  random &= (1u << count) - 1;
  u32 result = narrowRandomly<Format, count>(word, random, with.satfinite);
  return with.relu ? reluTo<Format>(result) : result;
}

/// The upper half of the random bits is a's, as many of its low ones as f32
/// loses.
template <typename Format, unsigned count>
SLUICE_INLINE void packRandomly(u32 *rows, const Operation &operation,
                                Mask active) {
  Modifiers with(operation);
  map3<u32, u32, u32, u32>(
      rows, operation, active, [=](u32 a, u32 b, u32 random) -> u32 {
        return narrowRandomly<Format, count>(a, random >> 16, with) << 16 |
               narrowRandomly<Format, count>(b, random, with);
      });
}
SLUICE_HANDLER(CvtF16x2F32Random) {
  packRandomly<F16, 13>(rows, operation, active);
}
SLUICE_HANDLER(CvtBF16x2F32Random) {
  packRandomly<BF16, 16>(rows, operation, active);
}

/// Four of them, the first on top. Of 16 random bits a and b have the upper
/// half of the word, e and f the lower; of 8, a and b the upper bytes of both
/// halves, e and f the lower ones. The ISA's figures show no more of it.
template <typename Format, unsigned bits, unsigned count>
SLUICE_INLINE void packFourRandomly(u32 *rows, const Operation &operation,
                                    Mask active) {
  Modifiers with(operation);
  const Row *row = getRows(operation);
  auto *d = getLanes<u32>(rows, row[0]);
  const auto *a = getLanes<u32>(rows, row[1]);
  const auto *b = getLanes<u32>(rows, row[2]);
  const auto *e = getLanes<u32>(rows, row[3]);
  const auto *f = getLanes<u32>(rows, row[4]);
  const auto *random = getLanes<u32>(rows, row[5]);
  SLUICE_LANES
  for (unsigned i = 0; i < kLanes; ++i) {
    u32 r = random[i];
    constexpr bool isByte = count == 8;
    u32 ofA = isByte ? r >> 24 : r >> 16, ofB = isByte ? r >> 8 : r >> 16;
    u32 ofE = isByte ? r >> 16 : r, ofF = r;
    u32 result;
    SLUICE_INLINED result =
        narrowRandomly<Format, count>(a[i], ofA, with) << 3 * bits |
        narrowRandomly<Format, count>(b[i], ofB, with) << 2 * bits |
        narrowRandomly<Format, count>(e[i], ofE, with) << bits |
        narrowRandomly<Format, count>(f[i], ofF, with);
    d[i] = isActive(active, i) ? result : d[i];
  }
}
#define SLUICE_FOUR(Format, bits, count)                                       \
  SLUICE_HANDLER(Cvt##Format##x4F32Random) {                                   \
    packFourRandomly<Format, bits, count>(rows, operation, active);            \
  }
SLUICE_FOUR(E4M3, 8, 16)
SLUICE_FOUR(E5M2, 8, 16)
SLUICE_FOUR(E2M3, 8, 16)
SLUICE_FOUR(E3M2, 8, 16)
SLUICE_FOUR(E2M1, 4, 8)

//===----------------------------------------------------------------------===//
// ue8m0: 2^(x - 127), NaN if all bits are set
//===----------------------------------------------------------------------===//

/// The power of two below the magnitude or, rounding up, above it. The format
/// has no zero: what is less than its least power is that.
SLUICE_INLINE u32 toPower(u32 word, bool roundsUp, bool satfinite) {
  u32 magnitude = word & ~kSign32, exponent = magnitude >> 23;
  u32 fraction = magnitude & 0x7fffff;
  // 2^-127 is a subnormal f32.
  bool isAbove = exponent ? fraction != 0 : fraction > 0x400000;
  u32 result = exponent + (roundsUp & isAbove);
  result = satfinite && result > 0xfe ? 0xfe : result;
  return magnitude > kInfinity32 || result > 0xff ? 0xff : result;
}
SLUICE_INLINE bool roundsUp(const Operation &operation) {
  return static_cast<Rounding>(operation.detail[1]) == Rounding::Up;
}
SLUICE_HANDLER(CvtUE8M0x2F32) {
  bool up = roundsUp(operation), sat = hasFlag(operation, value::Satfinite);
  map2<u32, u32, u32>(rows, operation, active, [=](u32 a, u32 b) -> u32 {
    return toPower(a, up, sat) << 8 | toPower(b, up, sat);
  });
}
SLUICE_HANDLER(CvtUE8M0x2BF16x2) {
  bool up = roundsUp(operation), sat = hasFlag(operation, value::Satfinite);
  map1<u32, u32>(rows, operation, active, [=](u32 a) -> u32 {
    return toPower(a & 0xffff0000, up, sat) << 8 | toPower(a << 16, up, sat);
  });
}
SLUICE_INLINE u32 fromPower(u32 power) {
  return power == 0xff ? BF16::kNaN : power == 0 ? 0x40 : power << 7;
}
SLUICE_HANDLER(CvtBF16x2UE8M0x2) {
  map1<u32, u32>(rows, operation, active, [](u32 a) -> u32 {
    return fromPower(a >> 8 & 0xff) << 16 | fromPower(a & 0xff);
  });
}

} // namespace sluice::sim::SLUICE_SIMD
