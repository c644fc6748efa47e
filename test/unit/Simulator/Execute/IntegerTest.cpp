//===- IntegerTest.cpp - integer arithmetic ------------------------------===//
//
// Against 128-bit arithmetic (PTX ISA 9.0, sections 9.7.1 and 9.7.2).
//
//===----------------------------------------------------------------------===//

#include "ValueTrial.h"

using namespace sluice::sim;
using Int = __int128;

namespace {

struct Width {
  bool isSigned;
  unsigned bits;
  Kind kind() const {
    return bits == 16 ? Kind::B16 : bits == 32 ? Kind::B32 : Kind::B64;
  }
  Int read(uint64_t word) const {
    Int value = word & (~uint64_t{0} >> (64 - bits));
    return isSigned && (word >> (bits - 1) & 1) ? value - (Int{1} << bits)
                                                : value;
  }
};

constexpr Width kU16{false, 16}, kS16{true, 16}, kU32{false, 32},
    kS32{true, 32}, kU64{false, 64}, kS64{true, 64};

} // namespace

static void expect2(ValueOp op, Width width,
                    std::function<Int(Int, Int)> reference) {
  expectResult({op, {width.bits}, {width.bits, width.bits}},
               getInputs({width.kind(), width.kind()}),
               [&](const Tuple &in) -> uint64_t {
                 return reference(width.read(in[0]), width.read(in[1]));
               });
}
static void expect3(ValueOp op, Width width,
                    std::function<Int(Int, Int, Int)> reference) {
  expectResult({op, {width.bits}, {width.bits, width.bits, width.bits}},
               getInputs({width.kind(), width.kind(), width.kind()}),
               [&](const Tuple &in) -> uint64_t {
                 return reference(width.read(in[0]), width.read(in[1]),
                                  width.read(in[2]));
               });
}
static void expect1(ValueOp op, Width width,
                    std::function<Int(Int)> reference) {
  expectResult({op, {width.bits}, {width.bits}}, getInputs({width.kind()}),
               [&](const Tuple &in) -> uint64_t {
                 return reference(width.read(in[0]));
               });
}
static Int clamp32(Int value) {
  return std::min<Int>(std::max<Int>(value, INT32_MIN), INT32_MAX);
}

#define EACH_SIZE(Test, Name)                                                  \
  Test(Name##16, kS16);                                                        \
  Test(Name##32, kS32);                                                        \
  Test(Name##64, kS64)
#define EACH_TYPE(Test, Name)                                                  \
  Test(Name##U16, kU16);                                                       \
  Test(Name##S16, kS16);                                                       \
  Test(Name##U32, kU32);                                                       \
  Test(Name##S32, kS32);                                                       \
  Test(Name##U64, kU64);                                                       \
  Test(Name##S64, kS64)

TEST(Integer, AddsAndMultipliesModuloTheWidth) {
#define ADD(Op, W) expect2(ValueOp::Op, W, [](Int a, Int b) { return a + b; })
  EACH_SIZE(ADD, Add);
#define SUB(Op, W) expect2(ValueOp::Op, W, [](Int a, Int b) { return a - b; })
  EACH_SIZE(SUB, Sub);
#define MUL(Op, W) expect2(ValueOp::Op, W, [](Int a, Int b) { return a * b; })
  EACH_SIZE(MUL, MulLo);
#define MAD(Op, W)                                                             \
  expect3(ValueOp::Op, W, [](Int a, Int b, Int c) {                            \
    return static_cast<Int>(static_cast<unsigned __int128>(a) *                \
                                static_cast<unsigned __int128>(b) +            \
                            static_cast<unsigned __int128>(c));                \
  })
  EACH_SIZE(MAD, MadLo);
#define NEG(Op, W) expect1(ValueOp::Op, W, [](Int a) { return -a; })
  EACH_SIZE(NEG, Neg);
#define ABS(Op, W) expect1(ValueOp::Op, W, [](Int a) { return a < 0 ? -a : a; })
  ABS(AbsS16, kS16);
  ABS(AbsS32, kS32);
  ABS(AbsS64, kS64);
}

/// Unsigned 64-bit products need all of an unsigned 128-bit word.
static Int getHigh(Int a, Int b, Width width) {
  if (width.isSigned || width.bits < 64)
    return (a * b) >> width.bits;
  return static_cast<Int>(
      (static_cast<unsigned __int128>(a) * static_cast<unsigned __int128>(b)) >>
      64);
}

TEST(Integer, HighHalves) {
#define HIGH(Op, W)                                                            \
  expect2(ValueOp::Op, W, [](Int a, Int b) { return getHigh(a, b, W); })
  EACH_TYPE(HIGH, MulHi);
#define MADHIGH(Op, W)                                                         \
  expect3(ValueOp::Op, W,                                                      \
          [](Int a, Int b, Int c) { return getHigh(a, b, W) + c; })
  EACH_TYPE(MADHIGH, MadHi);
  expect3(ValueOp::MadHiSatS32, kS32,
          [](Int a, Int b, Int c) { return clamp32(getHigh(a, b, kS32) + c); });
}

TEST(Integer, WideProducts) {
  auto expectWide = [](ValueOp op, Width width) {
    expectResult({op, {2 * width.bits}, {width.bits, width.bits}},
                 getInputs({width.kind(), width.kind()}),
                 [&](const Tuple &in) -> uint64_t {
                   return width.read(in[0]) * width.read(in[1]);
                 });
  };
  expectWide(ValueOp::MulWideU16, kU16);
  expectWide(ValueOp::MulWideS16, kS16);
  expectWide(ValueOp::MulWideU32, kU32);
  expectWide(ValueOp::MulWideS32, kS32);
  auto expectMad = [](ValueOp op, Width width) {
    Kind wide = width.bits == 16 ? Kind::B32 : Kind::B64;
    expectResult(
        {op, {2 * width.bits}, {width.bits, width.bits, 2 * width.bits}},
        getInputs({width.kind(), width.kind(), wide}),
        [&](const Tuple &in) -> uint64_t {
          return width.read(in[0]) * width.read(in[1]) + Int{in[2]};
        });
  };
  expectMad(ValueOp::MadWideU16, kU16);
  expectMad(ValueOp::MadWideS16, kS16);
  expectMad(ValueOp::MadWideU32, kU32);
  expectMad(ValueOp::MadWideS32, kS32);
}

/// x/0 is all ones, x%0 is x; what overflows wraps.
TEST(Integer, Division) {
#define DIV(Op, W)                                                             \
  expect2(ValueOp::Op, W, [](Int a, Int b) { return b ? a / b : Int{-1}; })
  EACH_TYPE(DIV, Div);
#define REM(Op, W)                                                             \
  expect2(ValueOp::Op, W, [](Int a, Int b) { return b ? a % b : a; })
  EACH_TYPE(REM, Rem);
}

TEST(Integer, MinimumMaximumAndDistance) {
#define MIN(Op, W)                                                             \
  expect2(ValueOp::Op, W, [](Int a, Int b) { return std::min(a, b); })
  EACH_TYPE(MIN, Min);
#define MAX(Op, W)                                                             \
  expect2(ValueOp::Op, W, [](Int a, Int b) { return std::max(a, b); })
  EACH_TYPE(MAX, Max);
#define SAD(Op, W)                                                             \
  expect3(ValueOp::Op, W,                                                      \
          [](Int a, Int b, Int c) { return c + (a < b ? b - a : a - b); })
  EACH_TYPE(SAD, Sad);
  expect2(ValueOp::MinReluS32, kS32,
          [](Int a, Int b) { return std::max<Int>(std::min(a, b), 0); });
  expect2(ValueOp::MaxReluS32, kS32,
          [](Int a, Int b) { return std::max<Int>(std::max(a, b), 0); });
}

TEST(Integer, Saturation) {
  expect2(ValueOp::AddSatS32, kS32,
          [](Int a, Int b) { return clamp32(a + b); });
  expect2(ValueOp::SubSatS32, kS32,
          [](Int a, Int b) { return clamp32(a - b); });
}

TEST(Integer, Packed) {
  auto expectHalves = [](ValueOp op, Width width,
                         std::function<Int(Int, Int)> reference) {
    expectResult({op, {32}, {32, 32}}, getInputs({Kind::B32, Kind::B32}),
                 [&](const Tuple &in) -> uint64_t {
                   uint64_t low = reference(width.read(in[0] & 0xffff),
                                            width.read(in[1] & 0xffff));
                   uint64_t high = reference(width.read(in[0] >> 16),
                                             width.read(in[1] >> 16));
                   return (low & 0xffff) | (high & 0xffff) << 16;
                 });
  };
  expectHalves(ValueOp::Add16x2, kU16, [](Int a, Int b) { return a + b; });
  expectHalves(ValueOp::MinU16x2, kU16,
               [](Int a, Int b) { return std::min(a, b); });
  expectHalves(ValueOp::MaxU16x2, kU16,
               [](Int a, Int b) { return std::max(a, b); });
  expectHalves(ValueOp::MinS16x2, kS16,
               [](Int a, Int b) { return std::min(a, b); });
  expectHalves(ValueOp::MaxS16x2, kS16,
               [](Int a, Int b) { return std::max(a, b); });
  expectHalves(ValueOp::MinReluS16x2, kS16,
               [](Int a, Int b) { return std::max<Int>(std::min(a, b), 0); });
  expectHalves(ValueOp::MaxReluS16x2, kS16,
               [](Int a, Int b) { return std::max<Int>(std::max(a, b), 0); });
}

TEST(Integer, Products24) {
  auto read = [](Int value, bool isSigned) {
    Int low = static_cast<uint64_t>(value) & 0xffffff;
    return isSigned && (low >> 23) ? low - (1 << 24) : low;
  };
#define MUL24(Type, isSigned)                                                  \
  expect2(ValueOp::Mul24Lo##Type, k##Type, [&](Int a, Int b) {                 \
    return read(a, isSigned) * read(b, isSigned);                              \
  });                                                                          \
  expect2(ValueOp::Mul24Hi##Type, k##Type, [&](Int a, Int b) {                 \
    return (read(a, isSigned) * read(b, isSigned)) >> 16;                      \
  });                                                                          \
  expect3(ValueOp::Mad24Lo##Type, k##Type, [&](Int a, Int b, Int c) {          \
    return read(a, isSigned) * read(b, isSigned) + c;                          \
  });                                                                          \
  expect3(ValueOp::Mad24Hi##Type, k##Type, [&](Int a, Int b, Int c) {          \
    return ((read(a, isSigned) * read(b, isSigned)) >> 16) + c;                \
  })
  MUL24(U32, false);
  MUL24(S32, true);
  expect3(ValueOp::Mad24HiSatS32, kS32, [&](Int a, Int b, Int c) {
    return clamp32(((read(a, true) * read(b, true)) >> 16) + c);
  });
}

//===----------------------------------------------------------------------===//
// Extended precision
//===----------------------------------------------------------------------===//

using Wide = unsigned __int128;

/// d and the carry of left ± right ± carry, with or without either.
static void expectCarry(ValueOp op, unsigned bits, unsigned numSources,
                        bool subtracts,
                        std::function<Tuple(const Tuple &)> getTerms) {
  Kind kind = bits == 32 ? Kind::B32 : Kind::B64;
  for (bool writes : {false, true}) {
    for (bool reads : {false, true}) {
      Trial trial{op, {bits}, std::vector<unsigned>(numSources, bits)};
      trial.flags =
          (writes ? value::CarryOut : 0) | (reads ? value::CarryIn : 0);
      if (writes)
        trial.destinations.push_back(32);
      std::vector<Kind> kinds(numSources, kind);
      std::vector<Tuple> inputs = getInputs(kinds);
      if (reads) {
        trial.sources.push_back(32);
        for (size_t i = 0; i < inputs.size(); ++i)
          inputs[i].push_back(i % 3 == 0);
      }
      expectResults(trial, inputs, [&](const Tuple &in) -> Tuple {
        Tuple terms = getTerms(in);
        Wide carry = reads ? in.back() : 0;
        Wide sum = subtracts ? Wide{terms[0]} - terms[1] - carry
                             : Wide{terms[0]} + terms[1] + carry;
        Tuple results{static_cast<uint64_t>(sum)};
        if (writes)
          results.push_back(static_cast<uint64_t>(sum >> bits) & 1);
        return results;
      });
    }
  }
}

TEST(Carry, AddsAndSubtracts) {
  auto same = [](const Tuple &in) { return in; };
  expectCarry(ValueOp::AddCarry32, 32, 2, false, same);
  expectCarry(ValueOp::AddCarry64, 64, 2, false, same);
  expectCarry(ValueOp::SubCarry32, 32, 2, true, same);
  expectCarry(ValueOp::SubCarry64, 64, 2, true, same);
}

TEST(Carry, MultipliesAndAdds) {
  auto expectMad = [](ValueOp op, unsigned bits,
                      std::function<uint64_t(uint64_t, uint64_t)> product) {
    uint64_t all = ~uint64_t{0} >> (64 - bits);
    expectCarry(op, bits, 3, false, [&](const Tuple &in) -> Tuple {
      return {product(in[0], in[1]) & all, in[2]};
    });
  };
  auto low = [](uint64_t a, uint64_t b) { return a * b; };
  expectMad(ValueOp::MadLoCarry32, 32, low);
  expectMad(ValueOp::MadLoCarry64, 64, low);
#define MADCARRY(Type)                                                         \
  expectMad(ValueOp::MadHiCarry##Type, k##Type.bits,                           \
            [](uint64_t a, uint64_t b) -> uint64_t {                           \
              return getHigh(k##Type.read(a), k##Type.read(b), k##Type);       \
            })
  MADCARRY(U32);
  MADCARRY(S32);
  MADCARRY(U64);
  MADCARRY(S64);
}
