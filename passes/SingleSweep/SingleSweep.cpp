//===- SingleSweep.cpp - one sweep of the state a token -------------------===//

#include "passes/SingleSweep/SingleSweep.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"

namespace sluice {
#define GEN_PASS_DEF_SINGLESWEEP
#include "passes/SingleSweep/SingleSweep.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice::delta;

namespace {
/// A sum of reads of one state value: Σ weight ∘ read(state, vector). A null
/// weight is 1; weights run along the axis of the result, vectors along the
/// axis that is contracted. Terms of one weight are merged.
using ReadSum = llvm::MapVector<Value, Value>;

/// Decays along the result's axis make new weights; sums of states that decay
/// differently multiply them. A step that needs more is refused.
constexpr size_t maxTermsPerState = 64;

/// Rewrites one read as reads of the incoming states, by walking its state
/// backwards once, the way a derivative is accumulated: a state that is
/// reached along several paths is still expanded once.
class ReadPusher {
public:
  explicit ReadPusher(ReadOp read)
      : read(read), builder(read), contracted(read.getVector().getType()) {}

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

  void expand(Value state, Value weight, Value vector) {
    Operation *op = state.getDefiningOp();
    if (!op) {
      Value term = ReadOp::create(builder, read.getLoc(), state, vector);
      return addToResult(weigh(weight, term));
    }
    llvm::TypeSwitch<Operation *>(op)
        .Case([&](ScaleStateOp scale) {
          Value factor = scale.getFactor();
          bool isWeight =
              isa<VecType>(factor.getType()) && factor.getType() != contracted;
          if (isWeight)
            add(scale.getState(), weigh(weight, factor), vector);
          else
            add(scale.getState(), weight, mul(factor, vector));
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
  Type contracted;
  llvm::MapVector<Value, ReadSum> pending;
  Value result;
};

struct SingleSweep : sluice::impl::SingleSweepBase<SingleSweep> {
  void runOnOperation() override {
    Block &step = getOperation().getStep();
    for (Operation &op : llvm::make_early_inc_range(step)) {
      OpBuilder builder(&op);
      if (auto decay = dyn_cast<DecayOp>(op)) {
        Value factor = ExpOp::create(builder, op.getLoc(), decay.getGate());
        Value scaled = ScaleStateOp::create(
            builder, op.getLoc(), decay.getType(), decay.getState(), factor);
        decay.replaceAllUsesWith(scaled);
        decay.erase();
      } else if (auto norm = dyn_cast<L2NormOp>(op)) {
        norm.replaceAllUsesWith(spellOut(norm, builder));
        norm.erase();
      }
    }
    for (ReadOp read : llvm::to_vector(step.getOps<ReadOp>())) {
      if (isa<BlockArgument>(read.getState()))
        continue;
      FailureOr<Value> pushed = ReadPusher(read).run();
      if (failed(pushed))
        return signalPassFailure();
      read.replaceAllUsesWith(*pushed);
      read.erase();
    }
  }

  /// a ÷ √(a·a + ε), as a product with one reciprocal.
  static Value spellOut(L2NormOp norm, OpBuilder &builder) {
    Location loc = norm.getLoc();
    Value a = norm.getOperand();
    Value square = DotOp::create(builder, loc, a, a);
    Value epsilon = ConstantOp::create(
        builder, loc,
        builder.getF64FloatAttr(norm.getEpsilon().convertToDouble()));
    Value one = ConstantOp::create(builder, loc, builder.getF64FloatAttr(1.0));
    Value length = SqrtOp::create(
        builder, loc, Value(AddOp::create(builder, loc, square, epsilon)));
    Value reciprocal = DivOp::create(builder, loc, one, length);
    return MulOp::create(builder, loc, reciprocal, a);
  }
};
} // namespace
