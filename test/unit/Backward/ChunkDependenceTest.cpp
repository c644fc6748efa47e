//===- ChunkDependenceTest.cpp - what gradients by chunks depend on -------===//
//
// Of every variant: what no gradient may depend on, and what none needs.
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/Error.h"
#include "lib/Variants/Variants.h"
#include "test/unit/Backward/ChunkProblem.h"
#include <cstring>
#include <limits>
#include <map>
#include <set>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using namespace sluice::test;

namespace {
class ChunkDependenceTest : public ChunkProblem {};
} // namespace

//===----------------------------------------------------------------------===//
// Causality
//===----------------------------------------------------------------------===//

/// Of a loss on the tokens before one inside a chunk, at a chunk's edge, and
/// next to it.
TEST_F(ChunkDependenceTest, NothingBehindTheLossChangesABit) {
  constexpr int64_t kTokens = 19, kChunk = 8;
  for (const Variant &variant : getVariants()) {
    load(variant.name);
    compiler::ChunkAdjoint made = derive(kChunk);
    for (int64_t loss : {0, 5, 8, 9, 15})
      for (bool isExact : {true, false}) {
        SCOPED_TRACE((variant.name + ", loss before token " + Twine(loss) +
                      (isExact ? ", float64" : ", float32"))
                         .str());
        make("T=19,H=1,HV=2,initial");
        Signature signature = getSignature(spec.op);
        for (unsigned i = 0; i < signature.getStates().size(); ++i)
          if (loss % 2)
            drop(getGradientName(signature.getFinalStateName(i)));
          else
            changeAll(getGradientName(signature.getFinalStateName(i)),
                      [](double) { return 0; });
        for (const Output &output : signature.outputs)
          changeFrom(getGradientName(output.name), loss,
                     [](double) { return 0; });
        auto run = [&] {
          Problem problem = bindBackward();
          return cantFail(
              isExact ? interpretBackwardExact(made.adjoint, problem)
                      : interpretBackwardInFloat32(made.adjoint, problem));
        };
        Results before = run();
        for (int variation = 0; variation < 3; ++variation) {
          changeFrom(loss, [&](double x) {
            return variation == 0 ? -x : variation == 1 ? -3 * x : 0;
          });
          Results after = run();
          for (auto [a, b] : zip_equal(after.tensors, before.tensors)) {
            bool isOfTokens = a.shape.size() > 1 && a.shape[1] == kTokens;
            size_t bytes =
                isOfTokens ? a.numBytes() / kTokens * loss : a.numBytes();
            EXPECT_EQ(std::memcmp(a.data(), b.data(), bytes), 0)
                << a.name << ", variation " << variation;
          }
        }
      }
  }
}

/// Later factors that are negative make −0 of 0 where nothing is added to it: a
/// state that is not read, and what is written to it.
TEST_F(ChunkDependenceTest, TheSignOfAZeroIsNotALaterToken) {
  load(R"(
    delta.recurrence @r
        v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>, %f: !delta.vec<value>)
        state(%S: !delta.state<key, value>)
        v_heads(%x: !delta.vec<key>, %w: !delta.vec<value>, %h: !delta.scalar)
        state(%M: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %S1 = delta.scale_state %S, %f
      %S2 = delta.write %S1, %k, %v
      %M1 = delta.scale_state %M, %h
      %M2 = delta.write %M1, %x, %w
      %o = delta.read %M2, %x
      delta.yield states(%S2, %M2) outputs(%o)
    })");
  compiler::ChunkAdjoint made = derive(4);
  make("T=7,H=1,HV=2,initial");
  for (StringRef name : {"do", "dfinal_state_S", "dfinal_state_M"})
    changeAll(name, [](double) { return 0; });
  for (StringRef name : {"f", "h"})
    changeAll(name, [](double x) { return x > 0.5 ? -x : x; });
  Problem problem = bindBackward();
  for (const Results &results :
       {cantFail(interpretBackwardExact(made.adjoint, problem)),
        cantFail(interpretBackwardInFloat32(made.adjoint, problem))})
    for (const OwnedTensor &gradient : results.tensors)
      for (int64_t i = 0, e = gradient.view().numElements(); i < e; ++i)
        ASSERT_FALSE(gradient.load(i) != 0 || std::signbit(gradient.load(i)))
            << gradient.name << ' ' << i;
}

//===----------------------------------------------------------------------===//
// Activity
//===----------------------------------------------------------------------===//

static std::set<std::string> getArguments(delta::SignatureOpInterface op) {
  std::set<std::string> names;
  for (unsigned i = 0, e = op.getSignature().getArguments().size(); i < e; ++i)
    names.insert(op.getSignature().getArguments()[i].getName().str());
  return names;
}

TEST_F(ChunkDependenceTest, OnlyWhatIsAskedForIsComputed) {
  using Names = std::set<std::string>;
  load("linear_attention");
  auto getScans = [](wy::PlacedOp placed) {
    std::map<std::string, wy::ScanOp> scans;
    for (auto scan : placed.getScans().getOps<wy::ScanOp>())
      scans[scan.getSymName().str()] = scan;
    return scans;
  };
  // Neither states before chunks for v, nor gradients by them for q.
  compiler::ChunkAdjoint ofV = derive(4, {"v"}), ofQ = derive(4, {"q"});
  auto scansOfV = getScans(ofV.adjoint), scansOfQ = getScans(ofQ.adjoint);
  EXPECT_EQ(getArguments(ofV.adjoint), Names({"q", "k", "do", "dS"}));
  EXPECT_EQ(scansOfV.size(), 1u);
  EXPECT_TRUE(scansOfV["gradients"].getReverse());
  EXPECT_EQ(getArguments(ofQ.adjoint), Names({"k", "v", "S", "do"}));
  EXPECT_EQ(scansOfQ.size(), 2u);
  EXPECT_EQ(getArguments(scansOfQ["states"]), Names({"k", "v", "S"}));
  EXPECT_EQ(getArguments(scansOfQ["gradients"]), Names({"k", "v", "do"}));
  EXPECT_FALSE(scansOfQ["gradients"].getReverse());
  // dq = scale · (S do + Σ (do · v) k).
  EXPECT_TRUE(scansOfQ["gradients"].getGraph().getOps<wy::UpdateOp>().empty());

  // Its query and its corrections are made by the same tokens' maths.
  load("kda");
  compiler::ChunkAdjoint ofKda = derive(4, {"q"});
  ofKda.adjoint.walk([](mlir::Operation *op) {
    EXPECT_FALSE((isa<wy::SolveTransposedOp, wy::TokenSumsOp>(op)));
  });
}

/// Which states go back is what the step says. Those before chunks are the
/// step's, too, and what these come of inside a chunk.
TEST_F(ChunkDependenceTest, TakesTheStatesThatTheStepTakes) {
  for (const Variant &variant : getVariants()) {
    load(variant.name);
    for (unsigned i = 0, e = spec.op.getNumArgs(); i < e; ++i) {
      std::string name = spec.op.getArgName(i).str();
      SCOPED_TRACE((variant.name + ", d" + name).str());
      compiler::ChunkAdjoint chunks = derive(4, {name});
      compiler::Adjoint step =
          cantFail(compiler::deriveAdjoint(spec.op, {name}));
      std::set<std::string> ours = getArguments(chunks.adjoint),
                            expected = getArguments(step.adjoint);
      bool isAnyExpected = false;
      for (mlir::BlockArgument state : spec.op.getStates()) {
        std::string its = spec.op.getName(state).str();
        isAnyExpected |= expected.count(its) > 0;
        EXPECT_GE(ours.count(its), expected.count(its)) << its;
        its = getGradientName(its);
        EXPECT_EQ(ours.count(its), expected.count(its)) << its;
      }
      unsigned numScans = range_size(chunks.adjoint.getScans());
      EXPECT_EQ(numScans, isAnyExpected ? 2u : 1u);
    }
  }
}

/// One gradient by itself, of every argument of every variant: a node less and
/// not one in vain, and no other number.
TEST_F(ChunkDependenceTest, OneGradientByItself) {
  for (const Variant &variant : getVariants()) {
    load(variant.name);
    make("T=11,H=1,HV=2,initial");
    Problem problem = bindBackward();
    compiler::ChunkAdjoint all = derive(4);
    auto countNodes = [](wy::PlacedOp placed) {
      unsigned count = 0;
      placed.walk([&](mlir::Operation *op) { ++count; });
      return count;
    };
    Results expected = cantFail(interpretBackwardExact(all.adjoint, problem));
    for (unsigned i = 0, e = spec.op.getNumArgs(); i < e; ++i) {
      std::string name = spec.op.getArgName(i).str();
      bool isState = spec.op.getArgKind(i) == delta::ArgKind::State;
      if (!isState && !expected.find(getGradientName(name)))
        continue;
      SCOPED_TRACE((variant.name + ", d" + name).str());
      compiler::ChunkAdjoint one = derive(4, {name});
      EXPECT_LT(countNodes(one.adjoint), countNodes(all.adjoint));
      one.adjoint.walk([](mlir::Operation *op) {
        if (!isa<wy::PlacedOp, wy::ScanOp>(op))
          EXPECT_FALSE(isOpTriviallyDead(op))
              << op->getName().getStringRef().str();
      });
      for (auto scan : one.adjoint.getScans().getOps<wy::ScanOp>())
        for (mlir::BlockArgument argument : scan.getGraph().getArguments())
          EXPECT_FALSE(argument.use_empty());
      Results results = cantFail(interpretBackwardExact(one.adjoint, problem));
      if (!isState)
        EXPECT_EQ(results.tensors.front().name, getGradientName(name));
      EXPECT_GE(results.tensors.size(), 1u);
      for (const OwnedTensor &ours : results.tensors) {
        TensorError error = compare(ours, *expected.find(ours.name));
        EXPECT_LE(error.relativeRMS, 1e-14) << error.name;
      }
    }
  }
}

//===----------------------------------------------------------------------===//
// What is not there
//===----------------------------------------------------------------------===//

/// NaN in a sequence, right behind and before others, stays in it.
TEST_F(ChunkDependenceTest, SequencesKnowNothingOfEachOther) {
  constexpr int64_t kTokens = 17, kBegin = 6, kEnd = 13;
  for (const Variant &variant : getVariants()) {
    SCOPED_TRACE(variant.name.str());
    load(variant.name);
    compiler::ChunkAdjoint made = derive(4);
    make("H=1,HV=2,seqlens=6:7:0:4,initial");
    Results before =
        cantFail(interpretBackwardExact(made.adjoint, bindBackward()));
    for (OwnedTensor &changed : tensors) {
      bool isOfTokens = changed.shape.size() > 2 && changed.shape[1] == kTokens;
      bool isState = StringRef(changed.name).contains("_state");
      if (!isOfTokens && !isState)
        continue;
      int64_t row = changed.view().numElements() / (isState ? 4 : kTokens);
      for (int64_t i = (isState ? 1 : kBegin) * row,
                   e = (isState ? 2 : kEnd) * row;
           i < e; ++i)
        changed.store(i, std::numeric_limits<double>::quiet_NaN());
    }
    Results after =
        cantFail(interpretBackwardExact(made.adjoint, bindBackward()));
    for (auto [a, b] : zip_equal(after.tensors, before.tensors)) {
      bool isOfTokens = a.shape.size() > 2 && a.shape[1] == kTokens;
      bool isState = StringRef(a.name).contains("_state");
      if (!isOfTokens && !isState)
        continue;
      int64_t row = a.view().numElements() / (isState ? 4 : kTokens);
      for (int64_t i = 0, e = a.view().numElements(); i < e; ++i) {
        int64_t place = i / row;
        if (isState ? place == 1 : place >= kBegin && place < kEnd)
          continue;
        ASSERT_EQ(a.load(i), b.load(i)) << a.name << ' ' << i;
      }
    }
  }
}
