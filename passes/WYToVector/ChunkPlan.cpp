//===- ChunkPlan.cpp - when a node is computed ----------------------------===//

#include "passes/WYToVector/ChunkPlan.h"
#include "lib/Analysis/PanelAxis.h"
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

ChunkPlan::ChunkPlan(wy::ScanOp scan, const ChunkKernelSizes &sizes)
    : scan(scan), sizes(sizes), chunk(scan.getChunk()) {
  findAxes();
  findDependents();
  findPhases();
  collectGates();
  findOnlyGates();
  findColumnLoop();
  findCopied();
}

int64_t ChunkPlan::dim(Axis axis) const {
  return wy::ScanOp(scan).getDim(axis);
}

int64_t ChunkPlan::paddedDim(Axis axis) const {
  int64_t unit = axis == getFree() ? panelWidth() : sizes.lanes;
  return (dim(axis) + unit - 1) / unit * unit;
}

TensorShape ChunkPlan::getShape(Value value) const {
  return shapes.lookup(value);
}

void ChunkPlan::findAxes() {
  for (BlockArgument arg : scan.getGraph().getArguments())
    shapes[arg] = {axisOf(scan.getArgType(arg.getArgNumber())),
                   scan.getArgKind(arg.getArgNumber()) != ArgKind::Params};
  for (Operation &op : scan.getGraph().without_terminator())
    llvm::TypeSwitch<Operation *>(&op)
        .Case([&](wy::TokensOp tokens) {
          for (auto [value, result] :
               llvm::zip(tokens.getYield().getValues(), tokens.getResults()))
            shapes[result] = {axisOf(value.getType())};
        })
        .Case([&](wy::SumOp sum) {
          shapes[sum.getResult()] = getShape(sum.getTerms().front());
        })
        .Case([&](wy::AccumulateOp accumulate) {
          TensorShape shape = getShape(accumulate.getGate().front());
          shape.perToken = accumulate.getRange() != wy::Range::All;
          for (Value result : accumulate.getResults())
            shapes[result] = shape;
        })
        .Case([&](wy::ScoresOp scores) {
          shapes[scores.getResult()] = {std::nullopt, true, /*isScores=*/true};
        })
        .Case([&](wy::ApplyOp apply) {
          shapes[apply.getResult()] = getShape(apply.getValues());
        })
        .Case([&](wy::SolveOp solve) {
          for (auto [rhs, result] :
               llvm::zip(solve.getRhs(), solve.getResults()))
            shapes[result] = getShape(rhs);
        })
        .Case([&](wy::ReadOp read) {
          shapes[read.getResult()] = {
              read.getSide() == wy::Side::Left ? Axis::Value : Axis::Key};
        });
  contracted = wy::getPanelAxis(scan) == Axis::Key ? Axis::Value : Axis::Key;
}

bool ChunkPlan::isPanelRead(wy::ReadOp read) const {
  return (read.getSide() == wy::Side::Left) == (contracted == Axis::Key);
}

void ChunkPlan::findDependents() {
  for (BlockArgument state : scan.getStates())
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
        return getShape(result).axis == getFree() && getShape(result).perToken;
      }))
    return isa<wy::UpdateOp>(op);
  if (auto read = dyn_cast<wy::ReadOp>(op))
    return isPanelRead(read);
  if (auto tokens = dyn_cast<wy::TokensOp>(op))
    return llvm::all_of(
        tokens.getStep().without_terminator(), [&](Operation &step) {
          // One loop over columns, with nothing to reduce before it.
          return !isa<delta::DotOp, delta::ReduceOp, delta::L2NormOp>(step);
        });
  return isa<wy::SumOp, wy::ApplyOp, wy::SolveOp>(op);
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
    if (isDependent && !inColumns)
      columnwise = false;
    bool isWantedLater = llvm::all_of(op->getUsers(), [&](Operation *user) {
      return panelOps.contains(user) || isa<wy::YieldOp>(user);
    });
    // Arguments are touched once, all their columns together: tokens lie far
    // apart, where cache lines compete for few places.
    if (isDependent || (inColumns && isWantedLater && !isa<wy::TokensOp>(op)))
      panelOps.insert(op);
  }
  if (!columnwise)
    sizes.blockChunks = 1;
}

size_t sluice::getNumGateStates(ValueRange tensors) {
  size_t n = 1;
  while (n * n < tensors.size())
    ++n;
  return n;
}

SmallVector<GateKey> sluice::getGateKeys(ValueRange tensors,
                                         wy::GateKind kind) {
  size_t n = getNumGateStates(tensors);
  SmallVector<GateKey> keys;
  for (auto [i, tensor] : llvm::enumerate(tensors))
    keys.push_back({tensor, kind, i / n == i % n});
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
        .Case<wy::AccumulateOp, wy::ScoresOp, wy::ApplyOp>(
            [&](auto op) { note(op.getGate(), op.getKind()); })
        .Case([&](wy::SolveOp op) {
          for (Value gate : op.getGates())
            note(gate, op.getKind());
        });
}

/// Vectors along the contracted axis, and sums along it for which nothing in a
/// loop over its columns waits.
bool ChunkPlan::isOneColumnLoop(wy::TokensOp op) const {
  auto isReduction = [](Operation *step) {
    return isa_and_nonnull<delta::DotOp, delta::ReduceOp>(step);
  };
  for (auto [value, result] :
       llvm::zip(op.getYield().getValues(), op.getResults())) {
    if (getShape(result).axis == contracted && getShape(result).perToken)
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
                    .Case([&](wy::SolveOp op) { return isGate(op.getGates()); })
                    .Default([](Operation *) { return false; });
    }
    if (isOnly)
      onlyGates.insert(key.gate);
  }
}

void ChunkPlan::findColumnLoop() {
  if (chunk > kSmallChunk)
    return;
  auto isContracted = [&](Value value) {
    return getShape(value).axis == contracted && getShape(value).perToken;
  };
  for (Operation &op : scan.getGraph().without_terminator()) {
    if (isInPanelPhase(&op))
      continue;
    bool isIn = llvm::TypeSwitch<Operation *, bool>(&op)
                    .Case([&](wy::AccumulateOp op) {
                      return isContracted(op.getGate()[0]);
                    })
                    .Case([&](wy::ScoresOp op) {
                      return isContracted(op.getRows()[0]);
                    })
                    .Case([&](wy::TokensOp op) { return isOneColumnLoop(op); })
                    .Default([](Operation *) { return false; });
    // The loop is the phase's last: what others of the phase need is not in it.
    isIn &= llvm::all_of(op.getUsers(), [&](Operation *user) {
      return isInPanelPhase(user) || isa<wy::YieldOp>(user) ||
             isa<wy::TokensOp, wy::ScoresOp>(user);
    });
    if (isIn)
      columnLoopOps.insert(&op);
  }
  // … which is decided backwards.
  for (Operation &op : llvm::reverse(scan.getGraph().without_terminator()))
    if (columnLoopOps.contains(&op) &&
        !llvm::all_of(op.getUsers(), [&](Operation *user) {
          return isInPanelPhase(user) || isa<wy::YieldOp>(user) ||
                 columnLoopOps.contains(user);
        }))
      columnLoopOps.erase(&op);
  // Scores have no columns to hand on inside the loop.
  for (Operation &op : scan.getGraph().without_terminator())
    if (auto scores = dyn_cast<wy::ScoresOp>(op))
      for (Operation *user : scores->getUsers())
        if (columnLoopOps.contains(user))
          columnLoopOps.erase(user);
}

bool ChunkPlan::isOnlyInColumnLoop(Value value) const {
  return getShape(value).axis && isInColumnLoop(value.getDefiningOp()) &&
         llvm::all_of(value.getUsers(),
                      [&](Operation *user) { return isInColumnLoop(user); });
}

bool ChunkPlan::isFactorInColumnLoop(Value gate) const {
  Operation *made = gate.getDefiningOp();
  return getShape(gate).axis == contracted && getShape(gate).perToken &&
         (!made || isInColumnLoop(made)) &&
         llvm::all_of(gate.getUsers(), [&](Operation *user) {
           return isInColumnLoop(user) || isa<wy::TokensOp>(user);
         });
}

void ChunkPlan::findCopied() {
  for (BlockArgument arg : scan.getGraph().getArguments()) {
    if (scan.getArgKind(arg.getArgNumber()) == ArgKind::State)
      continue;
    bool isWanted = llvm::any_of(arg.getUsers(), [&](Operation *user) {
      return isInPanelPhase(user) ||
             !(isa<wy::TokensOp>(user) || isInColumnLoop(user));
    });
    // Scalars are loaded before the loop over columns.
    isWanted |= !getShape(arg).axis &&
                llvm::any_of(arg.getUsers(), [&](Operation *user) {
                  return isInColumnLoop(user);
                });
    bool isGate = !isFactorInColumnLoop(arg) && !getGatesOf(arg).empty();
    if (isWanted || isGate)
      copied.insert(arg);
  }
}
