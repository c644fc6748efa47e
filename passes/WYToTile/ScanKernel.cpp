//===- ScanKernel.cpp - a scan's graph in a kernel ------------------------===//

#include "passes/WYToTile/ScanKernel.h"
#include "lib/Analysis/Stages.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

Type sluice::withoutRank0(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.getRank() == 0 ? tensor.getElementType() : type;
}

static Value castTo(OpBuilder &b, Location loc, Value value, Type type) {
  if (value.getType() == type)
    return value;
  return UnrealizedConversionCastOp::create(b, loc, type, value).getResult(0);
}

/// Whether what the states are after the last segment are the final ones: the
/// segments start where a join says, and their ends are no channels.
static bool endsSequences(SegmentsAttr segments) {
  return segments.getStart() == Start::Channels && segments.getTo().empty();
}

/// What a CTA has, and the workspaces: channels that come in, and out, each
/// behind those of segments' states.
static KernelSizes placed(ScanOp scan, KernelSizes sizes) {
  auto chunk = static_cast<int64_t>(scan.getChunk());
  SegmentsAttr segments = scan.getSegmentsAttr();
  if (segments)
    sizes.pieceTokens = segments.getTokens();
  else if (scan.getStates().empty())
    sizes.pieceTokens = chunk;
  sizes.takesInitial = !segments;
  sizes.givesFinal = !segments || endsSequences(segments);
  auto addStates = [&](ArrayRef<StringAttr> names) {
    for (auto [name, state] : llvm::zip(names, scan.getStates()))
      sizes.workspaces.push_back({name.getValue(),
                                  cast<RankedTensorType>(state.getType()),
                                  segments.getTokens()});
  };
  auto add = [&](ChannelAttr channel) {
    sizes.workspaces.push_back({channel.getName(), channel.getType(), chunk});
  };
  if (segments) {
    addStates(segments.getFrom());
    addStates(segments.getTo());
  }
  for (unsigned i = 0, e = scan.getNumInChannels(); i < e; ++i)
    add(scan.getInChannel(i));
  for (unsigned i = 0, e = scan.getNumOutChannels(); i < e; ++i)
    add(scan.getOutChannel(i));
  return sizes;
}

ScanKernel::ScanKernel(OpBuilder &b, ScanOp scan, Operation *place,
                       StringRef name, KernelSizes sizes, ValueRange feeding)
    : b(b), loc(scan.getLoc()), scan(scan), feeding(feeding),
      sizes(placed(scan, std::move(sizes))),
      frame(b, place, name, scan.getSignature(), this->sizes) {
  chunk.tokens = static_cast<int64_t>(scan.getChunk());
  chunk.keyDim = this->sizes.keyDim;
  chunk.valueDim = this->sizes.valueDim;
  chunk.scale = frame.getScale();
  chunk.precisions = scan.getScheduleAttr().getPrecision();
}

Value ScanKernel::hasTokens() {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                               frame.getBegin(), frame.getEnd());
}

/// State number `state`, which is an argument.
Value ScanKernel::getInitial(unsigned argument, unsigned state) {
  SegmentsAttr segments = scan.getSegmentsAttr();
  if (!segments)
    return frame.loadInitial(argument);
  ChunkTensors t(b, loc);
  auto type =
      cast<RankedTensorType>(scan.getGraph().getArgument(argument).getType());
  if (segments.getStart() == Start::Channels) {
    // Nothing is written for numbers that are of no segment.
    Value isSegment =
        arith::OrIOp::create(b, loc, hasTokens(), frame.getIsLast());
    auto choice = scf::IfOp::create(
        b, loc, isSegment,
        [&](OpBuilder &, Location) {
          scf::YieldOp::create(b, loc,
                               frame.loadWorkspace(state, frame.getBegin()));
        },
        [&](OpBuilder &, Location) {
          scf::YieldOp::create(b, loc, t.splat(type, 0));
        });
    return choice.getResult(0);
  }
  bool isIts = static_cast<int64_t>(state) == segments.getState();
  if (segments.getStart() == Start::Zero || !isIts)
    return t.splat(type, 0);
  Value ones = t.splat(type, 1);
  return segments.getStart() == Start::Ones
             ? ones
             : t.choose(t.getDiagonal(type), ones);
}

void ScanKernel::storeFinals(ValueRange states) {
  SegmentsAttr segments = scan.getSegmentsAttr();
  auto storeIf = [&](Value condition, auto &&store) {
    scf::IfOp::create(b, loc, condition, [&](OpBuilder &, Location) {
      for (auto [i, state] : llvm::enumerate(states))
        store(static_cast<unsigned>(i), state);
      scf::YieldOp::create(b, loc);
    });
  };
  if (!segments) {
    for (auto [i, state] : llvm::enumerate(states))
      frame.storeFinal(static_cast<unsigned>(i), state);
  } else if (endsSequences(segments)) {
    storeIf(frame.getIsLast(),
            [&](unsigned i, Value state) { frame.storeFinal(i, state); });
  } else if (!segments.getTo().empty()) {
    // Nobody asks where the last segment would end.
    auto first = static_cast<unsigned>(segments.getFrom().size());
    Value isJoined = arith::SelectOp::create(
        b, loc, frame.getIsLast(),
        arith::ConstantIntOp::create(b, loc, b.getI1Type(), 0), hasTokens());
    storeIf(isJoined, [&](unsigned i, Value state) {
      frame.storeWorkspace(first + i, state, frame.getBegin());
    });
  }
}

void ScanKernel::buildChunk(Value first, ValueRange states,
                            const DenseMap<unsigned, Value> &params) {
  Value size = arith::ConstantIndexOp::create(b, loc, chunk.tokens);
  Value left = arith::SubIOp::create(b, loc, frame.getEnd(), first);
  chunk.count = arith::MinSIOp::create(b, loc, left, size);
  IRMapping map;
  auto bind = [&](BlockArgument argument, Value value) {
    map.map(argument, castTo(b, loc, value, argument.getType()));
  };
  unsigned nextState = 0;
  for (unsigned i = 0, e = scan.getNumArgs(); i < e; ++i) {
    Value value;
    switch (scan.getArgKind(i)) {
    case delta::ArgKind::State:
      value = states[nextState++];
      break;
    case delta::ArgKind::Params:
      value = params.lookup(i);
      break;
    case delta::ArgKind::QKHeads:
    case delta::ArgKind::VHeads:
      value = frame.loadArgument(i, first, chunk.tokens, chunk.count);
      break;
    }
    bind(scan.getGraph().getArgument(i), value);
  }
  unsigned in = scan.getNumInChannels(), out = scan.getNumOutChannels();
  auto channels = static_cast<unsigned>(sizes.workspaces.size()) - in - out;
  // Passes may have more chunks made than there are: those load what the first
  // one has, and store nothing.
  Value exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, first,
                                       frame.getEnd());
  Value existing =
      arith::SelectOp::create(b, loc, exists, first, frame.getBegin());
  for (unsigned i = 0; i < in; ++i)
    bind(scan.getChannelArgument(i),
         frame.loadWorkspace(channels + i, existing));
  Stages stages(scan, feeding);
  for (Operation &op : scan.getGraph().without_terminator()) {
    Operation *node = b.clone(op, map);
    if (stages.feeding.contains(&op))
      chunk.feeding.insert(node);
  }
  auto getTensor = [&](Value value) {
    return castTo(b, loc, map.lookup(value), withoutRank0(value.getType()));
  };
  for (auto [i, value] : llvm::enumerate(scan.getOutputs()))
    frame.storeOutput(static_cast<unsigned>(i), getTensor(value), first,
                      chunk.count);
  for (auto [i, value] : llvm::enumerate(scan.getChannelValues()))
    frame.storeWorkspace(channels + in + static_cast<unsigned>(i),
                         getTensor(value), first, exists);
  scf::YieldOp::create(b, loc,
                       llvm::map_to_vector(scan.getNextStates(), getTensor));
}

void ScanKernel::build() {
  SmallVector<Value> initial;
  DenseMap<unsigned, Value> params;
  for (unsigned i = 0, e = scan.getNumArgs(); i < e; ++i) {
    if (scan.getArgKind(i) == delta::ArgKind::State)
      initial.push_back(getInitial(i, static_cast<unsigned>(initial.size())));
    else if (scan.getArgKind(i) == delta::ArgKind::Params)
      params[i] = frame.loadArgument(i);
  }
  Value end = frame.getEnd();
  if (SegmentsAttr segments = scan.getSegmentsAttr();
      segments && !segments.getTo().empty())
    end = arith::SelectOp::create(b, loc, frame.getIsLast(), frame.getBegin(),
                                  end);
  Value step = arith::ConstantIndexOp::create(b, loc, chunk.tokens);
  auto loop = scf::ForOp::create(
      b, loc, frame.getBegin(), end, step, initial,
      [&](OpBuilder &, Location, Value first, ValueRange states) {
        buildChunk(first, states, params);
      });
  storeFinals(loop.getResults());
  tile::ReturnOp::create(b, loc);
}
