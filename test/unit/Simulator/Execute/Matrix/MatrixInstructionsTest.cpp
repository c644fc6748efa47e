//===- MatrixInstructionsTest.cpp - from PTX to memory --------------------===//
//
// Whole programs: the text, decoding, and what the values' tests cannot see:
// addresses, poison, missing lanes, several warps.
//
//===----------------------------------------------------------------------===//

#include "MatrixTestSupport.h"
#include "lib/Simulator/Execute/InstructionSet.h"
#include "lib/Simulator/Machine/Device.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace sluice;
using namespace sluice::sim;
using ptx::Type;
using test::BitMatrix;

namespace {

struct Outcome {
  /// What went wrong before it ran.
  std::string error;
  LaunchResult result;
  std::vector<uint32_t> output;

  bool hasFinding(FindingKind kind) const {
    return llvm::any_of(result.findings,
                        [&](const Finding &f) { return f.kind == kind; });
  }
};

/// Runs a body whose %rd1 and %rd2 are the addresses of `input` and of an
/// output, %r1 is the lane, %r2 the thread, %rd3 the output plus 4 · thread,
/// and `tile` is 16 KB of shared memory, whose address is %r3.
Outcome run(const std::string &body, llvm::ArrayRef<uint32_t> input,
            size_t outputWords, unsigned threads = 32, bool perturb = false) {
  std::string text = R"(.version 8.7
.target sm_90a
.address_size 64
.visible .entry kernel(.param .u64 pin, .param .u64 pout)
{
  .reg .b16 %h<8>; .reg .b32 %r<400>; .reg .f32 %f<300>; .reg .b64 %rd<64>;
  .reg .f64 %fd<32>; .reg .pred %p<8>;
  .shared .align 1024 .b8 tile[16384];
  ld.param.u64 %rd1, [pin];
  ld.param.u64 %rd2, [pout];
  mov.u32 %r2, %tid.x;
  and.b32 %r1, %r2, 31;
  mul.wide.u32 %rd3, %r2, 4;
  add.s64 %rd3, %rd2, %rd3;
  mov.u32 %r3, tile;
)" + body + "\n  ret;\n}\n";
  Outcome outcome;
  auto fail = [&](llvm::Error error) {
    outcome.error = llvm::toString(std::move(error));
    return outcome;
  };
  Device device(getInstructionSet());
  auto module = device.load(text, "test.ptx");
  if (!module)
    return fail(module.takeError());
  uint64_t in = *device.allocate(std::max<size_t>(4, input.size() * 4)),
           out = *device.allocate(outputWords * 4);
  auto bytes = [](auto *data, size_t words) {
    return llvm::ArrayRef(reinterpret_cast<const uint8_t *>(data), words * 4);
  };
  llvm::cantFail(device.copyIn(in, bytes(input.data(), input.size())));
  outcome.output.resize(outputWords);
  llvm::cantFail(device.copyIn(out, bytes(outcome.output.data(), outputWords)));
  LaunchOptions options;
  options.block.x = threads;
  options.perturb = perturb;
  for (uint64_t address : {in, out}) {
    auto *first = reinterpret_cast<const uint8_t *>(&address);
    options.arguments.push_back(std::vector<uint8_t>(first, first + 8));
  }
  auto result = device.launch(**module, "kernel", options);
  if (!result)
    return fail(result.takeError());
  outcome.result = std::move(*result);
  llvm::cantFail(device.copyOut(
      out,
      llvm::MutableArrayRef(reinterpret_cast<uint8_t *>(outcome.output.data()),
                            outputWords * 4)));
  return outcome;
}

void expectClean(const Outcome &outcome) {
  EXPECT_EQ(outcome.error, "");
  for (const Finding &finding : outcome.result.findings)
    ADD_FAILURE() << finding.message;
  EXPECT_TRUE(outcome.result.finished);
}

/// Copies `words` words of the input to the tile, 32 threads; then a barrier.
std::string copyToTile(unsigned words) {
  std::string text;
  for (unsigned i = 0; i < words; i += 32) {
    std::string offset = std::to_string(4 * i);
    text.append("  mul.wide.u32 %rd10, %r1, 4;\n  add.s64 %rd10, %rd10, %rd1;\n"
                "  ld.global.b32 %r10, [%rd10+")
        .append(offset)
        .append("];\n  shl.b32 %r11, %r1, 2;\n  add.u32 %r11, %r11, %r3;\n"
                "  st.shared.b32 [%r11+")
        .append(offset)
        .append("], %r10;\n");
  }
  return text + "  bar.sync 0;\n";
}

std::string store(const char *prefix, unsigned first, unsigned count) {
  std::string text;
  for (unsigned i = 0; i < count; ++i)
    text += "  st.global.b32 [%rd3+" + std::to_string(128 * i) + "], %" +
            prefix + std::to_string(first + i) + ";\n";
  return text;
}

std::string list(const char *prefix, unsigned first, unsigned count) {
  std::string text = "{";
  for (unsigned i = 0; i < count; ++i)
    text += (i ? ", %" : "%") + std::string(prefix) + std::to_string(first + i);
  return text + "}";
}

std::vector<uint32_t> numbered(unsigned words) {
  std::vector<uint32_t> values(words);
  for (unsigned i = 0; i < words; ++i)
    values[i] = 2 * i | (2 * i + 1) << 16; // half j of the input is j
  return values;
}

uint32_t half(llvm::ArrayRef<uint32_t> words, unsigned i) {
  return words[i / 2] >> (i % 2 * 16) & 0xffff;
}

} // namespace

class Ldmatrix
    : public testing::TestWithParam<std::tuple<unsigned, bool, const char *>> {
};

TEST_P(Ldmatrix, LoadsRowsOfEveryMatrix) {
  auto [count, isTransposed, space] = GetParam();
  // Lane l has the address of row l of 32, from the last to the first, 16 bytes
  // each.
  std::string body = copyToTile(128) + R"(
  sub.u32 %r20, 31, %r1;
  shl.b32 %r20, %r20, 4;
  add.u32 %r21, %r3, %r20;
  cvt.u64.u32 %rd20, %r21;
  cvta.shared.u64 %rd21, %rd20;
)";
  std::string name = space;
  body +=
      "  ldmatrix.sync.aligned.m8n8.x" + std::to_string(count) +
      (isTransposed ? ".trans" : "") + name + ".b16 " + list("r", 30, count) +
      (name.empty() ? ", [%rd21];\n" : ", [%r21];\n") + store("r", 30, count);
  Outcome outcome = run(body, numbered(128), 32 * count);
  expectClean(outcome);
  for (unsigned matrix = 0; matrix < count; ++matrix)
    for (unsigned lane = 0; lane < 32; ++lane)
      for (unsigned element = 0; element < 2; ++element) {
        unsigned row = lane / 4, column = lane % 4 * 2 + element;
        if (isTransposed)
          std::swap(row, column);
        unsigned expected = (31 - (8 * matrix + row)) * 8 + column;
        EXPECT_EQ(half(outcome.output, 2 * (32 * matrix + lane) + element),
                  expected);
      }
}

INSTANTIATE_TEST_SUITE_P(
    All, Ldmatrix,
    testing::Combine(testing::Values(1, 2, 4), testing::Bool(),
                     testing::Values("", ".shared", ".shared::cta")));

TEST(Stmatrix, IsTheInverseOfLdmatrix) {
  for (std::string trans : {"", ".trans"}) {
    std::string body = copyToTile(128) + R"(
  shl.b32 %r20, %r1, 4;
  add.u32 %r21, %r3, %r20;
)";
    body.append("  ldmatrix.sync.aligned.m8n8.x4")
        .append(trans)
        .append(".shared.b16 ")
        .append(list("r", 30, 4))
        .append(", [%r21];\n  stmatrix.sync.aligned.m8n8.x4")
        .append(trans)
        .append(".shared.b16 [%r21+1024], ")
        .append(list("r", 30, 4))
        .append(";\n  bar.sync 0;\n");
    for (unsigned i = 0; i < 4; ++i)
      body += "  ld.shared.b32 %r" + std::to_string(40 + i) + ", [%r11+" +
              std::to_string(1024 + 128 * i) + "];\n";
    Outcome outcome = run(body + store("r", 40, 4), numbered(128), 128);
    expectClean(outcome);
    EXPECT_EQ(outcome.output, numbered(128));
  }
}

TEST(Movmatrix, Transposes) {
  Outcome outcome = run(copyToTile(32) + R"(
  movmatrix.sync.aligned.m8n8.trans.b16 %r30, %r10;
)" + store("r", 30, 1),
                        numbered(32), 32);
  expectClean(outcome);
  for (unsigned row = 0; row < 8; ++row)
    for (unsigned column = 0; column < 8; ++column)
      EXPECT_EQ(half(outcome.output, row * 8 + column), column * 8 + row);
}

TEST(Ldmatrix, ReportsWhatIsWrong) {
  // Nobody has written the tile: poison, which goes through mma to the stores.
  std::string load = R"(
  shl.b32 %r20, %r1, 4;
  add.u32 %r21, %r3, %r20;
  ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r30, %r31, %r32, %r33}, [%r21)";
  std::string mma = R"(];
  mov.b32 %r40, 0;
  mov.f32 %f1, 0f00000000;
  mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f2, %f3, %f4, %f5},
      {%r30, %r31, %r32, %r33}, {%r40, %r40}, {%f1, %f1, %f1, %f1};
)" + store("f", 2, 4);
  Outcome poison = run(load + mma, {}, 128);
  EXPECT_TRUE(poison.hasFinding(FindingKind::Uninitialized));
  EXPECT_EQ(poison.result.findings.size(), 4u);

  Outcome misaligned = run(load + "+4" + mma, {}, 128);
  EXPECT_TRUE(misaligned.hasFinding(FindingKind::Misaligned));
  Outcome outside = run(load + "+16384" + mma, {}, 128);
  EXPECT_TRUE(outside.hasFinding(FindingKind::OutOfBounds));
  Outcome global = run(R"(
  ldmatrix.sync.aligned.m8n8.x1.b16 {%r30}, [%rd1];
)",
                       {}, 128);
  EXPECT_TRUE(global.hasFinding(FindingKind::OutOfBounds));
}

/// Row 0 of the matrix is unwritten, and what depends on it, through ldmatrix,
/// movmatrix and stmatrix; nothing else.
TEST(Ldmatrix, PoisonMovesWithElements) {
  std::string begin = R"(
  setp.ge.u32 %p1, %r1, 4;
  shl.b32 %r11, %r1, 2;
  add.u32 %r11, %r11, %r3;
  mov.b32 %r10, 7;
  @%p1 st.shared.b32 [%r11], %r10;
  bar.sync 0;
  and.b32 %r20, %r1, 7;
  shl.b32 %r20, %r20, 4;
  add.u32 %r21, %r3, %r20;
)";
  auto countPoison = [&](const std::string &body) {
    Outcome outcome = run(begin + body + store("r", 30, 1), {}, 32);
    EXPECT_EQ(outcome.error, "");
    EXPECT_EQ(outcome.result.findings.size(), 1u);
    return outcome.result.findings.empty() ? 0
                                           : outcome.result.findings[0].count;
  };
  std::string load = "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r30}, [%r21];",
              loadTransposed =
                  "ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%r30}, "
                  "[%r21];",
              transpose = "movmatrix.sync.aligned.m8n8.trans.b16 %r30, %r30;",
              writeBack = "[%r21+1024], {%r30}; bar.sync 0;"
                          "ld.shared.b32 %r30, [%r11+1024];";
  // A row is four lanes; a column is half of eight.
  EXPECT_EQ(countPoison(load), 4u);
  EXPECT_EQ(countPoison(loadTransposed), 8u);
  EXPECT_EQ(countPoison(load + transpose), 8u);
  // Each of those lanes poisons two columns.
  EXPECT_EQ(countPoison(loadTransposed + transpose), 8u);
  EXPECT_EQ(countPoison(load + "stmatrix.sync.aligned.m8n8.x1.shared.b16 " +
                        writeBack),
            4u);
  EXPECT_EQ(countPoison(load +
                        "stmatrix.sync.aligned.m8n8.x1.trans.shared.b16 " +
                        writeBack),
            8u);
  EXPECT_EQ(countPoison(loadTransposed +
                        "stmatrix.sync.aligned.m8n8.x1.trans.shared.b16 " +
                        writeBack),
            8u);
}

TEST(Mma, NeedsAllLanes) {
  std::string mma = R"(mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32
      {%f2, %f3, %f4, %f5}, {%r40, %r40}, {%r40}, {%f1, %f1, %f1, %f1};
)";
  std::string begin = "  mov.b32 %r40, 0;\n  mov.f32 %f1, 0f00000000;\n";
  expectClean(run(begin + "  " + mma, {}, 4));
  Outcome guarded =
      run(begin + "  setp.lt.u32 %p1, %r1, 16;\n  @%p1 " + mma, {}, 4);
  EXPECT_TRUE(guarded.hasFinding(FindingKind::DivergentBarrier));
  Outcome small = run(begin + "  " + mma, {}, 4, /*threads=*/16);
  EXPECT_TRUE(small.hasFinding(FindingKind::DivergentBarrier));
}

/// The text of every form of mma reaches the right product: ones times twos.
TEST(Mma, EveryFormDecodes) {
  struct Form {
    const char *name;
    unsigned a, b, c, k;
    uint32_t one, two;
    /// 'f', 'h' (halves), 'i' or 'd'.
    char result;
  };
  for (const Form &form : {
           Form{"m16n8k8.row.col.f32.f16.f16.f32", 2, 1, 4, 8, 0x3c003c00,
                0x40004000, 'f'},
           Form{"m16n8k8.row.col.f16.f16.f16.f16", 2, 1, 2, 8, 0x3c003c00,
                0x40004000, 'h'},
           Form{"m16n8k16.row.col.f32.f16.f16.f32", 4, 2, 4, 16, 0x3c003c00,
                0x40004000, 'f'},
           Form{"m16n8k16.row.col.f16.f16.f16.f16", 4, 2, 2, 16, 0x3c003c00,
                0x40004000, 'h'},
           Form{"m16n8k8.row.col.f32.bf16.bf16.f32", 2, 1, 4, 8, 0x3f803f80,
                0x40004000, 'f'},
           Form{"m16n8k16.row.col.f32.bf16.bf16.f32", 4, 2, 4, 16, 0x3f803f80,
                0x40004000, 'f'},
           Form{"m16n8k4.row.col.f32.tf32.tf32.f32", 2, 1, 4, 4, 0x3f800000,
                0x40000000, 'f'},
           Form{"m16n8k8.row.col.f32.tf32.tf32.f32", 4, 2, 4, 8, 0x3f800000,
                0x40000000, 'f'},
           Form{"m16n8k32.row.col.f32.e4m3.e5m2.f32", 4, 2, 4, 32, 0x38383838,
                0x40404040, 'f'},
           Form{"m16n8k32.row.col.f16.e5m2.e5m2.f16", 4, 2, 2, 32, 0x3c3c3c3c,
                0x40404040, 'h'},
           Form{"m16n8k16.row.col.f32.e4m3.e4m3.f32", 2, 1, 4, 16, 0x38383838,
                0x40404040, 'f'},
           Form{"m8n8k16.row.col.s32.s8.s8.s32", 1, 1, 2, 16, 0x01010101,
                0x02020202, 'i'},
           Form{"m16n8k16.row.col.satfinite.s32.u8.s8.s32", 2, 1, 4, 16,
                0x01010101, 0x02020202, 'i'},
           Form{"m16n8k32.row.col.s32.u8.u8.s32", 4, 2, 4, 32, 0x01010101,
                0x02020202, 'i'},
           Form{"m16n8k32.row.col.satfinite.s32.s8.u8.s32", 4, 2, 4, 32,
                0x01010101, 0x02020202, 'i'},
       }) {
    SCOPED_TRACE(form.name);
    std::string body;
    for (unsigned i = 0; i < form.a; ++i)
      body += "  mov.b32 %r" + std::to_string(20 + i) + ", " +
              std::to_string(form.one) + ";\n";
    for (unsigned i = 0; i < form.b; ++i)
      body += "  mov.b32 %r" + std::to_string(30 + i) + ", " +
              std::to_string(form.two) + ";\n";
    for (unsigned i = 0; i < form.c; ++i)
      body += "  mov.b32 %r" + std::to_string(40 + i) + ", 0;\n";
    body += "  mma.sync.aligned." + std::string(form.name) + " " +
            list("r", 40, form.c) + ", " + list("r", 20, form.a) + ", " +
            list("r", 30, form.b) + ", " + list("r", 40, form.c) + ";\n" +
            store("r", 40, form.c);
    Outcome outcome = run(body, {}, 32 * form.c);
    expectClean(outcome);
    for (uint32_t word : outcome.output) {
      if (form.result == 'i')
        EXPECT_EQ(word, 2 * form.k);
      else if (form.result == 'f')
        EXPECT_EQ(llvm::bit_cast<float>(word), 2.0f * form.k);
      else
        EXPECT_EQ(test::decode(Type::F16, word & 0xffff), 2.0 * form.k);
    }
  }
}

TEST(Mma, DoublesDecode) {
  for (std::string shape : {"m8n8k4", "m16n8k4", "m16n8k8", "m16n8k16"}) {
    SCOPED_TRACE(shape);
    unsigned m = shape[1] == '8' ? 8 : 16;
    unsigned k = std::stoi(shape.substr(shape.find('k') + 1));
    unsigned a = m * k / 32, b = k / 4, c = m / 4;
    std::string body = "  mov.f64 %fd0, 0d3ff0000000000000;\n";
    for (unsigned i = 0; i < a + b + c; ++i)
      body += "  add.f64 %fd" + std::to_string(i + 1) + ", %fd0, %fd0;\n";
    body += "  mma.sync.aligned." + shape + ".row.col.f64.f64.f64.f64 " +
            list("fd", 1, c) + ", " + list("fd", 1 + c, a) + ", " +
            list("fd", 1 + c + a, b) + ", " + list("fd", 1, c) +
            ";\n  cvt.rn.f32.f64 %f0, %fd1;\n" + store("f", 0, 1);
    Outcome outcome = run(body, {}, 32);
    expectClean(outcome);
    for (uint32_t word : outcome.output)
      EXPECT_EQ(llvm::bit_cast<float>(word), 4.0f * k + 2);
  }
}

TEST(Mma, ErrorsNameTheInstruction) {
  Outcome mixed = run("  mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f32 "
                      "{%r1, %r2}, {%r1, %r2, %r3, %r4}, {%r5, %r6}, {%f1, "
                      "%f2, %f3, %f4};",
                      {}, 1);
  EXPECT_NE(mixed.error.find("one type for C and D"), std::string::npos)
      << mixed.error;
  Outcome few = run("  mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f1, "
                    "%f2, %f3, %f4}, {%r1, %r2}, {%r5, %r6}, {%f1, %f2, %f3, "
                    "%f4};",
                    {}, 1);
  EXPECT_NE(few.error.find("expected 4 registers"), std::string::npos)
      << few.error;
  Outcome unknown = run("  mma.sync.aligned.m8n8k4.row.col.f32.f16.f16.f32 "
                        "{%f1}, {%r1}, {%r1}, {%f1};",
                        {}, 1);
  EXPECT_NE(unknown.error.find("mma"), std::string::npos) << unknown.error;
}

//===----------------------------------------------------------------------===//
// wmma
//===----------------------------------------------------------------------===//

namespace {
struct WmmaCase {
  const char *name;
  unsigned m, n, k;
  Type type, sum;
  unsigned a, b, c;
};
} // namespace

class Wmma : public testing::TestWithParam<std::tuple<WmmaCase, bool, bool>> {};

/// D = A · B + C from global memory and back, in every layout, with strides
/// that leave holes.
TEST_P(Wmma, LoadsMultipliesStores) {
  auto [wmma, isRowA, isRowB] = GetParam();
  std::mt19937 random(71);
  BitMatrix a(wmma.type, wmma.m, wmma.k), b(wmma.type, wmma.k, wmma.n),
      c(wmma.sum, wmma.m, wmma.n);
  for (BitMatrix *matrix : {&a, &b, &c})
    matrix->fill(random, true);
  std::vector<uint32_t> input(3 * 2048);
  unsigned strides[3];
  auto place = [&](BitMatrix &matrix, bool isRow, unsigned index) {
    unsigned bits = ptx::getBitWidth(matrix.type);
    unsigned stride = (isRow ? matrix.columns : matrix.rows) + 128 / bits;
    strides[index] = stride;
    for (unsigned row = 0; row < matrix.rows; ++row)
      for (unsigned column = 0; column < matrix.columns; ++column) {
        unsigned i = isRow ? row * stride + column : column * stride + row;
        input[2048 * index + i * bits / 32] |= matrix.at(row, column)
                                               << (i * bits % 32);
      }
  };
  place(a, isRowA, 0);
  place(b, isRowB, 1);
  place(c, isRowB, 2); // any layout
  std::string shape = ".m" + std::to_string(wmma.m) + "n" +
                      std::to_string(wmma.n) + "k" + std::to_string(wmma.k);
  auto layout = [](bool isRow) { return isRow ? ".row" : ".col"; };
  std::string type = "." + ptx::getName(wmma.type).str(),
              sum = "." + ptx::getName(wmma.sum).str();
  std::string body = "  mov.u32 %r5, " + std::to_string(strides[1]) + ";\n";
  body += std::string("  wmma.load.a.sync.aligned") + layout(isRowA) + shape +
          ".global" + type + " " + list("r", 20, wmma.a) + ", [%rd1], " +
          std::to_string(strides[0]) + ";\n";
  body += std::string("  wmma.load.b.sync.aligned") + layout(isRowB) + shape +
          type + " " + list("r", 40, wmma.b) + ", [%rd1+8192], %r5;\n";
  body += std::string("  wmma.load.c.sync.aligned") + layout(isRowB) + shape +
          ".global" + sum + " " + list("r", 60, wmma.c) + ", [%rd1+16384], " +
          std::to_string(strides[2]) + ";\n";
  std::string types =
      wmma.type == Type::F16 ? sum + sum : sum + type + type + sum;
  body += std::string("  wmma.mma.sync.aligned") + layout(isRowA) +
          layout(isRowB) + shape + types + " " + list("r", 80, wmma.c) + ", " +
          list("r", 20, wmma.a) + ", " + list("r", 40, wmma.b) + ", " +
          list("r", 60, wmma.c) + ";\n";
  body += "  wmma.store.d.sync.aligned.row" + shape + ".global" + sum +
          " [%rd2], " + list("r", 80, wmma.c) + ";\n";
  unsigned bits = ptx::getBitWidth(wmma.sum);
  Outcome outcome = run(body, input, wmma.m * wmma.n * bits / 32);
  expectClean(outcome);
  test::Reference reference = test::multiply(a, b, c);
  for (unsigned i = 0; i < wmma.m * wmma.n; ++i) {
    uint32_t pattern = outcome.output[i * bits / 32] >> (i * bits % 32);
    if (bits == 16)
      pattern &= 0xffff;
    double actual = test::decode(wmma.sum, pattern);
    if (wmma.sum == Type::S32) {
      EXPECT_EQ(pattern, uint32_t(int64_t(reference.sum[i])));
      continue;
    }
    double bound = reference.magnitude[i] * (wmma.k + 1) * 0x1p-24;
    if (bits == 16)
      bound += std::abs(reference.sum[i]) * 0x1p-11 + 0x1p-25;
    EXPECT_NEAR(actual, reference.sum[i], bound);
  }
}

static std::string
getWmmaName(const testing::TestParamInfo<Wmma::ParamType> &info) {
  auto [wmma, isRowA, isRowB] = info.param;
  return std::string(wmma.name) + (isRowA ? "Row" : "Col") +
         (isRowB ? "Row" : "Col");
}

INSTANTIATE_TEST_SUITE_P(
    All, Wmma,
    testing::Combine(
        testing::Values(
            WmmaCase{"F16", 16, 16, 16, Type::F16, Type::F32, 8, 8, 8},
            WmmaCase{"F16Half", 16, 16, 16, Type::F16, Type::F16, 8, 8, 4},
            WmmaCase{"F16Tall", 32, 8, 16, Type::F16, Type::F32, 8, 8, 8},
            WmmaCase{"F16Wide", 8, 32, 16, Type::F16, Type::F16, 8, 8, 4},
            WmmaCase{"BF16", 16, 16, 16, Type::BF16, Type::F32, 4, 4, 8},
            WmmaCase{"BF16Tall", 32, 8, 16, Type::BF16, Type::F32, 8, 2, 8},
            WmmaCase{"BF16Wide", 8, 32, 16, Type::BF16, Type::F32, 2, 8, 8},
            WmmaCase{"TF32", 16, 16, 8, Type::TF32, Type::F32, 4, 4, 8},
            WmmaCase{"S8", 16, 16, 16, Type::S8, Type::S32, 2, 2, 8},
            WmmaCase{"U8Tall", 32, 8, 16, Type::U8, Type::S32, 4, 1, 8},
            WmmaCase{"S8Wide", 8, 32, 16, Type::S8, Type::S32, 1, 4, 8}),
        testing::Bool(), testing::Bool()),
    getWmmaName);

//===----------------------------------------------------------------------===//
// wgmma
//===----------------------------------------------------------------------===//

/// 64 × 16 × 16 of bf16 without a swizzle, by four warps: A by rows of 16 bytes
/// in cores at 0, B at 4096, both one core after the other along MN, LBO 128
/// between the two granules of K, SBO 256.
static std::string wgmmaProgram(bool writesB, const std::string &operands,
                                const char *shape = "m64n16k16.f32.bf16.bf16") {
  std::string text = R"(
  shl.b32 %r11, %r2, 4;
  add.u32 %r11, %r11, %r3;
  mul.wide.u32 %rd10, %r2, 16;
  add.s64 %rd10, %rd10, %rd1;
  ld.global.v4.b32 {%r20, %r21, %r22, %r23}, [%rd10];
  st.shared.v4.b32 [%r11], {%r20, %r21, %r22, %r23};
  setp.lt.u32 %p2, %r2, 32;
)";
  if (writesB)
    text += R"(
  @%p2 ld.global.v4.b32 {%r20, %r21, %r22, %r23}, [%rd10+2048];
  @%p2 st.shared.v4.b32 [%r11+4096], {%r20, %r21, %r22, %r23};
)";
  text += R"(
  fence.proxy.async;
  bar.sync 0;
  cvt.u64.u32 %rd20, %r3;
  shr.u64 %rd20, %rd20, 4;
  and.b64 %rd20, %rd20, 16383;
  or.b64 %rd20, %rd20, 68720001024;
  add.s64 %rd21, %rd20, 256;
  setp.ne.u32 %p1, %r3, 0;
  mov.b32 %r30, 0;
)";
  for (unsigned i = 0; i < 8; ++i)
    text += "  mov.f32 %f" + std::to_string(i) + ", 0f3f800000;\n";
  text += "  wgmma.fence.sync.aligned;\n  wgmma.mma_async.sync.aligned." +
          std::string(shape) + " " + list("f", 0, 8) + ", " + operands +
          ";\n  wgmma.commit_group.sync.aligned;\n"
          "  wgmma.wait_group.sync.aligned 0;\n";
  for (unsigned i = 0; i < 8; ++i)
    text += "  st.global.b32 [%rd3+" + std::to_string(512 * i) + "], %f" +
            std::to_string(i) + ";\n";
  return text;
}

TEST(WgmmaProgram, FourWarps) {
  std::mt19937 random(73);
  BitMatrix a(Type::BF16, 64, 16), b(Type::BF16, 16, 16), c(Type::F32, 64, 16);
  a.fill(random, true);
  b.fill(random, true);
  for (uint32_t &bits : c.bits)
    bits = 0x3f800000;
  std::vector<uint32_t> input(128 * 4 + 32 * 4);
  auto put = [&](unsigned base, unsigned mn, unsigned k, uint32_t bits) {
    unsigned byte = base + mn / 8 * 256 + k / 8 * 128 + mn % 8 * 16 + k % 8 * 2;
    input[byte / 4] |= bits << (byte % 4 * 8);
  };
  for (unsigned k = 0; k < 16; ++k) {
    for (unsigned row = 0; row < 64; ++row)
      put(0, row, k, a.at(row, k));
    for (unsigned column = 0; column < 16; ++column)
      put(2048, column, k, b.at(k, column));
  }
  for (std::string scale : {"%p1", "!%p1", "0", "1"}) {
    bool accumulates = scale == "%p1" || scale == "1";
    Outcome outcome =
        run(wgmmaProgram(true, "%rd20, %rd21, " + scale + ", 1, 1, 0, 0"),
            input, 8 * 128, 128);
    expectClean(outcome);
    EXPECT_EQ(outcome.result.counts.tensorFlop, 2u * 64 * 16 * 16);
    BitMatrix zero(Type::F32, 64, 16);
    test::Reference reference = test::multiply(a, b, accumulates ? c : zero);
    for (unsigned thread = 0; thread < 128; ++thread)
      for (unsigned i = 0; i < 8; ++i) {
        test::Place at = test::getWgmmaPlaceD(thread % 32, i);
        unsigned element = (16 * (thread / 32) + at.row) * 16 + at.column;
        EXPECT_NEAR(llvm::bit_cast<float>(outcome.output[128 * i + thread]),
                    reference.sum[element],
                    reference.magnitude[element] * 0x1p-19);
      }
  }
}

TEST(WgmmaProgram, UnwrittenAndOutside) {
  std::vector<uint32_t> input(128 * 4 + 32 * 4);
  Outcome poison = run(wgmmaProgram(false, "%rd20, %rd21, %p1, 1, 1, 0, 0"),
                       input, 8 * 128, 128);
  EXPECT_EQ(poison.error, "");
  EXPECT_TRUE(poison.hasFinding(FindingKind::Uninitialized));
  Outcome outside = run("  mov.b64 %rd30, 16383;\n" +
                            wgmmaProgram(true, "%rd20, %rd30, %p1, 1, 1, 0, 0"),
                        input, 8 * 128, 128);
  EXPECT_EQ(outside.error, "");
  EXPECT_TRUE(outside.hasFinding(FindingKind::OutOfBounds));
}

TEST(WgmmaProgram, OperandsAreChecked) {
  auto error = [&](const std::string &operands,
                   const char *shape = "m64n16k16.f32.bf16.bf16") {
    return run(wgmmaProgram(true, operands, shape), {}, 1, 128).error;
  };
  EXPECT_NE(error("%rd20, %rd21, %p1, 2, 1, 0, 0").find("expected 1 or -1"),
            std::string::npos);
  EXPECT_NE(error("%rd20, %rd21, %p1, 1, 1, 0, 2").find("expected 0 or 1"),
            std::string::npos);
  EXPECT_NE(error("%rd20, %rd21, %p1, 1, 1, 0").find("operands"),
            std::string::npos);
  EXPECT_NE(error("%rd20, %rd21, %p1, 1, 1, 0, 0", "m64n32k16.f32.bf16.bf16")
                .find("expected 16 registers"),
            std::string::npos);
  EXPECT_NE(error("%rd20, %rd21, %p1", "m64n40k32.s32.s8.s8"), "");
}
