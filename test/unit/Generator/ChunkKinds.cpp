//===- ChunkKinds.cpp - what a chunk form has to cope with ----------------===//

#include "test/unit/Generator/ChunkKinds.h"
#include "lib/Analysis/Transition.h"
#include "test/unit/Generator/StepGenerator.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

StringRef delta::stringifyChunkKind(ChunkKind kind) {
  constexpr StringRef names[kNumChunkKinds] = {
      "several micro-steps",
      "several unknowns",
      "read before a decay",
      "key decay",
      "value decay, plain writes",
      "value decay, corrections",
      "key decay, right corrections",
      "vector beta along value",
      "vector beta along key",
      "several outputs",
      "two coupled states",
      "three coupled states",
      "uncoupled states",
      "right correction",
      "right read",
      "other-side read",
      "factor 0",
      "negative factor",
      "vector factor",
      "nonlinear output",
      "log gate of an argument",
  };
  return names[static_cast<unsigned>(kind)];
}

/// Whether `accept` holds of a value that `value` is computed from.
static bool isMadeOf(Value value, llvm::function_ref<bool(Value)> accept) {
  llvm::SetVector<Value> seen;
  seen.insert(value);
  for (size_t i = 0; i < seen.size(); ++i) {
    if (accept(seen[i]))
      return true;
    if (Operation *made = seen[i].getDefiningOp())
      seen.insert(made->operand_begin(), made->operand_end());
  }
  return false;
}

namespace {
class Finder {
public:
  Finder(RecurrenceOp op, wy::ScanOp scan) : op(op), scan(scan), analysis(op) {}

  ChunkKinds find() {
    set(ChunkKind::SeveralMicroSteps, analysis.getMicroSteps() > 1);
    set(ChunkKind::SeveralOutputs, op.getYield().getOutputs().size() > 1);
    bool isRightSided =
        llvm::any_of(op.getStep().getOps<WriteOp>(), [&](WriteOp write) {
          return analysis.isLive(write) &&
                 analysis.getWriteKind(write) == WriteKind::Right;
        });
    set(ChunkKind::RightCorrection, isRightSided);
    for (Value output : op.getYield().getOutputs())
      set(ChunkKind::NonlinearOutput, analysis.getDependence(output).nonlinear);
    visitGroups();
    visitReads(isRightSided);
    visitFactors();
    visitSystem(isRightSided);
    return kinds;
  }

private:
  void set(ChunkKind kind, bool isPresent = true) {
    if (isPresent)
      kinds.set(static_cast<unsigned>(kind));
  }

  void visitGroups() {
    unsigned alone = 0;
    for (ArrayRef<unsigned> group : analysis.getGroups()) {
      set(ChunkKind::TwoCoupledStates, group.size() == 2);
      set(ChunkKind::ThreeCoupledStates, group.size() == 3);
      alone += group.size() == 1;
    }
    set(ChunkKind::UncoupledStates, alone > 1);
  }

  /// A state value goes through a decay or factor on its way to the next state.
  bool decaysLater(Value state) {
    llvm::SetVector<Operation *> users;
    users.insert(state.user_begin(), state.user_end());
    for (size_t i = 0; i < users.size(); ++i) {
      Operation *user = users[i];
      if (!analysis.isLive(user) || isa<ReadOp, YieldOp>(user))
        continue;
      if (isa<DecayOp, ScaleStateOp>(user))
        return true;
      users.insert(user->user_begin(), user->user_end());
    }
    return false;
  }

  void visitReads(bool isRightSided) {
    bool anyLeft = isRightSided;
    for (ReadOp read : op.getStep().getOps<ReadOp>())
      anyLeft |= analysis.isUsed(read) && read.isLeft();
    for (ReadOp read : op.getStep().getOps<ReadOp>()) {
      if (!analysis.isUsed(read))
        continue;
      set(ChunkKind::ReadBeforeDecay, decaysLater(read.getState()));
      set(ChunkKind::RightRead, !read.isLeft());
    }
    scan.walk([&](wy::ReadOp read) {
      bool isRight = read.getSide() == wy::Side::Right;
      set(ChunkKind::OtherSideRead, isRight != isRightSided && anyLeft);
    });
  }

  void visitFactors() {
    for (Operation &step : op.getStep()) {
      if (!analysis.isLive(&step))
        continue;
      if (auto scale = dyn_cast<ScaleStateOp>(step)) {
        set(ChunkKind::VectorFactor, isa<VecType>(scale.getFactor().getType()));
        if (auto number = scale.getFactor().getDefiningOp<ConstantOp>()) {
          set(ChunkKind::ZeroFactor, number.getValue().isZero());
          set(ChunkKind::NegativeFactor,
              number.getValue().isNegative() && !number.getValue().isZero());
        }
      }
      if (auto decay = dyn_cast<DecayOp>(step))
        set(ChunkKind::LogGateOfArgument,
            isMadeOf(decay.getGate(), [&](Value value) {
              auto argument = dyn_cast<BlockArgument>(value);
              return argument &&
                     isLogGate(op.getArgName(argument.getArgNumber()));
            }));
    }
  }

  void visitSystem(bool isRightSided) {
    bool anySolve = false;
    scan.walk([&](wy::SolveOp solve) {
      anySolve = true;
      set(ChunkKind::SeveralUnknowns, solve.getRhs().size() > 1);
      if (!solve.getWeights().empty())
        set(isRightSided ? ChunkKind::VectorBetaOfKey : ChunkKind::VectorBeta);
      for (Value gate : solve.getGates())
        if (cast<RankedTensorType>(gate.getType()).getRank() == 2)
          set(isRightSided ? ChunkKind::KeyDecayRightCorrected
                           : ChunkKind::ValueDecayCorrected);
    });
    for (unsigned to = 0; to < op.getStates().size(); ++to)
      for (unsigned from = 0; from < op.getStates().size(); ++from) {
        DecayFactor decay = analysis.getDecay(to, from);
        set(ChunkKind::KeyDecay, decay.varies(Axis::Key));
        set(ChunkKind::ValueDecay, decay.varies(Axis::Value) && !anySolve);
      }
  }

  RecurrenceOp op;
  wy::ScanOp scan;
  TransitionAnalysis analysis;
  ChunkKinds kinds;
};
} // namespace

ChunkKinds delta::findChunkKinds(RecurrenceOp op, wy::ScanOp scan) {
  return Finder(op, scan).find();
}
