//===- NarrowMatrixTest.cpp - mma of 4 bits, of 1, and m8n8k4 of f16 ------===//
//
// PTX ISA 9.1, sections 9.7.14.4 and 9.7.14.5: products of numbers that need no
// rounding, with the fragments that the ISA's formulas give.
//
//===----------------------------------------------------------------------===//

#include "Run.h"
#include <random>

using namespace sluice::sim;

namespace {

struct Place {
  unsigned row, column;
};

/// Registers of a warp, one after the other: each 32 words.
using Words = std::vector<uint32_t>;

/// Loads `numIn` registers %a0 … of each lane, runs the text, and stores
/// %d0 ….
KernelRun runWarp(const Words &in, unsigned numOut, const std::string &body,
                  bool perturb = false) {
  KernelRun run;
  unsigned numIn = in.size() / 32;
  run.words = in;
  run.words.resize(in.size() + size_t(numOut) * 32);
  run.options.block.x = 32;
  run.options.perturb = perturb;
  std::string text = ".reg .b32 %t, %a<" + std::to_string(numIn + 1) +
                     ">, %d<16>; .reg .b64 %p;\n"
                     "mov.u32 %t, %tid.x;\n"
                     "mul.wide.u32 %p, %t, 4;\n"
                     "add.s64 %p, %data, %p;\n";
  for (unsigned i = 0; i < numIn; ++i)
    text += "ld.global.b32 %a" + std::to_string(i) + ", [%p+" +
            std::to_string(128 * i) + "];\n";
  text += body + "\n";
  for (unsigned i = 0; i < numOut; ++i)
    text += "st.global.b32 [%p+" + std::to_string(128 * (numIn + i)) + "], %d" +
            std::to_string(i) + ";\n";
  run.run(text);
  return run;
}

/// "{%a3, %a4}".
std::string list(const char *prefix, unsigned first, unsigned count) {
  std::string text = "{";
  for (unsigned i = 0; i < count; ++i)
    text += (i ? ", %" : "%") + (prefix + std::to_string(first + i));
  return text + "}";
}

struct Shape {
  unsigned m, n, k;
  std::string text() const {
    return "m" + std::to_string(m) + "n" + std::to_string(n) + "k" +
           std::to_string(k);
  }
};

/// Element i of a lane's fragment of A and of B, as sections 9.7.14.5.10 to .13
/// say for 4 bits and for 1: 8 or 32 elements a register, e.
Place placeA(const Shape &shape, unsigned e, unsigned lane, unsigned i) {
  unsigned group = lane >> 2, inGroup = lane % 4;
  if (shape.m == 8)
    return {group, inGroup * e + i};
  // Registers 0 and 2 have the upper rows, 2 and 3 the right half.
  return {group + (i / e % 2) * 8, inGroup * e + i % e + i / (2 * e) * 4 * e};
}
Place placeB(unsigned e, unsigned lane, unsigned i) {
  return {lane % 4 * e + i % e + i / e * 4 * e, lane >> 2};
}
Place placeC(unsigned lane, unsigned i) {
  return {(lane >> 2) + i / 2 * 8, lane % 4 * 2 + i % 2};
}

struct Integers {
  Shape shape;
  const char *a, *b;
  unsigned bits;
  /// "", "xor" or "and".
  std::string op;
  bool isSaturating = false;
};

int64_t read(const char *type, uint32_t bits) {
  return type[0] == 's' && bits & 8 ? int64_t(bits) - 16 : bits;
}

void checkIntegers(const Integers &test) {
  const auto &[m, n, k] = test.shape;
  std::mt19937 random(m + k + test.bits);
  std::vector<uint32_t> a(m * k), b(k * n), c(m * n);
  for (uint32_t &element : a)
    element = random() & ((1u << test.bits) - 1);
  for (uint32_t &element : b)
    element = random() & ((1u << test.bits) - 1);
  for (uint32_t &element : c)
    element = test.isSaturating ? 0x7fffffff - random() % 100 : random();
  unsigned e = 32 / test.bits;
  unsigned numA = m * k / 32 / e, numB = k * n / 32 / e, numC = m * n / 32;
  Words in((numA + numB + numC) * 32);
  for (unsigned lane = 0; lane < 32; ++lane) {
    for (unsigned i = 0; i < numA * e; ++i) {
      Place place = placeA(test.shape, e, lane, i);
      in[i / e * 32 + lane] |= a[place.row * k + place.column]
                               << i % e * test.bits;
    }
    for (unsigned i = 0; i < numB * e; ++i) {
      Place place = placeB(e, lane, i);
      in[(numA + i / e) * 32 + lane] |= b[place.row * n + place.column]
                                        << i % e * test.bits;
    }
    for (unsigned i = 0; i < numC; ++i) {
      Place place = placeC(lane, i);
      in[(numA + numB + i) * 32 + lane] = c[place.row * n + place.column];
    }
  }
  std::string text =
      "mma.sync.aligned." + test.shape.text() + ".row.col" +
      (test.isSaturating ? ".satfinite" : "") + ".s32." + test.a + "." +
      test.b + ".s32" + (test.op.empty() ? "" : "." + test.op + ".popc") + " " +
      list("d", 0, numC) + ", " + list("a", 0, numA) + ", " +
      list("a", numA, numB) + ", " + list("a", numA + numB, numC) + ";";
  KernelRun run = runWarp(in, numC, text);
  ASSERT_EQ(run.kinds(), "") << text;
  EXPECT_EQ(run.result.counts.tensorFlop, 2ull * m * n * k);
  for (unsigned lane = 0; lane < 32; ++lane)
    for (unsigned i = 0; i < numC; ++i) {
      Place place = placeC(lane, i);
      int64_t sum = static_cast<int32_t>(c[place.row * n + place.column]);
      for (unsigned j = 0; j < k; ++j) {
        uint32_t x = a[place.row * k + j], y = b[j * n + place.column];
        sum += test.op == "xor"   ? x ^ y
               : test.op == "and" ? x & y
                                  : read(test.a, x) * read(test.b, y);
      }
      if (test.isSaturating)
        sum = std::min<int64_t>(sum, INT32_MAX);
      ASSERT_EQ(run.words[in.size() + i * 32 + lane],
                static_cast<uint32_t>(sum))
          << text << " lane " << lane << " element " << i;
    }
}

TEST(NarrowMatrix, FourBits) {
  for (Shape shape : {Shape{8, 8, 32}, Shape{16, 8, 32}, Shape{16, 8, 64}}) {
    checkIntegers({shape, "s4", "s4", 4, ""});
    checkIntegers({shape, "u4", "s4", 4, ""});
    checkIntegers({shape, "s4", "u4", 4, ""});
    checkIntegers({shape, "u4", "u4", 4, "", true});
  }
}

TEST(NarrowMatrix, OneBit) {
  for (Shape shape : {Shape{8, 8, 128}, Shape{16, 8, 128}, Shape{16, 8, 256}})
    for (const char *op : {"xor", "and"})
      checkIntegers({shape, "b1", "b1", 1, op});
}

/// wmma's fragments are the program's own business: through memory.
TEST(NarrowMatrix, Wmma) {
  for (bool isBit : {false, true}) {
    unsigned k = isBit ? 128 : 32, bits = isBit ? 1 : 4;
    KernelRun run;
    std::mt19937 random(7);
    // A by rows and B by columns of 4 words each, then C and D.
    for (unsigned i = 0; i < 64; ++i)
      run.words.push_back(random());
    for (unsigned i = 0; i < 64; ++i)
      run.words.push_back(i);
    run.words.resize(192);
    run.options.block.x = 32;
    std::string text = R"(.reg .b32 %a, %b, %c<2>, %d<2>;
      wmma.load.a.sync.aligned.row.SHAPE.global.TYPE {%a}, [%data];
      wmma.load.b.sync.aligned.col.SHAPE.global.TYPE {%b}, [%data+128];
      wmma.load.c.sync.aligned.row.SHAPE.global.s32 {%c0, %c1}, [%data+256];
      wmma.mma.OP.sync.aligned.row.col.SHAPE.s32.TYPE.TYPE.s32 {%d0, %d1}, {%a}, {%b}, {%c0, %c1};
      wmma.store.d.sync.aligned.row.SHAPE.global.s32 [%data+512], {%d0, %d1};)";
    auto replace = [&](const std::string &from, const std::string &to) {
      for (size_t at; (at = text.find(from)) != std::string::npos;)
        text.replace(at, from.size(), to);
    };
    replace("SHAPE", isBit ? "m8n8k128" : "m8n8k32");
    replace("TYPE", isBit ? "b1" : "s4");
    replace(".OP", isBit ? ".xor.popc" : "");
    run.run(text);
    ASSERT_EQ(run.kinds(), "");
    auto element = [&](unsigned first, unsigned line, unsigned i) {
      unsigned bit = (line * k + i) * bits;
      return run.words[first + bit / 32] >> bit % 32 & ((1u << bits) - 1);
    };
    for (unsigned row = 0; row < 8; ++row)
      for (unsigned column = 0; column < 8; ++column) {
        int64_t sum = row * 8 + column;
        for (unsigned i = 0; i < k; ++i) {
          uint32_t x = element(0, row, i), y = element(32, column, i);
          sum += isBit ? x ^ y : read("s4", x) * read("s4", y);
        }
        EXPECT_EQ(run.words[128 + row * 8 + column],
                  static_cast<uint32_t>(sum));
      }
  }
}

//===----------------------------------------------------------------------===//
// m8n8k4
//===----------------------------------------------------------------------===//

/// f16 of whole numbers up to 2048.
uint32_t toHalf(int value) {
  uint32_t sign = value < 0 ? 0x8000 : 0;
  auto magnitude = static_cast<uint32_t>(std::abs(value));
  if (magnitude == 0)
    return sign;
  unsigned exponent = 31 - __builtin_clz(magnitude);
  return sign | (exponent + 15) << 10 |
         ((magnitude << (10 - exponent)) & 0x3ff);
}
uint32_t toSingle(int value) {
  auto single = static_cast<float>(value);
  uint32_t word;
  std::memcpy(&word, &single, 4);
  return word;
}

void checkQuads(bool isARow, bool isBRow, bool isCHalf, bool isDHalf,
                bool perturb) {
  std::mt19937 random(3);
  unsigned numC = isCHalf ? 4 : 8, numD = isDHalf ? 4 : 8;
  int a[4][8][4], b[4][4][8], c[4][8][8];
  Words in((4 + numC) * 32);
  // Section 9.7.14.5.1, formula by formula.
  auto placeAccumulator = [](unsigned lane, unsigned i, bool isHalf) -> Place {
    unsigned high = lane < 16 ? 0 : 4;
    if (isHalf)
      return {lane % 4 + high, i};
    return {(lane & 1) + (i & 2) + high, (i & 4) + (lane & 2) + (i & 1)};
  };
  for (unsigned q = 0; q < 4; ++q) {
    for (auto &row : a[q])
      for (int &element : row)
        element = static_cast<int>(random() % 17) - 8;
    for (auto &row : b[q])
      for (int &element : row)
        element = static_cast<int>(random() % 17) - 8;
    for (auto &row : c[q])
      for (int &element : row)
        element = static_cast<int>(random() % 101) - 50;
  }
  for (unsigned lane = 0; lane < 32; ++lane) {
    unsigned q = lane % 16 / 4, high = lane < 16 ? 0 : 4;
    for (unsigned i = 0; i < 4; ++i) {
      int ofA = isARow ? a[q][lane % 4 + high][i] : a[q][i + high][lane % 4];
      int ofB = isBRow ? b[q][lane % 4][i + high] : b[q][i][lane % 4 + high];
      in[i / 2 * 32 + lane] |= toHalf(ofA) << i % 2 * 16;
      in[(2 + i / 2) * 32 + lane] |= toHalf(ofB) << i % 2 * 16;
    }
    for (unsigned i = 0; i < 8; ++i) {
      Place place = placeAccumulator(lane, i, isCHalf);
      int value = c[q][place.row][place.column];
      if (isCHalf)
        in[(4 + i / 2) * 32 + lane] |= toHalf(value) << i % 2 * 16;
      else
        in[(4 + i) * 32 + lane] = toSingle(value);
    }
  }
  std::string text = std::string("mma.sync.aligned.m8n8k4.") +
                     (isARow ? "row." : "col.") + (isBRow ? "row." : "col.") +
                     (isDHalf ? "f16" : "f32") + ".f16.f16." +
                     (isCHalf ? "f16 " : "f32 ") + list("d", 0, numD) + ", " +
                     list("a", 0, 2) + ", " + list("a", 2, 2) + ", " +
                     list("a", 4, numC) + ";";
  KernelRun run = runWarp(in, numD, text, perturb);
  ASSERT_EQ(run.kinds(), "") << text;
  for (unsigned lane = 0; lane < 32; ++lane)
    for (unsigned i = 0; i < 8; ++i) {
      unsigned q = lane % 16 / 4;
      Place place = placeAccumulator(lane, i, isDHalf);
      int sum = c[q][place.row][place.column];
      for (unsigned k = 0; k < 4; ++k)
        sum += a[q][place.row][k] * b[q][k][place.column];
      const uint32_t *out = run.words.data() + in.size();
      uint32_t found = isDHalf ? out[i / 2 * 32 + lane] >> i % 2 * 16 & 0xffff
                               : out[i * 32 + lane];
      ASSERT_EQ(found, isDHalf ? toHalf(sum) : toSingle(sum))
          << text << " lane " << lane << " element " << i;
    }
}

TEST(QuadMatrix, Layouts) {
  for (bool isARow : {false, true})
    for (bool isBRow : {false, true})
      for (bool perturb : {false, true}) {
        checkQuads(isARow, isBRow, true, true, perturb);
        checkQuads(isARow, isBRow, true, false, perturb);
        checkQuads(isARow, isBRow, false, false, perturb);
      }
}

TEST(QuadMatrix, WideSumsHaveWideResults) {
  KernelRun run = runWarp(
      Words(12 * 32), 4,
      "mma.sync.aligned.m8n8k4.row.col.f16.f16.f16.f32 {%d0, %d1, %d2, %d3}, " +
          list("a", 0, 2) + ", " + list("a", 2, 2) + ", " + list("a", 4, 8) +
          ";");
  EXPECT_NE(run.error.find("with C of .f32 has D of .f32"), std::string::npos)
      << run.error;
}

} // namespace
