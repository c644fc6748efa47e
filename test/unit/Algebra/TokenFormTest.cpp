//===- TokenFormTest.cpp - the algebra of one token, on numbers -----------===//
//
// Random steps are evaluated before and after; what the algebra says of their
// states and values is evaluated, too, by the formulas in its headers.
//
//===----------------------------------------------------------------------===//

#include "lib/Algebra/TokenForm.h"
#include "lib/Algebra/L2Norm.h"
#include "lib/Algebra/ReadPusher.h"
#include "lib/Analysis/Transition.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "test/unit/Algebra/StepEvaluator.h"
#include "test/unit/Generator/StepGenerator.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

static constexpr double bar = 1e-11;

namespace {
/// A generated step, what it computes, and a copy to be rewritten.
struct Trial {
  Trial(uint64_t seed, StepClass kind)
      : context(MLIRContext::Threading::DISABLED) {
    StepGeneratorOptions options;
    options.seed = 50'000 + seed;
    options.kind = kind;
    options.maxStateOps = 4 + seed % 9;
    options.otherSide = seed % 3 == 0 ? 0.5 : 0.1;
    module = generateStep(context, options);
    op = *module->getOps<RecurrenceOp>().begin();
    arguments = StepEvaluator::drawArguments(op, keyDim, valueDim,
                                             reference::Random(seed, 0xa19));
    StepEvaluator evaluator(keyDim, valueDim);
    evaluator.run(op, arguments);
    for (Value yielded : op.getYield()->getOperands())
      expected.push_back(evaluator[yielded]);
  }

  static constexpr int64_t keyDim = 3, valueDim = 4;
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  RecurrenceOp op;
  std::vector<Numbers> arguments, expected;
};
} // namespace

static constexpr StepClass kinds[] = {StepClass::Linear, StepClass::Delta,
                                      StepClass::RightSided};

TEST(ReadPusher, PushedReadsAreTheReads) {
  unsigned pushed = 0;
  for (uint64_t seed = 0; seed < 600; ++seed) {
    // Any step can be brought to that form, nonlinear ones too.
    constexpr StepClass all[] = {StepClass::Linear, StepClass::Delta,
                                 StepClass::RightSided, StepClass::Affine,
                                 StepClass::Nonlinear};
    Trial trial(seed, all[seed % std::size(all)]);
    SCOPED_TRACE(seed);
    pushed +=
        llvm::any_of(trial.op.getStep().getOps<ReadOp>(), [](ReadOp read) {
          return !isa<BlockArgument>(read.getState());
        });
    ASSERT_TRUE(succeeded(pushReadsToIncomingStates(trial.op)));
    ASSERT_TRUE(succeeded(verify(*trial.module)));
    for (ReadOp read : trial.op.getStep().getOps<ReadOp>())
      EXPECT_TRUE(isa<BlockArgument>(read.getState()));
    StepEvaluator after(trial.keyDim, trial.valueDim);
    after.run(trial.op, trial.arguments);
    for (auto [yielded, expected] :
         llvm::zip(trial.op.getYield()->getOperands(), trial.expected))
      EXPECT_LE(getError(after[yielded], expected), bar);
  }
  EXPECT_GE(pushed, 300u);
}

/// Element i of D ∘ S.
static double decayed(const StepEvaluator &values, const Decay &decay,
                      Value state, int64_t i) {
  if (!decay.isPresent)
    return 0;
  double product = values[state][i];
  for (const AxisGate &gate : {decay.contracted, decay.free}) {
    if (gate.log)
      product *=
          std::exp(values.alongState(values[gate.log], gate.log.getType(), i));
    if (gate.factor)
      product *=
          values.alongState(values[gate.factor], gate.factor.getType(), i);
  }
  return product;
}

/// aᵀS, or S a.
static Numbers readState(const StepEvaluator &values, Value state, Value vector,
                         bool isLeft) {
  constexpr int64_t V = Trial::valueDim;
  Numbers read(isLeft ? V : Trial::keyDim);
  for (int64_t i = 0; i < Trial::keyDim * V; ++i)
    read[isLeft ? i % V : i / V] +=
        values[state][i] * values[vector][isLeft ? i / V : i % V];
  return read;
}

static Numbers evaluate(const AffineForm &affine, const TokenForm &form,
                        const StepEvaluator &values, Type type) {
  Numbers sum(values.getSize(type));
  auto numberOf = [&](Value factor, size_t i, double absent) {
    return factor ? StepEvaluator::at(values[factor], i) : absent;
  };
  SmallVector<BlockArgument> states = form.getOp().getStates();
  auto addRead = [&](unsigned state, Value vector, Value factor) {
    Numbers read = readState(values, states[state], vector, form.isLeft());
    for (size_t i = 0; i < sum.size(); ++i)
      sum[i] += numberOf(factor, i, 1) * read[i];
  };
  for (auto [state, read] : llvm::enumerate(affine.reads))
    if (read.vector)
      addRead(state, read.vector, read.coefficient);
  for (auto [key, weight] : affine.weighted)
    addRead(key.first, key.second, weight);
  for (size_t i = 0; i < sum.size(); ++i) {
    sum[i] += numberOf(affine.constant, i, 0);
    for (auto [m, factor] : affine.writeValues)
      sum[i] += numberOf(factor, i, 1) * values[form.getWriteValues()[m]][i];
  }
  return sum;
}

TEST(TokenForm, IsTheStep) {
  unsigned formed = 0, writes = 0, affine = 0, weighted = 0, functions = 0;
  for (uint64_t seed = 0; seed < 900; ++seed) {
    Trial trial(seed, kinds[seed % std::size(kinds)]);
    SCOPED_TRACE(seed);
    if (TransitionAnalysis(trial.op).getClass() > TransitionClass::Delta)
      continue;
    RecurrenceOp op = trial.op;
    // The values of the step as it was, whose forms are asked for.
    Type free;
    FailureOr<TokenForm> made = TokenForm::create(op);
    if (failed(made))
      continue;
    ++formed;
    TokenForm &form = *made;
    EXPECT_NE(form.getContracted(), form.getFree());
    free = VecType::get(op.getContext(), form.getFree());
    SmallVector<Value> asked;
    for (Operation &step : op.getStep().without_terminator())
      if (step.getResult(0).getType() == free)
        asked.push_back(step.getResult(0));
    struct Found {
      Value value;
      const AffineForm *ofReads, *ofWrites;
    };
    std::vector<Found> found;
    for (Value value : asked)
      found.push_back({value, form.getAffine(value, /*withWriteValues=*/false),
                       form.getAffine(value, /*withWriteValues=*/true)});
    ASSERT_TRUE(succeeded(verify(*trial.module)));

    StepEvaluator values(trial.keyDim, trial.valueDim);
    values.run(op, trial.arguments);
    SmallVector<BlockArgument> states = op.getStates();
    for (auto [i, expected] :
         llvm::enumerate(ArrayRef(trial.expected).take_front(states.size()))) {
      Numbers next(expected.size());
      for (int64_t e = 0, end = next.size(); e < end; ++e) {
        for (auto [j, state] : llvm::enumerate(states))
          next[e] += decayed(values, form.getDecay(i, j), state, e);
        for (auto [m, y] : llvm::enumerate(form.getWriteValues()))
          if (Value x = form.getWriteKey(i, m)) {
            EXPECT_EQ(y.getType(), free);
            next[e] += values.alongState(values[x], x.getType(), e) *
                       values.alongState(values[y], free, e);
          }
      }
      EXPECT_LE(getError(next, expected), bar) << "state " << i;
    }
    for (auto [yielded, expected] :
         llvm::zip(op.getYield().getOutputs(),
                   ArrayRef(trial.expected).drop_front(states.size())))
      EXPECT_LE(getError(values[yielded], expected), bar);

    for (Value value : form.getWriteValues())
      EXPECT_TRUE(form.getAffine(value, /*withWriteValues=*/false))
          << "the class promises that corrections are affine";
    writes += form.getWriteValues().size();
    for (const Found &one : found) {
      functions += !one.ofReads;
      for (const AffineForm *its : {one.ofReads, one.ofWrites}) {
        if (!its)
          continue;
        affine += !its->isConstant();
        weighted += !its->weighted.empty();
        EXPECT_LE(
            getError(evaluate(*its, form, values, free), values[one.value]),
            bar);
      }
      if (one.ofReads)
        EXPECT_EQ(one.ofReads->isConstant(), !form.isDependent(one.value));
      EXPECT_EQ(form.isDependent(one.value), !form.getReads(one.value).empty());
    }
  }
  EXPECT_GE(formed, 700u);
  EXPECT_GE(writes, 1000u);
  EXPECT_GE(affine, 2000u);
  EXPECT_GE(weighted, 100u);
  EXPECT_GE(functions, 100u);
}

/// With the class of what it contracts, whatever the step's other reads.
TEST(L2Norm, ExpandedIsTheNorm) {
  unsigned found = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Trial trial(seed, kinds[seed % std::size(kinds)]);
    SmallVector<L2NormOp> norms(trial.op.getStep().getOps<L2NormOp>());
    found += norms.size();
    for (L2NormOp norm : norms)
      expandL2Norm(norm);
    EXPECT_TRUE(trial.op.getStep().getOps<L2NormOp>().empty());
    ASSERT_TRUE(succeeded(verify(*trial.module)));
    StepEvaluator after(trial.keyDim, trial.valueDim);
    after.run(trial.op, trial.arguments);
    for (auto [yielded, expected] :
         llvm::zip(trial.op.getYield()->getOperands(), trial.expected))
      EXPECT_LE(getError(after[yielded], expected), bar);
  }
  EXPECT_GE(found, 100u);
}
