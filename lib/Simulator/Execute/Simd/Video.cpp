//===- Video.cpp - loops of video instructions ----------------------------===//
//
// PTX ISA 9.0, section 9.7.18: on bytes and halves of words. What no part of a
// result is too large for has 128 bits here.
//
//===----------------------------------------------------------------------===//

#include "lib/Simulator/Execute/Simd/Lanes.h"

namespace sluice::sim::SLUICE_SIMD {

using value::Second;
using value::Video;

SLUICE_INLINE bool hasFlag(const Operation &operation, u32 flag) {
  return operation.detail[0] & flag;
}

/// `bits` of a word from `first`.
SLUICE_INLINE s64 extend(u32 word, u32 first, u32 bits, bool isSigned) {
  u32 up = 32 - bits, top = word << (32 - bits - first);
  return isSigned ? s64{static_cast<s32>(top) >> up} : s64{top >> up};
}

SLUICE_INLINE s128 clamp(s128 value, u32 bits, bool isSigned) {
  s128 least = isSigned ? -(s128{1} << (bits - 1)) : 0;
  s128 most = (s128{1} << (isSigned ? bits - 1 : bits)) - 1;
  return value < least ? least : value > most ? most : value;
}

SLUICE_INLINE s128 apply(Video op, s64 a, s64 b) {
  switch (op) {
  case Video::Add:
    return s128{a} + b;
  case Video::Sub:
    return s128{a} - b;
  case Video::AbsDiff:
    return a < b ? b - a : a - b;
  case Video::Average:
    return (a + b + (a + b >= 0)) >> 1;
  case Video::Min:
    return a < b ? a : b;
  case Video::Max:
    return a < b ? b : a;
  case Video::ShiftLeft:
    return s128{a} << b;
  case Video::ShiftRight:
    return a >> b;
  case Video::Equal:
    return a == b;
  case Video::NotEqual:
    return a != b;
  case Video::Less:
    return a < b;
  case Video::LessEqual:
    return a <= b;
  case Video::Greater:
    return a > b;
  case Video::GreaterEqual:
    return a >= b;
  }
  return 0;
}

/// detail[1]: the operation, the second one, and of the merge the first bit and
/// how many, 8 bits each; no bits: no merge. detail[2]: the same of a and b.
SLUICE_HANDLER(VideoScalar) {
  auto op = static_cast<Video>(operation.detail[1] & 0xff);
  auto second = static_cast<Second>(operation.detail[1] >> 8 & 0xff);
  u32 to = operation.detail[1] >> 16 & 0xff, width = operation.detail[1] >> 24;
  u32 parts = operation.detail[2];
  bool isSigned = hasFlag(operation, value::SignedD);
  bool sat = hasFlag(operation, value::Sat);
  bool wraps = hasFlag(operation, value::Wrap);
  bool aIsSigned = hasFlag(operation, value::SignedA);
  bool bIsSigned = hasFlag(operation, value::SignedB);
  bool isShift = op == Video::ShiftLeft || op == Video::ShiftRight;
  map3<u32, u32, u32, u32>(
      rows, operation, active, [=](u32 a, u32 b, u32 c) -> u32 {
        s64 x = extend(a, parts & 0xff, parts >> 8 & 0xff, aIsSigned);
        s64 y = extend(b, parts >> 16 & 0xff, parts >> 24, bIsSigned);
        s64 amount = wraps ? y & 31 : y > 32 ? 32 : y;
        s128 result = apply(op, x, isShift ? amount : y);
        result = sat ? clamp(result, width ? width : 32, isSigned) : result;
        s64 other = extend(c, 0, 32, isSigned);
        result = second == Second::Add   ? result + other
                 : second == Second::Min ? (result < other ? result : other)
                 : second == Second::Max ? (result > other ? result : other)
                                         : result;
        u32 word = static_cast<u32>(result);
        u32 mask = ((u32{1} << (width & 31)) - 1) << to;
        return width ? (word << to & mask) | (c & ~mask) : word;
      });
}

/// detail[1]: the shift of the result; detail[2] as above.
SLUICE_HANDLER(VideoMad) {
  u32 parts = operation.detail[2], scale = operation.detail[1];
  bool aIsSigned = hasFlag(operation, value::SignedA);
  bool bIsSigned = hasFlag(operation, value::SignedB);
  bool isNegative = hasFlag(operation, value::NegateA);
  bool negatesC = hasFlag(operation, value::NegateC);
  bool isSigned = aIsSigned || bIsSigned || isNegative || negatesC;
  bool plusOne = hasFlag(operation, value::PlusOne);
  bool sat = hasFlag(operation, value::Sat);
  map3<u32, u32, u32, u32>(
      rows, operation, active, [=](u32 a, u32 b, u32 c) -> u32 {
        s128 result =
            s128{extend(a, parts & 0xff, parts >> 8 & 0xff, aIsSigned)} *
            extend(b, parts >> 16 & 0xff, parts >> 24, bIsSigned);
        result = isNegative ? ~result : result;
        c = negatesC ? ~c : c;
        result += extend(c, 0, 32, isSigned);
        result += plusOne || isNegative || negatesC;
        result = result >> scale;
        return static_cast<u32>(sat ? clamp(result, 32, isSigned) : result);
      });
}

/// detail[1]: the operation, bits of an element, the mask of those that are
/// computed and whether they are added to c, 8 bits each. detail[2]: which
/// elements of a and, above, b the operation takes, 4 bits each from the lowest
/// on; the lower 16 bits are for its first operand.
SLUICE_HANDLER(VideoSimd) {
  auto op = static_cast<Video>(operation.detail[1] & 0xff);
  u32 bits = operation.detail[1] >> 8 & 0xff, count = 32 / bits;
  u32 chosen = operation.detail[1] >> 16 & 0xff;
  bool adds = operation.detail[1] >> 24;
  u32 parts = operation.detail[2];
  bool isSigned = hasFlag(operation, value::SignedD);
  bool sat = hasFlag(operation, value::Sat);
  bool aIsSigned = hasFlag(operation, value::SignedA);
  bool bIsSigned = hasFlag(operation, value::SignedB);
  map3<u32, u32, u32, u32>(
      rows, operation, active, [=](u32 a, u32 b, u32 c) -> u32 {
        u32 result = c;
        for (u32 i = 0; i < count; ++i) {
          u32 from = parts >> 4 * i & 15, with = parts >> (16 + 4 * i) & 15;
          s64 x = extend(from < count ? a : b, from % count * bits, bits,
                         aIsSigned);
          s64 y = extend(with < count ? a : b, with % count * bits, bits,
                         bIsSigned);
          s128 part = apply(op, x, y);
          part = sat ? clamp(part, bits, isSigned) : part;
          u32 word = static_cast<u32>(part);
          u32 mask = ((u32{1} << bits) - 1) << i * bits;
          u32 merged = (word << i * bits & mask) | (result & ~mask);
          u32 changed = adds ? result + word : merged;
          result = chosen >> i & 1 ? changed : result;
        }
        return result;
      });
}

} // namespace sluice::sim::SLUICE_SIMD
