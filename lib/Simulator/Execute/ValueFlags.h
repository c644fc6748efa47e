//===- ValueFlags.h - modifiers of value instructions -----------*- C++ -*-===//
//
// What a form's `decode` leaves in Operation::detail for the loops of Simd/.
// Plain constants: the loops are compiled once for each instruction set of the
// host and share no inline function with the rest of the program.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_VALUEFLAGS_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_VALUEFLAGS_H

#include <cstdint>

namespace sluice::sim::value {

/// detail[0]: these bits.
enum Flag : uint32_t {
  Ftz = 1 << 0,
  Sat = 1 << 1,
  Relu = 1 << 2,
  /// min.NaN and its like: a NaN operand is the result.
  PropagateNaN = 1 << 3,
  XorSign = 1 << 4,
  Magnitude = 1 << 5,
  Satfinite = 1 << 6,
  /// cvt to 32 bits or fewer into a 64-bit register.
  WideRegister = 1 << 7,
  /// Round to an integer in the floating-point format (cvt.rni.f32.f32).
  Integral = 1 << 8,

  /// bfind.shiftamt.
  ShiftAmount = 1 << 9,
  /// bmsk, szext and shf: wrap, not clamp.
  Wrap = 1 << 10,
  /// dp4a, dp2a.
  SignedA = 1 << 11,
  SignedB = 1 << 12,
  UpperHalf = 1 << 13,

  CarryIn = 1 << 14,
  CarryOut = 1 << 15,

  /// setp and set: there is a q, a c, c is !c, the comparison is inverted.
  /// lop3: c only.
  HasQ = 1 << 16,
  HasC = 1 << 17,
  NegateC = 1 << 18,
  Invert = 1 << 19,
  /// selp, and the logic of predicates: operands that are !p.
  NegateA = 1 << 20,
  NegateB = 1 << 21,
  /// Video instructions: the result is signed; vmad adds one more.
  SignedD = 1 << 23,
  PlusOne = 1 << 24,
  /// fma: an operand that a tensor copy has filled in makes zero.
  Oob = 1 << 22,
};

/// detail[1] of floating-point instructions.
enum class Rounding : uint32_t {
  Nearest,
  Zero,
  Down,
  Up,
  /// To nearest, ties away from zero: .rna.
  Away,
};

/// detail[1] of setp, set and lop3 with a predicate.
enum class Combine : uint32_t { And, Or, Xor };

/// detail[1] of prmt.
enum class Permute : uint32_t { Index, F4e, B4e, Rc8, Ecl, Ecr, Rc16 };

/// What a video instruction does first, and then with c.
enum class Video : uint32_t {
  Add,
  Sub,
  AbsDiff,
  Average,
  Min,
  Max,
  ShiftLeft,
  ShiftRight,
  Equal,
  NotEqual,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
};
enum class Second : uint32_t { None, Add, Min, Max };

/// detail[1] of testp.
enum class Test : uint32_t {
  Finite,
  Infinite,
  Number,
  NotANumber,
  Normal,
  Subnormal
};

} // namespace sluice::sim::value

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_VALUEFLAGS_H
