//===- Bits.cpp - loops over bits and bytes -------------------------------===//
//
// PTX ISA 9.0, sections 9.7.1.13 to 9.7.1.24 and 9.7.9.7.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Simd/Lanes.h"

namespace sluice::sim::SLUICE_SIMD {

SLUICE_INLINE bool hasFlag(const Operation &operation, u32 flag) {
  return operation.detail[0] & flag;
}

SLUICE_MAP1(Popc32, u32, u32, static_cast<u32>(__builtin_popcount(a)))
SLUICE_MAP1(Popc64, u32, u64, static_cast<u32>(__builtin_popcountll(a)))

SLUICE_INLINE u32 countLeadingZeros(u32 a) {
  return a ? static_cast<u32>(__builtin_clz(a)) : 32;
}
SLUICE_INLINE u32 countLeadingZeros(u64 a) {
  return a ? static_cast<u32>(__builtin_clzll(a)) : 64;
}
SLUICE_MAP1(Clz32, u32, u32, countLeadingZeros(a))
SLUICE_MAP1(Clz64, u32, u64, countLeadingZeros(a))

SLUICE_INLINE u32 reverse(u32 a) {
  a = (a >> 1 & 0x55555555) | (a & 0x55555555) << 1;
  a = (a >> 2 & 0x33333333) | (a & 0x33333333) << 2;
  a = (a >> 4 & 0x0f0f0f0f) | (a & 0x0f0f0f0f) << 4;
  a = (a >> 8 & 0x00ff00ff) | (a & 0x00ff00ff) << 8;
  return a >> 16 | a << 16;
}
SLUICE_MAP1(Brev32, u32, u32, reverse(a))
SLUICE_MAP1(Brev64, u64, u64,
            u64{reverse(static_cast<u32>(a))} << 32 |
                reverse(static_cast<u32>(a >> 32)))

/// The most significant bit that is not the sign; 0xffffffff if there is none.
template <typename T>
SLUICE_INLINE void findBit(u32 *rows, const Operation &operation, Mask active) {
  bool isAmount = hasFlag(operation, value::ShiftAmount);
  map1<u32, T>(rows, operation, active, [=](T a) -> u32 {
    auto word = static_cast<Unsigned<T>>(isSigned<T> && a < 0 ? ~a : a);
    u32 zeros = countLeadingZeros(word);
    u32 found = isAmount ? zeros : kBits<T> - 1 - zeros;
    return word ? found : ~u32{0};
  });
}
SLUICE_HANDLER(BfindU32) { findBit<u32>(rows, operation, active); }
SLUICE_HANDLER(BfindS32) { findBit<s32>(rows, operation, active); }
SLUICE_HANDLER(BfindU64) { findBit<u64>(rows, operation, active); }
SLUICE_HANDLER(BfindS64) { findBit<s64>(rows, operation, active); }

/// `count` low bits: all of them if there are no more.
template <typename U> SLUICE_INLINE U lowBits(u32 count) {
  return count < kBits<U> ? (U{1} << (count & (kBits<U> - 1))) - 1 : ~U{0};
}

/// Field b … b+c-1 of a, signed by its top bit or by a's if it goes beyond.
template <typename T> SLUICE_INLINE T extract(T a, u32 b, u32 c) {
  using U = Unsigned<T>;
  u32 position = b & 0xff, length = c & 0xff, last = kBits<T> - 1;
  u32 end = position + length - 1;
  u32 signPlace = end < last ? end : last;
  bool isNegative =
      isSigned<T> && length && (static_cast<U>(a) >> signPlace & 1);
  U kept = lowBits<U>(length);
  U field = position < kBits<T> ? static_cast<U>(a) >> (position & last) : 0;
  // Bits that lie beyond a are the sign's, too.
  U inside = position < kBits<T> ? lowBits<U>(kBits<T> - position) : 0;
  U mask = kept & inside;
  return static_cast<T>((field & mask) | (isNegative ? ~mask : 0));
}
SLUICE_MAP3(BfeU32, u32, u32, u32, u32, extract(a, b, c))
SLUICE_MAP3(BfeS32, s32, s32, u32, u32, extract(a, b, c))
SLUICE_MAP3(BfeU64, u64, u64, u32, u32, extract(a, b, c))
SLUICE_MAP3(BfeS64, s64, s64, u32, u32, extract(a, b, c))

/// a's low bits into b, at c, d of them.
template <typename U>
SLUICE_INLINE void insert(u32 *rows, const Operation &operation, Mask active) {
  const Row *row = getRows(operation);
  U *f = getLanes<U>(rows, row[0]);
  const U *a = getLanes<U>(rows, row[1]), *b = getLanes<U>(rows, row[2]);
  const u32 *c = getLanes<u32>(rows, row[3]), *d = getLanes<u32>(rows, row[4]);
  SLUICE_LANES
  for (unsigned i = 0; i < kLanes; ++i) {
    u32 position = c[i] & 0xff;
    u32 shift = position & (kBits<U> - 1);
    U mask = position < kBits<U> ? lowBits<U>(d[i] & 0xff) << shift : 0;
    U result = (b[i] & ~mask) | ((a[i] << shift) & mask);
    f[i] = isActive(active, i) ? result : f[i];
  }
}
SLUICE_HANDLER(Bfi32) { insert<u32>(rows, operation, active); }
SLUICE_HANDLER(Bfi64) { insert<u64>(rows, operation, active); }

/// 9.7.1.22, in its words.
SLUICE_HANDLER(Bmsk) {
  bool clamps = !hasFlag(operation, value::Wrap);
  map2<u32, u32, u32>(rows, operation, active, [=](u32 a, u32 b) -> u32 {
    u32 start = a & 31, width = b & 31, sum = start + width;
    u32 above = clamps && a >= 32 ? 0 : ~u32{0} << start;
    bool isToTheEnd = sum >= 32 || (clamps && (a >= 32 || b >= 32));
    u32 beyond = isToTheEnd ? 0 : width == 0 ? ~u32{0} : ~u32{0} << (sum & 31);
    return above & ~beyond;
  });
}

/// 9.7.1.21.
template <bool isSignedType>
SLUICE_INLINE void extend(u32 *rows, const Operation &operation, Mask active) {
  bool clamps = !hasFlag(operation, value::Wrap);
  map2<u32, u32, u32>(rows, operation, active, [=](u32 a, u32 b) -> u32 {
    u32 width = b & 31;
    bool isAll = clamps && b >= 32;
    u32 mask = isAll ? 0 : ~u32{0} << width;
    bool isNegative =
        isSignedType && width && !isAll && (a >> ((width - 1) & 31) & 1);
    return (a & ~mask) | (isNegative ? mask : 0);
  });
}
SLUICE_HANDLER(SzextU32) { extend<false>(rows, operation, active); }
SLUICE_HANDLER(SzextS32) { extend<true>(rows, operation, active); }

/// The n-th set bit from `base`, downwards if n is negative (9.7.1.17).
static u32 findNth(u32 mask, u32 base, s32 offset) {
  if (base > 31)
    return ~u32{0}; // undefined
  if (offset == 0)
    return mask >> base & 1 ? base : ~u32{0};
  s32 step = offset > 0 ? 1 : -1;
  u32 count =
      offset > 0 ? static_cast<u32>(offset) : 0 - static_cast<u32>(offset);
  for (s32 place = static_cast<s32>(base); place >= 0 && place < 32;
       place += step)
    if (mask >> place & 1 && --count == 0)
      return static_cast<u32>(place);
  return ~u32{0};
}
SLUICE_MAP3(Fns, u32, u32, u32, s32, findNth(a, b, c))

template <bool isSignedA, bool isSignedB>
SLUICE_INLINE u32 dot4(u32 a, u32 b, u32 c) {
  for (unsigned k = 0; k < 32; k += 8) {
    u32 x =
        isSignedA ? static_cast<u32>(static_cast<s8>(a >> k)) : a >> k & 0xff;
    u32 y =
        isSignedB ? static_cast<u32>(static_cast<s8>(b >> k)) : b >> k & 0xff;
    c += x * y;
  }
  return c;
}
/// Words of 16 bits in a, bytes in b: its lower two or, .hi, its upper two.
template <bool isSignedA, bool isSignedB>
SLUICE_INLINE u32 dot2(u32 a, u32 b, u32 c, u32 shift) {
  b >>= shift;
  for (unsigned k = 0; k < 2; ++k) {
    u32 x = isSignedA ? static_cast<u32>(static_cast<s16>(a >> (16 * k)))
                      : a >> (16 * k) & 0xffff;
    u32 y = isSignedB ? static_cast<u32>(static_cast<s8>(b >> (8 * k)))
                      : b >> (8 * k) & 0xff;
    c += x * y;
  }
  return c;
}
template <bool ofA, bool ofB> struct Signs {
  static constexpr bool isSignedA = ofA, isSignedB = ofB;
};
/// Calls `function` with the signs of a's and b's elements as constants.
template <typename Function>
SLUICE_INLINE void withSigns(const Operation &operation, Function function) {
  switch (operation.detail[0] & (value::SignedA | value::SignedB)) {
  case 0:
    return function(Signs<false, false>{});
  case value::SignedA:
    return function(Signs<true, false>{});
  case value::SignedB:
    return function(Signs<false, true>{});
  default:
    return function(Signs<true, true>{});
  }
}
SLUICE_HANDLER(Dp4a) {
  withSigns(operation, [&](auto signs) {
    using S = decltype(signs);
    map3<u32, u32, u32, u32>(rows, operation, active,
                             dot4<S::isSignedA, S::isSignedB>);
  });
}
SLUICE_HANDLER(Dp2a) {
  u32 shift = hasFlag(operation, value::UpperHalf) ? 16 : 0;
  withSigns(operation, [&](auto signs) {
    using S = decltype(signs);
    map3<u32, u32, u32, u32>(
        rows, operation, active, [=](u32 a, u32 b, u32 c) -> u32 {
          return dot2<S::isSignedA, S::isSignedB>(a, b, c, shift);
        });
  });
}

/// Selectors of the special modes, by c's low two bits: a nibble a byte of d
/// (9.7.9.7, table of modes).
static constexpr u32 kSelectors[][4] = {
    {0x3210, 0x4321, 0x5432, 0x6543}, // f4e
    {0x5670, 0x6701, 0x7012, 0x0123}, // b4e
    {0x0000, 0x1111, 0x2222, 0x3333}, // rc8
    {0x3210, 0x3211, 0x3222, 0x3333}, // ecl
    {0x0000, 0x1110, 0x2210, 0x3210}, // ecr
    {0x1010, 0x3232, 0x1010, 0x3232}, // rc16
};

SLUICE_INLINE u32 permute(u64 bytes, u32 selector) {
  u32 result = 0;
  for (unsigned k = 0; k < 4; ++k) {
    u32 control = selector >> (4 * k);
    u32 byte = static_cast<u32>(bytes >> (8 * (control & 7))) & 0xff;
    u32 sign = byte & 0x80 ? 0xff : 0;
    result |= (control & 8 ? sign : byte) << (8 * k);
  }
  return result;
}
SLUICE_HANDLER(Prmt) {
  auto mode = static_cast<value::Permute>(operation.detail[1]);
  if (mode == value::Permute::Index)
    return map3<u32, u32, u32, u32>(rows, operation, active,
                                    [](u32 a, u32 b, u32 c) -> u32 {
                                      return permute(u64{b} << 32 | a, c);
                                    });
  const u32 *selectors = kSelectors[operation.detail[1] - 1];
  map3<u32, u32, u32, u32>(rows, operation, active,
                           [=](u32 a, u32 b, u32 c) -> u32 {
                             return permute(u64{b} << 32 | a, selectors[c & 3]);
                           });
}

} // namespace sluice::sim::SLUICE_SIMD
