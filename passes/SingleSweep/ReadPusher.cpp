//===- ReadPusher.cpp - reads moved to the incoming states ----------------===//

#include "passes/SingleSweep/ReadPusher.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

namespace {
/// A sum of reads of one state value: Σ weight ∘ read(state, vector). A null
/// weight is 1; weights run along the axis of the result, vectors along the
/// axis that is contracted. Terms of one weight are merged.
using ReadSum = llvm::MapVector<Value, Value>;

/// The exponentials of decays' gates.
using GateFactors = llvm::DenseMap<Operation *, Value>;

/// Decays along the result's axis make new weights; sums of states that decay
/// differently multiply them. A step that needs more is refused.
constexpr size_t maxTermsPerState = 64;

/// Rewrites one read as reads of the incoming states, by walking its state
/// backwards once, the way a derivative is accumulated: a state that is
/// reached along several paths is still expanded once.
class ReadPusher {
public:
  ReadPusher(ReadOp read, GateFactors &factors)
      : read(read), builder(read), factors(factors),
        contracted(read.getVector().getType()) {}

  FailureOr<Value> run() {
    add(read.getState(), Value(), read.getVector());
    while (!pending.empty()) {
      // The last in program order: every path into it has been walked.
      auto last = llvm::max_element(
          pending, [](auto &a, auto &b) { return isBefore(a.first, b.first); });
      Value state = last->first;
      ReadSum sum = std::move(last->second);
      pending.erase(last);
      if (sum.size() > maxTermsPerState)
        return read.emitOpError()
               << "reads a sum of states that decay along "
               << stringifyAxis(cast<VecType>(read.getType()).getAxis())
               << " in more than " << maxTermsPerState << " different ways";
      for (auto [weight, vector] : sum)
        expand(state, weight, vector);
    }
    return result;
  }

private:
  static bool isBefore(Value a, Value b) {
    Operation *x = a.getDefiningOp(), *y = b.getDefiningOp();
    if (!x || !y)
      return !x && (y || cast<BlockArgument>(a).getArgNumber() <
                             cast<BlockArgument>(b).getArgNumber());
    return x->isBeforeInBlock(y);
  }

  Value mul(Value a, Value b) {
    return MulOp::create(builder, read.getLoc(), a, b);
  }
  Value weigh(Value weight, Value value) {
    return weight ? mul(weight, value) : value;
  }

  void add(Value state, Value weight, Value vector) {
    auto [it, isNew] = pending[state].try_emplace(weight, vector);
    if (!isNew)
      it->second = AddOp::create(builder, read.getLoc(), it->second, vector);
  }
  void addToResult(Value term) {
    result = result ? Value(AddOp::create(builder, read.getLoc(), result, term))
                    : term;
  }

  /// Through a state times a factor.
  void pass(Value state, Value factor, Value weight, Value vector) {
    bool isWeight =
        isa<VecType>(factor.getType()) && factor.getType() != contracted;
    if (isWeight)
      add(state, weigh(weight, factor), vector);
    else
      add(state, weight, mul(factor, vector));
  }

  void expand(Value state, Value weight, Value vector) {
    Operation *op = state.getDefiningOp();
    if (!op) {
      Value term = ReadOp::create(builder, read.getLoc(), state, vector);
      return addToResult(weigh(weight, term));
    }
    llvm::TypeSwitch<Operation *>(op)
        .Case([&](ScaleStateOp scale) {
          pass(scale.getState(), scale.getFactor(), weight, vector);
        })
        .Case([&](DecayOp decay) {
          Value &factor = factors[decay];
          if (!factor) {
            OpBuilder beside(decay);
            factor = ExpOp::create(beside, decay.getLoc(), decay.getGate());
          }
          pass(decay.getState(), factor, weight, vector);
        })
        .Case([&](WriteOp write) {
          Value own = write.getRow(), other = write.getColumn();
          if (!read.isLeft())
            std::swap(own, other);
          Value dot = DotOp::create(builder, read.getLoc(), vector, own);
          addToResult(weigh(weight, mul(dot, other)));
          add(write.getState(), weight, vector);
        })
        .Case([&](AddStatesOp sum) {
          add(sum.getLhs(), weight, vector);
          add(sum.getRhs(), weight, vector);
        })
        .DefaultUnreachable("a state op that reads do not pass");
  }

  ReadOp read;
  OpBuilder builder;
  GateFactors &factors;
  Type contracted;
  llvm::MapVector<Value, ReadSum> pending;
  Value result;
};
} // namespace

LogicalResult sluice::pushReadsToIncomingStates(RecurrenceOp op) {
  GateFactors factors;
  for (ReadOp read : llvm::to_vector(op.getStep().getOps<ReadOp>())) {
    if (isa<BlockArgument>(read.getState()))
      continue;
    FailureOr<Value> pushed = ReadPusher(read, factors).run();
    if (failed(pushed))
      return failure();
    read.replaceAllUsesWith(*pushed);
    read.erase();
  }
  return success();
}
