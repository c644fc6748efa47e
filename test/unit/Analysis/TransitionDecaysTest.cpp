//===- TransitionDecaysTest.cpp - decays, and states that feed each other -===//

#include "test/unit/Analysis/Step.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace sluice::delta;

namespace {

//===----------------------------------------------------------------------===//
// Decays and positions
//===----------------------------------------------------------------------===//

TEST(TransitionDecaysTest, TwoDecaysMultiply) {
  Step step(one, R"(
    %1 = delta.decay %S, %s
    %2 = delta.scale_state %1, %gk
    %3 = delta.write %2, %k, %v
    delta.yield states(%3) outputs())");
  expectClass(step, TransitionClass::Linear, step->getRecurrence(),
              "no write depends on a read");
  EXPECT_EQ(step->getPosition(step.state()), 0u);
  EXPECT_EQ(step->getPosition(step.get<ScaleStateOp>()), 2u);
  DecayFactor decay = step->getDecay(0, 0);
  EXPECT_TRUE(decay.varies(Axis::Key));
  EXPECT_FALSE(decay.varies(Axis::Value));
  EXPECT_FALSE(decay.isTimeInvariant());
  EXPECT_TRUE(step->getFactor(step.state(), step.get<DecayOp>()).isScalar());
  EXPECT_EQ(step->getNumWrites(), 1u);
  EXPECT_EQ(step->getRank(), 0u);
  EXPECT_EQ(step->getMicroSteps(), 0u);
}

TEST(TransitionDecaysTest, IdentityAndTimeInvariance) {
  Step step(two, R"(
    %half = delta.constant 0.5
    %c = delta.scale
    %a = delta.mul %half, %pk
    %b = delta.mul %a, %c
    %1 = delta.decay %M, %b
    delta.yield states(%S, %1) outputs())");
  EXPECT_TRUE(step->getDecay(0, 0).isIdentity());
  EXPECT_TRUE(step->getDecay(0, 0).isTimeInvariant());
  EXPECT_FALSE(step->getDecay(1, 1).isIdentity());
  EXPECT_TRUE(step->getDecay(1, 1).isTimeInvariant());
  EXPECT_TRUE(step->getDecay(1, 1).varies(Axis::Key));
  EXPECT_FALSE(step->getDecay(0, 1).isPresent());
  EXPECT_FALSE(step->isCoupled());
}

TEST(TransitionDecaysTest, RepeatedScalarIsScalar) {
  Step step(one, R"(
    %b = delta.broadcast %ps : !delta.vec<key>
    %e = delta.exp %b
    %1 = delta.scale_state %S, %e
    delta.yield states(%1) outputs())");
  EXPECT_TRUE(step->getDecay(0, 0).isScalar());
  EXPECT_TRUE(step->getDecay(0, 0).isTimeInvariant());
}

TEST(TransitionDecaysTest, ValueDecayWithLeftCorrectionsStaysDelta) {
  Step step(one, R"(
    %1 = delta.decay %S, %gv
    %r = delta.read %1, %k
    %2 = delta.write %1, %k, %r
    delta.yield states(%2) outputs())");
  EXPECT_EQ(step->getClass(), TransitionClass::Delta);
  EXPECT_TRUE(step->getDecay(0, 0).varies(Axis::Value));
}

TEST(TransitionDecaysTest, DecayAlongBothAxesStaysDelta) {
  Step step(one, R"(
    %1 = delta.decay %S, %gv
    %2 = delta.decay %1, %gk
    %r = delta.read %2, %k
    %3 = delta.write %2, %k, %r
    delta.yield states(%3) outputs())");
  EXPECT_EQ(step->getClass(), TransitionClass::Delta);
  EXPECT_TRUE(step->getDecay(0, 0).variesAlongBoth());
  EXPECT_TRUE(step->getDecay(0, 0).isSeparable());
}

TEST(TransitionDecaysTest, SumOfDecaysAlongBothAxesIsAffine) {
  Step step(one, R"(
    %1 = delta.decay %S, %gv
    %2 = delta.decay %S, %gk
    %3 = delta.add_states %1, %2
    delta.yield states(%3) outputs())");
  expectClass(step, TransitionClass::Affine, step.get<AddStatesOp>(),
              "a sum of decays of state 'S' along both key and value");
  EXPECT_FALSE(step->getDecay(0, 0).isSeparable());
}

TEST(TransitionDecaysTest, SumsAlongOneAxisAreDecays) {
  Step step(one, R"(
    %1 = delta.scale_state %S, %gk
    %2 = delta.add_states %1, %S
    %3 = delta.scale_state %2, %gv
    %4 = delta.add_states %3, %3
    delta.yield states(%4) outputs())");
  EXPECT_EQ(step->getClass(), TransitionClass::Linear);
  EXPECT_TRUE(step->getDecay(0, 0).isSeparable());
  EXPECT_FALSE(step->getDecay(0, 0).isIdentity());
}

//===----------------------------------------------------------------------===//
// Several states
//===----------------------------------------------------------------------===//

TEST(TransitionDecaysTest, Momentum) {
  Step step(two, R"(
    %r = delta.read %S, %q
    %e = delta.sub %v, %r
    %m = delta.decay %M, %s
    %m1 = delta.write %m, %k, %e
    %a = delta.decay %S, %t
    %b = delta.scale_state %m1, %ps
    %s1 = delta.add_states %a, %b
    delta.yield states(%s1, %m1) outputs())");
  EXPECT_EQ(step->getClass(), TransitionClass::Delta);
  EXPECT_TRUE(step->isCoupled());
  ASSERT_EQ(step->getGroups().size(), 1u);
  EXPECT_EQ(step->getGroups()[0].size(), 2u);
  EXPECT_TRUE(step->getDecay(0, 1).isScalar());
  EXPECT_FALSE(step->getDecay(1, 0).isPresent());
  // The write lands in both states.
  Value written = step.get<WriteOp>();
  EXPECT_TRUE(step->getFactor(written, step.get<AddStatesOp>()).isScalar());
  EXPECT_TRUE(step->getFactor(written, written).isIdentity());
}

TEST(TransitionDecaysTest, CouplingWithoutASum) {
  Step step(two, "delta.yield states(%M, %S) outputs()");
  EXPECT_EQ(step->getClass(), TransitionClass::Linear);
  EXPECT_TRUE(step->isCoupled());
  EXPECT_FALSE(step->getDecay(0, 0).isPresent());
  EXPECT_TRUE(step->getDecay(0, 1).isIdentity());
}

TEST(TransitionDecaysTest, CouplingAlongBothAxesIsAffine) {
  Step step(two, R"(
    %a = delta.decay %S, %gk
    %b = delta.decay %M, %gv
    %1 = delta.add_states %a, %b
    delta.yield states(%1, %M) outputs())");
  expectClass(step, TransitionClass::Affine, step.get<DecayOp>(1),
              "states S, M are coupled, and their factors vary along both key "
              "and value");
}

TEST(TransitionDecaysTest, UncoupledStatesEachHaveTheirAxis) {
  Step step(two, R"(
    %a = delta.decay %S, %gk
    %b = delta.decay %M, %gv
    delta.yield states(%a, %b) outputs())");
  EXPECT_EQ(step->getClass(), TransitionClass::Linear);
  EXPECT_EQ(step->getGroups().size(), 2u);
}

TEST(TransitionDecaysTest, IndependentStatesEachHaveTheirSide) {
  Step step(two, R"(
    %l = delta.read %S, %k
    %a = delta.write %S, %k, %l
    %r = delta.read %M, %v
    %b = delta.write %M, %r, %v
    delta.yield states(%a, %b) outputs())");
  EXPECT_EQ(step->getClass(), TransitionClass::Delta);
}

TEST(TransitionDecaysTest, SidesMeetOverTokens) {
  // Within the token every read precedes the writes; over tokens M's rows
  // reach S's columns.
  Step step(two, R"(
    %l = delta.read %M, %k
    %r = delta.read %M, %v
    %a = delta.write %S, %k, %l
    %b = delta.write %M, %r, %v
    delta.yield states(%a, %b) outputs())");
  expectClass(step, TransitionClass::Affine, step.get<WriteOp>(1),
              "left and right corrections are mixed: this write depends on a "
              "read from the right, an earlier one on a read from the left");
}

} // namespace
