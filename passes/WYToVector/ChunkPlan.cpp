//===- ChunkPlan.cpp - when a node is computed ----------------------------===//

#include "passes/WYToVector/ChunkPlan.h"
#include "lib/Analysis/PanelAxis.h"
#include "passes/WYToVector/AlikeNodes.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sluice;
using delta::ArgKind;
using delta::Axis;

static std::optional<Axis> axisOf(Type tokenType) {
  if (auto vec = dyn_cast<delta::VecType>(tokenType))
    return vec.getAxis();
  return std::nullopt;
}

/// Sums of vectors that one loop carries: no more than a few times what
/// registers hold.
static constexpr int64_t kMostSums = 64;

ChunkPlan::ChunkPlan(wy::ScanOp scan, const ChunkKernelSizes &sizes)
    : scan(scan), sizes(sizes), chunk(scan.getChunk()), shapes(scan) {
  findAxes();
  findDependents();
  findPhases();
  collectGates();
  findOnlyGates();
  findContractedLoop();
  findCopied();
  findWantedRows();
  findAnchorGroups();
  findPairs();
  orderFirstPhase();
}

int64_t ChunkPlan::dim(Axis axis) const {
  return wy::ScanOp(scan).getDim(axis);
}

int64_t ChunkPlan::paddedDim(Axis axis) const {
  int64_t unit = axis == getFree() ? panelWidth() : sizes.lanes;
  return (dim(axis) + unit - 1) / unit * unit;
}

bool ChunkPlan::isNextState(Operation *op) const {
  return llvm::is_contained(wy::ScanOp(scan).getNextStates(), op->getResult(0));
}

SmallVector<Value> ChunkPlan::getStates() const {
  wy::ScanOp op = scan;
  auto states = llvm::to_vector_of<Value>(op.getStates());
  for (unsigned i = 0, e = op.getNumInChannels(); i < e; ++i)
    states.push_back(op.getChannelArgument(i));
  for (wy::UpdateOp update : op.getGraph().getOps<wy::UpdateOp>())
    if (isMadeState(update))
      states.push_back(update);
  return states;
}

unsigned ChunkPlan::getStateIndex(Value state) const {
  SmallVector<Value> states = getStates();
  return llvm::find(states, state) - states.begin();
}

void ChunkPlan::findAxes() {
  contracted = wy::getPanelAxis(scan) == Axis::Key ? Axis::Value : Axis::Key;
}

bool ChunkPlan::isPanelRead(wy::ReadOp read) const {
  return (read.getSide() == wy::Side::Left) == (contracted == Axis::Key);
}

void ChunkPlan::findDependents() {
  for (Value state : getStates())
    dependent.insert(state);
  for (Operation &op : scan.getGraph().without_terminator())
    if (llvm::any_of(op.getOperands(),
                     [&](Value value) { return dependent.contains(value); }))
      dependent.insert(op.result_begin(), op.result_end());
}

/// Column v of every result depends on column v of operands along the free
/// axis only.
bool ChunkPlan::staysInColumns(Operation &op) const {
  if (!llvm::all_of(op.getResults(), [&](Value result) {
        return getShape(result).axis == getFree() && hasRows(result);
      }))
    return isa<wy::UpdateOp>(op);
  if (auto read = dyn_cast<wy::ReadOp>(op))
    return isPanelRead(read);
  if (auto tokens = dyn_cast<wy::TokensOp>(op))
    return llvm::all_of(
        tokens.getStep().without_terminator(), [&](Operation &step) {
          // One loop along the axis, with nothing to reduce before it.
          return !isa<delta::DotOp, delta::ReduceOp, delta::L2NormOp>(step);
        });
  return isa<wy::SumOp, wy::ApplyOp, wy::SolveOp, wy::ApplyTransposedOp,
             wy::SolveTransposedOp>(op);
}

void ChunkPlan::findPhases() {
  // Backwards: a node whose result is wanted before the panels cannot be one
  // of theirs.
  SmallVector<Operation *> ops;
  for (Operation &op : scan.getGraph().without_terminator())
    ops.push_back(&op);
  for (Operation *op : llvm::reverse(ops)) {
    bool isDependent = llvm::any_of(op->getResults(), [&](Value result) {
      return dependent.contains(result);
    });
    bool inColumns = staysInColumns(*op);
    if ((isDependent && !inColumns) || isMadeState(op))
      columnwise = false;
    bool isWantedLater = llvm::all_of(op->getUsers(), [&](Operation *user) {
      return panelOps.contains(user) || isa<wy::YieldOp>(user);
    });
    // Arguments are touched once, all their elements together: tokens lie far
    // apart, where cache lines compete for few places.
    if (isDependent || (inColumns && isWantedLater && !isa<wy::TokensOp>(op)))
      panelOps.insert(op);
  }
  if (!columnwise)
    sizes.blockChunks = 1;
}

SmallVector<GateKey> sluice::getGateKeys(ValueRange tensors,
                                         wy::GateKind kind) {
  int64_t n = wy::getNumStates(tensors.size());
  SmallVector<GateKey> keys;
  for (auto [i, tensor] : llvm::enumerate(tensors))
    keys.push_back({tensor, kind, static_cast<int64_t>(i) % (n + 1) == 0});
  return keys;
}

ArrayRef<unsigned> ChunkPlan::getGatesOf(Value tensor) const {
  auto it = gatesOf.find(tensor);
  return it == gatesOf.end() ? ArrayRef<unsigned>() : it->second;
}

unsigned ChunkPlan::getGateIndex(const GateKey &key) const {
  return *llvm::find_if(getGatesOf(key.gate),
                        [&](unsigned i) { return gateKeys[i] == key; });
}

void ChunkPlan::collectGates() {
  auto note = [&](ValueRange gate, std::optional<wy::GateKind> kind) {
    if (gate.empty())
      return;
    for (const GateKey &key : getGateKeys(gate, *kind)) {
      SmallVector<unsigned, 2> &known = gatesOf[key.gate];
      if (llvm::any_of(known, [&](unsigned i) { return gateKeys[i] == key; }))
        continue;
      known.push_back(gateKeys.size());
      gateKeys.push_back(key);
    }
  };
  for (Operation &op : scan.getGraph().without_terminator())
    llvm::TypeSwitch<Operation *>(&op)
        .Case<wy::AccumulateOp, wy::ScoresOp, wy::ApplyOp, wy::TokenSumsOp>(
            [&](auto op) { note(op.getGate(), op.getKind()); })
        .Case([&](wy::DecaysOp op) { note(op.getGate(), op.getKind()); })
        .Case([&](wy::PairSumsOp op) {
          if (op.getGate())
            note(op.getGate(), op.getKind());
        })
        .Case<wy::SolveOp, wy::SolveTransposedOp>([&](auto op) {
          for (Value gate : op.getGates())
            note(gate, op.getKind());
        });
}

/// Vectors along the contracted axis, and sums along it for which nothing in a
/// loop along it waits.
bool ChunkPlan::fitsContractedLoop(wy::TokensOp op) const {
  auto isReduction = [](Operation *step) {
    return isa_and_nonnull<delta::DotOp, delta::ReduceOp>(step);
  };
  for (auto [value, result] :
       llvm::zip(op.getYield().getValues(), op.getResults())) {
    if (getShape(result).axis == contracted && hasRows(result))
      continue;
    Operation *made = value.getDefiningOp();
    if (!isReduction(made) ||
        axisOf(made->getOperand(0).getType()) != contracted ||
        !llvm::all_of(result.getUsers(), [&](Operation *user) {
          return isInPanelPhase(user) || isa<wy::YieldOp, wy::ScoresOp>(user);
        }))
      return false;
  }
  return llvm::all_of(op.getStep().without_terminator(), [&](Operation &step) {
    return !isReduction(&step) ||
           llvm::all_of(step.getUsers(), llvm::IsaPred<wy::YieldOp>);
  });
}

void ChunkPlan::findOnlyGates() {
  for (const GateKey &key : gateKeys) {
    bool isOnly = key.kind == wy::GateKind::Factor && key.isOneWithoutToken &&
                  key.gate.getDefiningOp<wy::TokensOp>() &&
                  getGatesOf(key.gate).size() == 1;
    for (OpOperand &use : key.gate.getUses()) {
      auto isGate = [&](OperandRange gate) {
        // An empty range begins nowhere.
        unsigned i = use.getOperandNumber();
        return !gate.empty() && i >= gate.getBeginOperandIndex() &&
               i < gate.getBeginOperandIndex() + gate.size();
      };
      isOnly &= llvm::TypeSwitch<Operation *, bool>(use.getOwner())
                    .Case<wy::AccumulateOp, wy::ScoresOp, wy::ApplyOp>(
                        [&](auto op) { return isGate(op.getGate()); })
                    .Case([](wy::DecaysOp) { return true; })
                    .Case([&](wy::SolveOp op) { return isGate(op.getGates()); })
                    .Default([](Operation *) { return false; });
    }
    if (isOnly)
      onlyGates.insert(key.gate);
  }
}

void ChunkPlan::findContractedLoop() {
  // What scores of all pairs come to is carried by the loop.
  int64_t pairs = chunk * (chunk - 1) / 2;
  auto scores = scan.getGraph().getOps<wy::ScoresOp>();
  if (chunk > kSmallChunk || llvm::range_size(scores) * pairs > kMostSums)
    return;
  auto isContracted = [&](Value value) {
    return getShape(value).axis == contracted && hasRows(value);
  };
  for (Operation &op : scan.getGraph().without_terminator()) {
    if (isInPanelPhase(&op))
      continue;
    bool isIn =
        llvm::TypeSwitch<Operation *, bool>(&op)
            .Case([&](wy::AccumulateOp op) {
              return isContracted(op.getGate()[0]);
            })
            .Case([&](wy::ScoresOp op) {
              // Of all pairs: parts are made in place, block by block.
              return isContracted(op.getRows()[0]) && !op.getMask();
            })
            .Case([&](wy::TokensOp op) { return fitsContractedLoop(op); })
            .Default([](Operation *) { return false; });
    // The loop is the phase's last: what others of the phase need is not in it.
    isIn &= llvm::all_of(op.getUsers(), [&](Operation *user) {
      return isInPanelPhase(user) || isa<wy::YieldOp>(user) ||
             isa<wy::TokensOp, wy::ScoresOp>(user);
    });
    if (isIn)
      contractedLoopOps.insert(&op);
  }
  // … which is decided backwards.
  for (Operation &op : llvm::reverse(scan.getGraph().without_terminator()))
    if (contractedLoopOps.contains(&op) &&
        !llvm::all_of(op.getUsers(), [&](Operation *user) {
          return isInPanelPhase(user) || isa<wy::YieldOp>(user) ||
                 contractedLoopOps.contains(user);
        }))
      contractedLoopOps.erase(&op);
  // Scores have no vectors to hand on inside the loop.
  for (Operation &op : scan.getGraph().without_terminator())
    if (auto scores = dyn_cast<wy::ScoresOp>(op))
      for (Operation *user : scores->getUsers())
        if (contractedLoopOps.contains(user))
          contractedLoopOps.erase(user);
}

bool ChunkPlan::isOnlyInContractedLoop(Value value) const {
  return getShape(value).axis && isInContractedLoop(value.getDefiningOp()) &&
         llvm::all_of(value.getUsers(), [&](Operation *user) {
           return isInContractedLoop(user);
         });
}

bool ChunkPlan::isFactorInContractedLoop(Value gate) const {
  Operation *made = gate.getDefiningOp();
  return getShape(gate).axis == contracted && hasRows(gate) &&
         (!made || isInContractedLoop(made)) &&
         llvm::all_of(gate.getUsers(), [&](Operation *user) {
           return isInContractedLoop(user) || isa<wy::TokensOp>(user);
         });
}

void ChunkPlan::findCopied() {
  for (BlockArgument arg : scan.getGraph().getArguments()) {
    if (getShape(arg).kind == wy::ShapeKind::State)
      continue;
    bool isWanted = llvm::any_of(arg.getUsers(), [&](Operation *user) {
      return isInPanelPhase(user) ||
             !(isa<wy::TokensOp>(user) || isInContractedLoop(user));
    });
    // Scalars are loaded before the loop.
    isWanted |= !getShape(arg).axis &&
                llvm::any_of(arg.getUsers(), [&](Operation *user) {
                  return isInContractedLoop(user);
                });
    bool isGate = !isFactorInContractedLoop(arg) && !getGatesOf(arg).empty();
    if (isWanted || isGate)
      copied.insert(arg);
  }
}

/// Backwards, from what masks leave of each row.
void ChunkPlan::findWantedRows() {
  using Kind = RowSet::Kind;
  auto want = [&](ValueRange values, const RowSet &rows) {
    for (Value value : values)
      wanted[value].unite(rows);
  };
  for (Operation &op : llvm::reverse(scan.getGraph())) {
    auto scores = dyn_cast<wy::ScoresOp>(op);
    std::optional<wy::MaskAttr> mask;
    if (scores)
      mask = scores.getMask();
    if (mask && mask->getKind() == wy::MaskKind::Pairs && mask->getSize() > 0) {
      want(scores.getRows(), {Kind::Later, mask->getSize()});
      want(scores.getColumns(), {Kind::Earlier, mask->getSize()});
      want(scores.getGate(), {Kind::All});
      if (Value diagonal = scores.getDiagonal())
        want(diagonal, {Kind::All});
    } else if (isa<wy::TokensOp>(op) && !isInPanelPhase(&op)) {
      RowSet rows;
      for (Value result : op.getResults())
        rows.unite(getWantedRows(result));
      want(op.getResults(), rows);
      want(op.getOperands(), rows);
    } else {
      want(op.getOperands(), {Kind::All});
    }
  }
}

/// Elementwise maths of vectors of the gate's axis, of the first phase.
bool ChunkPlan::canTakeProducts(wy::TokensOp op,
                                wy::AccumulateOp products) const {
  std::optional<Axis> axis = getShape(products.getResult(0)).axis;
  auto isTaken = [&](Value input) {
    // Memory has no rows of tokens that a short chunk lacks.
    auto argument = dyn_cast<BlockArgument>(input);
    return getShape(input).axis == axis && (!argument || isCopied(argument));
  };
  auto isMade = [&](Value result) {
    return getShape(result).axis == axis && getGatesOf(result).empty();
  };
  auto isElementwise = [](Operation &step) {
    return !isa<delta::DotOp, delta::ReduceOp>(step);
  };
  return !isInPanelPhase(op) && !isInContractedLoop(op) &&
         !anchorOps.contains(op) && llvm::all_of(op.getInputs(), isTaken) &&
         llvm::all_of(op.getResults(), isMade) &&
         llvm::all_of(op.getStep().without_terminator(), isElementwise);
}

void ChunkPlan::findAnchorGroups() {
  if (chunk <= kSmallChunk)
    return;
  llvm::DenseMap<Operation *, Operation *> emittedAt;
  for (auto products : scan.getGraph().getOps<wy::AccumulateOp>()) {
    if (isInPanelPhase(products) || products.getRange() == wy::Range::All ||
        !getShape(products.getResult(0)).axis)
      continue;
    AnchorGroup group;
    group.products = products;
    for (Operation *user : products->getUsers())
      if (auto tokens = dyn_cast<wy::TokensOp>(user))
        if (!llvm::is_contained(group.users, tokens) &&
            canTakeProducts(tokens, products))
          group.users.push_back(tokens);
    // They are made before anybody else looks at them, those of other groups
    // too …
    auto isUser = [&](Operation *op) {
      auto tokens = dyn_cast<wy::TokensOp>(op);
      return tokens && llvm::is_contained(group.users, tokens);
    };
    auto findFirst = [&] {
      Operation *first = scan.getGraph().getTerminator();
      SmallVector<Operation *> made{products};
      llvm::append_range(made, group.users);
      for (Operation *op : made)
        for (Operation *user : op->getUsers()) {
          Operation *place = emittedAt.lookup(user);
          if (!place)
            place = user;
          if (!isUser(user) && place->isBeforeInBlock(first))
            first = place;
        }
      return first;
    };
    // … by those whose other inputs are there by then. One that is not looks at
    // the products by itself.
    Operation *first = nullptr;
    size_t numBefore = 0;
    do {
      numBefore = group.users.size();
      first = findFirst();
      llvm::erase_if(group.users, [&](wy::TokensOp tokens) {
        return !llvm::all_of(tokens.getInputs(), [&](Value input) {
          Operation *made = input.getDefiningOp();
          return !made || made == products ||
                 (made->isBeforeInBlock(first) && !isUser(made) &&
                  !anchorOps.contains(made));
        });
      });
    } while (group.users.size() != numBefore);
    if (group.users.empty())
      continue;
    RowSet rows;
    for (wy::TokensOp tokens : group.users) {
      anchorOps.insert(tokens);
      emittedAt[tokens] = first;
      for (Value result : tokens.getResults())
        rows.unite(getWantedRows(result));
    }
    anchorOps.insert(products);
    group.isStored = !llvm::all_of(products->getUsers(), isUser);
    for (Value result : products.getResults()) {
      if (!group.isStored) {
        unstored.insert(result);
        wanted[result] = rows;
      }
    }
    // Groups that are there already may look at this one, not it at them.
    SmallVector<AnchorGroup> &here = anchors[first];
    here.insert(here.begin(), group);
  }
}

/// True if the terms are scores with masks that have every pair once, and
/// nobody else looks at them.
static bool hasEachPairOnce(wy::SumOp sum, int64_t chunk) {
  SmallVector<wy::MaskAttr> masks;
  int64_t diagonals = 0;
  for (Value term : sum.getTerms()) {
    auto scores = term.getDefiningOp<wy::ScoresOp>();
    if (!scores || !scores.getMask() || !scores->hasOneUse())
      return false;
    masks.push_back(*scores.getMask());
    diagonals += scores.getDiagonal() ? 1 : 0;
  }
  for (int64_t t = 1; t < chunk; ++t)
    for (int64_t s = 0; s < t; ++s)
      if (llvm::count_if(masks, [&](wy::MaskAttr mask) {
            return mask.contains(t, s);
          }) != 1)
        return false;
  return diagonals <= 1;
}

void ChunkPlan::findPairs() {
  for (Operation &op : scan.getGraph().without_terminator()) {
    bool isMade =
        llvm::TypeSwitch<Operation *, bool>(&op)
            .Case([](wy::ScoresOp op) { return op.getDiagonal() != nullptr; })
            .Case([&](wy::SumOp op) {
              return getShape(op.getResult()).isPairs() &&
                     llvm::any_of(op.getTerms(), [&](Value term) {
                       return hasDiagonal(term);
                     });
            })
            .Case([&](wy::ScaleOp op) { return hasDiagonal(op.getScores()); })
            .Case<wy::DecaysOp, wy::ProductOp, wy::InverseOp>(
                [](auto) { return true; })
            .Default(false);
    if (isMade)
      diagonals.insert(op.result_begin(), op.result_end());
    auto sum = dyn_cast<wy::SumOp>(op);
    bool isSum = sum && getShape(sum.getResult()).isPairs();
    mathsOfPairs |= isSum || isa<wy::ScaleOp, wy::DecaysOp, wy::ProductOp,
                                 wy::InverseOp, wy::PairSumsOp>(op);
    if (isSum && hasEachPairOnce(sum, chunk))
      inPlace.insert(sum);
  }
  for (Operation &op : llvm::reverse(scan.getGraph().without_terminator())) {
    if (auto sum = dyn_cast<wy::SumOp>(op); sum && isInPlace(sum))
      for (Value term : sum.getTerms())
        storage[term] = getStorage(sum.getResult());
    if (auto scale = dyn_cast<wy::ScaleOp>(op);
        scale && scale.getScores().hasOneUse() &&
        !isa<BlockArgument>(scale.getScores()))
      storage[scale.getScores()] = getStorage(scale.getResult());
  }
}

void ChunkPlan::orderFirstPhase() {
  FirstPhaseStep alike;
  auto flush = [&] {
    if (!alike.nodes.empty())
      firstPhase.push_back(std::exchange(alike, {}));
  };
  for (Operation &op : scan.getGraph()) {
    bool isMine = !isInPanelPhase(&op) && !isInContractedLoop(&op) &&
                  !anchorOps.contains(&op) && !isa<wy::YieldOp>(op);
    if (!alike.nodes.empty() && !areAlike(alike.nodes.front(), &op))
      flush();
    if (auto it = anchors.find(&op); it != anchors.end())
      for (const AnchorGroup &group : it->second)
        firstPhase.emplace_back().anchors = &group;
    if (!isMine)
      continue;
    alike.nodes.push_back(&op);
    if (!isa<wy::ScoresOp, wy::ScaleOp>(op))
      flush();
  }
  flush();
  firstPhase.emplace_back().isContractedLoop = true;
}
