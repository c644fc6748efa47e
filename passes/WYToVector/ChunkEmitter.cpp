//===- ChunkEmitter.cpp - the order of things within a sequence -----------===//

#include "passes/WYToVector/ChunkEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sluice;
using delta::ArgKind;
using delta::Axis;

ChunkEmitter::ChunkEmitter(OpBuilder &builder, const ChunkPlan &plan,
                           ArrayRef<Type> argElements, Type outputElement)
    : VectorBuilder(builder, wy::ScanOp(plan.getScan()).getLoc(),
                    plan.getSizes().lanes),
      plan(plan), scan(plan.getScan()), argElements(argElements),
      outputElement(outputElement) {}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

void ChunkEmitter::createFunction() {
  KernelSignature signature;
  signature.name = scan.getSymName();
  signature.keyDim = scan.getKeyDim();
  signature.valueDim = scan.getValueDim();
  signature.argElements = argElements;
  signature.outputElement = outputElement;
  for (unsigned i = 0, e = scan.getGraph().getNumArguments(); i < e; ++i) {
    signature.argKinds.push_back(scan.getArgKind(i));
    signature.argTypes.push_back(scan.getArgType(i));
  }
  for (Attribute type : scan.getOutputTypes())
    signature.outputTypes.push_back(cast<TypeAttr>(type).getValue());
  static_cast<KernelFunction &>(*this) =
      KernelFunction::create(b, loc, signature);
  setSizes(plan.getScratchSize(), plan.isColumnwise() ? plan.numPanels() : 1);
  VectorBuilder::scratch = KernelFunction::scratch;
}

func::FuncOp ChunkEmitter::emit() {
  createFunction();
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&function.getBody().front());
  if (!plan.isColumnwise()) {
    // One panel by the function's attribute stands for all of them.
    firstPanel = index(0);
    endPanel = index(plan.numPanels());
  }
  branch(
      isLess(begin, end),
      [&] {
        if (!isReadFromInitial())
          emitStates(/*isStart=*/true);
        loop(begin, end, plan.getChunk() * plan.getSizes().blockChunks,
             [&](Value token) { emitBlock(token); });
        if (!isWrittenToFinal())
          emitStates(/*isStart=*/false);
      },
      [&] {
        emitStates(/*isStart=*/true);
        emitStates(/*isStart=*/false);
      });
  func::ReturnOp::create(b, loc);
  return function;
}

//===----------------------------------------------------------------------===//
// States, between memory and scratch
//===----------------------------------------------------------------------===//

Value ChunkEmitter::loadInitial(unsigned state, Value row, Value start) {
  Value source = args[scan.getStates()[state].getArgNumber()];
  // Without initial states the memref is one matrix of zeros.
  Value n = select(hasInitial[state], sequence, index(0));
  Value h = select(hasInitial[state], head, index(0));
  Value indices[] = {n, h, row, start};
  if (Value mask = columnMask(Axis::Value, start))
    return vector::MaskedLoadOp::create(b, loc, vectorType, source, indices,
                                        mask, splat(0));
  return vector::LoadOp::create(b, loc, vectorType, source, indices);
}

void ChunkEmitter::storeFinal(unsigned state, Value row, Value start,
                              Value vector) {
  Value indices[] = {sequence, head, row, start};
  if (Value mask = columnMask(Axis::Value, start))
    vector::MaskedStoreOp::create(b, loc, finals[state], indices, mask, vector);
  else
    vector::StoreOp::create(b, loc, vector, finals[state], indices);
}

/// Initial states to panels, or panels to final states.
void ChunkEmitter::emitStates(bool isStart) {
  for (unsigned s = 0, e = scan.getStates().size(); s < e; ++s) {
    if (plan.getOuter() == Axis::Key) {
      emitTransposedState(s, isStart);
      continue;
    }
    loop(firstPanel, endPanel, 1, [&](Value panel) {
      loop(index(0), index(plan.dim(Axis::Key)), 1, [&](Value row) {
        for (int64_t v = 0; v < plan.getSizes().panelVectors; ++v) {
          Value place = add(stateRow(s, panel, row), v * lanes);
          Value start = column(panel, v);
          if (isStart)
            store(loadInitial(s, row, start), place);
          else
            storeFinal(s, row, start, load(place));
        }
      });
    });
  }
}

/// Panels cut rows of the memory's matrix: element by element, once a
/// sequence.
void ChunkEmitter::emitTransposedState(unsigned s, bool isStart) {
  Value source = args[scan.getStates()[s].getArgNumber()];
  loop(firstPanel, endPanel, 1, [&](Value panel) {
    loop(index(0), index(plan.dim(plan.getInner())), 1, [&](Value row) {
      loop(index(0), index(plan.panelWidth()), 1, [&](Value i) {
        Value key = add(mul(panel, plan.panelWidth()), i);
        Value place = add(stateRow(s, panel, row), i);
        Value exists = isLess(key, index(plan.dim(Axis::Key)));
        if (isStart) {
          Value n = select(hasInitial[s], sequence, index(0));
          Value h = select(hasInitial[s], head, index(0));
          Value safe = select(exists, key, index(0));
          Value loaded = memref::LoadOp::create(b, loc, source,
                                                ValueRange{n, h, safe, row});
          storeScalar(select(exists, loaded, number(0)), place);
          return;
        }
        branch(exists, [&] {
          memref::StoreOp::create(b, loc, loadScalar(place), finals[s],
                                  ValueRange{sequence, head, key, row});
        });
      });
    });
  });
}

//===----------------------------------------------------------------------===//
// Blocks of chunks
//===----------------------------------------------------------------------===//

void ChunkEmitter::emitBlock(Value firstToken) {
  int64_t size = plan.getChunk();
  Value left = arith::SubIOp::create(b, loc, end, firstToken);
  Value chunks = min(arith::CeilDivSIOp::create(b, loc, left, index(size)),
                     index(plan.getSizes().blockChunks));
  auto makeChunk = [&](Value i) {
    Value first = add(firstToken, mul(i, size));
    Value rest = arith::SubIOp::create(b, loc, end, first);
    return Chunk{first, min(rest, index(size)),
                 add(mul(i, plan.getSlotSize()), plan.getSlotsOffset())};
  };
  loop(index(0), chunks, 1, [&](Value i) {
    Chunk chunk = makeChunk(i);
    emitFirstPhase(chunk);
    if (!plan.isColumnwise())
      emitMixed(chunk);
    else
      emitOutputs(chunk, Value());
  });
  if (!plan.isColumnwise())
    return;
  SmallVector<wy::ReadOp> reads(scan.getGraph().getOps<wy::ReadOp>());
  loop(firstPanel, endPanel, 1, [&](Value panel) {
    // A chunk's writes reach the states when the next one reads them.
    Chunk first = makeChunk(index(0));
    prefetchShare(first, panel);
    auto emitFirst = [&](bool isFromInitial) {
      emitSweeps(nullptr, &first, reads, panel,
                 {.isFromInitial = isFromInitial});
    };
    if (isReadFromInitial())
      branch(
          isLess(begin, firstToken), [&] { emitFirst(false); },
          [&] { emitFirst(true); });
    else
      emitFirst(false);
    emitColumns(first, panel);
    loop(index(1), chunks, 1, [&](Value i) {
      Chunk before = makeChunk(arith::SubIOp::create(b, loc, i, index(1)));
      Chunk chunk = makeChunk(i);
      prefetchShare(chunk, panel);
      emitSweeps(&before, &chunk, reads, panel, {});
      emitColumns(chunk, panel);
    });
    Chunk last = makeChunk(arith::SubIOp::create(b, loc, chunks, index(1)));
    auto emitLast = [&](bool isToFinal) {
      emitSweeps(&last, nullptr, {}, panel, {.isToFinal = isToFinal});
    };
    if (isWrittenToFinal())
      branch(
          isLess(add(last.first, last.count), end), [&] { emitLast(false); },
          [&] { emitLast(true); });
    else
      emitLast(false);
  });
}

void ChunkEmitter::emitFirstPhase(const Chunk &chunk) {
  for (BlockArgument argument : scan.getGraph().getArguments())
    if (plan.getBuffer(argument))
      copyArgument(argument, chunk);
  auto emitFactorsOf = [&](ValueRange made) {
    for (const GateKey &key : plan.getGates())
      if (llvm::is_contained(made, key.gate))
        emitFactors(key, chunk);
  };
  emitFactorsOf(SmallVector<Value>(scan.getGraph().getArguments()));
  for (Operation &op : scan.getGraph().without_terminator())
    if (!plan.isInPanelPhase(&op) && !plan.isInColumnLoop(&op)) {
      emitFullOp(op, chunk);
      emitFactorsOf(op.getResults());
    }
  emitColumnLoop(chunk);
}

/// What is made of reads, for one panel.
void ChunkEmitter::emitColumns(const Chunk &chunk, Value panel) {
  for (Operation &op : scan.getGraph().without_terminator())
    if (plan.isInPanelPhase(&op) && !isa<wy::UpdateOp>(op) &&
        !isa<wy::ReadOp>(op))
      emitStripOp(op, chunk, panelStrip(panel));
  emitOutputs(chunk, panel);
}

/// Node by node, each over all panels.
void ChunkEmitter::emitMixed(const Chunk &chunk) {
  for (Operation &op : scan.getGraph().without_terminator())
    if (plan.isInPanelPhase(&op) && !isa<wy::UpdateOp>(op))
      emitFullOp(op, chunk);
  emitOutputs(chunk, Value());
  loop(firstPanel, endPanel, 1,
       [&](Value panel) { emitSweeps(&chunk, nullptr, {}, panel, {}); });
}

ChunkEmitter::Strip ChunkEmitter::panelStrip(Value panel) {
  return {column(panel, 0), plan.getSizes().panelVectors};
}

/// A node that stays in its columns.
void ChunkEmitter::emitStripOp(Operation &op, const Chunk &chunk,
                               const Strip &strip) {
  llvm::TypeSwitch<Operation *>(&op)
      .Case([&](wy::SumOp sum) { emitSum(sum, chunk, strip); })
      .Case([&](wy::ApplyOp apply) { emitApply(apply, chunk, strip); })
      .Case([&](wy::SolveOp solve) { emitSolve(solve, chunk, strip); })
      .Case(
          [&](wy::TokensOp tokens) { emitTokenColumns(tokens, chunk, strip); })
      .DefaultUnreachable("a node that does not stay in its columns");
}

/// A node for all that there is of it.
void ChunkEmitter::emitFullOp(Operation &op, const Chunk &chunk) {
  llvm::TypeSwitch<Operation *>(&op)
      .Case([&](wy::TokensOp tokens) { emitTokens(tokens, chunk); })
      .Case([&](wy::AccumulateOp accumulate) {
        emitAccumulate(accumulate, chunk);
      })
      .Case([&](wy::ScoresOp scores) { emitScores(scores, chunk); })
      .Case([&](wy::ReadOp read) {
        if (!plan.isPanelRead(read))
          return emitOtherRead(read, chunk);
        loop(firstPanel, endPanel, 1, [&](Value panel) {
          emitSweeps(nullptr, &chunk, read, panel, {});
        });
      })
      .Default([&](Operation *other) {
        std::optional<Axis> axis = plan.getShape(other->getResult(0)).axis;
        if (!axis)
          return emitStripOp(*other, chunk, {index(0), 0});
        loop(index(0), index(plan.paddedDim(*axis)), lanes,
             [&](Value start) { emitStripOp(*other, chunk, {start, 1}); });
      });
}

//===----------------------------------------------------------------------===//
// Outputs
//===----------------------------------------------------------------------===//

bool ChunkEmitter::isOuterOutput(Value output) const {
  return plan.getShape(output).axis == plan.getOuter();
}

/// The tokens' outputs: of one panel, or, without a panel, those that no panel
/// makes.
void ChunkEmitter::emitOutputs(const Chunk &chunk, Value panel) {
  for (auto [i, output] : llvm::enumerate(scan.getOutputs())) {
    std::optional<Axis> axis = plan.getShape(output).axis;
    if (plan.isColumnwise() && bool(panel) != isOuterOutput(output))
      continue;
    Value destination = outputs[i];
    auto storeVector = [&](Value row, Value token, Value start, Value mask) {
      Value vector =
          fromF32(load(at(output, chunk, row, start)), outputElement);
      Value indices[] = {batch, token, head, start};
      if (mask)
        vector::MaskedStoreOp::create(b, loc, destination, indices, mask,
                                      vector);
      else
        vector::StoreOp::create(b, loc, vector, destination, indices);
    };
    loop(index(0), chunk.count, 1, [&](Value row) {
      Value token = add(chunk.first, row);
      if (!axis) {
        Value scalar = fromF32(loadScalar(at(output, chunk, row, index(0))),
                               outputElement);
        memref::StoreOp::create(b, loc, scalar, destination,
                                ValueRange{batch, token, head});
      } else if (panel) {
        for (int64_t v = 0; v < plan.getSizes().panelVectors; ++v)
          storeVector(row, token, column(panel, v),
                      columnMask(*axis, column(panel, v)));
      } else {
        alongAxis(*axis, [&](Value start, Value mask) {
          storeVector(row, token, start, mask);
        });
      }
    });
  }
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

Value ChunkEmitter::at(const ChunkBuffer &buffer, const Chunk &chunk, Value row,
                       Value column) {
  Value place = index(buffer.offset);
  if (buffer.isInSlot)
    place = add(chunk.slot, place);
  if (buffer.rows > 1)
    place = add(place, mul(row, buffer.stride));
  return buffer.stride > 1 ? add(place, column) : place;
}

Value ChunkEmitter::at(Value tensor, const Chunk &chunk, Value row,
                       Value column) {
  return at(*plan.getBuffer(tensor), chunk, row, column);
}

Value ChunkEmitter::stateRow(unsigned state, Value panel, Value row) {
  Value rows = add(mul(panel, plan.dim(plan.getInner())), row);
  return add(mul(rows, plan.panelWidth()), plan.getStateOffset(state));
}

Value ChunkEmitter::column(Value panel, int64_t v) {
  return add(mul(panel, plan.panelWidth()), v * lanes);
}

Value ChunkEmitter::columnMask(Axis axis, Value column) {
  int64_t unit = axis == plan.getOuter() ? plan.panelWidth() : lanes;
  if (plan.dim(axis) % unit == 0)
    return Value();
  Value left = arith::SubIOp::create(b, loc, index(plan.dim(axis)), column);
  return vector::CreateMaskOp::create(
      b, loc, VectorType::get({lanes}, b.getI1Type()), left);
}

void ChunkEmitter::alongAxis(Axis axis, function_ref<void(Value, Value)> body) {
  reduceAxis(axis, {}, [&](Value start, Value mask, ValueRange) {
    body(start, mask);
    return Vectors();
  });
}

VectorBuilder::Vectors
ChunkEmitter::reduceAxis(Axis axis, ValueRange initial,
                         function_ref<Vectors(Value, Value, ValueRange)> body) {
  int64_t whole = plan.dim(axis) / lanes * lanes;
  Vectors carried(initial);
  if (whole > 0)
    carried = carry(index(0), index(whole), lanes, carried,
                    [&](Value start, ValueRange values) {
                      return body(start, Value(), values);
                    });
  if (int64_t rest = plan.dim(axis) - whole) {
    Value mask = vector::ConstantMaskOp::create(
        b, loc, VectorType::get({lanes}, b.getI1Type()),
        ArrayRef<int64_t>{rest});
    carried = body(index(whole), mask, carried);
  }
  return carried;
}

static Type withElementType(Type type, Type element) {
  if (auto shaped = dyn_cast<ShapedType>(type))
    return shaped.clone(element);
  return element;
}

Value ChunkEmitter::toF32(Value value) {
  Type type = withElementType(value.getType(), b.getF32Type());
  return type == value.getType()
             ? value
             : Value(arith::ExtFOp::create(b, loc, type, value));
}

Value ChunkEmitter::fromF32(Value value, Type element) {
  Type type = withElementType(value.getType(), element);
  return type == value.getType()
             ? value
             : Value(arith::TruncFOp::create(b, loc, type, value));
}
