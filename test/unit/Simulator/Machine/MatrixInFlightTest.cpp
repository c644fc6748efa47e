//===- MatrixInFlightTest.cpp - wgmma-groups ------------------------------===//

#include "lib/Simulator/Machine/MatrixInFlight.h"
#include "lib/Simulator/Machine/Warp.h"
#include "gtest/gtest.h"

using namespace sluice::sim;

TEST(MatrixInFlight, WaitRetiresTheOldestGroups) {
  Frame frame, other;
  MatrixInFlight inFlight;
  inFlight.issue(frame, {1, 2}, {3});
  inFlight.commit();
  inFlight.issue(frame, {4}, {3});
  inFlight.commit();
  EXPECT_EQ(inFlight.getNumPending(), 2u);
  EXPECT_TRUE(inFlight.isAccumulator(frame, 1));
  EXPECT_FALSE(inFlight.isAccumulator(other, 1));
  EXPECT_FALSE(inFlight.isAccumulator(frame, 3));
  EXPECT_TRUE(inFlight.isInput(frame, 3));

  inFlight.wait(1);
  EXPECT_FALSE(inFlight.isAccumulator(frame, 1));
  EXPECT_TRUE(inFlight.isAccumulator(frame, 4));
  EXPECT_TRUE(inFlight.isInput(frame, 3));
  inFlight.wait(0);
  EXPECT_TRUE(inFlight.isEmpty());
  inFlight.wait(0);
}

TEST(MatrixInFlight, WhatIsNotCommittedIsNotWaitedFor) {
  Frame frame;
  MatrixInFlight inFlight;
  inFlight.issue(frame, {1}, {});
  inFlight.wait(0);
  EXPECT_TRUE(inFlight.isAccumulator(frame, 1));
  inFlight.commit();
  inFlight.wait(0);
  EXPECT_TRUE(inFlight.isEmpty());
}

/// The usual loop: several mma_async on one accumulator, across groups.
TEST(MatrixInFlight, OneAccumulatorInTwoGroups) {
  Frame frame;
  MatrixInFlight inFlight;
  inFlight.issue(frame, {1}, {});
  inFlight.issue(frame, {1}, {});
  inFlight.commit();
  inFlight.issue(frame, {1}, {});
  inFlight.commit();
  inFlight.wait(1);
  EXPECT_TRUE(inFlight.isAccumulator(frame, 1));
  inFlight.wait(0);
  EXPECT_TRUE(inFlight.isEmpty());
}

TEST(MatrixInFlight, Fence) {
  MatrixInFlight inFlight;
  EXPECT_TRUE(inFlight.lacksFence());
  inFlight.fence();
  EXPECT_FALSE(inFlight.lacksFence());
}
