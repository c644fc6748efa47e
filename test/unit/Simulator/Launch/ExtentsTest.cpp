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
  Launch() { entry.name = "k"; }
  std::string check() const { return toString(checkLaunch(options, entry)); }
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
  Launch launch;
  launch.options.dynamicShared = 232449;
  EXPECT_EQ(launch.check(),
            "--smem is at most 232448 bytes (227 KiB), found 232449");
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
            "--cluster=16,2,1 has 32 CTAs, a cluster has at most 16");
}

TEST(Extents, Registers) {
  Launch launch;
  launch.options.block = {1024, 1, 1};
  launch.options.registers = 65;
  EXPECT_EQ(launch.check(), "--regs=65: 1024 threads take 73728 registers, a "
                            "multiprocessor has 65536");
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
