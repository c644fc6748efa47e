//===- AtomicOps.cpp - what atomics make of two values --------------------===//

#include "lib/Simulator/Execute/Collective/AtomicOps.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/ErrorHandling.h"
#include <cmath>

using namespace sluice;
using namespace sluice::sim;
using ptx::Type;

std::optional<AtomicOp> sim::parseAtomicOp(llvm::StringRef name) {
  return llvm::StringSwitch<std::optional<AtomicOp>>(name)
      .Case("and", AtomicOp::And)
      .Case("or", AtomicOp::Or)
      .Case("xor", AtomicOp::Xor)
      .Case("exch", AtomicOp::Exchange)
      .Case("cas", AtomicOp::CompareAndSwap)
      .Case("add", AtomicOp::Add)
      .Case("inc", AtomicOp::Increment)
      .Case("dec", AtomicOp::Decrement)
      .Case("min", AtomicOp::Min)
      .Case("max", AtomicOp::Max)
      .Default(std::nullopt);
}

//===----------------------------------------------------------------------===//
// Halves
//===----------------------------------------------------------------------===//

namespace {
struct Float16 {
  static float widen(uint16_t bits);
  static uint16_t round(float value);
};
struct BFloat16 {
  static float widen(uint16_t bits) {
    return llvm::bit_cast<float>(uint32_t(bits) << 16);
  }
  static uint16_t round(float value) {
    auto bits = llvm::bit_cast<uint32_t>(value);
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  }
};
} // namespace

float Float16::widen(uint16_t bits) {
  uint32_t sign = uint32_t(bits & 0x8000) << 16, rest = bits & 0x7fff;
  if (rest >= 0x7c00)
    return llvm::bit_cast<float>(sign | 0x7f800000 | (rest & 0x3ff) << 13);
  // Scaling by a power of two is exact and makes subnormals normal.
  float magnitude = llvm::bit_cast<float>(rest << 13) * 0x1p112f;
  return llvm::bit_cast<float>(sign | llvm::bit_cast<uint32_t>(magnitude));
}

/// To nearest even; not for NaN.
uint16_t Float16::round(float value) {
  auto bits = llvm::bit_cast<uint32_t>(value);
  uint16_t sign = bits >> 16 & 0x8000;
  bits &= 0x7fffffff;
  if (bits >= 0x477ff000) // 65520 and above
    return sign | 0x7c00;
  if (bits < 0x38800000) {
    // Below 2^-14 the last place is 2^-24: that of 0.5f. The sum rounds.
    float shifted = llvm::bit_cast<float>(bits) + 0.5f;
    return sign | (llvm::bit_cast<uint32_t>(shifted) - 0x3f000000);
  }
  bits += 0xfff + (bits >> 13 & 1);
  return sign | ((bits - 0x38000000) >> 13);
}

/// Rounding the sum to f32 first changes nothing: 24 bits are at least twice 11
/// plus 2, which is enough for a sum to be rounded twice.
template <typename Half>
static uint16_t applyHalf(AtomicOp op, uint16_t a, uint16_t b) {
  constexpr uint16_t kCanonicalNaN = 0x7fff;
  float x = Half::widen(a), y = Half::widen(b);
  if (op == AtomicOp::Add) {
    float sum = x + y;
    return std::isnan(sum) ? kCanonicalNaN : Half::round(sum);
  }
  // As min and max: a number wins over NaN, +0 is more than -0.
  if (std::isnan(x) || std::isnan(y))
    return !std::isnan(x) ? a : !std::isnan(y) ? b : kCanonicalNaN;
  bool isLess = x < y || (x == y && std::signbit(x));
  return isLess == (op == AtomicOp::Min) ? a : b;
}

template <typename Half>
static uint32_t applyHalves(AtomicOp op, uint32_t a, uint32_t b) {
  return applyHalf<Half>(op, a, b) |
         uint32_t(applyHalf<Half>(op, a >> 16, b >> 16)) << 16;
}

//===----------------------------------------------------------------------===//
// All types
//===----------------------------------------------------------------------===//

static uint32_t flush(uint32_t bits) {
  constexpr uint32_t kSign = 0x80000000, kExponent = 0x7f800000;
  return bits & kExponent ? bits : bits & kSign;
}

static uint32_t addFloats(uint32_t a, uint32_t b, bool flushesSubnormals) {
  constexpr uint32_t kCanonicalNaN = 0x7fffffff;
  if (flushesSubnormals)
    a = flush(a), b = flush(b);
  float sum = llvm::bit_cast<float>(a) + llvm::bit_cast<float>(b);
  if (std::isnan(sum))
    return kCanonicalNaN;
  auto bits = llvm::bit_cast<uint32_t>(sum);
  return flushesSubnormals ? flush(bits) : bits;
}

template <typename Unsigned, typename Ordered>
static Unsigned applyInteger(AtomicOp op, Unsigned old, Unsigned operand) {
  switch (op) {
  case AtomicOp::And:
    return old & operand;
  case AtomicOp::Or:
    return old | operand;
  case AtomicOp::Xor:
    return old ^ operand;
  case AtomicOp::Exchange:
    return operand;
  case AtomicOp::Add:
    return old + operand;
  case AtomicOp::Increment:
    return old >= operand ? 0 : old + 1;
  case AtomicOp::Decrement:
    return old == 0 || old > operand ? operand : old - 1;
  case AtomicOp::Min:
    return Ordered(operand) < Ordered(old) ? operand : old;
  case AtomicOp::Max:
    return Ordered(operand) > Ordered(old) ? operand : old;
  case AtomicOp::CompareAndSwap:
    break;
  }
  llvm_unreachable("no operation of two values");
}

uint64_t sim::applyAtomic(AtomicOp op, Type type, uint64_t old,
                          uint64_t operand, bool flushesSubnormals) {
  switch (type) {
  case Type::F16:
    return applyHalf<Float16>(op, old, operand);
  case Type::BF16:
    return applyHalf<BFloat16>(op, old, operand);
  case Type::F16x2:
    return applyHalves<Float16>(op, old, operand);
  case Type::BF16x2:
    return applyHalves<BFloat16>(op, old, operand);
  case Type::F32:
    return addFloats(old, operand, flushesSubnormals);
  case Type::F64:
    return llvm::bit_cast<uint64_t>(llvm::bit_cast<double>(old) +
                                    llvm::bit_cast<double>(operand));
  case Type::B32:
  case Type::U32:
    return applyInteger<uint32_t, uint32_t>(op, old, operand);
  case Type::S32:
    return applyInteger<uint32_t, int32_t>(op, old, operand);
  case Type::B64:
  case Type::U64:
    return applyInteger<uint64_t, uint64_t>(op, old, operand);
  case Type::S64:
    return applyInteger<uint64_t, int64_t>(op, old, operand);
  default:
    llvm_unreachable("no type of atomics");
  }
}
