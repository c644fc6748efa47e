//===- KernelEmitter.cpp - the order of things within a sequence ----------===//

#include "passes/WYToVector/KernelEmitter.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace sluice;
using delta::ArgKind;
using delta::Axis;

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

static KernelFunction createFunction(OpBuilder &builder, const ChunkPlan &plan,
                                     const ScratchLayout &layout,
                                     ArrayRef<Type> argElements,
                                     Type outputElement) {
  wy::ScanOp scan = plan.getScan();
  SmallVector<MemRefType, 1> channels;
  auto addChannel = [&](wy::ChannelAttr channel) {
    SmallVector<int64_t> shape(2, ShapedType::kDynamic);
    llvm::append_range(shape, channel.getType().getShape());
    channels.push_back(MemRefType::get(shape, builder.getF32Type()));
  };
  for (unsigned i = 0, e = scan.getNumInChannels(); i < e; ++i)
    addChannel(scan.getInChannel(i));
  for (unsigned i = 0, e = scan.getNumOutChannels(); i < e; ++i)
    addChannel(scan.getOutChannel(i));
  KernelFunction kernel =
      KernelFunction::create(builder, scan.getLoc(),
                             {scan.getSymName(), scan.getSignature(),
                              static_cast<int64_t>(scan.getKeyDim()),
                              static_cast<int64_t>(scan.getValueDim()),
                              argElements, outputElement, channels});
  kernel.setSizes(layout.getSize(), plan.isColumnwise() ? plan.numPanels() : 1);
  return kernel;
}

KernelEmitter::KernelEmitter(OpBuilder &builder, const ChunkPlan &plan,
                             const ScratchLayout &layout,
                             ArrayRef<Type> argElements, Type outputElement)
    : b(builder, plan, layout,
        createFunction(builder, plan, layout, argElements, outputElement)) {}

func::FuncOp KernelEmitter::emit() {
  func::FuncOp function = b.kernel.function;
  OpBuilder::InsertionGuard guard(b.builder);
  b.builder.setInsertionPointToStart(&function.getBody().front());
  if (!b.plan.isColumnwise()) {
    // One panel by the function's attribute stands for all of them.
    b.kernel.firstPanel = b.index(0);
    b.kernel.endPanel = b.index(b.plan.numPanels());
  }
  Value begin = b.kernel.begin, end = b.kernel.end;
  b.branch(
      b.isLess(begin, end),
      [&] {
        if (!panels.isReadFromInitial())
          states.emitInitial();
        emitChunks();
        if (!panels.isWrittenToFinal())
          states.emitFinal();
      },
      [&] {
        states.emitInitial();
        states.emitFinal();
      });
  func::ReturnOp::create(b.builder, b.loc);
  return function;
}

/// Block by block, of which each begins with the chunk that runs first.
void KernelEmitter::emitChunks() {
  Value begin = b.kernel.begin, end = b.kernel.end;
  int64_t chunk = b.plan.getChunk(),
          step = chunk * b.plan.getSizes().blockChunks;
  if (!b.scan.getReverse())
    return b.loop(begin, end, step, [&](Value token) { emitBlock(token); });
  Value chunks = b.ceilDiv(b.sub(end, begin), b.index(chunk));
  Value last = b.add(begin, b.mul(b.sub(chunks, b.index(1)), chunk));
  b.loop(b.index(0), b.mul(chunks, chunk), step,
         [&](Value back) { emitBlock(b.sub(last, back)); });
}

//===----------------------------------------------------------------------===//
// Blocks of chunks
//===----------------------------------------------------------------------===//

/// The chunk that runs as number `i` of a block.
Chunk KernelEmitter::makeChunk(Value firstToken, Value i) {
  Value distance = b.mul(i, b.plan.getChunk());
  Value first = b.scan.getReverse() ? b.sub(firstToken, distance)
                                    : b.add(firstToken, distance);
  Value rest = b.sub(b.kernel.end, first);
  return {first, b.min(rest, b.index(b.plan.getChunk())),
          b.add(b.mul(i, b.layout.getSlotSize()), b.layout.getSlotsOffset())};
}

void KernelEmitter::emitBlock(Value firstToken) {
  Value left = b.scan.getReverse()
                   ? b.add(b.sub(firstToken, b.kernel.begin), b.index(1))
                   : b.sub(b.kernel.end, firstToken);
  Value chunks = b.min(b.ceilDiv(left, b.index(b.plan.getChunk())),
                       b.index(b.plan.getSizes().blockChunks));
  b.loop(b.index(0), chunks, 1, [&](Value i) {
    Chunk chunk = makeChunk(firstToken, i);
    emitFirstPhase(chunk);
    if (!b.plan.isColumnwise() && b.scan.getNumInChannels() > 0)
      b.loop(b.kernel.firstPanel, b.kernel.endPanel, 1,
             [&](Value panel) { states.loadChannels(chunk, panel); });
    if (!b.plan.isColumnwise())
      emitMixed(chunk);
    else
      emitOutputs(chunk, Value());
  });
  if (b.plan.isColumnwise())
    emitPanels(firstToken, chunks);
}

/// Panel by panel, each through all chunks: a chunk's writes reach the states
/// when the next one reads them.
void KernelEmitter::emitPanels(Value firstToken, Value chunks) {
  SmallVector<wy::ReadOp> reads(b.scan.getGraph().getOps<wy::ReadOp>());
  b.loop(b.kernel.firstPanel, b.kernel.endPanel, 1, [&](Value panel) {
    // The first chunk of a block, and of a sequence, has its own way to states.
    auto emitFirst = [&](const Chunk &chunk, bool isFromInitial) {
      panels.emitSweeps(nullptr, &chunk, reads, panel,
                        {.isFromInitial = isFromInitial});
    };
    b.loop(b.index(0), chunks, 1, [&](Value i) {
      Chunk chunk = makeChunk(firstToken, i);
      if (!b.scan.getReverse())
        arguments.prefetchShare(chunk, panel);
      states.loadChannels(chunk, panel);
      b.branch(
          b.isLess(b.index(0), i),
          [&] {
            Chunk before = makeChunk(firstToken, b.sub(i, b.index(1)));
            panels.emitSweeps(&before, &chunk, reads, panel, {});
          },
          [&] {
            if (!panels.isReadFromInitial())
              return emitFirst(chunk, false);
            b.branch(
                b.isLess(b.kernel.begin, firstToken),
                [&] { emitFirst(chunk, false); },
                [&] { emitFirst(chunk, true); });
          });
      states.storeChannels(chunk, panel);
      emitPanelNodes(chunk, panel);
    });
    Chunk last = makeChunk(firstToken, b.sub(chunks, b.index(1)));
    auto emitLast = [&](bool isToFinal) {
      panels.emitSweeps(&last, nullptr, {}, panel, {.isToFinal = isToFinal});
    };
    if (panels.isWrittenToFinal())
      b.branch(
          b.isLess(b.add(last.first, last.count), b.kernel.end),
          [&] { emitLast(false); }, [&] { emitLast(true); });
    else
      emitLast(false);
  });
}

void KernelEmitter::emitFactorsOf(ValueRange made, const Chunk &chunk) {
  for (Value tensor : made)
    for (unsigned i : b.plan.getGatesOf(tensor))
      gates.emitFactors(b.plan.getGates()[i], chunk);
}

void KernelEmitter::emitFirstPhase(const Chunk &chunk) {
  Block &graph = b.scan.getGraph();
  for (BlockArgument argument : graph.getArguments())
    if (b.plan.isCopied(argument))
      arguments.copy(argument, chunk);
  emitFactorsOf(SmallVector<Value>(graph.getArguments()), chunk);
  for (const FirstPhaseStep &step : b.plan.getFirstPhase()) {
    if (step.isContractedLoop) {
      contractedLoop.emit(chunk);
    } else if (step.anchors) {
      perToken.emitAnchors(*step.anchors, chunk);
    } else {
      emitAlike(step.nodes, chunk);
      for (Operation *op : step.nodes)
        emitFactorsOf(op->getResults(), chunk);
    }
  }
}

/// Neighbours that are alike: one by one, or, if they are many, in a loop over
/// their tensors' places.
void KernelEmitter::emitAlike(ArrayRef<Operation *> ops, const Chunk &chunk) {
  auto tensorOf = [](Operation *op, unsigned i) -> Value {
    return i < op->getNumOperands() ? op->getOperand(i) : op->getResult(0);
  };
  auto placeOf = [&](Operation *op, unsigned i) {
    return b.layout.find(tensorOf(op, i));
  };
  unsigned numTensors = ops.front()->getNumOperands() + 1;
  SmallVector<unsigned> bound;
  bool canLoop = ops.size() >= kFewestAlike;
  for (unsigned i = 0; i < numTensors && canLoop; ++i) {
    const ChunkBuffer *first = placeOf(ops.front(), i);
    bool isSame = true;
    for (Operation *op : ops) {
      const ChunkBuffer *other = placeOf(op, i);
      canLoop &= first && other && first->stride == other->stride &&
                 first->rows == other->rows &&
                 first->isInSlot == other->isInSlot;
      isSame &= canLoop && first->offset == other->offset;
    }
    if (!isSame)
      bound.push_back(i);
  }
  // One whose tensors are all different stands for the others.
  auto *model = llvm::find_if(ops, [&](Operation *op) {
    llvm::SmallDenseSet<Value> seen(op->operand_begin(), op->operand_end());
    return seen.size() == op->getNumOperands();
  });
  if (!canLoop || model == ops.end()) {
    for (Operation *op : ops)
      emitFullOp(*op, chunk);
    return;
  }
  SmallVector<int64_t> places;
  for (Operation *op : ops)
    for (unsigned i : bound)
      places.push_back(placeOf(op, i)->offset);
  Value table = b.createTable(places);
  auto width = static_cast<int64_t>(bound.size());
  b.loop(b.index(0), b.index(static_cast<int64_t>(ops.size())), 1,
         [&](Value which) {
           for (auto [k, i] : llvm::enumerate(bound))
             b.bind(tensorOf(*model, i),
                    b.loadPlace(
                        table,
                        b.add(b.mul(which, width), static_cast<int64_t>(k)),
                        *placeOf(*model, i), chunk));
           emitFullOp(**model, chunk);
           b.unbind();
         });
}

/// Emits what is made of reads, for one panel.
void KernelEmitter::emitPanelNodes(const Chunk &chunk, Value panel) {
  for (Operation &op : b.scan.getGraph().without_terminator())
    if (b.plan.isInPanelPhase(&op) && !isa<wy::UpdateOp, wy::ReadOp>(op))
      emitStripOp(op, chunk, b.panelStrip(panel));
  emitOutputs(chunk, panel);
}

/// Node by node, each over all panels.
void KernelEmitter::emitMixed(const Chunk &chunk) {
  if (b.scan.getNumOutChannels() > 0)
    b.loop(b.kernel.firstPanel, b.kernel.endPanel, 1,
           [&](Value panel) { states.storeChannels(chunk, panel); });
  // Memory works while states are read, a share with each read.
  int64_t parts = llvm::range_size(b.scan.getGraph().getOps<wy::ReadOp>());
  int64_t part = 0;
  auto prefetchShare = [&] {
    arguments.prefetchNext(chunk, part, parts);
    states.prefetchChannels(chunk, part++, parts);
  };
  for (Operation &op : b.scan.getGraph().without_terminator()) {
    if (!b.plan.isInPanelPhase(&op) ||
        (isa<wy::UpdateOp>(op) && !b.plan.isMadeState(&op)))
      continue;
    emitFullOp(op, chunk);
    if (isa<wy::ReadOp>(op))
      prefetchShare();
  }
  emitOutputs(chunk, Value());
  b.loop(b.kernel.firstPanel, b.kernel.endPanel, 1, [&](Value panel) {
    panels.emitSweeps(&chunk, nullptr, {}, panel, {});
  });
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

/// A node that stays in its columns.
void KernelEmitter::emitStripOp(Operation &op, const Chunk &chunk,
                                const Strip &strip) {
  llvm::TypeSwitch<Operation *>(&op)
      .Case([&](wy::SumOp sum) { products.emitSum(sum, chunk, strip); })
      .Case([&](wy::ApplyOp apply) { products.emitApply(apply, chunk, strip); })
      .Case([&](wy::SolveOp solve) {
        SolveEmitter(b, gates, solve, chunk, strip).emit();
      })
      .Case([&](wy::ApplyTransposedOp apply) {
        adjoints.emitApply(apply, chunk, strip);
      })
      .Case([&](wy::SolveTransposedOp solve) {
        adjoints.emitSolve(solve, chunk, strip);
      })
      .Case([&](wy::TokensOp tokens) {
        perToken.emitStrip(tokens, chunk, strip);
      })
      .DefaultUnreachable("a node that does not stay in its columns");
}

/// Vectors of a strip of all columns: as many as leave registers for the sums
/// of a block of rows.
static int64_t getStripVectors(const ChunkPlan &plan, Axis axis) {
  int64_t all = plan.paddedDim(axis) / plan.getSizes().lanes;
  int64_t vectors = plan.getSizes().registers / (2 * RowBlock::kRows);
  while (all % vectors != 0)
    vectors /= 2;
  return vectors;
}

/// A node for all that there is of it.
void KernelEmitter::emitFullOp(Operation &op, const Chunk &chunk) {
  llvm::TypeSwitch<Operation *>(&op)
      .Case([&](wy::TokensOp tokens) { perToken.emit(tokens, chunk); })
      .Case([&](wy::AccumulateOp accumulate) {
        gates.emitAccumulate(accumulate, chunk);
      })
      .Case([&](wy::ScoresOp op) { scores.emit(op, chunk); })
      .Case([&](wy::DecaysOp op) { pairs.emitDecays(op, chunk); })
      .Case([&](wy::ScaleOp op) { pairs.emitScale(op, chunk); })
      .Case([&](wy::ProductOp op) { pairs.emitProduct(op, chunk); })
      .Case([&](wy::InverseOp op) { pairs.emitInverse(op, chunk); })
      .Case([&](wy::UpdateOp op) { panels.emitMade(op, chunk); })
      .Case([&](wy::TokenSumsOp op) { adjoints.emitTokenSums(op, chunk); })
      .Case([&](wy::PairSumsOp op) { adjoints.emitPairSums(op, chunk); })
      .Case([&](wy::DotStatesOp op) {
        adjoints.emitDotStates(op, b.plan.getStateIndex(op.getLhs()),
                               b.plan.getStateIndex(op.getRhs()), chunk);
      })
      .Case([&](wy::ReadOp read) {
        if (!b.plan.isPanelRead(read))
          return panels.emitOtherRead(read, chunk);
        b.loop(b.kernel.firstPanel, b.kernel.endPanel, 1, [&](Value panel) {
          panels.emitSweeps(nullptr, &chunk, read, panel, {});
        });
      })
      .Default([&](Operation *other) {
        wy::ChunkShape shape = b.plan.getShape(other->getResult(0));
        if (shape.isPairs())
          return pairs.emitSum(cast<wy::SumOp>(other), chunk);
        std::optional<Axis> axis = shape.axis;
        if (!axis)
          return emitStripOp(*other, chunk, {b.index(0), 0});
        int64_t vectors = getStripVectors(b.plan, *axis);
        b.loop(
            b.index(0), b.index(b.plan.paddedDim(*axis)), vectors * b.lanes,
            [&](Value start) { emitStripOp(*other, chunk, {start, vectors}); });
      });
}

/// The tokens' outputs: of one panel, or, without a panel, those that no panel
/// makes.
void KernelEmitter::emitOutputs(const Chunk &chunk, Value panel) {
  for (auto [i, output] : llvm::enumerate(b.scan.getOutputs())) {
    std::optional<Axis> axis = b.plan.getShape(output).axis;
    bool isOfPanels = axis == b.plan.getFree();
    if (b.plan.isColumnwise() && bool(panel) != isOfPanels)
      continue;
    Value memory = b.kernel.outputs[i];
    Type element = cast<MemRefType>(memory.getType()).getElementType();
    auto storeVector = [&](Value row, Value token, const VectorSpan &span) {
      Value vector =
          b.fromF32(b.load(b.at(output, chunk, row, span.start)), element);
      Value indices[] = {b.kernel.batch, token, b.kernel.head, span.start};
      if (span.mask)
        vector::MaskedStoreOp::create(b.builder, b.loc, memory, indices,
                                      span.mask, vector);
      else
        vector::StoreOp::create(b.builder, b.loc, vector, memory, indices);
    };
    b.loop(b.index(0), chunk.count, 1, [&](Value row) {
      Value token = b.add(chunk.first, row);
      if (!axis) {
        Value scalar = b.fromF32(b.loadScalar(output, chunk, row), element);
        memref::StoreOp::create(
            b.builder, b.loc, scalar, memory,
            ValueRange{b.kernel.batch, token, b.kernel.head});
      } else if (panel) {
        for (int64_t v = 0; v < b.plan.getSizes().panelVectors; ++v) {
          Value start = b.vectorStart(panel, v);
          storeVector(row, token, {start, b.vectorMask(*axis, start)});
        }
      } else {
        b.alongAxis(*axis, [&](const VectorSpan &span) {
          storeVector(row, token, span);
        });
      }
    });
  }
}
