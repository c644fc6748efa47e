//===- SplitTokens.cpp - maths of tokens in parts -------------------------===//

#include "passes/SplitTokens/SplitTokens.h"
#include "dialects/WY/WYOps.h"
#include "lib/Analysis/Stages.h"
#include "lib/Support/Remarks.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace sluice {
#define GEN_PASS_DEF_SPLITTOKENS
#include "passes/SplitTokens/SplitTokens.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using delta::Axis;

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
/// Cuts the maths of one wy.tokens as the pass describes.
class TokenSplitter {
public:
  TokenSplitter(wy::TokensOp op, wy::ScanOp scan)
      : op(op), scan(scan), builder(op) {}

  /// Returns false where there is one part only.
  bool split() {
    chooseRoots();
    if (base.empty() + key.empty() + value.empty() == 2)
      return false;
    Tensors provided = emit(base, {});
    Tensors made = provided;
    for (const Roots *roots : {&key, &value})
      for (auto [root, tensor] : emit(*roots, provided))
        made.insert({root, tensor});
    for (auto [yielded, result] :
         llvm::zip(op.getYield().getValues(), op.getResults()))
      result.replaceAllUsesWith(made.lookup(yielded));
    op.erase();
    return true;
  }

private:
  /// Values of the maths that a part yields, and the tensors of such.
  using Roots = llvm::SetVector<Value>;
  using Tensors = llvm::MapVector<Value, Value>;

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
    placeResults();
    auto nowhere = [](Value) { return false; };
    // Scalars that vectors wait for, and costly vectors that these wait for.
    llvm::DenseSet<Value> ofVectors;
    for (const Roots *roots : {&key, &value})
      for (Value root : *roots)
        addClosure(root, ofVectors,
                   [&](Value made) { return made != root && !axisOf(made); });
    for (Operation &step : op.getStep().without_terminator()) {
      Value made = step.getResult(0);
      bool isRoot = key.contains(made) || value.contains(made);
      if (!axisOf(made) && !isRoot && ofVectors.contains(made) &&
          !isGiven(made))
        base.insert(made);
    }
    llvm::DenseSet<Value> ofBase;
    for (Value root : base)
      addClosure(root, ofBase, nowhere);
    for (Operation &step : op.getStep().without_terminator()) {
      Value made = step.getResult(0);
      if (axisOf(made) && ofBase.contains(made) && ofVectors.contains(made) &&
          !isCheap(made))
        base.insert(made);
    }
    // A vector that the base has is no other part's.
    for (Roots *roots : {&key, &value})
      roots->remove_if([&](Value root) { return base.contains(root); });
  }

  /// Results go with their axis; scalars to the base, but for a reduction that
  /// nothing waits for, which goes with the axis that it runs along.
  void placeResults() {
    auto nowhere = [](Value) { return false; };
    llvm::DenseSet<Value> needed;
    for (Value yielded : op.getYield().getValues())
      if (axisOf(yielded) || !isReduction(yielded))
        addClosure(yielded, needed, nowhere);
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
  }

  /// A wy.tokens with the values of `roots`, which may use `provided`: values
  /// of the maths that another part has made tensors of.
  Tensors emit(const Roots &roots, const Tensors &provided) {
    Tensors made;
    if (roots.empty())
      return made;
    llvm::DenseSet<Value> needed;
    for (Value root : roots)
      addClosure(root, needed,
                 [&](Value value) { return provided.contains(value); });

    SmallVector<Type> types;
    SmallVector<Value> inputs;
    for (Value root : roots)
      types.push_back(
          scan.getChunkType(root.getType(), delta::ArgKind::VHeads));
    auto block = std::make_unique<Block>();
    IRMapping mapping;
    auto addInput = [&](Value value, Value tensor) {
      if (!needed.contains(value))
        return;
      inputs.push_back(tensor);
      mapping.map(value, block->addArgument(value.getType(), value.getLoc()));
    };
    for (auto [argument, tensor] :
         llvm::zip(op.getStep().getArguments(), op.getInputs()))
      addInput(argument, tensor);
    for (auto [value, tensor] : provided)
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
    part->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    part.getBody().push_back(block.release());
    for (auto [root, result] : llvm::zip(roots, part.getResults()))
      made.insert({root, result});
    return made;
  }

  wy::TokensOp op;
  wy::ScanOp scan;
  OpBuilder builder;
  Roots base, key, value;
};

struct SplitTokens : sluice::impl::SplitTokensBase<SplitTokens> {
  void runOnOperation() override {
    getOperation()->walk([&](wy::ScanOp scan) {
      wy::Stages stages(scan);
      SmallVector<wy::TokensOp> free;
      for (wy::TokensOp tokens : scan.getGraph().getOps<wy::TokensOp>())
        if (stages.ofNode.lookup(tokens) == wy::Stage::Pre)
          free.push_back(tokens);
      unsigned count = 0;
      for (wy::TokensOp tokens : free)
        count += TokenSplitter(tokens, scan).split();
      remarkCount(*this, scan, "Split", count);
    });
  }
};
} // namespace
