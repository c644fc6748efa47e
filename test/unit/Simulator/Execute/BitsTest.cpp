//===- BitsTest.cpp - bits, bytes and logic ------------------------------===//
//
// Against the loops over single bits that the ISA gives as semantics (PTX ISA
// 9.0, sections 9.7.1.13 to 9.7.1.24, 9.7.8, 9.7.9.7).
//
//===----------------------------------------------------------------------===//

#include "ValueTrial.h"

using namespace sluice::sim;

static constexpr std::pair<unsigned, Kind> kWidths[] = {{32, Kind::B32},
                                                        {64, Kind::B64}};

TEST(Bits, Counts) {
  for (auto [bits, kind] : kWidths) {
    unsigned width = bits;
    expectResult(
        {width == 32 ? ValueOp::Popc32 : ValueOp::Popc64, {32}, {width}},
        getInputs({kind}), [&](const Tuple &in) {
          uint64_t count = 0;
          for (unsigned i = 0; i < width; ++i)
            count += in[0] >> i & 1;
          return count;
        });
    expectResult({width == 32 ? ValueOp::Clz32 : ValueOp::Clz64, {32}, {width}},
                 getInputs({kind}), [&](const Tuple &in) {
                   uint64_t count = 0;
                   while (count < width && !(in[0] >> (width - 1 - count) & 1))
                     ++count;
                   return count;
                 });
    expectResult(
        {width == 32 ? ValueOp::Brev32 : ValueOp::Brev64, {width}, {width}},
        getInputs({kind}), [&](const Tuple &in) {
          uint64_t reversed = 0;
          for (unsigned i = 0; i < width; ++i)
            reversed |= (in[0] >> i & 1) << (width - 1 - i);
          return reversed;
        });
  }
}

static void expectBfind(ValueOp op, Kind kind, bool isSigned) {
  unsigned width = getBits(kind);
  for (bool isAmount : {false, true}) {
    Trial trial{op, {32}, {width}};
    trial.flags = isAmount ? value::ShiftAmount : 0;
    expectResult(trial, getInputs({kind}), [&](const Tuple &in) -> uint64_t {
      uint64_t a = in[0];
      if (isSigned && (a >> (width - 1) & 1))
        a = ~a;
      for (unsigned i = width; i-- > 0;)
        if (a >> i & 1)
          return isAmount ? width - 1 - i : i;
      return 0xffffffff;
    });
  }
}
TEST(Bits, Bfind) {
  expectBfind(ValueOp::BfindU32, Kind::B32, false);
  expectBfind(ValueOp::BfindS32, Kind::B32, true);
  expectBfind(ValueOp::BfindU64, Kind::B64, false);
  expectBfind(ValueOp::BfindS64, Kind::B64, true);
}

static void expectBfe(ValueOp op, Kind kind, bool isSigned) {
  unsigned width = getBits(kind), msb = width - 1;
  expectResult({op, {width}, {width, 32, 32}},
               getInputs({kind, Kind::B8, Kind::B8}), [&](const Tuple &in) {
                 uint64_t a = in[0], pos = in[1] & 0xff, len = in[2] & 0xff;
                 uint64_t sign = 0, d = 0;
                 if (isSigned && len != 0)
                   sign = a >> std::min<uint64_t>(pos + len - 1, msb) & 1;
                 for (unsigned i = 0; i <= msb; ++i)
                   d |= (i < len && pos + i <= msb ? a >> (pos + i) & 1 : sign)
                        << i;
                 return d;
               });
}
TEST(Bits, Bfe) {
  expectBfe(ValueOp::BfeU32, Kind::B32, false);
  expectBfe(ValueOp::BfeS32, Kind::B32, true);
  expectBfe(ValueOp::BfeU64, Kind::B64, false);
  expectBfe(ValueOp::BfeS64, Kind::B64, true);
}

TEST(Bits, Bfi) {
  for (auto [bits, kind] : kWidths) {
    unsigned width = bits;
    expectResult({width == 32 ? ValueOp::Bfi32 : ValueOp::Bfi64,
                  {width},
                  {width, width, 32, 32}},
                 getInputs({kind, kind, Kind::B8, Kind::B8}),
                 [&](const Tuple &in) {
                   uint64_t f = in[1];
                   for (unsigned i = 0; i < in[3] && in[2] + i < width; ++i) {
                     uint64_t bit = uint64_t{1} << (in[2] + i);
                     f = (f & ~bit) | (in[0] >> i & 1 ? bit : 0);
                   }
                   return f;
                 });
  }
}

TEST(Bits, BmskAndSzext) {
  for (bool wraps : {false, true}) {
    Trial bmsk{ValueOp::Bmsk, {32}, {32, 32}};
    bmsk.flags = wraps ? value::Wrap : 0;
    expectResult(bmsk, getInputs({Kind::B32, Kind::B32}), [&](const Tuple &in) {
      uint64_t a = wraps ? in[0] % 32 : in[0], b = wraps ? in[1] % 32 : in[1];
      uint64_t mask = 0;
      for (uint64_t i = 0; i < 32; ++i)
        mask |= uint64_t{i >= a && i - a < b} << i;
      return mask;
    });
    for (bool isSigned : {false, true}) {
      Trial szext{
          isSigned ? ValueOp::SzextS32 : ValueOp::SzextU32, {32}, {32, 32}};
      szext.flags = bmsk.flags;
      expectResult(szext, getInputs({Kind::B32, Kind::B32}),
                   [&](const Tuple &in) -> uint64_t {
                     uint64_t n = wraps ? in[1] % 32 : in[1];
                     if (n == 0)
                       return 0;
                     if (n >= 32)
                       return in[0];
                     uint64_t field = in[0] & ((uint64_t{1} << n) - 1);
                     bool isNegative = isSigned && field >> (n - 1);
                     return isNegative ? field - (uint64_t{1} << n) : field;
                   });
    }
  }
}

TEST(Bits, Fns) {
  std::vector<Tuple> inputs = {{0xaaaaaaaa, 3, 1},
                               {0xaaaaaaaa, 3, ~0u},
                               {0xaaaaaaaa, 2, 1},
                               {0xaaaaaaaa, 2, ~0u}};
  for (uint64_t mask : getValues(Kind::B32))
    for (uint64_t base = 0; base < 32; base += 3)
      for (int32_t offset = -34; offset < 35; offset += 4)
        inputs.push_back({mask, base, static_cast<uint32_t>(offset)});
  expectResult({ValueOp::Fns, {32}, {32, 32, 32}}, inputs,
               [](const Tuple &in) -> uint64_t {
                 int offset = static_cast<int32_t>(in[2]);
                 int pos = in[1], count = abs(offset) - 1;
                 if (offset == 0)
                   return in[0] >> pos & 1 ? pos : 0xffffffff;
                 for (; pos >= 0 && pos < 32; pos += offset > 0 ? 1 : -1)
                   if (in[0] >> pos & 1 && count-- == 0)
                     return pos;
                 return 0xffffffff;
               });
}

static int64_t readElement(uint64_t word, unsigned bits, unsigned i,
                           bool isSigned) {
  int64_t value = word >> (bits * i) & ((1 << bits) - 1);
  return isSigned && value >> (bits - 1) ? value - (1 << bits) : value;
}
TEST(Bits, DotProducts) {
  for (unsigned flags : {0u, unsigned{value::SignedA}, unsigned{value::SignedB},
                         unsigned{value::SignedA | value::SignedB}}) {
    bool isSignedA = flags & value::SignedA, isSignedB = flags & value::SignedB;
    Trial trial{ValueOp::Dp4a, {32}, {32, 32, 32}};
    trial.flags = flags;
    expectResult(trial, getInputs({Kind::B32, Kind::B32, Kind::B32}),
                 [&](const Tuple &in) {
                   int64_t sum = in[2];
                   for (unsigned i = 0; i < 4; ++i)
                     sum += readElement(in[0], 8, i, isSignedA) *
                            readElement(in[1], 8, i, isSignedB);
                   return sum;
                 });
    for (bool isHigh : {false, true}) {
      Trial half{ValueOp::Dp2a, {32}, {32, 32, 32}};
      half.flags = flags | (isHigh ? value::UpperHalf : 0);
      expectResult(half, getInputs({Kind::B32, Kind::B32, Kind::B32}),
                   [&](const Tuple &in) {
                     int64_t sum = in[2];
                     for (unsigned i = 0; i < 2; ++i)
                       sum +=
                           readElement(in[0], 16, i, isSignedA) *
                           readElement(in[1], 8, isHigh ? i + 2 : i, isSignedB);
                     return sum;
                   });
    }
  }
}

/// The ISA's table: sources of d.b3 to d.b0 by mode and c[1:0].
TEST(Bits, Prmt) {
  static constexpr unsigned kTable[6][4][4] = {
      {{3, 2, 1, 0}, {4, 3, 2, 1}, {5, 4, 3, 2}, {6, 5, 4, 3}},
      {{5, 6, 7, 0}, {6, 7, 0, 1}, {7, 0, 1, 2}, {0, 1, 2, 3}},
      {{0, 0, 0, 0}, {1, 1, 1, 1}, {2, 2, 2, 2}, {3, 3, 3, 3}},
      {{3, 2, 1, 0}, {3, 2, 1, 1}, {3, 2, 2, 2}, {3, 3, 3, 3}},
      {{0, 0, 0, 0}, {1, 1, 1, 0}, {2, 2, 1, 0}, {3, 2, 1, 0}},
      {{1, 0, 1, 0}, {3, 2, 3, 2}, {1, 0, 1, 0}, {3, 2, 3, 2}}};
  std::vector<Tuple> inputs = getInputs({Kind::B32, Kind::B32, Kind::B32});
  auto getByte = [](const Tuple &in, unsigned i) -> uint64_t {
    return (in[i / 4] >> (8 * (i % 4))) & 0xff;
  };
  Trial trial{ValueOp::Prmt, {32}, {32, 32, 32}};
  expectResult(trial, inputs, [&](const Tuple &in) {
    uint64_t d = 0;
    for (unsigned k = 0; k < 4; ++k) {
      unsigned control = in[2] >> (4 * k) & 15;
      uint64_t byte = getByte(in, control % 8);
      d |= (control < 8 ? byte : byte > 127 ? 255 : 0) << (8 * k);
    }
    return d;
  });
  for (unsigned mode = 0; mode < 6; ++mode) {
    trial.second = mode + 1;
    expectResult(trial, inputs, [&](const Tuple &in) {
      const unsigned *row = kTable[mode][in[2] & 3];
      return getByte(in, row[0]) << 24 | getByte(in, row[1]) << 16 |
             getByte(in, row[2]) << 8 | getByte(in, row[3]);
    });
  }
}

TEST(Logic, Bitwise) {
  for (auto [bits, kind] : kWidths) {
    unsigned width = bits;
    bool is32 = width == 32;
    std::vector<Tuple> inputs = getInputs({kind, kind});
    expectResult(
        {is32 ? ValueOp::And32 : ValueOp::And64, {width}, {width, width}},
        inputs, [](const Tuple &in) { return in[0] & in[1]; });
    expectResult(
        {is32 ? ValueOp::Or32 : ValueOp::Or64, {width}, {width, width}}, inputs,
        [](const Tuple &in) { return in[0] | in[1]; });
    expectResult(
        {is32 ? ValueOp::Xor32 : ValueOp::Xor64, {width}, {width, width}},
        inputs, [](const Tuple &in) { return in[0] ^ in[1]; });
    expectResult({is32 ? ValueOp::Not32 : ValueOp::Not64, {width}, {width}},
                 inputs, [](const Tuple &in) { return ~in[0]; });
  }
  for (auto [op, kind] : {std::pair{ValueOp::Cnot16, Kind::B16},
                          {ValueOp::Cnot32, Kind::B32},
                          {ValueOp::Cnot64, Kind::B64}})
    expectResult({op, {getBits(kind)}, {getBits(kind)}}, getInputs({kind}),
                 [](const Tuple &in) -> uint64_t { return in[0] == 0; });
}

TEST(Logic, Predicates) {
  std::vector<Tuple> inputs = getInputs({Kind::B1, Kind::B1});
  for (unsigned flags : {0u, unsigned{value::NegateA}, unsigned{value::NegateB},
                         unsigned{value::NegateA | value::NegateB}}) {
    uint64_t notA = (flags & value::NegateA) != 0;
    uint64_t notB = (flags & value::NegateB) != 0;
    auto expect = [&](ValueOp op,
                      std::function<uint64_t(uint64_t, uint64_t)> f) {
      Trial trial{op, {1}, {1, 1}};
      trial.flags = flags;
      expectResult(trial, inputs, [&](const Tuple &in) {
        return f(in[0] ^ notA, in[1] ^ notB);
      });
    };
    expect(ValueOp::AndPred, [](uint64_t a, uint64_t b) { return a & b; });
    expect(ValueOp::OrPred, [](uint64_t a, uint64_t b) { return a | b; });
    expect(ValueOp::XorPred, [](uint64_t a, uint64_t b) { return a ^ b; });
    expect(ValueOp::NotPred, [](uint64_t a, uint64_t) { return a ^ 1; });
    expect(ValueOp::MovPred, [](uint64_t a, uint64_t) { return a; });
  }
}

static uint64_t applyTable(unsigned table, const Tuple &in) {
  uint64_t d = 0;
  for (unsigned i = 0; i < 32; ++i) {
    unsigned index =
        (in[0] >> i & 1) << 2 | (in[1] >> i & 1) << 1 | (in[2] >> i & 1);
    d |= uint64_t{table >> index & 1} << i;
  }
  return d;
}
TEST(Logic, Lop3) {
  std::vector<Tuple> inputs = getInputs({Kind::B32, Kind::B32, Kind::B32});
  inputs.resize(256);
  for (unsigned table = 0; table < 256; ++table) {
    Trial trial{ValueOp::Lop3, {32}, {32, 32, 32}};
    trial.immediate = table;
    expectResult(trial, inputs,
                 [&](const Tuple &in) { return applyTable(table, in); });
  }
  // The ISA's own examples: a & b & c is 0x80, a ^ b ^ c is 0x96.
  EXPECT_EQ(applyTable(0x80, {6, 5, 4}), 4u);
  for (Tuple &in : inputs)
    in.push_back(in[0] >> 3 & 1);
  for (auto combine : {value::Combine::And, value::Combine::Or}) {
    for (bool negates : {false, true}) {
      Trial trial{ValueOp::Lop3Pred, {32, 1}, {32, 32, 32, 1}};
      trial.immediate = 0x80;
      trial.second = static_cast<uint32_t>(combine);
      trial.flags = negates ? value::NegateC : 0;
      expectResults(trial, inputs, [&](const Tuple &in) -> Tuple {
        uint64_t d = applyTable(0x80, in), q = in[3] ^ negates;
        return {d,
                combine == value::Combine::And ? (d != 0) & q : (d != 0) | q};
      });
    }
  }
}

TEST(Logic, FunnelShifts) {
  for (bool wraps : {false, true}) {
    for (bool isLeft : {false, true}) {
      Trial trial{
          isLeft ? ValueOp::ShfLeft : ValueOp::ShfRight, {32}, {32, 32, 32}};
      trial.flags = wraps ? value::Wrap : 0;
      expectResult(trial, getInputs({Kind::B32, Kind::B32, Kind::B32}),
                   [&](const Tuple &in) -> uint64_t {
                     uint64_t n =
                         wraps ? in[2] % 32 : std::min<uint64_t>(in[2], 32);
                     unsigned __int128 both =
                         static_cast<unsigned __int128>(in[1]) << 32 | in[0];
                     return isLeft ? (both << n) >> 32 : both >> n;
                   });
    }
  }
}

static void expectShift(ValueOp op, Kind kind, bool isLeft, bool isSigned) {
  unsigned width = getBits(kind);
  expectResult({op, {width}, {width, 32}}, getInputs({kind, Kind::B32}),
               [&](const Tuple &in) -> uint64_t {
                 uint64_t amount = std::min<uint64_t>(in[1], width);
                 __int128 a = in[0];
                 if (isSigned && in[0] >> (width - 1))
                   a -= static_cast<__int128>(1) << width;
                 return isLeft ? a << amount : a >> amount;
               });
}
TEST(Logic, Shifts) {
  expectShift(ValueOp::Shl16, Kind::B16, true, false);
  expectShift(ValueOp::Shl32, Kind::B32, true, false);
  expectShift(ValueOp::Shl64, Kind::B64, true, false);
  expectShift(ValueOp::ShrU16, Kind::B16, false, false);
  expectShift(ValueOp::ShrU32, Kind::B32, false, false);
  expectShift(ValueOp::ShrU64, Kind::B64, false, false);
  expectShift(ValueOp::ShrS16, Kind::B16, false, true);
  expectShift(ValueOp::ShrS32, Kind::B32, false, true);
  expectShift(ValueOp::ShrS64, Kind::B64, false, true);
}
