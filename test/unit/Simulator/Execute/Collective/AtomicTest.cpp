//===- AtomicTest.cpp - atom and red (PTX ISA 9.0, 9.7.13.5 and 9.7.13.6) -===//

#include "Kernel.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <random>

using namespace sluice;
using namespace sluice::sim;
using namespace sluice::sim::test;

namespace {

/// One type of registers: how they are named and moved to and from 64 bits.
struct Kind {
  unsigned bits;
  const char *prefix, *load, *store;
};
constexpr Kind kWord = {32, "%r", "ld.global.b32", "st.global.b32"},
               kLong = {64, "%rd", "ld.global.b64", "st.global.b64"},
               kFloat = {32, "%f", "ld.global.f32", "st.global.f32"},
               kDouble = {64, "%fd", "ld.global.f64", "st.global.f64"};

struct Case {
  const char *op;
  Kind kind;
  uint64_t (*apply)(uint64_t old, uint64_t b);
};

float asFloat(uint64_t bits) {
  return llvm::bit_cast<float>(static_cast<uint32_t>(bits));
}
template <typename T> uint64_t add(uint64_t a, uint64_t b) {
  return static_cast<T>(T(a) + T(b));
}
template <typename T, typename Bits> uint64_t least(uint64_t a, uint64_t b) {
  return static_cast<Bits>(std::min(T(a), T(b)));
}
template <typename T, typename Bits> uint64_t most(uint64_t a, uint64_t b) {
  return static_cast<Bits>(std::max(T(a), T(b)));
}
uint64_t bitAnd(uint64_t a, uint64_t b) { return a & b; }
uint64_t bitOr(uint64_t a, uint64_t b) { return a | b; }
uint64_t bitXor(uint64_t a, uint64_t b) { return a ^ b; }

const Case kCases[] = {
    {"and.b32", kWord, bitAnd},
    {"or.b32", kWord, bitOr},
    {"xor.b32", kWord, bitXor},
    {"and.b64", kLong, bitAnd},
    {"or.b64", kLong, bitOr},
    {"xor.b64", kLong, bitXor},
    {"add.u32", kWord, add<uint32_t>},
    {"add.s32", kWord, add<uint32_t>},
    {"add.u64", kLong, add<uint64_t>},
    {"min.u32", kWord, least<uint32_t, uint32_t>},
    {"max.u32", kWord, most<uint32_t, uint32_t>},
    {"min.s32", kWord, least<int32_t, uint32_t>},
    {"max.s32", kWord, most<int32_t, uint32_t>},
    {"min.u64", kLong, least<uint64_t, uint64_t>},
    {"max.u64", kLong, most<uint64_t, uint64_t>},
    {"min.s64", kLong, least<int64_t, uint64_t>},
    {"max.s64", kLong, most<int64_t, uint64_t>},
    {"inc.u32", kWord,
     [](uint64_t r, uint64_t s) { return r >= s ? 0 : r + 1; }},
    {"dec.u32", kWord,
     [](uint64_t r, uint64_t s) { return r == 0 || r > s ? s : r - 1; }},
    {"add.f32", kFloat,
     [](uint64_t a, uint64_t b) -> uint64_t {
       return llvm::bit_cast<uint32_t>(asFloat(a) + asFloat(b));
     }},
    {"add.f64", kDouble,
     [](uint64_t a, uint64_t b) {
       return llvm::bit_cast<uint64_t>(llvm::bit_cast<double>(a) +
                                       llvm::bit_cast<double>(b));
     }},
    {"exch.b32", kWord, [](uint64_t, uint64_t b) { return b; }},
    {"exch.b64", kLong, [](uint64_t, uint64_t b) { return b; }},
};

bool isExchange(const Case &which) {
  return llvm::StringRef(which.op).starts_with("exch");
}

std::string nameCase(const testing::TestParamInfo<Case> &info) {
  std::string name = info.param.op;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

std::vector<uint64_t> makeValues(const Case &which, unsigned seed) {
  std::mt19937_64 random(seed);
  std::vector<uint64_t> values;
  bool is64 = which.kind.bits == 64;
  for (unsigned i = 0; i < 32; ++i) {
    uint64_t value = random();
    if (which.kind.prefix == kFloat.prefix)
      value = llvm::bit_cast<uint32_t>(static_cast<float>(value % 1000) / 7);
    else if (which.kind.prefix == kDouble.prefix)
      value = llvm::bit_cast<uint64_t>(static_cast<double>(value % 1000) / 7);
    else if (i % 4 == 1)
      value %= 4;
    else if (i % 4 == 2)
      value = 0;
    values.push_back(is64 ? value : static_cast<uint32_t>(value));
  }
  return values;
}

/// Each value in 64 bits.
Buffer makeBuffer(llvm::ArrayRef<uint64_t> values) {
  Buffer buffer;
  for (uint64_t value : values)
    buffer.words.insert(buffer.words.end(),
                        {uint32_t(value), uint32_t(value >> 32)});
  return buffer;
}

uint64_t getValue(const Buffer &buffer, unsigned i) {
  return buffer.words[2 * i] | uint64_t(buffer.words[2 * i + 1]) << 32;
}

/// %rd10 + i: the lane's value of buffer i.
const char *const kPlaces = "mul.wide.u32 %rd10, %r1, 8;\n"
                            "add.s64 %rd11, %rd1, %rd10;\n"
                            "add.s64 %rd12, %rd2, %rd10;\n"
                            "add.s64 %rd10, %rd0, %rd10;\n";

class Atomic : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(All, Atomic, testing::ValuesIn(kCases), nameCase);

/// The op in `space`, each thread on a value of its own.
void testOp(const Case &which, bool isShared) {
  auto olds = makeValues(which, 1), operands = makeValues(which, 2);
  std::vector<Buffer> buffers = {makeBuffer(olds), makeBuffer(operands),
                                 makeBuffer(std::vector<uint64_t>(32))};
  std::string p = which.kind.prefix, load = which.kind.load,
              store = which.kind.store;
  std::string place = "[%rd10]", space = "global";
  std::string body = kPlaces;
  body += load + " " + p + "20, [%rd10];\n" + load + " " + p + "21, [%rd11];\n";
  if (isShared) {
    body += "mov.u32 %r40, block;\n"
            "mad.lo.u32 %r40, %r1, 8, %r40;\n"
            "st.shared.b" +
            std::to_string(which.kind.bits) + " [%r40+64], " + p + "20;\n";
    place = "[%r40+64]";
    space = "shared";
  }
  body += "atom." + space + "." + which.op + " " + p + "22, " + place + ", " +
          p + "21;\n" + store + " [%rd12], " + p + "22;\n";
  if (isShared)
    body += "ld.shared.b" + std::to_string(which.kind.bits) + " " + p +
            "23, [%r40+64];\n" + store + " [%rd10], " + p + "23;\n";
  Outcome outcome = runKernel(body, buffers);
  ASSERT_TRUE(outcome.isClean()) << outcome.getText();
  for (unsigned i = 0; i < 32; ++i) {
    uint64_t expected = which.apply(olds[i], operands[i]);
    EXPECT_EQ(getValue(buffers[0], i), expected)
        << which.op << " of " << olds[i] << " and " << operands[i];
    EXPECT_EQ(getValue(buffers[2], i), olds[i]);
  }
}

TEST_P(Atomic, OfGlobalMemory) { testOp(GetParam(), false); }
TEST_P(Atomic, OfSharedMemory) { testOp(GetParam(), true); }

TEST_P(Atomic, AsRed) {
  const Case &which = GetParam();
  if (isExchange(which))
    return;
  auto olds = makeValues(which, 3), operands = makeValues(which, 4);
  std::vector<Buffer> buffers = {makeBuffer(olds), makeBuffer(operands),
                                 makeBuffer(std::vector<uint64_t>(32))};
  std::string p = which.kind.prefix;
  Outcome outcome = runKernel(std::string(kPlaces) + which.kind.load + " " + p +
                                  "21, [%rd11];\nred.relaxed.gpu.global." +
                                  which.op + " [%rd10], " + p + "21;",
                              buffers);
  ASSERT_TRUE(outcome.isClean()) << outcome.getText();
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(getValue(buffers[0], i), which.apply(olds[i], operands[i]));
}

TEST_P(Atomic, ThroughAGenericAddress) {
  const Case &which = GetParam();
  auto olds = makeValues(which, 5), operands = makeValues(which, 6);
  std::vector<Buffer> buffers = {makeBuffer(olds), makeBuffer(operands),
                                 makeBuffer(std::vector<uint64_t>(32))};
  std::string p = which.kind.prefix;
  Outcome outcome = runKernel(std::string(kPlaces) + which.kind.load + " " + p +
                                  "21, [%rd11];\natom." + which.op +
                                  " _, [%rd10], " + p + "21;",
                              buffers);
  ASSERT_TRUE(outcome.isClean()) << outcome.getText();
  for (unsigned i = 0; i < 32; ++i)
    EXPECT_EQ(getValue(buffers[0], i), which.apply(olds[i], operands[i]));
}

TEST(AtomicCompareAndSwap, ComparesAllBitsOf16) {
  // Half-words 0x1234 and 0x5678; the first is swapped, the second is not.
  std::vector<Buffer> buffers = {{{0x56781234}}, {{0}}};
  Outcome outcome = runKernel("setp.ne.u32 %p1, %r1, 0;\n@%p1 exit;\n"
                              "mov.b16 %h1, 0x1234;\nmov.b16 %h2, 0x9999;\n"
                              "atom.global.cas.b16 %h3, [%rd0], %h1, %h2;\n"
                              "atom.global.cas.b16 %h4, [%rd0+2], %h1, %h2;\n"
                              "mov.b32 %r10, {%h3, %h4};\n"
                              "st.global.u32 [%rd1], %r10;",
                              buffers);
  ASSERT_TRUE(outcome.isClean()) << outcome.getText();
  EXPECT_EQ(buffers[0].words[0], 0x56789999u);
  EXPECT_EQ(buffers[1].words[0], 0x56781234u);
}

TEST(AtomicCompareAndSwap, ComparesAllBitsOf64) {
  std::vector<Buffer> buffers = {{{1, 2, 1, 3}}};
  Outcome outcome = runKernel("setp.ne.u32 %p1, %r1, 0;\n@%p1 exit;\n"
                              "mov.b64 %rd10, 0x0000000200000001;\n"
                              "atom.global.cas.b64 %rd11, [%rd0], %rd10, 77;\n"
                              "atom.global.cas.b64 %rd11, [%rd0+8], %rd10, 77;",
                              buffers);
  ASSERT_TRUE(outcome.isClean()) << outcome.getText();
  EXPECT_EQ(buffers[0].words, (std::vector<uint32_t>{77, 0, 1, 3}));
}

TEST(Atomic128, SwapsAndComparesAllBits) {
  std::vector<Buffer> buffers = {{{1, 2, 3, 4, 1, 2, 3, 5}},
                                 {std::vector<uint32_t>(12)}};
  Outcome outcome = runKernel("setp.ne.u32 %p1, %r1, 0;\n@%p1 exit;\n"
                              "mov.b64 %rd10, 0x0000000200000001;\n"
                              "mov.b64 %rd11, 0x0000000400000003;\n"
                              "mov.b64 %rd12, 9;\n"
                              "mov.b128 %q1, {%rd10, %rd11};\n"
                              "mov.b128 %q2, {%rd12, %rd10};\n"
                              "atom.global.cas.b128 %q3, [%rd0], %q1, %q2;\n"
                              "atom.global.b128.cas %q4, [%rd0+16], %q1, %q2;\n"
                              "atom.global.sys.exch.b128 %q5, [%rd0], %q1;\n"
                              "st.global.b128 [%rd1], %q3;\n"
                              "st.global.b128 [%rd1+16], %q4;\n"
                              "st.global.b128 [%rd1+32], %q5;",
                              buffers);
  ASSERT_TRUE(outcome.isClean()) << outcome.getText();
  EXPECT_EQ(buffers[0].words, (std::vector<uint32_t>{1, 2, 3, 4, 1, 2, 3, 5}));
  EXPECT_EQ(buffers[1].words,
            (std::vector<uint32_t>{1, 2, 3, 4, 1, 2, 3, 5, 9, 0, 1, 2}));
}

/// One thread runs `code` on buffer 0.
Outcome runOne(const std::string &code, std::vector<Buffer> &buffers) {
  return runKernel(code, buffers, {1, 1});
}

TEST(AtomicHalf, AddsScalarsAndPairs) {
  // f16 1 and 2; bf16 1 and 2.
  std::vector<Buffer> buffers = {
      {{0x40003c00, 0x40003f80, 0x40003c00, 0x40003f80}}, {{0, 0}}};
  Outcome outcome = runOne("mov.b16 %h1, 0x3c00;\nmov.b16 %h2, 0x3f80;\n"
                           "mov.b32 %r10, 0x3c003c00;\n"
                           "mov.b32 %r11, 0x3f803f80;\n"
                           "atom.global.add.noftz.f16 %h3, [%rd0+2], %h1;\n"
                           "atom.add.noftz.bf16 %h4, [%rd0+6], %h2;\n"
                           "atom.global.add.noftz.f16x2 %r12, [%rd0+8], %r10;\n"
                           "red.global.add.noftz.bf16x2 [%rd0+12], %r11;\n"
                           "mov.b32 %r13, {%h3, %h4};\n"
                           "st.global.v2.u32 [%rd1], {%r12, %r13};",
                           buffers);
  ASSERT_TRUE(outcome.isClean()) << outcome.getText();
  EXPECT_EQ(buffers[0].words, (std::vector<uint32_t>{0x42003c00, 0x40403f80,
                                                     0x42004000, 0x40404000}));
  EXPECT_EQ(buffers[1].words, (std::vector<uint32_t>{0x40003c00, 0x40004000}));
}

TEST(AtomicVector, AddsFloatsElementByElement) {
  auto f = [](float value) { return llvm::bit_cast<uint32_t>(value); };
  std::vector<Buffer> buffers = {{{f(1), f(2), f(3), f(4)}},
                                 {std::vector<uint32_t>(4)}};
  Outcome outcome =
      runOne("mov.f32 %f1, 0f3F800000;\nmov.f32 %f2, 0f40000000;\n"
             "red.global.v2.f32.add [%rd0+8], {%f1, %f2};\n"
             // Results land in registers that are operands, too.
             "atom.global.add.v4.f32 {%f2, %f1, %f3, %f4}, [%rd0], "
             "{%f1, %f2, %f1, %f2};\n"
             "st.global.v4.f32 [%rd1], {%f2, %f1, %f3, %f4};",
             buffers);
  ASSERT_TRUE(outcome.isClean()) << outcome.getText();
  EXPECT_EQ(buffers[0].words, (std::vector<uint32_t>{f(2), f(4), f(5), f(8)}));
  EXPECT_EQ(buffers[1].words, (std::vector<uint32_t>{f(1), f(2), f(4), f(6)}));
}

TEST(AtomicVector, OfHalvesTakesAddMinAndMax) {
  // 1, 2, 3, 4 of f16 as two pairs, and as eight of bf16.
  std::vector<uint32_t> halves = {0x40003c00, 0x44004200};
  std::vector<uint32_t> brains = {0x40003f80, 0x40804040, 0x40003f80,
                                  0x40804040};
  std::vector<Buffer> buffers = {{halves}, {brains}};
  Outcome outcome =
      runOne("mov.b32 %r10, 0x42004000;\nmov.b32 %r11, 0x42004000;\n"
             "mov.b16 %h1, 0x4040;\nmov.b16 %h2, 0x4000;\n"
             "atom.global.max.noftz.v2.f16x2 {%r12, %r13}, [%rd0], "
             "{%r10, %r11};\n"
             "red.global.v8.bf16.min.noftz [%rd1], "
             "{%h2, %h2, %h2, %h2, %h1, %h1, %h1, %h1};\n"
             "atom.global.v2.bf16.add.noftz _, [%rd1], {%h2, %h2};",
             buffers);
  ASSERT_TRUE(outcome.isClean()) << outcome.getText();
  EXPECT_EQ(buffers[0].words, (std::vector<uint32_t>{0x42004000, 0x44004200}));
  EXPECT_EQ(buffers[1].words, (std::vector<uint32_t>{0x40804040, 0x40004000,
                                                     0x40003f80, 0x40404040}));
}

TEST(AtomicFloat, FlushesInGlobalMemoryOnly) {
  std::vector<Buffer> buffers = {{{1, 1}}, {{0, 0}}};
  Outcome outcome = runOne("mov.b32 %f1, 1;\n"
                           "st.shared.f32 [block], %f1;\n"
                           "mov.u64 %rd10, block;\n"
                           "cvta.shared.u64 %rd10, %rd10;\n"
                           "atom.global.add.f32 %f2, [%rd0], %f1;\n"
                           "atom.add.f32 %f3, [%rd10], %f1;\n"
                           "ld.shared.f32 %f4, [block];\n"
                           "st.global.f32 [%rd0+4], %f4;\n"
                           "st.global.v2.f32 [%rd1], {%f2, %f3};",
                           buffers);
  ASSERT_TRUE(outcome.isClean()) << outcome.getText();
  EXPECT_EQ(buffers[0].words, (std::vector<uint32_t>{0, 2}));
  // What was there comes back as it was.
  EXPECT_EQ(buffers[1].words, (std::vector<uint32_t>{1, 1}));
}

TEST(AtomicForms, TakeQualifiersInAnyOrderAndACachePolicy) {
  std::vector<Buffer> buffers = {{{0}}};
  Outcome outcome =
      runOne("mov.b64 %rd10, 0;\n"
             "atom.acq_rel.gpu.global.add.u32 %r10, [%rd0], 1;\n"
             "atom.add.release.gpu.global.u32 %r10, [%rd0], 1;\n"
             "atom.global.cluster.relaxed.add.u32 %r10, [%rd0], 1;\n"
             "atom.global.add.L2::cache_hint.u32 %r10, [%rd0], 1, %rd10;\n"
             "red.release.cta.global.add.L2::cache_hint.u32 [%rd0], 1, %rd10;\n"
             "st.shared.u32 [block], 0;\n"
             "atom.shared::cta.add.u32 %r10, [block], 1;\n"
             "atom.shared::cluster.add.u32 %r10, [block], 1;",
             buffers);
  ASSERT_TRUE(outcome.isClean()) << outcome.getText();
  EXPECT_EQ(buffers[0].words[0], 5u);
}

TEST(AtomicForms, RefuseWhatTheISADoesNotHave) {
  for (const char *code :
       {"atom.global.add.s64 %rd10, [%rd0], 1;",
        "atom.global.inc.u64 %rd10, [%rd0], 1;",
        "atom.global.min.f32 %f1, [%rd0], %f2;",
        "atom.global.add.f16 %h1, [%rd0], %h2;",
        "atom.shared.add.v2.f32 {%f1, %f2}, [block], {%f3, %f4};",
        "atom.global.add.v2.f32 {%f1, %f2, %f3}, [%rd0], {%f3, %f4};",
        "atom.global.add.u32 %rd10, [%rd0], 1;",
        "atom.global.add.u32 %r10, [%rd0], 1, %rd11;",
        "atom.global.add.L2::cache_hint.u32 %r10, [%rd0], 1;",
        "atom.shared.add.L2::cache_hint.u32 %r10, [block], 1, %rd11;",
        "red.acquire.gpu.global.add.u32 [%rd0], 1;",
        "red.global.exch.b32 [%rd0], 1;"}) {
    std::vector<Buffer> buffers = {{{0, 0, 0, 0}}};
    EXPECT_FALSE(runOne(code, buffers).error.empty()) << code;
  }
}

TEST(AtomicPoison, OfUnwrittenMemoryIsReportedWhereItStays) {
  std::vector<Buffer> buffers = {{{0, 0}, /*isWritten=*/false}};
  Outcome outcome = runOne("red.global.add.u32 [%rd0], 1;", buffers);
  EXPECT_TRUE(outcome.has("uninitialized at red: changes a value"))
      << outcome.getText();
}

TEST(AtomicPoison, OfUnwrittenSharedMemoryMoves) {
  std::vector<Buffer> buffers = {{{0, 0}}};
  Outcome outcome = runOne("atom.shared.add.u32 %r10, [block], 1;\n"
                           "ld.shared.u32 %r11, [block];\n",
                           buffers);
  EXPECT_TRUE(outcome.isClean()) << outcome.getText();
  for (const char *reg : {"%r10", "%r11"}) {
    outcome = runOne("atom.shared.add.u32 %r10, [block], 1;\n"
                     "ld.shared.u32 %r11, [block];\n"
                     "st.global.u32 [%rd0], " +
                         std::string(reg) + ";",
                     buffers);
    EXPECT_TRUE(outcome.has("uninitialized at st")) << outcome.getText();
  }
}

TEST(AtomicPoison, AnExchangeDefinesMemory) {
  std::vector<Buffer> buffers = {{{0, 0}, /*isWritten=*/false}};
  Outcome outcome = runOne("atom.global.exch.b32 %r10, [%rd0], 5;\n"
                           "atom.global.add.u32 %r11, [%rd0], 5;\n"
                           "st.global.u32 [%rd0+4], %r11;",
                           buffers);
  EXPECT_TRUE(outcome.isClean()) << outcome.getText();
  EXPECT_EQ(buffers[0].words, (std::vector<uint32_t>{10, 5}));
}

TEST(AtomicPoison, LanesSeeWhatLanesBeforeHaveWritten) {
  std::vector<Buffer> buffers = {{{0}}, {std::vector<uint32_t>(32)}};
  buffers[0].isWritten = false;
  // One lane finds nothing, the others find each other's.
  Outcome outcome = runKernel("atom.global.exch.b32 %r10, [%rd0], %r1;\n"
                              "setp.eq.u32 %p1, %r1, 0;\n"
                              "@%p1 exit;\n"
                              "mul.wide.u32 %rd10, %r1, 4;\n"
                              "add.s64 %rd10, %rd1, %rd10;\n"
                              "st.global.u32 [%rd10], %r10;",
                              buffers);
  EXPECT_TRUE(outcome.isClean()) << outcome.getText();
  EXPECT_EQ(buffers[1].words[31], 30u);
}

TEST(AtomicPoison, OfAnOperandIsReportedInGlobalMemory) {
  std::vector<Buffer> buffers = {{{0}}};
  Outcome outcome = runOne("red.global.add.u32 [%rd0], %r30;", buffers);
  EXPECT_TRUE(outcome.has("uninitialized at red: stores a value"))
      << outcome.getText();
}

TEST(AtomicPoison, OfAnOperandIsSeenWhereTheResultReplacesIt) {
  std::vector<Buffer> buffers = {{{0}}};
  Outcome outcome = runOne("atom.global.add.u32 %r30, [%rd0], %r30;", buffers);
  EXPECT_TRUE(outcome.has("uninitialized at atom: stores a value"))
      << outcome.getText();
}

TEST(AtomicPoison, IsTheResultOfALaneThatWasReported) {
  std::vector<Buffer> buffers = {{{0}}};
  Outcome outcome = runOne("mov.u32 %r10, 1;\n"
                           "atom.global.add.u32 %r10, [%rd0+4], 1;\n"
                           "st.global.u32 [%rd0], %r10;",
                           buffers);
  EXPECT_TRUE(outcome.has("out-of-bounds at atom")) << outcome.getText();
  EXPECT_TRUE(outcome.has("uninitialized at st")) << outcome.getText();
}

TEST(AtomicPoison, OfTheAddressIsReported) {
  std::vector<Buffer> buffers = {{{0}}};
  Outcome outcome = runOne("red.global.add.u32 [%rd30], 1;", buffers);
  EXPECT_TRUE(outcome.has("uninitialized at red: the address"))
      << outcome.getText();
}

TEST(AtomicBounds, AreChecked) {
  std::vector<Buffer> buffers = {{{0, 0, 0, 0}}};
  Outcome outside = runOne("atom.global.add.u32 %r10, [%rd0+16], 1;", buffers);
  EXPECT_TRUE(outside.has("out-of-bounds at atom")) << outside.getText();
  Outcome misaligned =
      runOne("red.global.v2.f32.add [%rd0+4], {%f1, %f2};", buffers);
  EXPECT_TRUE(misaligned.has("misaligned at red")) << misaligned.getText();
}

TEST(AtomicBounds, LocalMemoryHasNoAtomics) {
  std::vector<Buffer> buffers = {{{0}}};
  Outcome outcome = runOne(".local .align 8 .b8 mine[8];\n"
                           "mov.u64 %rd10, mine;\n"
                           "cvta.local.u64 %rd10, %rd10;\n"
                           "st.u32 [%rd10], 0;\n"
                           "atom.add.u32 %r10, [%rd10], 1;",
                           buffers);
  EXPECT_TRUE(outcome.has("out-of-bounds at atom: an atomic must be of global "
                          "or shared memory"))
      << outcome.getText();
}

TEST(AtomicBounds, VectorsAreOfGlobalMemoryOnly) {
  std::vector<Buffer> buffers = {{{0}}};
  Outcome outcome = runOne("mov.u64 %rd10, block;\n"
                           "cvta.shared.u64 %rd10, %rd10;\n"
                           "mov.f32 %f1, 0f00000000;\n"
                           "st.v2.f32 [%rd10], {%f1, %f1};\n"
                           "red.add.v2.f32 [%rd10], {%f1, %f1};",
                           buffers);
  EXPECT_TRUE(outcome.has("out-of-bounds at red: an atomic of a vector"))
      << outcome.getText();
}

} // namespace
