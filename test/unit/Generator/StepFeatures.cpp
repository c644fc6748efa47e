//===- StepFeatures.cpp - what kinds of thing a step does -----------------===//

#include "test/unit/Generator/StepFeatures.h"
#include "lib/Analysis/Transition.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace sluice::delta;

StringRef sluice::delta::stringifyStepFeature(StepFeature feature) {
  constexpr StringRef names[kNumStepFeatures] = {
      "several states",
      "coupled states",
      "several writes",
      "left correction",
      "right correction",
      "several micro-steps",
      "nonlinear",
      "read of an incoming state",
      "read before a decay",
      "read between writes",
      "read after the last write",
      "right read",
      "read with a read's vector",
      "scalar decay",
      "key decay",
      "value decay",
      "decays along both axes",
      "scaled state",
      "constant factor",
      "gate from a read",
      "reduction",
      "l2norm",
      "param",
      "value vector of qk_heads",
      "unused argument",
      "several outputs",
      "scalar output",
      "key output",
      "value output",
      "argument as output",
      "one value output twice",
  };
  return names[static_cast<unsigned>(feature)];
}

/// The state ops that a state value is made by, or that it goes into.
static SmallVector<Operation *> walk(Value state, bool forwards) {
  llvm::SmallSetVector<Operation *, 16> found;
  auto add = [&](Value value) {
    if (!forwards) {
      if (Operation *maker = value.getDefiningOp())
        found.insert(maker);
      return;
    }
    for (Operation *user : value.getUsers())
      if (isa<StateOpInterface>(user) && !isa<ReadOp>(user))
        found.insert(user);
  };
  add(state);
  for (size_t i = 0; i < found.size(); ++i) {
    if (forwards)
      add(found[i]->getResult(0));
    else
      for (Value operand : cast<StateOpInterface>(found[i]).getStateOperands())
        add(operand);
  }
  return found.takeVector();
}

static bool anyWrite(ArrayRef<Operation *> ops) {
  return llvm::any_of(ops, llvm::IsaPred<WriteOp>);
}

namespace {
class Finder {
public:
  explicit Finder(RecurrenceOp op) : op(op), analysis(op) {}

  StepFeatures find() {
    set(StepFeature::SeveralStates, op.getStates().size() > 1);
    set(StepFeature::CoupledStates, analysis.isCoupled());
    auto writes = op.getStep().getOps<WriteOp>();
    set(StepFeature::SeveralWrites, llvm::range_size(writes) > 1);
    set(StepFeature::SeveralMicroSteps, analysis.getMicroSteps() > 1);
    set(StepFeature::Nonlinear,
        analysis.getClass() == TransitionClass::Nonlinear);
    for (Operation &step : op.getStep())
      llvm::TypeSwitch<Operation *>(&step)
          .Case([&](ReadOp read) { visit(read); })
          .Case([&](WriteOp write) { visit(write); })
          .Case([&](DecayOp decay) { visitFactor(decay.getGate(), true); })
          .Case([&](ScaleStateOp scale) {
            visitFactor(scale.getFactor(), false);
          })
          .Case<DotOp, ReduceOp>([&](auto) { set(StepFeature::Reduction); })
          .Case([&](L2NormOp) { set(StepFeature::L2Norm); });
    set(StepFeature::DecaysAlongBoth,
        has(StepFeature::KeyDecay) && has(StepFeature::ValueDecay));
    visitArguments();
    visitOutputs();
    return features;
  }

private:
  void set(StepFeature feature, bool isPresent = true) {
    if (isPresent)
      features.set(static_cast<unsigned>(feature));
  }
  bool has(StepFeature feature) const {
    return features.test(static_cast<unsigned>(feature));
  }

  void visit(ReadOp read) {
    SmallVector<Operation *> before = walk(read.getState(), false),
                             after = walk(read.getState(), true);
    set(StepFeature::ReadOfIncoming, before.empty());
    set(StepFeature::ReadBeforeDecay,
        llvm::any_of(after, llvm::IsaPred<DecayOp>));
    set(StepFeature::ReadBetweenWrites, anyWrite(before) && anyWrite(after));
    set(StepFeature::ReadAfterLastWrite, anyWrite(before) && !anyWrite(after));
    set(StepFeature::RightRead, !read.isLeft());
    set(StepFeature::ReadWithRead,
        analysis.getDependence(read.getVector()).dependent);
  }

  void visit(WriteOp write) {
    WriteKind kind = analysis.getWriteKind(write);
    set(StepFeature::LeftCorrection, kind == WriteKind::Left);
    set(StepFeature::RightCorrection, kind == WriteKind::Right);
  }

  void visitFactor(Value factor, bool isGate) {
    auto vec = dyn_cast<VecType>(factor.getType());
    set(StepFeature::GateFromRead, analysis.getDependence(factor).dependent);
    if (!isGate) {
      set(StepFeature::ScaledState);
      set(StepFeature::ConstantFactor, factor.getDefiningOp<ConstantOp>());
    } else if (!vec) {
      set(StepFeature::ScalarDecay);
    } else {
      set(vec.getAxis() == Axis::Key ? StepFeature::KeyDecay
                                     : StepFeature::ValueDecay);
    }
  }

  void visitArguments() {
    for (BlockArgument argument : op.getStep().getArguments()) {
      ArgKind kind = op.getArgKind(argument.getArgNumber());
      auto vec = dyn_cast<VecType>(argument.getType());
      set(StepFeature::Param, kind == ArgKind::Params);
      set(StepFeature::ValueOfQKHeads,
          kind == ArgKind::QKHeads && vec && vec.getAxis() == Axis::Value);
      set(StepFeature::UnusedArgument, argument.use_empty());
    }
  }

  void visitOutputs() {
    auto outputs = op.getYield().getOutputs();
    llvm::SmallPtrSet<Value, 4> seen;
    set(StepFeature::SeveralOutputs, outputs.size() > 1);
    for (Value output : outputs) {
      set(StepFeature::OutputTwice, !seen.insert(output).second);
      set(StepFeature::ArgumentOutput, isa<BlockArgument>(output));
      auto vec = dyn_cast<VecType>(output.getType());
      set(!vec                         ? StepFeature::ScalarOutput
          : vec.getAxis() == Axis::Key ? StepFeature::KeyOutput
                                       : StepFeature::ValueOutput);
    }
  }

  RecurrenceOp op;
  TransitionAnalysis analysis;
  StepFeatures features;
};
} // namespace

StepFeatures sluice::delta::findFeatures(RecurrenceOp op) {
  return Finder(op).find();
}

void StepFeatureCounts::add(StepFeatures features) {
  ++total;
  for (unsigned i = 0; i < kNumStepFeatures; ++i)
    counts[i] += features.test(i);
}

void StepFeatureCounts::print(llvm::raw_ostream &os) const {
  os << "of " << total << " steps:";
  for (unsigned i = 0; i < kNumStepFeatures; ++i)
    os << (i ? ", " : " ") << counts[i] << ' '
       << stringifyStepFeature(static_cast<StepFeature>(i));
  os << '\n';
}
