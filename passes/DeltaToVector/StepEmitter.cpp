//===- StepEmitter.cpp - the order of things within a sequence ------------===//
//
// The function, its loops over blocks, panels and tokens. Sweeps are in
// SweepEmitter.cpp, the values of a token in ValueEmitter.cpp.
//
//===----------------------------------------------------------------------===//

#include "passes/DeltaToVector/StepEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

StepEmitter::StepEmitter(OpBuilder &builder, RecurrenceOp op,
                         const StepPlan &plan, ArrayRef<Type> argTypes,
                         Type outputType)
    : b(builder), loc(op.getLoc()), op(op), plan(plan), sizes(plan.getSizes()),
      argTypes(argTypes), outputType(outputType),
      vectorType(VectorType::get({sizes.lanes}, builder.getF32Type())) {}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

void StepEmitter::createFunction() {
  kernel =
      KernelFunction::create(b, loc,
                             {op.getSymName(), op.getSignature(), sizes.keyDim,
                              sizes.valueDim, argTypes, outputType});
  kernel.setSizes(plan.getScratchSize(),
                  plan.isColumnwise() ? sizes.numPanels() : 1);
}

func::FuncOp StepEmitter::emit() {
  createFunction();
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&kernel.function.getBody().front());

  if (!plan.isColumnwise()) {
    // One panel by the function's attribute stands for all of them.
    kernel.firstPanel = index(0);
    kernel.endPanel = index(sizes.numPanels());
  }
  Value isEmpty = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge,
                                        kernel.begin, kernel.end);
  auto branch = scf::IfOp::create(b, loc, isEmpty, /*withElseRegion=*/true);

  // An empty sequence hands its state on.
  b.setInsertionPointToStart(branch.thenBlock());
  loop(kernel.firstPanel, kernel.endPanel, 1, [&](Value panel) {
    emitSweep(panel, {States::Initial, States::Final, Value(), 0, Value()});
  });

  b.setInsertionPointToStart(branch.elseBlock());
  loop(kernel.begin, kernel.end, sizes.tokenBlock,
       [&](Value token) { emitBlock(token); });
  loop(kernel.firstPanel, kernel.endPanel, 1, [&](Value panel) {
    emitSweep(panel, {States::Scratch, States::Final, index(0), 0, Value()});
  });

  b.setInsertionPointAfter(branch);
  func::ReturnOp::create(b, loc);
  return kernel.function;
}

//===----------------------------------------------------------------------===//
// Blocks of tokens
//===----------------------------------------------------------------------===//

void StepEmitter::emitBlock(Value firstToken) {
  Value left = arith::SubIOp::create(b, loc, kernel.end, firstToken);
  Value count = arith::MinSIOp::create(b, loc, left, index(sizes.tokenBlock));

  loop(index(0), count, 1, [&](Value i) {
    Token token{add(firstToken, i), add(i, index(1))};
    emitStage(0, token, /*panel=*/Value());
  });
  if (plan.isColumnwise())
    emitColumnwise(firstToken, count);
  else
    emitTokenwise(firstToken, count);
  carryUpdateOperands(count);
}

void StepEmitter::emitColumnwise(Value firstToken, Value count) {
  loop(kernel.firstPanel, kernel.endPanel, 1, [&](Value panel) {
    loop(index(0), count, 1, [&](Value i) {
      Token token{add(firstToken, i), add(i, index(1))};
      emitFirstOrNextSweep(panel, token.index, token.slot);
      if (plan.getNumStages() > 1)
        emitStage(1, token, panel);
    });
  });
}

void StepEmitter::emitTokenwise(Value firstToken, Value count) {
  loop(index(0), count, 1, [&](Value i) {
    Token token{add(firstToken, i), add(i, index(1))};
    loop(kernel.firstPanel, kernel.endPanel, 1, [&](Value panel) {
      emitFirstOrNextSweep(panel, token.index, token.slot);
    });
    for (unsigned stage = 1; stage < plan.getNumStages(); ++stage) {
      if (stage > 1)
        loop(kernel.firstPanel, kernel.endPanel, 1, [&](Value panel) {
          emitSweep(panel, {States::Scratch, States::None, Value(), stage,
                            token.slot});
        });
      emitStage(stage, token, /*panel=*/Value());
    }
  });
}

void StepEmitter::emitFirstOrNextSweep(Value panel, Value token, Value slot) {
  unsigned stage = plan.getNumStages() > 1 ? 1 : 0;
  Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, token,
                                        kernel.begin);
  auto branch = scf::IfOp::create(b, loc, isFirst, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  emitSweep(panel, {States::Initial, States::Scratch, Value(), stage, slot});
  b.setInsertionPointToStart(branch.elseBlock());
  Value before = arith::SubIOp::create(b, loc, slot, index(1));
  emitSweep(panel, {States::Scratch, States::Scratch, before, stage, slot});
}

/// The next block's first token, or the end, applies this block's last update:
/// move what it needs to the first slot.
void StepEmitter::carryUpdateOperands(Value lastSlot) {
  for (auto &[value, buffer] : plan.getBuffers()) {
    if (buffer.slots == 1 || !plan.isUsedInUpdate(value))
      continue;
    if (!getAxis(value)) {
      Value last = memref::LoadOp::create(b, loc, kernel.scratch,
                                          element(buffer, lastSlot, index(0)));
      memref::StoreOp::create(b, loc, last, kernel.scratch,
                              element(buffer, index(0), index(0)));
      continue;
    }
    loop(index(0), index(buffer.stride), sizes.lanes,
         [&, &buffer = buffer](Value i) {
           Value last =
               vector::LoadOp::create(b, loc, vectorType, kernel.scratch,
                                      element(buffer, lastSlot, i));
           vector::StoreOp::create(b, loc, last, kernel.scratch,
                                   element(buffer, index(0), i));
         });
  }
}

//===----------------------------------------------------------------------===//
// Small things
//===----------------------------------------------------------------------===//

Value StepEmitter::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

Value StepEmitter::number(double value) {
  return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(value));
}

Value StepEmitter::splat(double value) {
  return arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(vectorType, b.getF32FloatAttr(value)));
}

Value StepEmitter::broadcast(Value scalar) {
  return vector::BroadcastOp::create(b, loc, vectorType, scalar);
}

Value StepEmitter::add(Value a, Value c) {
  return b.createOrFold<arith::AddIOp>(loc, a, c);
}

Value StepEmitter::mul(Value a, int64_t c) {
  return b.createOrFold<arith::MulIOp>(loc, a, index(c));
}

Value StepEmitter::element(const Buffer &buffer, Value slot, Value offset) {
  Value start = index(buffer.offset);
  if (buffer.slots > 1)
    start = add(start, mul(slot, buffer.stride));
  return add(start, offset);
}

Value StepEmitter::vectorStart(Value panel, int64_t vector) {
  return add(mul(panel, sizes.panelWidth()), index(vector * sizes.lanes));
}

/// Which elements of a vector along value exist; nothing if all do, wherever it
/// starts.
Value StepEmitter::vectorMask(Value start) {
  if (sizes.valueDim % sizes.panelWidth() == 0)
    return Value();
  Value left = arith::SubIOp::create(b, loc, index(sizes.valueDim), start);
  return vector::CreateMaskOp::create(
      b, loc, VectorType::get({sizes.lanes}, b.getI1Type()), left);
}

static Type withElementType(Type type, Type element) {
  if (auto shaped = dyn_cast<ShapedType>(type))
    return shaped.clone(element);
  return element;
}

Value StepEmitter::toF32(Value value) {
  Type type = withElementType(value.getType(), b.getF32Type());
  if (type == value.getType())
    return value;
  return arith::ExtFOp::create(b, loc, type, value);
}

Value StepEmitter::fromF32(Value value, Type elementType) {
  Type type = withElementType(value.getType(), elementType);
  if (type == value.getType())
    return value;
  return arith::TruncFOp::create(b, loc, type, value);
}

Value StepEmitter::loop(Value from, Value to, int64_t step,
                        function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(b, loc, from, to, index(step));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
  return loop.getInductionVar();
}
