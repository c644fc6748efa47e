//===- SweepEmitter.cpp - one pass over a panel of the states -------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/DeltaToVector/StepEmitter.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

//===----------------------------------------------------------------------===//
// Rows of the states
//===----------------------------------------------------------------------===//

StepEmitter::Panel StepEmitter::loadState(States from, unsigned state,
                                          Value panel, Value row) {
  Panel vectors;
  if (from == States::Scratch) {
    Value start =
        add(mul(add(mul(panel, sizes.keyDim), row), sizes.panelWidth()),
            index(plan.getStateOffset(state)));
    for (int64_t v = 0; v < sizes.panelVectors; ++v)
      vectors.push_back(
          vector::LoadOp::create(b, loc, vectorType, kernel.scratch,
                                 add(start, index(v * sizes.lanes))));
    return vectors;
  }
  Value source = kernel.args[op.getStates()[state].getArgNumber()];
  // Without initial states the memref is a single matrix of zeros.
  Value zero = index(0), has = kernel.hasInitial[state];
  Value n = arith::SelectOp::create(b, loc, has, kernel.sequence, zero);
  Value h = arith::SelectOp::create(b, loc, has, kernel.head, zero);
  for (int64_t v = 0; v < sizes.panelVectors; ++v) {
    Value start = vectorStart(panel, v);
    Value indices[] = {n, h, row, start};
    if (Value mask = vectorMask(start))
      vectors.push_back(vector::MaskedLoadOp::create(b, loc, vectorType, source,
                                                     indices, mask, splat(0)));
    else
      vectors.push_back(
          vector::LoadOp::create(b, loc, vectorType, source, indices));
  }
  return vectors;
}

void StepEmitter::storeState(States to, unsigned state, Value panel, Value row,
                             ValueRange vectors) {
  if (to == States::None)
    return;
  if (to == States::Scratch) {
    Value start =
        add(mul(add(mul(panel, sizes.keyDim), row), sizes.panelWidth()),
            index(plan.getStateOffset(state)));
    for (auto [v, vector] : llvm::enumerate(vectors))
      vector::StoreOp::create(b, loc, vector, kernel.scratch,
                              add(start, index(v * sizes.lanes)));
    return;
  }
  for (auto [v, vector] : llvm::enumerate(vectors)) {
    Value start = vectorStart(panel, v);
    Value indices[] = {kernel.sequence, kernel.head, row, start};
    if (Value mask = vectorMask(start))
      vector::MaskedStoreOp::create(b, loc, kernel.finals[state], indices, mask,
                                    vector);
    else
      vector::StoreOp::create(b, loc, vector, kernel.finals[state], indices);
  }
}

//===----------------------------------------------------------------------===//
// What a sweep computes
//===----------------------------------------------------------------------===//

/// Operands that do not change from row to row: scalars and value vectors of
/// the update, and the vectors of reads from the right.
llvm::DenseMap<Value, StepEmitter::Panel>
StepEmitter::loadInvariants(Value panel, const Sweep &sweep) {
  llvm::DenseMap<Value, Panel> invariants;
  auto load = [&](Value value, Value slot) {
    if (getAxis(value) == Axis::Key || invariants.contains(value))
      return;
    Panel vectors;
    if (!getAxis(value)) {
      Token token{Value(), slot};
      Value scalar;
      if (const Buffer *buffer = plan.getBuffer(value))
        scalar = memref::LoadOp::create(b, loc, kernel.scratch,
                                        element(*buffer, slot, index(0)));
      else
        scalar = loadScalar(value, token);
      vectors.assign(sizes.panelVectors, broadcast(scalar));
    } else {
      const Buffer *buffer = plan.getBuffer(value);
      for (int64_t v = 0; v < sizes.panelVectors; ++v)
        vectors.push_back(vector::LoadOp::create(
            b, loc, vectorType, kernel.scratch,
            element(*buffer, slot, vectorStart(panel, v))));
    }
    invariants[value] = vectors;
  };
  if (sweep.updateSlot)
    for (Operation *update : plan.getUpdate())
      for (Value operand : update->getOperands())
        if (!isa<StateType>(operand.getType()))
          load(operand, sweep.updateSlot);
  return invariants;
}

/// The row `row` of every state that the update makes.
void StepEmitter::applyUpdate(llvm::DenseMap<Value, Panel> &states, Value row,
                              const llvm::DenseMap<Value, Panel> &invariants,
                              Value slot) {
  llvm::DenseMap<Value, Value> rowElements;
  auto keyElement = [&](Value value) {
    Value &known = rowElements[value];
    if (!known)
      known = broadcast(memref::LoadOp::create(
          b, loc, kernel.scratch, element(*plan.getBuffer(value), slot, row)));
    return known;
  };
  auto operand = [&](Value value, int64_t v) {
    return getAxis(value) == Axis::Key ? keyElement(value)
                                       : invariants.lookup(value)[v];
  };
  for (Operation *update : plan.getUpdate()) {
    Panel made;
    for (int64_t v = 0; v < sizes.panelVectors; ++v)
      made.push_back(
          llvm::TypeSwitch<Operation *, Value>(update)
              .Case([&](ScaleStateOp scale) {
                return arith::MulFOp::create(b, loc,
                                             states[scale.getState()][v],
                                             operand(scale.getFactor(), v));
              })
              .Case([&](WriteOp write) {
                return vector::FMAOp::create(b, loc, operand(write.getRow(), v),
                                             operand(write.getColumn(), v),
                                             states[write.getState()][v]);
              })
              .Case([&](AddStatesOp sum) {
                return arith::AddFOp::create(b, loc, states[sum.getLhs()][v],
                                             states[sum.getRhs()][v]);
              })
              .DefaultUnreachable("a state op without a lowering"));
    states[update->getResult(0)] = made;
  }
}

//===----------------------------------------------------------------------===//
// The sweep
//===----------------------------------------------------------------------===//

void StepEmitter::emitSweep(Value panel, const Sweep &sweep) {
  SmallVector<BlockArgument> stateArgs = op.getStates();
  ArrayRef<ReadOp> reads;
  if (sweep.readStage)
    reads = plan.getReads(sweep.readStage);
  llvm::DenseMap<Value, Panel> invariants = loadInvariants(panel, sweep);
  // Vectors of reads from the right are of another token than the update's.
  llvm::DenseMap<Value, Panel> rightVectors;
  for (ReadOp read : reads) {
    if (read.isLeft() || rightVectors.contains(read.getVector()))
      continue;
    const Buffer &buffer = *plan.getBuffer(read.getVector());
    for (int64_t v = 0; v < sizes.panelVectors; ++v)
      rightVectors[read.getVector()].push_back(vector::LoadOp::create(
          b, loc, vectorType, kernel.scratch,
          element(buffer, sweep.readSlot, vectorStart(panel, v))));
  }

  // Reads from the left accumulate over rows, in registers.
  llvm::MapVector<std::pair<Operation *, int64_t>, Value> leftSums;
  for (ReadOp read : reads)
    for (int64_t v = 0; read.isLeft() && v < sizes.panelVectors; ++v)
      leftSums[{read, v}] = splat(0);
  auto getSums = [&] {
    return llvm::to_vector(llvm::make_second_range(leftSums));
  };
  auto carrySums = [&](ValueRange carried) {
    for (auto [sum, value] : llvm::zip_equal(leftSums, carried))
      sum.second = value;
  };
  auto rows = scf::ForOp::create(b, loc, index(0), index(sizes.keyDim),
                                 index(1), getSums());
  b.setInsertionPointToStart(rows.getBody());
  carrySums(rows.getRegionIterArgs());
  Value row = rows.getInductionVar();

  llvm::DenseMap<Value, Panel> states;
  for (auto [s, argument] : llvm::enumerate(stateArgs))
    states[argument] = loadState(sweep.from, s, panel, row);
  SmallVector<Panel> next;
  if (sweep.updateSlot)
    applyUpdate(states, row, invariants, sweep.updateSlot);
  for (auto [argument, yielded] :
       llvm::zip(stateArgs, op.getYield().getStates()))
    next.push_back(states[sweep.updateSlot ? yielded : Value(argument)]);
  for (auto [s, vectors] : llvm::enumerate(next))
    storeState(sweep.to, s, panel, row, vectors);

  for (ReadOp read : reads) {
    auto state = llvm::find(stateArgs, read.getState()) - stateArgs.begin();
    if (read.isLeft()) {
      Value a = broadcast(memref::LoadOp::create(
          b, loc, kernel.scratch,
          element(*plan.getBuffer(read.getVector()), sweep.readSlot, row)));
      for (auto [v, vector] : llvm::enumerate(next[state])) {
        Value &sum = leftSums[{read, static_cast<int64_t>(v)}];
        sum = vector::FMAOp::create(b, loc, a, vector, sum);
      }
      continue;
    }
    // From the right: this panel's share of one element. Past the last column
    // the values of a step are anything, even NaN.
    Value products = splat(0);
    for (auto [v, vector, with] :
         llvm::enumerate(next[state], rightVectors[read.getVector()])) {
      Value sum = vector::FMAOp::create(b, loc, vector, with, products);
      Value mask = vectorMask(vectorStart(panel, v));
      products =
          mask ? arith::SelectOp::create(b, loc, mask, sum, products) : sum;
    }
    Value place = element(*plan.getBuffer(read.getResult()), Value(), row);
    Value soFar = memref::LoadOp::create(b, loc, kernel.scratch, place);
    Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                          panel, index(0));
    soFar = arith::SelectOp::create(b, loc, isFirst, number(0), soFar);
    Value share =
        vector::ReductionOp::create(b, loc, vector::CombiningKind::ADD,
                                    products, arith::FastMathFlags::reassoc);
    memref::StoreOp::create(b, loc, arith::AddFOp::create(b, loc, soFar, share),
                            kernel.scratch, place);
  }
  if (!leftSums.empty()) // otherwise the loop came with its terminator
    scf::YieldOp::create(b, loc, getSums());

  b.setInsertionPointAfter(rows);
  carrySums(rows.getResults());
  for (ReadOp read : reads) {
    if (!read.isLeft())
      continue;
    const Buffer &buffer = *plan.getBuffer(read.getResult());
    for (int64_t v = 0; v < sizes.panelVectors; ++v)
      vector::StoreOp::create(b, loc, leftSums.lookup({read, v}),
                              kernel.scratch,
                              element(buffer, Value(), vectorStart(panel, v)));
  }
}
