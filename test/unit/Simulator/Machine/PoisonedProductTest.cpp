//===- PoisonedProductTest.cpp - products of what nobody has written ------===//
//
// An element of A that nobody has written spoils a row of D, one of B a column,
// one of C itself; what is spoiled is an error where it is stored.
//
//===----------------------------------------------------------------------===//

#include "Run.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

using namespace sluice::sim;

namespace {

/// "{%a3, %a4}".
std::string list(const char *prefix, unsigned first, unsigned count) {
  std::string text = "{";
  for (unsigned i = 0; i < count; ++i)
    text += (i ? ", %" : "%") + (prefix + std::to_string(first + i));
  return text + "}";
}

/// An mma of m rows and eight columns; registers of 32 or 64 bits.
struct Form {
  const char *name;
  unsigned m, a, b, c;
  bool isHalf = false, isDouble = false;
};

/// What the stores of D's registers find: of each so many lanes, the first of
/// them, or nothing.
using Spoiled = std::vector<std::pair<unsigned, unsigned>>;

/// Lane 5 has not written register `missing` of A, B and C in that order.
Spoiled run(const Form &form, unsigned missing) {
  KernelRun run;
  run.words.resize(32 * 8 * 2);
  run.options.block.x = 32;
  std::string type = form.isDouble ? "b64" : "b32",
              size = form.isDouble ? "8" : "4";
  unsigned numIn = form.a + form.b + form.c;
  std::string text = ".reg .b32 %t; .reg .b64 %p; .reg .pred %q; .reg ." +
                     type + " %x<" + std::to_string(numIn) + ">, %d<8>;\n" +
                     "mov.u32 %t, %tid.x;\nmad.wide.u32 %p, %t, " + size +
                     ", %data;\nsetp.ne.u32 %q, %t, 5;\n";
  for (unsigned i = 0; i < numIn; ++i)
    text += (i == missing ? "@%q mov." : "mov.") + type + " %x" +
            std::to_string(i) + ", 0;\n";
  text += "mma.sync.aligned." + std::string(form.name) + " " +
          list("d", 0, form.c) + ", " + list("x", 0, form.a) + ", " +
          list("x", form.a, form.b) + ", " +
          list("x", form.a + form.b, form.c) + ";\n";
  // The body begins in line 8.
  auto firstStore = 8 + static_cast<unsigned>(llvm::count(text, '\n'));
  for (unsigned i = 0; i < form.c; ++i)
    text += "st.global." + type + " [%p+" +
            std::to_string(i * (form.isDouble ? 256 : 128)) + "], %d" +
            std::to_string(i) + ";\n";
  run.run(text);
  EXPECT_EQ(run.error, "");
  Spoiled spoiled(form.c);
  for (const Finding &finding : run.result.findings) {
    EXPECT_EQ(finding.kind, FindingKind::Uninitialized) << finding.message;
    unsigned reg = finding.site.instruction->place.line - firstStore;
    if (reg >= form.c) {
      ADD_FAILURE() << finding.message;
      continue;
    }
    spoiled[reg] = {finding.count, finding.site.who.thread[0]};
  }
  return spoiled;
}

void check(const Form &form) {
  SCOPED_TRACE(form.name);
  unsigned down = form.m / 8;
  // A's registers go down the rows first: lane 5 has row 1 of each eight.
  for (unsigned reg = 0; reg < form.a; ++reg) {
    Spoiled expected(form.c);
    for (unsigned i = 0; i < form.c; ++i)
      if ((form.isHalf ? i : i / 2) % down == reg % down)
        expected[i] = {4, 4};
    EXPECT_EQ(run(form, reg), expected) << "register " << reg << " of A";
  }
  // Of B lane 5 has column 1, which lanes 0, 4, 8 … have of D.
  for (unsigned reg = 0; reg < form.b; ++reg) {
    Spoiled expected(form.c);
    for (unsigned i = 0; i < form.c; ++i)
      if (form.isHalf || i % 2 == 1)
        expected[i] = {8, 0};
    EXPECT_EQ(run(form, form.a + reg), expected)
        << "register " << reg << " of B";
  }
  for (unsigned reg = 0; reg < form.c; ++reg) {
    Spoiled expected(form.c);
    expected[reg] = {1, 5};
    EXPECT_EQ(run(form, form.a + form.b + reg), expected)
        << "register " << reg << " of C";
  }
}

} // namespace

TEST(PoisonedProduct, EveryKindOfElement) {
  for (const Form &form : {
           Form{"m16n8k8.row.col.f32.f16.f16.f32", 16, 2, 1, 4},
           Form{"m16n8k16.row.col.f32.bf16.bf16.f32", 16, 4, 2, 4},
           Form{"m16n8k16.row.col.f16.f16.f16.f16", 16, 4, 2, 2, true},
           Form{"m16n8k4.row.col.f32.tf32.tf32.f32", 16, 2, 1, 4},
           Form{"m16n8k8.row.col.f32.tf32.tf32.f32", 16, 4, 2, 4},
           Form{"m16n8k32.row.col.f32.e4m3.e5m2.f32", 16, 4, 2, 4},
           Form{"m16n8k32.row.col.f16.e5m2.e5m2.f16", 16, 4, 2, 2, true},
           Form{"m8n8k16.row.col.s32.s8.s8.s32", 8, 1, 1, 2},
           Form{"m16n8k32.row.col.satfinite.s32.s8.u8.s32", 16, 4, 2, 4},
           Form{"m8n8k32.row.col.s32.s4.s4.s32", 8, 1, 1, 2},
           Form{"m16n8k64.row.col.s32.u4.s4.s32", 16, 4, 2, 4},
           Form{"m8n8k128.row.col.s32.b1.b1.s32.xor.popc", 8, 1, 1, 2},
           Form{"m16n8k256.row.col.s32.b1.b1.s32.and.popc", 16, 4, 2, 4},
           Form{"m8n8k4.row.col.f64.f64.f64.f64", 8, 1, 1, 2, false, true},
           Form{"m16n8k8.row.col.f64.f64.f64.f64", 16, 4, 2, 4, false, true},
       })
    check(form);
}

/// mma.m8n8k4 of f16: lane 5 is of the second of four products, which spoils
/// nothing of the others.
TEST(PoisonedProduct, FourProductsAtOnce) {
  auto expectAll = [](const char *name, unsigned missing, unsigned count,
                      std::pair<unsigned, unsigned> lanes) {
    EXPECT_EQ(run({name, 8, 2, 2, count}, missing), Spoiled(count, lanes))
        << name << ", " << missing;
  };
  // By rows, lane 5 has row 1 of A, and of D in halves.
  const char *halves = "m8n8k4.row.col.f16.f16.f16.f16";
  expectAll(halves, 0, 4, {1, 5});
  expectAll(halves, 1, 4, {1, 5});
  // Column 1 of B: the upper half of the first register of all eight lanes.
  Spoiled column(4);
  column[0] = {8, 4};
  EXPECT_EQ(run({halves, 8, 2, 2, 4}, 2), column);
  EXPECT_EQ(run({halves, 8, 2, 2, 4}, 3), column);
  // By columns a register of A has two rows, one of B two columns.
  const char *turned = "m8n8k4.col.row.f16.f16.f16.f16";
  expectAll(turned, 0, 4, {2, 4});
  expectAll(turned, 1, 4, {2, 6});
  EXPECT_EQ(run({turned, 8, 2, 2, 4}, 2), column);
  std::rotate(column.begin(), column.end() - 1, column.end());
  EXPECT_EQ(run({turned, 8, 2, 2, 4}, 3), column);
  // In 32 bits row 1 is with lanes 5 and 7, in four of their registers.
  Spoiled row(8);
  for (unsigned i : {0, 1, 4, 5})
    row[i] = {2, 5};
  EXPECT_EQ(run({"m8n8k4.row.col.f32.f16.f16.f32", 8, 2, 2, 8}, 0), row);
}

/// The kinds of what is found with every seed.
static std::string getKinds(const std::string &body, unsigned threads) {
  std::string all;
  for (uint64_t seed = 0; seed < 5; ++seed) {
    KernelRun run;
    run.words.resize(1024);
    run.options.block.x = threads;
    run.options.seed = seed;
    run.run(body);
    if (seed == 0)
      all = run.kinds();
    EXPECT_EQ(run.kinds(), all) << seed;
  }
  return all;
}

TEST(PoisonedProduct, HalvesOfARegister) {
  // Column 1 of B, and so the upper halves of lanes 0, 4, 8 …
  std::string begin = R"(
    .reg .b32 %t, %x<6>, %c<2>; .reg .b16 %h<4>; .reg .b64 %p; .reg .pred %q;
    mov.u32 %t, %tid.x;
    mad.wide.u32 %p, %t, 8, %data;
    setp.ne.u32 %q, %t, 5;
    mov.b32 %x0, 0; mov.b32 %x1, 0; mov.b32 %x2, 0; mov.b32 %x3, 0;
    @%q mov.b32 %x4, 0; mov.b32 %x5, 0;
    mov.b32 %c0, 0; mov.b32 %c1, 0;
  )",
              multiply = R"(
    mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16 {%c0, %c1},
      {%x0, %x1, %x2, %x3}, {%x4, %x5}, {%c0, %c1};
  )",
              unpack = "mov.b32 {%h0, %h1}, %c0; mov.b32 {%h2, %h3}, %c1;\n",
              lower = "st.global.b16 [%p], %h0; st.global.b16 [%p+2], %h2;\n",
              upper = "st.global.b16 [%p+4], %h1;\n";
  // It does not spread along a chain of products.
  EXPECT_EQ(getKinds(begin + multiply + multiply + unpack + lower, 32), "");
  EXPECT_EQ(getKinds(begin + multiply + unpack + upper, 32), "uninitialized");
  EXPECT_EQ(getKinds(begin + multiply + "st.global.b32 [%p], %c0;", 32),
            "uninitialized");
  // Nor does what decides become anything else.
  EXPECT_EQ(getKinds(begin + multiply + unpack +
                         "setp.eq.b16 %q, %h1, 0; @%q st.global.b16 [%p], 0;",
                     32),
            "uninitialized");
}

TEST(PoisonedProduct, WmmaThroughSharedMemory) {
  // B by columns, of which 13 are there; D by rows.
  for (bool isHalf : {false, true}) {
    unsigned registers = isHalf ? 4 : 8;
    std::string type = isHalf ? "f16" : "f32", size = isHalf ? "2" : "4",
                word = isHalf ? "b16" : "b32", value = isHalf ? "%h" : "%x";
    std::string text = R"(
    .reg .b32 %t, %i, %s, %x, %a<8>, %b<8>, %c<8>; .reg .b16 %h;
    .reg .b64 %p; .reg .pred %q;
    .shared .align 32 .b8 left[512], right[512], sums[1024];
    mov.u32 %t, %tid.x;
    shl.b32 %i, %t, 2;
    mov.u32 %s, left;
    add.u32 %s, %s, %i;
  )";
    for (unsigned i = 0; i < 4; ++i)
      text += "st.shared.b32 [%s+" + std::to_string(128 * i) + "], 0;\n";
    text += "mov.u32 %s, right;\nadd.u32 %s, %s, %i;\n";
    // A column is eight words.
    for (unsigned i = 0; i < 4; ++i)
      text += "add.u32 %i, %t, " + std::to_string(32 * i) +
              ";\nsetp.lt.u32 %q, %i, 104;\n@%q st.shared.b32 [%s+" +
              std::to_string(128 * i) + "], 0;\n";
    text += "bar.warp.sync -1;\n"
            "wmma.load.a.sync.aligned.row.m16n16k16.shared.f16 " +
            list("a", 0, 8) +
            ", [left];\n"
            "wmma.load.b.sync.aligned.col.m16n16k16.shared.f16 " +
            list("b", 0, 8) + ", [right];\n";
    for (unsigned i = 0; i < registers; ++i)
      text += "mov.b32 %c" + std::to_string(i) + ", 0;\n";
    text +=
        ("wmma.mma.sync.aligned.row.col.m16n16k16." + llvm::Twine(type) + "." +
         type + " " + list("c", 0, registers) + ", " + list("a", 0, 8) + ", " +
         list("b", 0, 8) + ", " + list("c", 0, registers) +
         ";\nwmma.store.d.sync.aligned.row.m16n16k16.shared." + type +
         " [sums], " + list("c", 0, registers) + ";\nbar.warp.sync -1;\n")
            .str();
    // And into a fragment again, and back.
    text += ("wmma.load.c.sync.aligned.row.m16n16k16.shared." +
             llvm::Twine(type) + " " + list("c", 0, registers) +
             ", [sums];\nbar.warp.sync -1;\n"
             "wmma.store.d.sync.aligned.col.m16n16k16.shared." +
             type + " [sums], " + list("c", 0, registers) +
             ";\nbar.warp.sync -1;\nmov.u32 %s, sums;\n"
             "mad.lo.u32 %s, %t, 16, %s;\nmad.wide.u32 %p, %t, 4, %data;\n")
                .str();
    // Now a column is 16 numbers; lane t stores the first of column t.
    auto store = [&](unsigned columns) {
      return (text + llvm::Twine("mov.u32 %s, sums;\nmad.lo.u32 %s, %t, ") +
              size + " * 16, %s;\nsetp.lt.u32 %q, %t, " + llvm::Twine(columns) +
              ";\n@!%q ret;\nld.shared." + word + " " + value +
              ", [%s];\nst.global." + word + " [%p], " + value + ";")
          .str();
    };
    EXPECT_EQ(getKinds(store(13), 32), "") << type;
    EXPECT_EQ(getKinds(store(14), 32), "uninitialized") << type;
  }
}

namespace {

/// wgmma m64n8k16 whose operands in shared memory lie without a swizzle; A is
/// in registers unless it is in shared memory.
struct GroupProduct {
  /// Rows of A and columns of B that are written.
  unsigned rows = 64, columns = 8;
  bool isAShared = true, writesDescriptor = true, writesScale = true;
  /// Threads whose A registers are written.
  unsigned writers = 128;
  /// Rows and columns of D that are stored.
  unsigned storedRows = 64, storedColumns = 8;
  bool startsFromNothing = false, scale = true;

  std::string getText() const {
    auto number = [](unsigned value) { return std::to_string(value); };
    std::string text = R"(
    .shared .align 128 .b8 a[2048], b[256];
    .reg .b32 %t, %s, %row, %column, %i, %x<4>; .reg .f32 %f<4>;
    .reg .b64 %da, %db, %p; .reg .pred %q, %scale;
    mov.u32 %t, %tid.x;
    mov.u32 %s, a;
    mad.lo.u32 %s, %t, 16, %s;
    )";
    // Thread t: 16 bytes of row t / 16 * 8 + t % 8.
    text += "shr.u32 %row, %t, 4; shl.b32 %row, %row, 3;\n"
            "and.b32 %i, %t, 7; add.u32 %row, %row, %i;\n"
            "setp.lt.u32 %q, %row, " +
            number(rows) +
            ";\n@%q st.shared.v4.b32 [%s], {0, 0, 0, 0};\n"
            "mov.u32 %s, b; mad.lo.u32 %s, %t, 16, %s;\n"
            "setp.lt.u32 %q, %i, " +
            number(columns) + ";\nsetp.lt.and.u32 %q, %t, 16, %q;\n" +
            "@%q st.shared.v4.b32 [%s], {0, 0, 0, 0};\n"
            "fence.proxy.async;\nbar.sync 0;\nsetp.lt.u32 %q, %t, " +
            number(writers) + ";\n";
    for (unsigned i = 0; i < 4; ++i)
      text += "@%q mov.b32 %x" + number(i) + ", 0;\n";
    if (!startsFromNothing)
      for (unsigned i = 0; i < 4; ++i)
        text += "mov.f32 %f" + number(i) + ", 0f00000000;\n";
    for (std::string which : {"a", "b"})
      if (writesDescriptor)
        text +=
            ("mov.u32 %s, " + llvm::Twine(which) + ";\ncvt.u64.u32 %d" + which +
             ", %s;\nshr.u64 %d" + which + ", %d" + which + ", 4;\nor.b64 %d" +
             which + ", %d" + which + ", 0x1000080000;\n")
                .str();
    if (writesScale)
      text += std::string("setp.") + (scale ? "ge" : "lt") +
              ".u32 %scale, %t, 0;\n";
    text += "wgmma.fence.sync.aligned;\n"
            "wgmma.mma_async.sync.aligned.m64n8k16.f32.bf16.bf16 " +
            list("f", 0, 4) +
            (isAShared ? ", %da, %db, %scale, 1, 1, 0, 0;\n"
                       : ", " + list("x", 0, 4) + ", %db, %scale, 1, 1, 0;\n") +
            "wgmma.commit_group.sync.aligned;\n"
            "wgmma.wait_group.sync.aligned 0;\n";
    // The same row and column everywhere else.
    text += "shr.u32 %s, %t, 5; shl.b32 %s, %s, 4;\n"
            "and.b32 %row, %t, 31; shr.u32 %row, %row, 2;\n"
            "add.u32 %s, %s, %row;\n"
            "and.b32 %i, %t, 3; shl.b32 %i, %i, 1;\n"
            "mad.wide.u32 %p, %t, 4, %data;\n";
    for (unsigned i = 0; i < 4; ++i)
      text += "add.u32 %row, %s, " + number(i / 2 * 8) +
              "; add.u32 %column, %i, " + number(i % 2) +
              ";\nsetp.lt.u32 %q, %row, " + number(storedRows) +
              ";\nsetp.lt.and.u32 %q, %column, " + number(storedColumns) +
              ", %q;\n@%q st.global.f32 [%p+" + number(512 * i) + "], %f" +
              number(i) + ";\n";
    return text;
  }
  std::string getKinds() const { return ::getKinds(getText(), 128); }
};

} // namespace

TEST(PoisonedProduct, WarpgroupOperandsInSharedMemory) {
  EXPECT_EQ(GroupProduct().getKinds(), "");
  GroupProduct columns;
  columns.columns = 5;
  columns.storedColumns = 5;
  EXPECT_EQ(columns.getKinds(), "");
  columns.storedColumns = 6;
  EXPECT_EQ(columns.getKinds(), "uninitialized uninitialized");
  GroupProduct rows;
  rows.rows = 37;
  rows.storedRows = 37;
  EXPECT_EQ(rows.getKinds(), "");
  rows.storedRows = 38; // in the first registers
  EXPECT_EQ(rows.getKinds(), "uninitialized uninitialized");
}

TEST(PoisonedProduct, WarpgroupRegisters) {
  GroupProduct group;
  group.isAShared = false;
  group.writers = 100; // of the last warp's lanes four, and so one of its rows
  group.storedRows = 48;
  EXPECT_EQ(group.getKinds(), "");
  group.storedRows = 50;
  EXPECT_EQ(group.getKinds(), "uninitialized uninitialized");
  // D is added to or not.
  GroupProduct sums;
  sums.startsFromNothing = true;
  sums.scale = false;
  EXPECT_EQ(sums.getKinds(), "");
  sums.scale = true;
  EXPECT_EQ(sums.getKinds(),
            "uninitialized uninitialized uninitialized uninitialized");
}

TEST(PoisonedProduct, WhatDecidesIsReportedAtOnce) {
  GroupProduct group;
  group.storedColumns = 0;
  group.writesScale = false;
  EXPECT_EQ(group.getKinds(), "uninitialized");
  group.writesScale = true;
  group.writesDescriptor = false;
  EXPECT_NE(group.getKinds().find("uninitialized"), std::string::npos);
}
