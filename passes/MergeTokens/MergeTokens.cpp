//===- MergeTokens.cpp - one loop over tokens in place of several ---------===//

#include "passes/MergeTokens/MergeTokens.h"
#include "dialects/WY/WYOps.h"
#include "lib/Analysis/Stages.h"
#include "lib/Support/Remarks.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/MapVector.h"

namespace sluice {
#define GEN_PASS_DEF_MERGETOKENS
#include "passes/MergeTokens/MergeTokens.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using delta::Axis;

namespace {
/// What all results of a wy.tokens run along.
enum class ResultAxis { Key, Value, Mixed };

/// What two wy.tokens have in common if one function may do both, and how often
/// maths of one class gave way to anything else on the longest chain behind
/// one.
struct Rank {
  wy::Stage stage = wy::Stage::Pre;
  ResultAxis axis = ResultAxis::Mixed;
  Attribute attributes;
  unsigned level = 0;

  bool hasClassOf(const Rank &other) const {
    return stage == other.stage && axis == other.axis &&
           attributes == other.attributes;
  }
};
} // namespace

/// A scalar that is a reduction runs along the axis that is reduced, as a loop
/// over that axis can make it.
static ResultAxis getResultAxis(wy::TokensOp tokens) {
  auto axisOf = [](Value yielded) {
    Operation *made = yielded.getDefiningOp();
    if (isa_and_nonnull<delta::DotOp, delta::ReduceOp>(made))
      yielded = made->getOperand(0);
    auto vec = dyn_cast<delta::VecType>(yielded.getType());
    if (!vec)
      return ResultAxis::Mixed;
    return vec.getAxis() == Axis::Key ? ResultAxis::Key : ResultAxis::Value;
  };
  OperandRange values = tokens.getYield().getValues();
  if (values.empty())
    return ResultAxis::Mixed;
  ResultAxis first = axisOf(values.front());
  bool isOne = llvm::all_of(
      values, [&](Value yielded) { return axisOf(yielded) == first; });
  return isOne ? first : ResultAxis::Mixed;
}

/// What one token has of a result.
static Type getTokenType(OpResult result) {
  auto tokens = cast<wy::TokensOp>(result.getOwner());
  return tokens.getYield().getValues()[result.getResultNumber()].getType();
}

namespace {
class TokenMerger {
public:
  explicit TokenMerger(wy::ScanOp scan) : scan(scan) {}

  /// Returns how many became part of another.
  unsigned run() {
    rankAll();
    unsigned count = 0;
    for (ArrayRef<wy::TokensOp> group : findGroups()) {
      merge(group);
      count += group.size() - 1;
    }
    sortGraph();
    return count;
  }

private:
  /// The value comes straight from the maths of another one that the same loop
  /// may run.
  bool isFedBy(OpOperand &use, const Rank &rank) {
    auto from = use.get().getDefiningOp<wy::TokensOp>();
    if (!from || !ranks.lookup(from).hasClassOf(rank))
      return false;
    auto tokens = cast<wy::TokensOp>(use.getOwner());
    // With K = V, what is a key vector there might be a value vector here.
    return getTokenType(cast<OpResult>(use.get())) ==
           tokens.getStep().getArgument(use.getOperandNumber()).getType();
  }

  /// Between two of one class and level there is no path through another
  /// operation: it would be on a level between them. So merging all that are of
  /// one class and level, in whatever groups, closes no cycle.
  void rankAll() {
    wy::Stages stages(scan);
    // Of operations behind which there are maths of tokens: one level more than
    // these have.
    llvm::DenseMap<Operation *, unsigned> behind;
    for (Operation &op : scan.getGraph().without_terminator()) {
      auto tokens = dyn_cast<wy::TokensOp>(op);
      Rank rank;
      if (tokens)
        rank = {stages.ofNode.lookup(&op), getResultAxis(tokens),
                op.getDiscardableAttrDictionary(), 0};
      for (auto [i, value] : llvm::enumerate(wy::getNodeOperands(op))) {
        Operation *from = value.getDefiningOp();
        auto fromTokens = dyn_cast_or_null<wy::TokensOp>(from);
        unsigned level = 0;
        if (tokens && fromTokens && isFedBy(op.getOpOperand(i), rank))
          level = ranks.lookup(from).level;
        else if (fromTokens)
          level = ranks.lookup(from).level + 1;
        else if (from)
          level = behind.lookup(from);
        rank.level = std::max(rank.level, level);
      }
      if (tokens)
        ranks[tokens] = rank;
      else
        behind[&op] = rank.level;
    }
  }

  /// Of one class and level, those that share an operand or feed one another;
  /// groups, and what is in them, in the order of the graph.
  SmallVector<SmallVector<wy::TokensOp>> findGroups() {
    llvm::EquivalenceClasses<Operation *> classes;
    using Place = std::tuple<unsigned, unsigned, void *, unsigned, void *>;
    llvm::DenseMap<Place, Operation *> firstUser;
    for (auto tokens : scan.getGraph().getOps<wy::TokensOp>()) {
      classes.insert(tokens);
      const Rank &rank = ranks.find(tokens)->second;
      for (OpOperand &use : tokens->getOpOperands()) {
        Place place{static_cast<unsigned>(rank.stage),
                    static_cast<unsigned>(rank.axis),
                    const_cast<void *>(rank.attributes.getAsOpaquePointer()),
                    rank.level, use.get().getAsOpaquePointer()};
        auto [it, isNew] = firstUser.try_emplace(place, tokens);
        if (!isNew)
          classes.unionSets(it->second, tokens);
        Operation *from = use.get().getDefiningOp();
        if (isFedBy(use, rank) && ranks.lookup(from).level == rank.level)
          classes.unionSets(from, tokens);
      }
    }
    llvm::MapVector<Operation *, SmallVector<wy::TokensOp>> groups;
    for (auto tokens : scan.getGraph().getOps<wy::TokensOp>())
      groups[classes.getLeaderValue(tokens)].push_back(tokens);
    SmallVector<SmallVector<wy::TokensOp>> found;
    for (auto &[leader, group] : groups)
      if (group.size() > 1)
        found.push_back(std::move(group));
    return found;
  }

  /// One wy.tokens where the first of them stands.
  void merge(ArrayRef<wy::TokensOp> group) {
    llvm::SmallPtrSet<Operation *, 8> members;
    for (wy::TokensOp tokens : group)
      members.insert(tokens);
    auto block = std::make_unique<Block>();
    SmallVector<Value> inputs, results, yielded;
    SmallVector<Type> types;
    llvm::DenseMap<std::pair<Value, Type>, Value> argumentOf;
    llvm::DenseMap<Value, Value> innerValueOf;
    for (wy::TokensOp tokens : group) {
      for (auto [argument, input] :
           llvm::zip(tokens.getStep().getArguments(), tokens.getInputs())) {
        Value value = innerValueOf.lookup(input);
        if (!value || value.getType() != argument.getType()) {
          Value &made = argumentOf[{input, argument.getType()}];
          if (!made) {
            made = block->addArgument(argument.getType(), argument.getLoc());
            inputs.push_back(input);
          }
          value = made;
        }
        argument.replaceAllUsesWith(value);
      }
      wy::YieldOp yield = tokens.getYield();
      for (auto [value, result] :
           llvm::zip(yield.getValues(), tokens.getResults())) {
        innerValueOf[result] = value;
        bool isUsed = llvm::any_of(result.getUsers(), [&](Operation *user) {
          return !members.contains(user);
        });
        if (!isUsed)
          continue;
        types.push_back(result.getType());
        results.push_back(result);
        yielded.push_back(value);
      }
      yield.erase();
      block->getOperations().splice(block->end(),
                                    tokens.getStep().getOperations());
    }
    SmallVector<Location> locs;
    for (wy::TokensOp tokens : group)
      locs.push_back(tokens.getLoc());
    OpBuilder builder(group.front());
    Location loc = builder.getFusedLoc(locs);
    auto merged = wy::TokensOp::create(builder, loc, types, inputs);
    merged->setDiscardableAttrs(
        wy::TokensOp(group.front())->getDiscardableAttrDictionary());
    builder.setInsertionPointToEnd(block.get());
    wy::YieldOp::create(builder, loc, yielded);
    merged.getBody().push_back(block.release());
    for (auto [result, made] : llvm::zip(results, merged.getResults()))
      result.replaceAllUsesWith(made);
    // Users first: within a group an operation is fed by earlier ones.
    for (wy::TokensOp tokens : llvm::reverse(group))
      tokens.erase();
  }

  static SmallVector<Value> getReversedOperands(Operation &op) {
    SmallVector<Value> operands = wy::getNodeOperands(op);
    std::reverse(operands.begin(), operands.end());
    return operands;
  }

  /// What stands behind an operation that needs it moves before it, all else
  /// keeps its order.
  void sortGraph() {
    Block &graph = scan.getGraph();
    SmallVector<Operation *> ordered;
    llvm::DenseSet<Operation *> visited;
    // With the operands that are not looked at yet.
    SmallVector<std::pair<Operation *, SmallVector<Value>>> open;
    for (Operation &root : graph) {
      if (visited.insert(&root).second)
        open.emplace_back(&root, getReversedOperands(root));
      while (!open.empty()) {
        auto &[op, operands] = open.back();
        if (operands.empty()) {
          ordered.push_back(op);
          open.pop_back();
          continue;
        }
        Operation *from = operands.pop_back_val().getDefiningOp();
        if (from && visited.insert(from).second)
          open.emplace_back(from, getReversedOperands(*from));
      }
    }
    for (Operation *op : ordered)
      op->moveBefore(&graph, graph.end());
  }

  wy::ScanOp scan;
  llvm::DenseMap<Operation *, Rank> ranks; // of wy.tokens
};

struct MergeTokens : sluice::impl::MergeTokensBase<MergeTokens> {
  void runOnOperation() override {
    getOperation()->walk([&](wy::ScanOp scan) {
      remarkCount(*this, scan, "Merged", TokenMerger(scan).run());
    });
  }
};
} // namespace
