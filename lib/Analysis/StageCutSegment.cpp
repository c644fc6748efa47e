//===- StageCutSegment.cpp - the transition of a segment ------------------===//
//
// A graph is affine in the states: S ↦ M(S) + R, and M is its transition. Reads
// from the left make M a matrix, the same for every column of S, unless
// something on the way from the states to the states differs from column to
// column (a decay along value, a weight of the system). Then M is a matrix a
// column, as large as K states, and no such placement is offered. Reads from
// the right: the same with rows.
//
//===----------------------------------------------------------------------===//

#include "lib/Analysis/StageCut.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

namespace {
/// Finds the kind of the transition, node by node.
class SegmentClassifier {
public:
  explicit SegmentClassifier(const StageCut &cut) : cut(cut) {}

  Segment classify() {
    for (Operation &op : cut.getScan().getGraph().without_terminator())
      if (cut.getStage(&op) == Stage::Scan)
        if (auto read = dyn_cast<ReadOp>(op))
          addSide(read);
    for (Operation &op : cut.getScan().getGraph().without_terminator())
      if (cut.getStage(&op) == Stage::Scan && isPossible())
        check(&op);
    return segment;
  }

private:
  using Kind = Segment::Kind;

  bool isPossible() const { return segment.kind != Kind::None; }
  bool depends(Value value) const { return cut.getStatesOf(value).any(); }
  bool anyDepends(ValueRange values) const {
    return llvm::any_of(values, [&](Value value) { return depends(value); });
  }
  /// The axis that passes through unmixed, which M must not vary along.
  StringRef getKeptAxis() const {
    return segment.kind == Kind::Right ? "key" : "value";
  }

  void refuse(Operation *op, const Twine &why) {
    if (!isPossible())
      return;
    segment.kind = Kind::None;
    segment.reasonOp = op;
    segment.reason = ("'" + op->getName().getStringRef() + "' " + why).str();
  }
  void refuseProduct(Operation *op) {
    refuse(op, "multiplies two values that depend on the states");
  }
  void refuseVariation(Operation *op, StringRef what) {
    refuse(op, what + " differs along " + getKeptAxis() +
                   ": the transition is a matrix for each");
  }

  void addSide(ReadOp read) {
    Kind kind = read.getSide() == Side::Left ? Kind::Left : Kind::Right;
    if (segment.kind != Kind::Decay && segment.kind != kind)
      return refuse(read, "meets one from the other side");
    if (isPossible())
      segment.kind = kind;
  }

  void check(Operation *op) {
    llvm::TypeSwitch<Operation *>(op)
        .Case<ReadOp>([&](ReadOp read) {
          if (depends(read.getVectors()))
            refuseProduct(read);
        })
        .Case<ApplyOp>([&](ApplyOp apply) {
          if (depends(apply.getScores()) || anyDepends(apply.getGate()))
            return refuseProduct(apply);
          checkGates(apply, apply.getGate());
        })
        .Case<SolveOp>([&](SolveOp solve) {
          if (anyDepends(solve.getScores()) || anyDepends(solve.getWeights()) ||
              anyDepends(solve.getGates()))
            return refuseProduct(solve);
          if (!solve.getWeights().empty())
            return refuseVariation(solve, "has a weight that");
          checkGates(solve, solve.getGates());
        })
        .Case<UpdateOp>([&](UpdateOp update) { check(update); })
        .Case<TokensOp>([&](TokensOp tokens) { check(tokens); })
        .Case<SumOp>([](SumOp) {})
        .Default([&](Operation *other) {
          refuse(other, "is not linear in the states");
        });
    // Without reads there is nothing but states and their decays.
    if (segment.kind == Kind::Decay && !isa<UpdateOp>(op))
      refuse(op, "looks at a state without a read");
  }

  void checkGates(Operation *op, OperandRange gates) {
    for (Value gate : gates)
      if (cast<RankedTensorType>(gate.getType()).getRank() == 2)
        refuseVariation(op, "has a gate that");
  }

  void check(UpdateOp op) {
    if (anyDepends(op.getDecays()) ||
        (op.getValueDecays() && depends(op.getValueDecays())))
      return refuseProduct(op);
    bool isRight = segment.kind == Kind::Right;
    for (unsigned m = 0, e = op.getNumWrites(); m < e; ++m) {
      bool x = depends(op.getAlongKey(m)), y = depends(op.getAlongValue(m));
      if (x && y)
        return refuseProduct(op);
      if (isRight ? y : x)
        return refuse(op, "writes along the axis that reads sum over");
      if (segment.kind == Kind::Decay && y)
        return refuse(op, "writes a state without a read");
    }
    if (segment.kind == Kind::Decay)
      return;
    auto isVector = [](Value decay) {
      return decay && cast<RankedTensorType>(decay.getType()).getRank() == 1;
    };
    if (isRight ? llvm::any_of(op.getDecays(), isVector)
                : isVector(op.getValueDecays()))
      refuseVariation(op, "has a decay that");
  }

  /// Sums of what was read, and products with scalars.
  void check(TokensOp op) {
    llvm::DenseSet<Value> dependent;
    for (auto [arg, input] :
         llvm::zip(op.getStep().getArguments(), op.getInputs()))
      if (depends(input))
        dependent.insert(arg);
    for (Operation &inner : op.getStep().without_terminator()) {
      unsigned count = llvm::count_if(inner.getOperands(), [&](Value operand) {
        return dependent.contains(operand);
      });
      if (count == 0)
        continue;
      dependent.insert_range(inner.getResults());
      bool isSum = isa<delta::AddOp, delta::SubOp>(inner);
      auto elementwise = dyn_cast<delta::ElementwiseOpInterface>(inner);
      if (!elementwise || (count > 1 && !isSum))
        return refuse(&inner, "is not linear, element by element, in what was "
                              "read from the states");
      for (OpOperand &operand : inner.getOpOperands()) {
        if (dependent.contains(operand.get())) {
          if (!elementwise.isLinearIn(operand.getOperandNumber()))
            return refuse(&inner,
                          "is not linear in what was read from the states");
          continue;
        }
        if (!isSum && isa<delta::VecType>(operand.get().getType()))
          return refuseVariation(&inner, "has a factor that");
      }
    }
  }

  const StageCut &cut;
  Segment segment;
};
} // namespace

/// Decays are multiplied chunk by chunk; with n states as matrices.
static void multiplyDecays(UpdateOp op, Segment &segment) {
  Count numbers;
  for (Value decay : op.getDecays())
    numbers += cast<RankedTensorType>(decay.getType()).getNumElements();
  if (op.getValueDecays())
    numbers +=
        cast<RankedTensorType>(op.getValueDecays().getType()).getNumElements();
  segment.elements += numbers;
  uint64_t states = op.getStates().size();
  segment.perChunk.flop += numbers * (states > 0 ? 2 * states - 1 : 0);
}

void StageCut::formTransition(Segment &segment) const {
  uint64_t key = getScan().getKeyDim(), value = getScan().getValueDim();
  uint64_t size = segment.kind == Segment::Kind::Left ? key : value;
  ChunkCost identity(scan, size, size);
  for (Operation &op : getScan().getGraph().without_terminator()) {
    if (getStage(&op) != Stage::Scan)
      continue;
    // Once for every state that has the identity, the others being zero.
    BitVector states = getStatesOf(op.getResult(0));
    for (unsigned state : states.set_bits())
      segment.perChunk += identity.get(
          &op, [&](Value operand) { return getStatesOf(operand).test(state); });
  }
  segment.elements = Count(segment.pairs) * size * size;
  segment.joinFlop = Count(segment.pairs) * 2 * key * value * size;
}

Segment StageCut::analyzeSegment() const {
  Segment segment = SegmentClassifier(*this).classify();
  for (Value next : getScan().getNextStates())
    segment.pairs += getStatesOf(next).count();
  if (segment.kind == Segment::Kind::None)
    return segment;
  if (segment.kind != Segment::Kind::Decay) {
    formTransition(segment);
    return segment;
  }
  for (auto update : getScan().getGraph().getOps<UpdateOp>())
    if (getStage(update) == Stage::Scan)
      multiplyDecays(update, segment);
  segment.joinFlop = Count(segment.pairs) * 2 * getScan().getKeyDim() *
                     getScan().getValueDim();
  return segment;
}
