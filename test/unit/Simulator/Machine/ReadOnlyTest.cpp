//===- ReadOnlyTest.cpp - loads of what must be constant ------------------===//

#include "Run.h"

using namespace sluice::sim;

namespace {

/// 64 threads; `load` of %v from word 63 - t at [%b], `write` of word t at
/// [%a], in either order, with a barrier between.
std::string runBoth(const std::string &load, const std::string &write,
                    bool loadsFirst, uint64_t seed = 0) {
  KernelRun run;
  run.words.assign(192, 1);
  run.options.block.x = 64;
  run.options.seed = seed;
  run.run(R"(
    .shared .align 128 .b8 tile[256];
    .reg .b32 %t, %v, %w, %s; .reg .b64 %a, %b; .reg .pred %p;
    mov.u32 %t, %tid.x;
    mov.u32 %s, tile;
    mad.lo.u32 %s, %t, 4, %s;
    st.shared.u32 [%s], %t;
    fence.proxy.async;
    bar.sync 0;
    setp.eq.u32 %p, %t, 0;
    mul.wide.u32 %a, %t, 4;
    sub.s64 %b, %data, %a;
    add.s64 %a, %data, %a;
    add.s64 %b, %b, 252;
    )" + (loadsFirst ? load : write) +
          "\nbar.sync 0;\n" + (loadsFirst ? write : load) +
          "\nst.global.u32 [%a+512], %v;");
  return run.kinds();
}

constexpr const char *kLoad = "ld.global.nc.u32 %v, [%b];";
constexpr const char *kWrite = "st.global.u32 [%a], %t;";

TEST(ReadOnly, WhatTheGridWritesIsNotConstant) {
  for (uint64_t seed = 0; seed < 10; ++seed)
    for (bool loadsFirst : {false, true}) {
      EXPECT_EQ(runBoth(kLoad, kWrite, loadsFirst, seed), "readonly-written");
      EXPECT_EQ(runBoth("ld.global.u32 %v, [%b];", kWrite, loadsFirst, seed),
                "");
    }
}

TEST(ReadOnly, HoweverItIsSpelled) {
  for (const char *load :
       {"ld.global.nc.L1::no_allocate.L2::128B.u32 %v, [%b];",
        "ld.global.ca.nc.u32 %v, [%b];", "ldu.global.u32 %v, [%b];"})
    EXPECT_EQ(runBoth(load, kWrite, false), "readonly-written") << load;
}

TEST(ReadOnly, HoweverItIsWritten) {
  for (const char *write :
       {"red.global.add.u32 [%a], 1;", "atom.global.exch.b32 %w, [%a], 1;",
        "st.release.gpu.global.u32 [%a], %t;",
        "@%p cp.async.bulk.global.shared::cta.bulk_group [%data], [tile], "
        "256;\n"
        "cp.async.bulk.commit_group;\ncp.async.bulk.wait_group 0;\n"
        "fence.proxy.async;",
        "@%p cp.reduce.async.bulk.global.shared::cta.bulk_group.add.u32 "
        "[%data], [tile], 256;\n"
        "cp.async.bulk.commit_group;\ncp.async.bulk.wait_group 0;\n"
        "fence.proxy.async;"})
    for (bool loadsFirst : {false, true}) {
      std::string kinds = runBoth(
          loadsFirst ? std::string(kLoad) + "\nfence.proxy.async;" : kLoad,
          write, loadsFirst);
      EXPECT_EQ(kinds, "readonly-written") << write << loadsFirst;
    }
}

TEST(ReadOnly, NamesBothSides) {
  KernelRun run;
  run.words.assign(1, 0);
  run.options.block.x = 1;
  run.run(".reg .b32 %v;\nld.global.nc.u32 %v, [%data];\n"
          "st.global.u32 [%data], 1;");
  ASSERT_EQ(run.kinds(), "readonly-written") << "the thread itself";
  const Finding &finding = run.result.findings[0];
  EXPECT_EQ(finding.site.instruction->mnemonic, "st");
  ASSERT_TRUE(finding.hasOther);
  EXPECT_EQ(finding.other.instruction->mnemonic, "ld");
  EXPECT_EQ(finding.address % 256, 0u);
}

TEST(ReadOnly, AcrossCtas) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    KernelRun run;
    run.words.assign(64, 0);
    run.options.grid.x = 2;
    run.options.block.x = 32;
    run.options.seed = seed;
    run.options.threads = 1 + seed % 2;
    run.run(".reg .b32 %v, %c; .reg .pred %p;\n"
            "mov.u32 %c, %ctaid.x;\nsetp.eq.u32 %p, %c, 0;\n"
            "@%p ld.global.nc.u32 %v, [%data];\n"
            "@!%p st.global.u32 [%data], 1;");
    EXPECT_NE(run.kinds().find("readonly-written"), std::string::npos);
  }
}

TEST(ReadOnly, NeighboursMayBeWritten) {
  EXPECT_EQ(runBoth(kLoad, "st.global.u32 [%a+256], %t;", false), "");
  EXPECT_EQ(runBoth(kLoad, "st.global.u32 [%a+256], %t;", true), "");
}

/// The next launch may write what this one has read.
TEST(ReadOnly, IsForOneLaunch) {
  Device device(getInstructionSet());
  auto module = llvm::cantFail(device.load(R"(
.version 8.0
.target sm_80
.address_size 64
.visible .entry reads(.param .u64 p) {
  .reg .b64 %a; .reg .b32 %v;
  ld.param.u64 %a, [p];
  ld.global.nc.u32 %v, [%a];
  ret;
}
.visible .entry writes(.param .u64 p) {
  .reg .b64 %a;
  ld.param.u64 %a, [p];
  st.global.u32 [%a], 5;
  ret;
})",
                                           "test.ptx"));
  uint64_t address = llvm::cantFail(device.allocate(4));
  LaunchOptions options;
  options.arguments = {std::vector<uint8_t>(8)};
  std::memcpy(options.arguments[0].data(), &address, 8);
  for (const char *entry : {"writes", "reads", "writes"}) {
    LaunchResult result =
        llvm::cantFail(device.launch(*module, entry, options));
    EXPECT_TRUE(result.finished && result.findings.empty()) << entry;
  }
}

} // namespace
