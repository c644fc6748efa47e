//===- TransitionTest.cpp - classes of hand-made steps --------------------===//

#include "test/unit/Analysis/Step.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace sluice::delta;

namespace {

//===----------------------------------------------------------------------===//
// Reads and corrections
//===----------------------------------------------------------------------===//

TEST(TransitionTest, ReadBetweenTwoWrites) {
  Step step(one, R"(
    %1 = delta.write %S, %k, %v
    %r = delta.read %1, %q
    %u = delta.sub %v, %r
    %2 = delta.write %1, %q, %u
    delta.yield states(%2) outputs())");
  WriteOp plain = step.get<WriteOp>(0), correction = step.get<WriteOp>(1);
  expectClass(step, TransitionClass::Delta, correction,
              "a write depends on what was read from the left");
  EXPECT_EQ(step->getWriteKind(plain), WriteKind::Plain);
  EXPECT_EQ(step->getWriteKind(correction), WriteKind::Left);
  ASSERT_EQ(step->getReads(correction).size(), 1u);
  EXPECT_EQ(step->getPosition(step->getReads(correction)[0].getState()), 1u);
  EXPECT_EQ(step->getWrites(step.get<ReadOp>().getState()).size(), 1u);
  EXPECT_EQ(step->getWrites(correction).size(), 2u);
  EXPECT_EQ(step->getWrites(step.state()).size(), 0u);
  EXPECT_EQ(step->getNumWrites(), 2u);
  EXPECT_EQ(step->getRank(), 1u);
  EXPECT_EQ(step->getMicroStep(correction), 1u);
}

TEST(TransitionTest, OutputBeforeUpdate) {
  Step step(one, R"(
    %o = delta.read %S, %q
    %1 = delta.decay %S, %gk
    %2 = delta.write %1, %k, %v
    delta.yield states(%2) outputs(%o))",
            "o: !delta.vec<value>");
  EXPECT_EQ(step->getClass(), TransitionClass::Linear);
  Value output = step.get<YieldOp>().getOutputs()[0];
  ASSERT_EQ(step->getReads(output).size(), 1u);
  EXPECT_EQ(step->getPosition(step->getReads(output)[0].getState()), 0u);
  EXPECT_EQ(step->getDependence(output).getKind(), DependenceKind::Columns);
}

TEST(TransitionTest, RightCorrections) {
  Step step(one, R"(
    %r = delta.read %S, %v
    %e = delta.sub %k, %r
    %x = delta.mul %s, %e
    %1 = delta.write %S, %x, %v
    delta.yield states(%1) outputs())");
  WriteOp write = step.get<WriteOp>();
  expectClass(step, TransitionClass::Delta, write,
              "a write depends on what was read from the right");
  EXPECT_EQ(step->getWriteKind(write), WriteKind::Right);
  EXPECT_EQ(step->getDependence(write.getRow()).getKind(),
            DependenceKind::Rows);
  EXPECT_EQ(step->getDependence(write).getKind(), DependenceKind::Rows);
}

TEST(TransitionTest, CorrectionReadBeforeTheDecay) {
  Step step(one, R"(
    %r = delta.read %S, %q
    %1 = delta.decay %S, %gk
    %2 = delta.write %1, %k, %r
    %3 = delta.write %2, %k, %v
    delta.yield states(%3) outputs())");
  EXPECT_EQ(step->getClass(), TransitionClass::Delta);
  EXPECT_EQ(step->getRank(), 1u);
  EXPECT_EQ(step->getNumWrites(), 2u);
  ReadOp read = step->getReads(step.get<WriteOp>())[0];
  EXPECT_EQ(step->getPosition(read.getState()), 0u);
  Value written = step.get<WriteOp>().getResult();
  EXPECT_TRUE(step->getFactor(written, step.get<WriteOp>(1)).isIdentity());
  EXPECT_FALSE(step->getFactor(written, step.state()).isPresent());
}

TEST(TransitionTest, WritesInSequenceAreMicroSteps) {
  Step step(one, R"(
    %0 = delta.decay %S, %s
    %r = delta.read %0, %k
    %1 = delta.write %0, %k, %r
    %p = delta.read %1, %q
    %2 = delta.write %1, %q, %p
    delta.yield states(%2) outputs())");
  EXPECT_EQ(step->getRank(), 2u);
  EXPECT_EQ(step->getMicroSteps(), 2u);
  EXPECT_EQ(step->getMicroStep(step.get<WriteOp>(1)), 2u);
}

TEST(TransitionTest, WritesSideBySideAreOneMicroStep) {
  Step step(one, R"(
    %r = delta.read %S, %k
    %p = delta.read %S, %q
    %1 = delta.write %S, %k, %r
    %2 = delta.write %1, %q, %p
    delta.yield states(%2) outputs())");
  EXPECT_EQ(step->getRank(), 2u);
  EXPECT_EQ(step->getMicroSteps(), 1u);
}

TEST(TransitionTest, WriteWhoseCorrectionIsZero) {
  Step plain(one, R"(
    %zero = delta.constant 0.0
    %y = delta.broadcast %zero : !delta.vec<value>
    %1 = delta.write %S, %k, %y
    delta.yield states(%1) outputs())");
  EXPECT_EQ(plain->getClass(), TransitionClass::Linear);
  // 0 · aᵀS is NaN where aᵀS is infinite.
  Step correction(one, R"(
    %zero = delta.constant 0.0
    %r = delta.read %S, %k
    %y = delta.mul %zero, %r
    %1 = delta.write %S, %k, %y
    delta.yield states(%1) outputs())");
  EXPECT_EQ(correction->getClass(), TransitionClass::Delta);
}

TEST(TransitionTest, ValueVectorFactorKeepsColumns) {
  Step step(one, R"(
    %r = delta.read %S, %k
    %y = delta.div %r, %gv
    %1 = delta.write %S, %k, %y
    delta.yield states(%1) outputs())");
  EXPECT_EQ(step->getWriteKind(step.get<WriteOp>()), WriteKind::Left);
}

//===----------------------------------------------------------------------===//
// Affine and nonlinear steps
//===----------------------------------------------------------------------===//

TEST(TransitionTest, LeftReadOfRightCorrection) {
  Step step(one, R"(
    %r = delta.read %S, %v
    %1 = delta.write %S, %r, %v
    %l = delta.read %1, %k
    %2 = delta.write %1, %k, %l
    delta.yield states(%2) outputs())");
  expectClass(step, TransitionClass::Affine, step.get<ReadOp>(1),
              "left and right corrections are mixed: a read from the left sees "
              "a state with corrections from the right");
  EXPECT_EQ(step->getWriteKind(step.get<WriteOp>(1)), WriteKind::Mixed);
}

TEST(TransitionTest, DotAlongValueMixesColumns) {
  Step step(one, R"(
    %r = delta.read %S, %k
    %d = delta.dot %v, %r
    %y = delta.mul %d, %v
    %1 = delta.write %S, %k, %y
    delta.yield states(%1) outputs())");
  expectClass(step, TransitionClass::Affine, step.get<DotOp>(),
              "a correction mixes value columns: 'delta.dot' sums a read along "
              "value");
  EXPECT_EQ(step->getDependence(step.get<DotOp>()).culprit, step.get<DotOp>());
}

TEST(TransitionTest, SumAlongKeyMixesRows) {
  Step step(one, R"(
    %r = delta.read %S, %v
    %d = delta.reduce sum %r
    %x = delta.broadcast %d : !delta.vec<key>
    %1 = delta.write %S, %x, %v
    delta.yield states(%1) outputs())");
  expectClass(step, TransitionClass::Affine, step.get<ReduceOp>(),
              "a correction mixes key rows: 'delta.reduce' sums a read along "
              "key");
}

struct NonlinearCase {
  StringRef body;
  StringRef culprit;
  StringRef reason;
};

TEST(TransitionTest, Nonlinear) {
  const NonlinearCase cases[] = {
      {R"(%r = delta.read %S, %k
          %y = delta.tanh %r
          %1 = delta.write %S, %k, %y)",
       "delta.tanh",
       "'delta.tanh' is not linear in what was read from a state"},
      {R"(%r = delta.read %S, %k
          %y = delta.div %v, %r
          %1 = delta.write %S, %k, %y)",
       "delta.div", "'delta.div' is not linear in what was read from a state"},
      {R"(%r = delta.read %S, %k
          %y = delta.mul %r, %r
          %1 = delta.write %S, %k, %y)",
       "delta.mul",
       "'delta.mul' multiplies two values that were read from a state"},
      {R"(%r = delta.read %S, %k
          %y = delta.max %r, %v
          %1 = delta.write %S, %k, %y)",
       "delta.max", "'delta.max' is not linear in what was read from a state"},
      {R"(%r = delta.read %S, %k
          %y = delta.l2norm %r
          %1 = delta.write %S, %k, %y)",
       "delta.l2norm",
       "'delta.l2norm' is not linear in what was read from a state"},
      {R"(%r = delta.read %S, %k
          %d = delta.dot %r, %r
          %y = delta.mul %d, %v
          %1 = delta.write %S, %k, %y)",
       "delta.dot",
       "'delta.dot' multiplies two values that were read from a state"},
      {R"(%r = delta.read %S, %k
          %d = delta.reduce max %r
          %y = delta.mul %d, %v
          %1 = delta.write %S, %k, %y)",
       "delta.reduce",
       "'delta.reduce max' is not linear in what was read from a state"},
      {R"(%r = delta.read %S, %k
          %g = delta.dot %r, %v
          %1 = delta.decay %S, %g)",
       "delta.decay",
       "the gate of 'delta.decay' depends on what was read from a state"},
      {R"(%r = delta.read %S, %k
          %1 = delta.scale_state %S, %r)",
       "delta.scale_state",
       "the factor of 'delta.scale_state' depends on what was read from a "
       "state"},
      {R"(%r = delta.read %S, %k
          %p = delta.read %S, %r
          %1 = delta.write %S, %p, %v)",
       "delta.read",
       "the vector of 'delta.read' depends on what was read from a state"},
      {R"(%y = delta.read %S, %k
          %x = delta.read %S, %v
          %1 = delta.write %S, %x, %y)",
       "delta.write",
       "both vectors of 'delta.write' depend on what was read from a state"},
  };
  for (const NonlinearCase &test : cases) {
    SCOPED_TRACE(test.culprit.str());
    Step step(one, (test.body + "\n delta.yield states(%1) outputs()").str());
    EXPECT_EQ(step->getClass(), TransitionClass::Nonlinear);
    EXPECT_EQ(step->getReasonOp()->getName().getStringRef(), test.culprit);
    EXPECT_EQ(step->getReason(), test.reason);
    Value next = step.get<YieldOp>().getStates()[0];
    EXPECT_EQ(step->getDependence(next).getKind(), DependenceKind::Nonlinear);
    EXPECT_EQ(step->getDependence(next).culprit, step->getReasonOp());
  }
}

TEST(TransitionTest, OutputsMayBeNonlinear) {
  Step step(one, R"(
    %1 = delta.write %S, %k, %v
    %r = delta.read %1, %q
    %o = delta.l2norm %r
    delta.yield states(%1) outputs(%o))",
            "o: !delta.vec<value>");
  EXPECT_EQ(step->getClass(), TransitionClass::Linear);
  Value output = step.get<YieldOp>().getOutputs()[0];
  EXPECT_EQ(step->getDependence(output).getKind(), DependenceKind::Nonlinear);
}

TEST(TransitionTest, DeadOpsDoNotCount) {
  Step step(one, R"(
    %1 = delta.write %S, %k, %v
    %r = delta.read %1, %k
    %y = delta.tanh %r
    %2 = delta.write %1, %k, %y
    %3 = delta.write %1, %k, %r
    %o = delta.read %3, %q
    delta.yield states(%1) outputs(%o))",
            "o: !delta.vec<value>");
  EXPECT_EQ(step->getClass(), TransitionClass::Linear);
  EXPECT_EQ(step->getNumWrites(), 1u);
  EXPECT_EQ(step->getRank(), 0u);
  EXPECT_FALSE(step->isUsed(step.get<WriteOp>(1)));
  EXPECT_TRUE(step->isUsed(step.get<WriteOp>(2)));
  EXPECT_FALSE(step->isLive(step.get<WriteOp>(2)));
}

TEST(TransitionTest, WriteThatIsOnlyReadCounts) {
  Step step(one, R"(
    %r = delta.read %S, %k
    %1 = delta.write %S, %k, %r
    %p = delta.read %1, %q
    %2 = delta.write %S, %q, %p
    delta.yield states(%2) outputs())");
  EXPECT_EQ(step->getRank(), 2u);
  EXPECT_EQ(step->getMicroSteps(), 2u);
  EXPECT_EQ(step->getWrites(step.get<WriteOp>(1)).size(), 1u);
}

//===----------------------------------------------------------------------===//
// Size and print
//===----------------------------------------------------------------------===//

TEST(TransitionTest, SharedSumsAreNotExpanded) {
  std::string body;
  llvm::raw_string_ostream os(body);
  os << "%r = delta.read %S, %k\n%x0 = delta.write %S, %k, %r\n";
  const unsigned length = 2000;
  for (unsigned i = 0; i < length; ++i)
    os << "%x" << i + 1 << " = delta.add_states %x" << i << ", %x" << i << '\n';
  os << "delta.yield states(%x" << length << ") outputs()";
  Step step(one, body);
  EXPECT_EQ(step->getClass(), TransitionClass::Delta);
  EXPECT_EQ(step->getRank(), 1u);
  EXPECT_TRUE(step->getDecay(0, 0).isScalar());
  Value last = step.get<AddStatesOp>(length - 1);
  EXPECT_EQ(step->getPosition(last), length + 1);
  EXPECT_EQ(step->getWrites(last).size(), 1u);
}

TEST(TransitionTest, Print) {
  Step step(two, R"(
    %r = delta.read %S, %k
    %y = delta.sub %v, %r
    %1 = delta.decay %M, %pk
    %2 = delta.write %1, %k, %y
    %3 = delta.add_states %S, %2
    %4 = delta.write %3, %k, %v
    %d = delta.decay %4, %s
    delta.yield states(%4, %2) outputs(%s))",
            "a: !delta.scalar");
  EXPECT_EQ(step.print(),
            R"(recurrence @step: class delta, rank 1, micro-steps 1, writes 2
  state S: decay none, from M: key (constant)
  state M: decay key (constant)
  read at 0 (S): left
  decay at 1: key (constant)
  write at 2: left correction, micro-step 1, reads at 0 (S)
  sum at 3: 0 (S) + 2
  write at 4: plain
  decay at 5: scalar, dead
  output a: no reads
)");
}

} // namespace
