//===- Segments.cpp - a sequence in segments, joined by a scan ------------===//

#include "passes/WYPlace/ScanParts.h"
#include "passes/WYPlace/TransitionScan.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;
using delta::ArgKind;

namespace {
class SegmentPlacement {
public:
  SegmentPlacement(OpBuilder &b, const StageCut &cut, int64_t tokens)
      : b(b), cut(cut), scan(cut.getScan()), tokens(tokens), names(scan) {}

  LogicalResult place();

private:
  SmallVector<StringAttr> makeNames(const Twine &stem) {
    return llvm::map_to_vector(scan.getStates(), [&](BlockArgument state) {
      return b.getStringAttr(names.make(stem + scan.getName(state)));
    });
  }
  SegmentsAttr getSegments(Start start, ArrayRef<StringAttr> from,
                           ArrayRef<StringAttr> to) {
    return SegmentsAttr::get(b.getContext(), tokens, start, 0, from, to);
  }
  LogicalResult buildTransitions();
  void buildJoin();

  OpBuilder &b;
  const StageCut &cut;
  ScanOp scan;
  int64_t tokens;
  ChannelNames names;
  /// R and the start of each state.
  SmallVector<StringAttr> written, starts;
  /// The block of a segment's transition that takes state `from` to state `to`,
  /// where it is not 0.
  struct SegmentTransition {
    unsigned to, from;
    ChannelAttr channel;
  };
  SmallVector<SegmentTransition> transitions;
};
} // namespace

LogicalResult SegmentPlacement::buildTransitions() {
  SmallVector<BlockArgument> states = scan.getStates();
  for (unsigned from = 0; from < states.size(); ++from) {
    SmallVector<unsigned> reached(getReached(cut, from).set_bits());
    SmallVector<StringAttr> ends;
    for (unsigned to : reached)
      ends.push_back(b.getStringAttr(names.make(
          "M_" + scan.getName(states[to]) + "_" + scan.getName(states[from]))));
    FailureOr<ScanOp> made = buildTransition(
        b, cut, from, ("transition_" + scan.getName(states[from])).str(),
        tokens, ends);
    if (failed(made))
      return failure();
    for (auto [to, end] : llvm::zip(reached, ends))
      transitions.push_back(
          {to, from,
           ChannelAttr::get(b.getContext(), end.getValue(), ShapeKind::State,
                            std::nullopt,
                            RankedTensorType::get(
                                {static_cast<int64_t>(made->getKeyDim()),
                                 static_cast<int64_t>(made->getValueDim())},
                                b.getF32Type()))});
  }
  return success();
}

/// S ← M S + R, in chunks as long as segments.
void SegmentPlacement::buildJoin() {
  Location loc = scan.getLoc();
  SmallVector<BlockArgument> states = scan.getStates();
  auto stateChannel = [&](StringAttr name, BlockArgument state) {
    return ChannelAttr::get(b.getContext(), name.getValue(), ShapeKind::State,
                            std::nullopt,
                            cast<RankedTensorType>(state.getType()));
  };
  SmallVector<delta::ArgumentAttr> arguments;
  SmallVector<Attribute> in, out;
  for (auto [state, its, start] : llvm::zip(states, written, starts)) {
    arguments.push_back(scan.getArg(state.getArgNumber()));
    in.push_back(stateChannel(its, state));
    out.push_back(stateChannel(start, state));
  }
  for (const SegmentTransition &transition : transitions)
    in.push_back(transition.channel);
  auto join = ScanOp::create(
      b, loc, b.getStringAttr("join"), b.getI64IntegerAttr(tokens),
      scan.getKeyDimAttr(), scan.getValueDimAttr(), ScheduleAttr(),
      delta::SignatureAttr::get(b.getContext(), arguments, /*outputs=*/{}),
      scan.getReverseAttr(), SegmentsAttr(), b.getArrayAttr(in),
      b.getArrayAttr(out));
  OpBuilder::InsertionGuard guard(b);
  Block *graph = b.createBlock(&join.getBody());
  for (BlockArgument state : states)
    graph->addArgument(state.getType(), loc);
  for (Attribute channel : in)
    graph->addArgument(cast<ChannelAttr>(channel).getType(), loc);

  JoinKind kind = cut.getSegment().kind == Segment::Kind::Left ? JoinKind::Left
                  : cut.getSegment().kind == Segment::Kind::Right
                      ? JoinKind::Right
                      : JoinKind::Elementwise;
  unsigned count = states.size();
  SmallVector<Value> yielded;
  for (unsigned i = 0; i < count; ++i) {
    SmallVector<Value> from, by;
    for (auto [m, transition] : llvm::enumerate(transitions))
      if (transition.to == i) {
        from.push_back(graph->getArgument(transition.from));
        by.push_back(graph->getArgument(2 * count + m));
      }
    yielded.push_back(JoinOp::create(b, loc, states[i].getType(), kind,
                                     graph->getArgument(count + i), from, by));
  }
  llvm::append_range(yielded, graph->getArguments().take_front(count));
  YieldOp::create(b, loc, yielded);
}

LogicalResult SegmentPlacement::place() {
  auto chunk = static_cast<int64_t>(scan.getChunk());
  if (tokens < 1 || tokens > kMostElements || tokens % chunk != 0)
    return scan.emitError()
           << "a segment has at most " << kMostElements
           << " tokens, and whole chunks of " << chunk << ", found " << tokens;
  if (scan.getStates().empty())
    return scan.emitError("has no states, so nothing joins segments: its "
                          "chunks may run at the same time as they are");
  const Segment &segment = cut.getSegment();
  if (segment.kind == Segment::Kind::None)
    return segment.reasonOp->emitError()
           << "the transition of @" << scan.getSymName()
           << " is not a matrix: " << segment.reason;
  written = makeNames("R_");
  starts = makeNames("start_");

  ScanPart zeros;
  zeros.name = "written";
  zeros.carries = true;
  zeros.segments = getSegments(Start::Zero, {}, written);
  for (Operation &op : scan.getGraph().without_terminator())
    if (cut.feedsStates(&op))
      zeros.nodes.push_back(&op);
  buildPart(b, scan, zeros, /*channels=*/llvm::DenseMap<Value, ChannelAttr>());
  if (failed(buildTransitions()))
    return failure();
  buildJoin();

  ScanPart whole;
  whole.name = "main";
  whole.carries = true;
  whole.segments = getSegments(Start::Channels, starts, {});
  for (Operation &op : scan.getGraph().without_terminator())
    whole.nodes.push_back(&op);
  for (unsigned i = 0, e = scan.getNumOutputs(); i < e; ++i)
    whole.outputs.push_back(i);
  buildPart(b, scan, whole, /*channels=*/llvm::DenseMap<Value, ChannelAttr>());
  return success();
}

LogicalResult sluice::placeSegments(OpBuilder &b, const StageCut &cut,
                                    int64_t tokens) {
  return SegmentPlacement(b, cut, tokens).place();
}
