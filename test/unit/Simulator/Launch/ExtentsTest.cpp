//===- ExtentsTest.cpp - grids that a GPU would take ----------------------===//

#include "lib/Simulator/Launch/Extents.h"

#include <gtest/gtest.h>

using namespace llvm;
using namespace sluice;
using namespace sluice::sim;

namespace {

std::string parse(ExtentKind kind, StringRef text) {
  Expected<Extent> extent = parseExtent(kind, text);
  if (!extent)
    return toString(extent.takeError());
  return (Twine(extent->x) + " " + Twine(extent->y) + " " + Twine(extent->z))
      .str();
}

TEST(Extents, Parse) {
  EXPECT_EQ(parse(ExtentKind::Grid, "7"), "7 1 1");
  EXPECT_EQ(parse(ExtentKind::Grid, "7,8"), "7 8 1");
  EXPECT_EQ(parse(ExtentKind::Grid, "2147483647,65535,65535"),
            "2147483647 65535 65535");
  EXPECT_EQ(parse(ExtentKind::Block, "1024,1024,64"), "1024 1024 64");
}

TEST(Extents, NotThreeNumbers) {
  for (StringRef text : {"", ",", "1,", "1,2,3,4", "x", "1x2", "-1", "+1",
                         "1.5", " 1", "0x10", "1,,2"})
    EXPECT_EQ(parse(ExtentKind::Grid, text),
              ("--grid is X, X,Y or X,Y,Z, found '" + text + "'").str());
}

TEST(Extents, BeyondALimit) {
  EXPECT_EQ(parse(ExtentKind::Grid, "0"),
            "--grid's x is a number from 1 to 2147483647, found '0'");
  EXPECT_EQ(parse(ExtentKind::Grid, "2147483648"),
            "--grid's x is a number from 1 to 2147483647, found '2147483648'");
  EXPECT_EQ(parse(ExtentKind::Grid, "1,65536"),
            "--grid's y is a number from 1 to 65535, found '65536'");
  EXPECT_EQ(parse(ExtentKind::Grid, "1,1,99999999999999999999999"),
            "--grid's z is a number from 1 to 65535, found "
            "'99999999999999999999999'");
  EXPECT_EQ(parse(ExtentKind::Block, "1025"),
            "--block's x is a number from 1 to 1024, found '1025'");
  EXPECT_EQ(parse(ExtentKind::Block, "1,1,65"),
            "--block's z is a number from 1 to 64, found '65'");
  EXPECT_EQ(parse(ExtentKind::Cluster, "17"),
            "--cluster's x is a number from 1 to 16, found '17'");
}

struct Launch {
  LaunchOptions options;
  ptx::Function entry;
  ptx::Module module;
  Launch() {
    entry.name = "k";
    module.target = "sm_90a";
  }
  std::string check() const {
    Expected<Limits> limits = getLimits(module, options.chip);
    if (!limits)
      return toString(limits.takeError());
    return toString(checkLaunch(options, entry, *limits));
  }
};

TEST(Extents, Launch) {
  Launch launch;
  EXPECT_EQ(launch.check(), "");
  launch.options.block = {32, 32, 1};
  launch.options.dynamicShared = 232448;
  launch.options.registers = 64;
  EXPECT_EQ(launch.check(), "");
  launch.options.block = {32, 32, 2};
  EXPECT_EQ(launch.check(), "--block=32,32,2 has 2048 threads, a CTA has at "
                            "most 1024");
}

TEST(Extents, SharedMemory) {
  struct {
    StringRef target;
    uint64_t kib;
  } cases[] = {{"sm_52", 48},    {"sm_70", 96},    {"sm_75", 64},
               {"sm_80", 163},   {"sm_86", 99},    {"sm_87", 163},
               {"sm_89", 99},    {"sm_90", 227},   {"sm_90a", 227},
               {"sm_100f", 227}, {"sm_103a", 227}, {"sm_120", 99}};
  for (auto [target, kib] : cases) {
    Launch launch;
    launch.module.target = target;
    launch.options.dynamicShared = kib * 1024;
    EXPECT_EQ(launch.check(), "") << target.str();
    launch.options.dynamicShared += 1;
    EXPECT_EQ(launch.check(),
              ("--smem=" + Twine(kib * 1024 + 1) + ": a CTA has at most " +
               Twine(kib * 1024) + " bytes (" + Twine(kib) +
               " KiB) of shared memory on " + target.rtrim("af") +
               ", the program's .target")
                  .str());
  }
}

TEST(Extents, AChipHasItsOwnLimits) {
  Launch launch;
  launch.module.target = "sm_80";
  launch.options.dynamicShared = 200 * 1024;
  launch.options.cluster.x = launch.options.grid.x = 2;
  EXPECT_NE(launch.check(), "");
  launch.options.chip = "h200";
  EXPECT_EQ(launch.check(), "");
  launch.options.dynamicShared = 228 * 1024;
  EXPECT_EQ(launch.check(), "--smem=233472: a CTA has at most 232448 bytes "
                            "(227 KiB) of shared memory on sm_90, h200");
  launch.options.chip = "h300";
  EXPECT_EQ(launch.check(),
            "no chip 'h300' is known: expected a100, h100, h200");
}

TEST(Extents, AChipThatCannotRunIt) {
  Launch launch;
  launch.options.chip = "a100";
  EXPECT_EQ(launch.check(), "the program is for sm_90a, a100 is sm_80");
  // What has a suffix runs nowhere else.
  launch.module.target = "sm_80a";
  launch.options.chip = "h100";
  EXPECT_EQ(launch.check(), "the program is for sm_80a, h100 is sm_90");
  launch.module.target = "sm_80";
  EXPECT_EQ(launch.check(), "");
  for (StringRef target : {"", "sm_", "sm_81", "sm_90b", "sm_90aa",
                           "compute_90", "sm_99999999999999999999"}) {
    launch.module.target = target;
    EXPECT_TRUE(StringRef(launch.check())
                    .starts_with(("no limits are known of target '" + target +
                                  "': expected sm_50, 52, ")
                                     .str()))
        << launch.check();
  }
}

TEST(Extents, Clusters) {
  Launch launch;
  launch.options.grid = {8, 6, 1};
  launch.options.cluster = {4, 2, 1};
  EXPECT_EQ(launch.check(), "");
  launch.options.cluster = {4, 4, 1};
  EXPECT_EQ(launch.check(), "--cluster=4,4,1 does not divide --grid=8,6,1: a "
                            "grid is made of whole clusters");
  launch.options.cluster = {16, 2, 1};
  EXPECT_EQ(launch.check(),
            "--cluster=16,2,1 has 32 CTAs, a cluster has at most 16 on sm_90, "
            "the program's .target");
  launch.options.cluster = {2, 1, 1};
  launch.module.target = "sm_89";
  EXPECT_EQ(launch.check(), "--cluster=2,1,1 has 2 CTAs, there are no clusters "
                            "on sm_89, the program's .target");
  launch.options.grid = launch.options.cluster = {16, 1, 1};
  launch.module.target = "sm_120";
  EXPECT_EQ(launch.check(), "--cluster=16,1,1 has 16 CTAs, a cluster has at "
                            "most 8 on sm_120, the program's .target");
}

TEST(Extents, Registers) {
  Launch launch;
  auto check = [&](uint32_t threads, unsigned registers) {
    launch.options.block = {threads, 1, 1};
    launch.options.registers = registers;
    return launch.check();
  };
  EXPECT_EQ(check(1024, 64), "");
  EXPECT_EQ(
      check(1024, 65),
      "--regs=65: 1024 threads take 73728 registers (warps by fours, each "
      "in units of 256), a CTA has at most 65536 on sm_90, the program's "
      ".target");
  EXPECT_EQ(check(256, 255), "");
  // Nine warps of 170 are 50688, but are checked as twelve.
  EXPECT_EQ(check(288, 168), "");
  EXPECT_EQ(check(288, 170).substr(0, 42),
            "--regs=170: 288 threads take 67584 registe");
  launch.module.target = "sm_62";
  EXPECT_EQ(check(512, 64), "");
  EXPECT_NE(check(512, 65), "");
}

TEST(Extents, WhatTheEntryRequires) {
  Launch launch;
  launch.entry.requiredThreads[0] = 128;
  EXPECT_EQ(launch.check(), "entry 'k' requires --block=128,1,1 (.reqntid), "
                            "found --block=1,1,1");
  launch.options.block = {128, 1, 1};
  EXPECT_EQ(launch.check(), "");
  launch.entry.maximumThreads[0] = 16;
  launch.entry.maximumThreads[1] = 4;
  EXPECT_EQ(launch.check(), "entry 'k' takes at most 64 threads (.maxntid), "
                            "--block=128,1,1 has 128");
  launch.entry.maximumThreads[1] = 8;
  EXPECT_EQ(launch.check(), "");
  launch.entry.requiredCluster[0] = 2;
  EXPECT_EQ(launch.check(), "entry 'k' requires --cluster=2,1,1 "
                            "(.reqnctapercluster), found --cluster=1,1,1");
}

} // namespace
