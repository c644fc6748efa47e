//===- ReadPusher.cpp - reads moved to the incoming states ----------------===//

#include "lib/Algebra/ReadPusher.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"
#include <map>

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

namespace {
/// A sum of reads of one state value: Σ weight ∘ read(state, vector). A null
/// weight is 1; weights run along the axis of the result, vectors along the
/// axis that is contracted. Terms of one weight are merged.
using ReadSum = llvm::MapVector<Value, Value>;

/// What the reads of one step share.
struct Shared {
  explicit Shared(RecurrenceOp op) {
    unsigned count = 0;
    for (BlockArgument state : op.getStates())
      order[state] = count++;
    for (Operation &step : op.getStep().without_terminator())
      if (isa<StateType>(step.getResult(0).getType()))
        order[step.getResult(0)] = count++;
  }

  /// The positions of state values.
  llvm::DenseMap<Value, unsigned> order;
  /// The exponentials of decays' gates.
  llvm::DenseMap<Operation *, Value> factors;
};

/// Decays along the result's axis make new weights; sums of states that decay
/// differently multiply them. A step that needs more is refused.
constexpr size_t maxTermsPerState = 64;

/// Rewrites one read as reads of the incoming states, by walking its state
/// backwards once, the way a derivative is accumulated: a state that is
/// reached along several paths is still expanded once.
class ReadPusher {
public:
  ReadPusher(ReadOp read, Shared &shared)
      : read(read), builder(read), shared(shared),
        contracted(read.getVector().getType()) {}

  FailureOr<Value> run() {
    add(read.getState(), Value(), read.getVector());
    while (!pending.empty()) {
      // The last in program order: every path into it has been walked.
      auto last = std::prev(pending.end());
      auto [state, sum] = std::move(last->second);
      pending.erase(last);
      if (sum.size() > maxTermsPerState)
        return read.emitOpError()
               << "reads a sum of states that decay along "
               << stringifyAxis(cast<VecType>(read.getType()).getAxis())
               << " in more than " << maxTermsPerState << " different ways";
      for (auto &[weight, vector] : sum)
        expand(state, weight, vector);
    }
    return result;
  }

private:
  Value mul(Value a, Value b) {
    return MulOp::create(builder, read.getLoc(), a, b);
  }
  Value weigh(Value weight, Value value) {
    return weight ? mul(weight, value) : value;
  }

  void add(Value state, Value weight, Value vector) {
    auto &[known, sum] = pending[shared.order.lookup(state)];
    known = state;
    auto [it, isNew] = sum.try_emplace(weight, vector);
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
          Value &factor = shared.factors[decay];
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
  Shared &shared;
  Type contracted;
  /// By position.
  std::map<unsigned, std::pair<Value, ReadSum>> pending;
  Value result;
};
} // namespace

LogicalResult sluice::pushReadsToIncomingStates(RecurrenceOp op) {
  Shared shared(op);
  for (ReadOp read : llvm::to_vector(op.getStep().getOps<ReadOp>())) {
    if (isa<BlockArgument>(read.getState()))
      continue;
    FailureOr<Value> pushed = ReadPusher(read, shared).run();
    if (failed(pushed))
      return failure();
    read.replaceAllUsesWith(*pushed);
    read.erase();
  }
  return success();
}
