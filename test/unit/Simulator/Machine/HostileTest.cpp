//===- HostileTest.cpp - programs that nobody means well with -------------===//

#include "Run.h"
#include "lib/Simulator/Execute/InstructionSet.h"
#include "lib/Simulator/Machine/TensorMap.h"

using namespace sluice::sim;

static const std::string kHead =
    ".version 8.6\n.target sm_90a\n.address_size 64\n";

/// What a format prints of the bytes 8, 9, … as its arguments.
static std::string print(const std::string &format) {
  std::string bytes;
  for (char c : format)
    bytes += std::to_string(int(c)) + ", ";
  KernelRun run;
  run.words.assign(8, 3);
  std::string text;
  run.options.print = [&](llvm::StringRef piece) { text += piece; };
  run.run(R"(
    .reg .b64 %f;
    mov.u64 %f, format;
    cvta.global.u64 %f, %f;
    {
    .param .b64 p0; .param .b64 p1; .param .b32 r;
    st.param.b64 [p0], %f;
    st.param.b64 [p1], %data;
    call.uni (r), vprintf, (p0, p1);
    })",
          ".extern .func (.param .b32 r) vprintf(.param .b64 f, .param .b64 v);"
          "\n.global .align 1 .b8 format[] = {" +
              bytes + "0};\n");
  EXPECT_EQ(run.kinds(), "");
  return text;
}

TEST(Hostile, FormatsThatAreNone) {
  EXPECT_EQ(print("%d"), "3");
  EXPECT_EQ(print("%-3d|%04x"), "3  |0003");
  EXPECT_EQ(print("%n%d"), "%n3");
  EXPECT_EQ(print("%5n$d"), "%5n$d");
  EXPECT_EQ(print("%999999999d"), "%999999999d");
  EXPECT_EQ(print("%.99999f"), "%.99999f");
  EXPECT_EQ(print("%$s"), "%$s");
  EXPECT_EQ(print("%Lf"), "0.000000");
  EXPECT_EQ(print("%"), "%");
  EXPECT_EQ(print("%hd %lld"), "3 12884901891");
}

TEST(Hostile, AnEntryIsNotCalled) {
  KernelRun run;
  run.words.assign(1, 0);
  run.options.arguments = {};
  run.runText(kHead + R"(
.entry other(.param .u64 x) { ret; }
.entry k(.param .u64 a) {
  .param .b64 p;
  call other, (p);
  ret;
})");
  EXPECT_NE(run.error.find("several entries"), std::string::npos) << run.error;
  Device device(getInstructionSet());
  auto module = llvm::cantFail(device.load(kHead + R"(
.entry other(.param .u64 x) { ret; }
.entry k() {
  .param .b64 p;
  call other, (p);
  ret;
})",
                                           "test.ptx"));
  auto result = device.launch(*module, "k", LaunchOptions());
  ASSERT_FALSE(bool(result));
  EXPECT_EQ(llvm::toString(result.takeError()),
            "test.ptx:8:3: error: 'other' is an entry, which cannot be called");
}

TEST(Hostile, ParametersOfAnEntryAreNotHandedOver) {
  KernelRun run;
  run.words.assign(1, 0);
  run.run("call f, (k_data);",
          ".func f(.param .b64 x) { .reg .b64 %r; ld.param.b64 %r, [x]; ret; "
          "}\n");
  EXPECT_NE(run.error.find("only .param variables can be handed to a call"),
            std::string::npos)
      << run.error;
  run = KernelRun();
  run.words.assign(1, 0);
  run.run("call vprintf, (k_data, k_data);",
          ".extern .func vprintf(.param .b64 f, .param .b64 v);\n");
  EXPECT_NE(run.error.find("only .param variables can be handed to a call"),
            std::string::npos)
      << run.error;
}

TEST(Hostile, MulticastWithoutAnMbarrier) {
  KernelRun run;
  run.words.assign(64, 0);
  run.run(R"(
    .shared .align 16 .b8 s[64];
    .reg .b16 %h;
    cp.async.bulk.shared::cluster.global.multicast::cluster [s], [%data], 16, [s], %h;)");
  EXPECT_NE(run.error.find("a multicast needs an mbarrier"), std::string::npos)
      << run.error;
}

/// Registers that nobody uses cost nothing.
TEST(Hostile, ManyRegisters) {
  KernelRun run;
  run.words.assign(1, 0);
  run.run(".reg .b64 %x<1000000>; mov.b64 %x999999, 7; "
          "st.global.u32 [%data], 9;");
  EXPECT_EQ(run.kinds(), "");
  EXPECT_EQ(run.words[0], 9u);
}

TEST(Hostile, LocalMemoryOfManyCalls) {
  std::string before;
  for (int i = 3; i-- > 0;)
    before += ".func f" + std::to_string(i) +
              "() { .local .b8 l[500000]; .reg .b64 %x; mov.u64 %x, l; " +
              (i == 2 ? "" : "call f" + std::to_string(i + 1) + ";") +
              " ret; }\n";
  KernelRun run;
  run.words.assign(1, 0);
  run.run("call f0;", before);
  EXPECT_EQ(run.kinds(), "out-of-bounds");
  EXPECT_FALSE(run.result.finished);
}

TEST(Hostile, VariablesBeyondTheHost) {
  KernelRun run;
  run.words.assign(1, 0);
  run.run("ret;", ".global .b8 big[1000000000000];\n");
  EXPECT_NE(
      run.error.find("test.ptx:4:13: error: does not fit into memory: 1.0 "
                     "TiB are needed for variable 'big', "),
      std::string::npos)
      << run.error;
  // Each of them is less than any arena's most.
  run = KernelRun();
  run.words.assign(1, 0);
  run.run("ret;", ".global .b8 a[60000000000];\n.const .b8 c[50000000000];\n"
                  ".global .b8 b[60000000000];\n");
  EXPECT_NE(run.error.find(": error: does not fit into memory: 178 GiB are "
                           "needed (63 GiB for variable 'a', 63 GiB for "
                           "variable 'b', 52 GiB for variable 'c'), "),
            std::string::npos)
      << run.error;
  run = KernelRun();
  run.words.assign(1, 0);
  run.run("{ .param .b8 p[100000]; ld.param.b8 %data, [p]; }");
  EXPECT_NE(run.error.find("does not fit"), std::string::npos) << run.error;
}

static KernelRun runTensor(const TensorMap &map, const char *coordinates,
                           const char *wait = "") {
  KernelRun run;
  auto bytes = encodeTensorMap(map);
  run.words.resize(32 + 64);
  std::memcpy(run.words.data(), bytes.data(), bytes.size());
  run.run(std::string(R"(
    .shared .align 128 .b8 tile[4096];
    .shared .align 8 .b64 m;
    mbarrier.init.shared::cta.b64 [m], 1;
    fence.mbarrier_init.release.cluster;
    cp.async.bulk.tensor.5d.shared::cluster.global.mbarrier::complete_tx::bytes [tile], [%data, )") +
          coordinates + "], [m];" + wait);
  return run;
}

TEST(Hostile, TensorMaps) {
  TensorMap map;
  map.rank = 5;
  map.element = TensorElement::F64;
  map.fill = TensorFill::NaN;
  for (unsigned i = 0; i < 5; ++i) {
    map.dims[i] = uint64_t(1) << 32;
    map.strides[i] = (uint64_t(1) << 40) - 16;
    map.box[i] = 256;
  }
  map.strides[0] = 8;
  EXPECT_EQ(runTensor(map, "{0, 0, 0, 0, 0}").kinds(), "out-of-bounds");
  map.box = {2, 2, 2, 2, 2};
  EXPECT_EQ(runTensor(map, "{0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff, "
                           "0x7fffffff}")
                .kinds(),
            "out-of-bounds");
  // All of it is filled.
  EXPECT_EQ(runTensor(map,
                      "{0x80000000, 0x80000000, 0x80000000, 0x80000000, "
                      "0x80000000}",
                      ".reg .pred %p;"
                      "mbarrier.arrive.expect_tx.shared::cta.b64 _, [m], 256;"
                      "wait: mbarrier.try_wait.parity.shared::cta.b64 %p, [m], "
                      "0; @!%p bra wait;")
                .kinds(),
            "");
}
