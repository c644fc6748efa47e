//===- ChunkPlan.cpp - when a node is computed, where it lives ------------===//

#include "passes/WYToVector/ChunkPlan.h"
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
  findColumnLoop();
  allocate();
}

int64_t ChunkPlan::dim(Axis axis) const {
  return wy::ScanOp(scan).getDim(axis);
}

int64_t ChunkPlan::paddedDim(Axis axis) const {
  int64_t unit = axis == getOuter() ? panelWidth() : sizes.lanes;
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
  // Unknowns run along the outer axis; without any, what is read does.
  std::optional<Axis> outer;
  for (wy::SolveOp solve : scan.getGraph().getOps<wy::SolveOp>())
    outer = getShape(solve.getResult(0)).axis;
  for (wy::ReadOp read : scan.getGraph().getOps<wy::ReadOp>()) {
    if (!outer || (read.getSide() == wy::Side::Left &&
                   scan.getGraph().getOps<wy::SolveOp>().empty()))
      outer = getShape(read.getResult()).axis;
  }
  inner = outer == Axis::Key ? Axis::Value : Axis::Key;
}

bool ChunkPlan::isPanelRead(wy::ReadOp read) const {
  return (read.getSide() == wy::Side::Left) == (inner == Axis::Key);
}

void ChunkPlan::findDependents() {
  for (BlockArgument state : scan.getStates())
    dependent.insert(state);
  for (Operation &op : scan.getGraph().without_terminator())
    if (llvm::any_of(op.getOperands(),
                     [&](Value value) { return dependent.contains(value); }))
      dependent.insert(op.result_begin(), op.result_end());
}

/// Column v of every result depends on column v of operands along the outer
/// axis only.
bool ChunkPlan::staysInColumns(Operation &op) const {
  if (!llvm::all_of(op.getResults(), [&](Value result) {
        return getShape(result).axis == getOuter() && getShape(result).perToken;
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

void ChunkPlan::collectGates() {
  auto note = [&](ValueRange gate, std::optional<wy::GateKind> kind) {
    size_t n = 1;
    while (n * n < gate.size())
      ++n;
    for (auto [i, tensor] : llvm::enumerate(gate)) {
      GateKey key{tensor, *kind, i / n == i % n};
      if (!llvm::is_contained(gateKeys, key))
        gateKeys.push_back(key);
    }
  };
  for (Operation &op : scan.getGraph().without_terminator())
    llvm::TypeSwitch<Operation *>(&op)
        .Case([&](wy::AccumulateOp op) { note(op.getGate(), op.getKind()); })
        .Case<wy::ScoresOp, wy::ApplyOp>(
            [&](auto op) { note(op.getGate(), op.getKind()); })
        .Case([&](wy::SolveOp op) {
          for (Value gate : op.getGates())
            note(gate, op.getKind());
        });
}

/// Vectors along the inner axis, and sums along it for which nothing in a loop
/// over its columns waits.
bool ChunkPlan::isOneColumnLoop(wy::TokensOp op) const {
  auto isReduction = [](Operation *step) {
    return isa_and_nonnull<delta::DotOp, delta::ReduceOp>(step);
  };
  for (auto [value, result] :
       llvm::zip(op.getYield().getValues(), op.getResults())) {
    if (getShape(result).axis == inner && getShape(result).perToken)
      continue;
    Operation *made = value.getDefiningOp();
    if (!isReduction(made) || axisOf(made->getOperand(0).getType()) != inner ||
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

void ChunkPlan::findColumnLoop() {
  for (const GateKey &key : gateKeys) {
    bool isOnly = key.kind == wy::GateKind::Factor && key.isOneWithoutToken &&
                  key.gate.getDefiningOp<wy::TokensOp>() &&
                  llvm::count_if(gateKeys, [&](const GateKey &other) {
                    return other.gate == key.gate;
                  }) == 1;
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
  if (chunk > kSmallChunk)
    return;
  auto isInner = [&](Value value) {
    return getShape(value).axis == inner && getShape(value).perToken;
  };
  for (Operation &op : scan.getGraph().without_terminator()) {
    if (isInPanelPhase(&op))
      continue;
    bool isIn =
        llvm::TypeSwitch<Operation *, bool>(&op)
            .Case([&](wy::AccumulateOp op) { return isInner(op.getGate()[0]); })
            .Case([&](wy::ScoresOp op) { return isInner(op.getRows()[0]); })
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
  for (bool isStable = false; !isStable;) {
    isStable = true;
    for (Operation &op : scan.getGraph().without_terminator())
      if (columnLoopOps.contains(&op) &&
          !llvm::all_of(op.getUsers(), [&](Operation *user) {
            return isInPanelPhase(user) || isa<wy::YieldOp>(user) ||
                   columnLoopOps.contains(user);
          })) {
        columnLoopOps.erase(&op);
        isStable = false;
      }
  }
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

const ChunkBuffer *ChunkPlan::getBuffer(Value value) const {
  auto it = buffers.find(value);
  return it == buffers.end() ? nullptr : &it->second;
}

bool ChunkPlan::isFactorInColumnLoop(Value gate) const {
  Operation *made = gate.getDefiningOp();
  return getShape(gate).axis == inner && getShape(gate).perToken &&
         (!made || isInColumnLoop(made)) &&
         llvm::all_of(gate.getUsers(), [&](Operation *user) {
           return isInColumnLoop(user) || isa<wy::TokensOp>(user);
         });
}

const ChunkBuffer &ChunkPlan::getFactors(const GateKey &key) const {
  return factorBuffers[llvm::find(gateKeys, key) - gateKeys.begin()];
}

int64_t ChunkPlan::getStateOffset(unsigned state) const {
  return state * numPanels() * dim(inner) * panelWidth();
}

ChunkBuffer ChunkPlan::place(const TensorShape &shape, bool isInSlot) {
  ChunkBuffer buffer{0, 1, 1, isInSlot};
  if (shape.perToken)
    buffer.rows = getPaddedChunk();
  if (shape.isScores)
    buffer.stride = getPaddedChunk();
  else if (shape.axis)
    buffer.stride = paddedDim(*shape.axis);
  int64_t &end = isInSlot ? slotSize : slotsOffset;
  buffer.offset = end;
  end += (buffer.stride * buffer.rows + 15) / 16 * 16;
  return buffer;
}

void ChunkPlan::allocate() {
  slotsOffset = getStateOffset(scan.getStates().size());
  for (BlockArgument arg : scan.getGraph().getArguments()) {
    bool isState = scan.getArgKind(arg.getArgNumber()) == ArgKind::State;
    bool isWanted = llvm::any_of(arg.getUsers(), [&](Operation *user) {
      return isInPanelPhase(user) ||
             !(isa<wy::TokensOp>(user) || isInColumnLoop(user));
    });
    // Scalars are loaded before the loop over columns.
    isWanted |= !getShape(arg).axis &&
                llvm::any_of(arg.getUsers(), [&](Operation *user) {
                  return isInColumnLoop(user);
                });
    bool isGate = !isFactorInColumnLoop(arg) &&
                  llvm::any_of(gateKeys, [&](const GateKey &key) {
                    return key.gate == arg;
                  });
    if (!isState && (isWanted || isGate))
      buffers[arg] = place(getShape(arg), /*isInSlot=*/true);
  }
  for (Operation &op : scan.getGraph().without_terminator())
    for (Value result : op.getResults())
      if (!isa<wy::UpdateOp>(op) && !isOnlyInColumnLoop(result))
        buffers[result] = place(getShape(result), !isInPanelPhase(&op));
  for (const GateKey &key : gateKeys)
    factorBuffers.push_back(isFactorInColumnLoop(key.gate) ? ChunkBuffer{}
                            : isOnlyGate(key.gate)
                                ? buffers[key.gate]
                                : place(getShape(key.gate), true));
  // Decayed rows of one scores op at a time (all states side by side), and
  // decayed columns of the terms of one solve.
  int64_t states = 1, terms = 1;
  for (wy::ScoresOp scores : scan.getGraph().getOps<wy::ScoresOp>())
    states = std::max<int64_t>(states, scores.getRows().size());
  for (wy::SolveOp solve : scan.getGraph().getOps<wy::SolveOp>())
    terms = std::max<int64_t>(terms, solve.getGates().size());
  for (int64_t i = 0; i < std::max(2 * states, terms); ++i) {
    TensorShape shape;
    shape.axis =
        paddedDim(Axis::Key) > paddedDim(Axis::Value) ? Axis::Key : Axis::Value;
    temporaries.push_back(place(shape, /*isInSlot=*/false));
  }
  slotsOffset = (slotsOffset + 15) / 16 * 16;
  scratchSize = slotsOffset + slotSize * sizes.blockChunks;
}
