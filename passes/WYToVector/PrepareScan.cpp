//===- PrepareScan.cpp - a scan as the emitter likes it -------------------===//

#include "passes/WYToVector/PrepareScan.h"
#include "mlir/IR/IRMapping.h"
#include "passes/SingleSweep/SpellOut.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sluice;
using delta::Axis;

//===----------------------------------------------------------------------===//
// Exponentials
//===----------------------------------------------------------------------===//

/// True if the use is as a gate of one state.
static bool isGateUse(OpOperand &use) {
  auto isIn = [&](OperandRange gate) {
    return gate.size() == 1 &&
           gate.getBeginOperandIndex() == use.getOperandNumber();
  };
  return llvm::TypeSwitch<Operation *, bool>(use.getOwner())
      .Case<wy::AccumulateOp, wy::ScoresOp, wy::ApplyOp>(
          [&](auto op) { return isIn(op.getGate()); })
      .Default([](Operation *) { return false; });
}

/// Where the maths of tokens has e^g of a log gate g already, let it be the
/// gate: one exponential serves both. A whole chunk's decay still takes logs.
static void shareExponentials(wy::ScanOp scan) {
  for (wy::TokensOp tokens :
       llvm::make_early_inc_range(scan.getGraph().getOps<wy::TokensOp>())) {
    SmallVector<std::pair<Value, Value>> found; // g, e^g of a token
    for (auto exp : tokens.getStep().getOps<delta::ExpOp>())
      if (auto arg = dyn_cast<BlockArgument>(exp.getOperand())) {
        Value gate = tokens.getInputs()[arg.getArgNumber()];
        if (cast<RankedTensorType>(gate.getType()) ==
                scan.getChunkType(arg.getType(), delta::ArgKind::VHeads) &&
            llvm::any_of(gate.getUses(), isGateUse))
          found.push_back({gate, exp.getResult()});
      }
    if (found.empty())
      continue;
    OpBuilder b(tokens);
    SmallVector<Type> types(tokens.getResultTypes());
    SmallVector<Value> values(tokens.getYield().getValues());
    for (auto [gate, factor] : found) {
      types.push_back(gate.getType());
      values.push_back(factor);
    }
    tokens.getYield().getValuesMutable().assign(values);
    auto grown =
        wy::TokensOp::create(b, tokens.getLoc(), types, tokens.getInputs());
    grown.getBody().takeBody(tokens.getBody());
    size_t count = tokens.getNumResults();
    tokens.replaceAllUsesWith(grown.getResults().take_front(count));
    tokens.erase();
    for (auto [pair, factor] :
         llvm::zip(found, grown.getResults().drop_front(count)))
      for (OpOperand &use : llvm::make_early_inc_range(pair.first.getUses())) {
        Operation *user = use.getOwner();
        if (!isGateUse(use) || !grown->isBeforeInBlock(user))
          continue;
        llvm::TypeSwitch<Operation *>(user)
            .Case([&](wy::AccumulateOp op) {
              if (op.getKind() != wy::GateKind::Log ||
                  op.getRange() == wy::Range::All)
                return;
              op.setKind(wy::GateKind::Factor);
              use.set(factor);
            })
            .Case<wy::ScoresOp, wy::ApplyOp>([&](auto op) {
              if (op.getKind() != wy::GateKind::Log)
                return;
              op.setKind(wy::GateKind::Factor);
              use.set(factor);
            });
      }
  }
}

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

static std::optional<Axis> axisOf(Value value) {
  if (auto vec = dyn_cast<delta::VecType>(value.getType()))
    return vec.getAxis();
  return std::nullopt;
}

/// Is there in every part that needs it.
static bool isGiven(Value value) {
  Operation *op = value.getDefiningOp();
  return !op || isa<delta::ConstantOp, delta::ScaleOp>(op);
}

/// Not worth keeping for another part.
static bool isCheap(Value value) {
  return isGiven(value) ||
         isa<delta::AddOp, delta::SubOp, delta::MulOp, delta::NegOp>(
             value.getDefiningOp());
}

static bool isReduction(Value value) {
  return isa_and_nonnull<delta::DotOp, delta::ReduceOp>(value.getDefiningOp());
}

namespace {
/// Cuts the maths of tokens in a base (scalars, and what they need), a part of
/// vectors along each axis, and reductions that nothing of the maths waits for,
/// which go with their axis.
class TokenSplitter {
public:
  explicit TokenSplitter(wy::TokensOp op) : op(op), builder(op) {}

  void split() {
    chooseRoots();
    if (base.empty() + key.empty() + value.empty() == 2)
      return;
    llvm::MapVector<Value, Value> provided;
    provided = emit(base, provided);
    llvm::MapVector<Value, Value> made = provided;
    for (const Roots *roots : {&key, &value})
      for (auto [root, tensor] : emit(*roots, provided))
        made.insert({root, tensor});
    for (auto [yielded, result] :
         llvm::zip(op.getYield().getValues(), op.getResults()))
      result.replaceAllUsesWith(made.lookup(yielded));
    op.erase();
  }

private:
  using Roots = llvm::SetVector<Value>;

  /// What `root` is made of, itself included; `isEnd` is not looked behind.
  static void addClosure(Value root, llvm::DenseSet<Value> &closure,
                         llvm::function_ref<bool(Value)> isEnd) {
    SmallVector<Value> open{root};
    while (!open.empty()) {
      Value value = open.pop_back_val();
      if (!closure.insert(value).second || isEnd(value))
        continue;
      if (Operation *made = value.getDefiningOp())
        llvm::append_range(open, made->getOperands());
    }
  }

  void chooseRoots() {
    auto nowhere = [](Value) { return false; };
    SmallVector<Value> scalars;
    llvm::DenseSet<Value> needed;
    for (Value yielded : op.getYield().getValues()) {
      if (!axisOf(yielded))
        scalars.push_back(yielded);
      else
        addClosure(yielded, needed, nowhere);
    }
    for (Value scalar : scalars)
      if (!isReduction(scalar))
        addClosure(scalar, needed, nowhere);
    auto rootsOf = [&](Axis axis) -> Roots & {
      return axis == Axis::Key ? key : value;
    };
    for (Value yielded : op.getYield().getValues()) {
      if (std::optional<Axis> axis = axisOf(yielded))
        rootsOf(*axis).insert(yielded);
      else if (isReduction(yielded) && !needed.contains(yielded))
        rootsOf(*axisOf(yielded.getDefiningOp()->getOperand(0)))
            .insert(yielded);
      else
        base.insert(yielded);
    }
    // Scalars that vectors wait for, and dear vectors that these wait for.
    llvm::DenseSet<Value> ofVectors;
    for (const Roots *roots : {&key, &value})
      for (Value root : *roots) {
        addClosure(root, ofVectors,
                   [&](Value made) { return made != root && !axisOf(made); });
      }
    llvm::DenseSet<Value> ofBase;
    for (Operation &step : op.getStep().without_terminator()) {
      Value made = step.getResult(0);
      bool isRoot = key.contains(made) || value.contains(made);
      if (!axisOf(made) && !isRoot && ofVectors.contains(made) &&
          !isGiven(made))
        base.insert(made);
    }
    for (Value root : base)
      addClosure(root, ofBase, nowhere);
    for (Operation &step : op.getStep().without_terminator()) {
      Value made = step.getResult(0);
      if (axisOf(made) && ofBase.contains(made) && ofVectors.contains(made) &&
          !isCheap(made))
        base.insert(made);
    }
    // A vector that the base has is nobody else's.
    for (Roots *roots : {&key, &value})
      roots->remove_if([&](Value root) { return base.contains(root); });
  }

  /// A wy.tokens with the values of `roots`, which may use `provided`: values
  /// of the maths that other parts have as tensors.
  llvm::MapVector<Value, Value>
  emit(const Roots &roots, const llvm::MapVector<Value, Value> &provided) {
    llvm::MapVector<Value, Value> made;
    if (roots.empty())
      return made;
    llvm::DenseSet<Value> needed;
    for (Value root : roots)
      addClosure(root, needed,
                 [&](Value value) { return provided.contains(value); });

    auto scan = op->getParentOfType<wy::ScanOp>();
    SmallVector<Type> types;
    SmallVector<Value> inputs;
    for (Value root : roots)
      types.push_back(
          scan.getChunkType(root.getType(), delta::ArgKind::VHeads));
    auto block = std::make_unique<Block>();
    IRMapping mapping;
    auto addInput = [&](Value value, Value tensor) {
      inputs.push_back(tensor);
      mapping.map(value, block->addArgument(value.getType(), value.getLoc()));
    };
    for (auto [argument, tensor] :
         llvm::zip(op.getStep().getArguments(), op.getInputs()))
      if (needed.contains(argument))
        addInput(argument, tensor);
    for (auto [value, tensor] : provided)
      if (needed.contains(value))
        addInput(value, tensor);
    OpBuilder inside(op.getContext());
    inside.setInsertionPointToEnd(block.get());
    for (Operation &step : op.getStep().without_terminator()) {
      Value result = step.getResult(0);
      if (needed.contains(result) && !mapping.contains(result))
        inside.clone(step, mapping);
    }
    SmallVector<Value> yielded;
    for (Value root : roots)
      yielded.push_back(mapping.lookup(root));
    wy::YieldOp::create(inside, op.getLoc(), yielded);
    auto part = wy::TokensOp::create(builder, op.getLoc(), types, inputs);
    part.getBody().push_back(block.release());
    for (auto [root, result] : llvm::zip(roots, part.getResults()))
      made.insert({root, result});
    return made;
  }

  wy::TokensOp op;
  OpBuilder builder;
  Roots base, key, value;
};
} // namespace

static void splitTokens(wy::ScanOp scan) {
  llvm::DenseSet<Value> dependent;
  for (BlockArgument state : scan.getStates())
    dependent.insert(state);
  SmallVector<wy::TokensOp> found;
  for (Operation &op : scan.getGraph().without_terminator()) {
    if (llvm::any_of(op.getOperands(),
                     [&](Value value) { return dependent.contains(value); }))
      dependent.insert(op.result_begin(), op.result_end());
    else if (auto tokens = dyn_cast<wy::TokensOp>(op))
      found.push_back(tokens);
  }
  for (wy::TokensOp tokens : found)
    TokenSplitter(tokens).split();
}

void sluice::prepareScan(wy::ScanOp scan) {
  scan.walk([](delta::L2NormOp norm) { spellOut(norm); });
  shareExponentials(scan);
  splitTokens(scan);
}
