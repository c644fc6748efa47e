//===- StageCut.cpp - a chunk's graph, cut by the carry -------------------===//

#include "lib/Analysis/StageCut.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

StageCut::StageCut(ScanOp scan, const StageCutOptions &options)
    : scan(scan), options(options), cost(scan), stages(scan) {
  findDependences();
  collectChannels();
  segment = analyzeSegment();
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

BitVector StageCut::getStatesOf(Value value) const {
  if (Operation *op = value.getDefiningOp())
    return dependences.lookup(op);
  SmallVector<BlockArgument> states = getScan().getStates();
  BitVector itself(states.size());
  for (auto [i, state] : llvm::enumerate(states))
    if (state == value)
      itself.set(i);
  return itself;
}

void StageCut::findDependences() {
  for (Operation &op : getScan().getGraph().without_terminator()) {
    BitVector states(getScan().getStates().size());
    for (Value operand : op.getOperands())
      states |= getStatesOf(operand);
    dependences[&op] = states;
  }
}

std::optional<Stage> StageCut::getSource(Value value) const {
  if (Operation *op = value.getDefiningOp())
    return getStage(op);
  unsigned index = cast<BlockArgument>(value).getArgNumber();
  if (getScan().getArgKind(index) == delta::ArgKind::State)
    return Stage::Scan;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Channels
//===----------------------------------------------------------------------===//

Count StageCut::getBytes(Value value) const {
  Count elements = cast<RankedTensorType>(value.getType()).getNumElements();
  auto arg = dyn_cast<BlockArgument>(value);
  if (!arg || getScan().getArgKind(arg.getArgNumber()) == delta::ArgKind::State)
    return elements * options.innerBytes;
  if (getScan().getArgKind(arg.getArgNumber()) == delta::ArgKind::Params)
    return 0;
  return elements * options.ioBytes;
}

void StageCut::collectChannels() {
  YieldOp yield = scan.getYield();
  size_t numStates = getScan().getStates().size();
  auto collect = [&](Value value) {
    Channel channel{value, getSource(value), {}, {}, getBytes(value)};
    for (OpOperand &use : value.getUses()) {
      Stage user = Stage::Scan; // which carries the next states
      if (use.getOwner() != yield)
        user = getStage(use.getOwner());
      else if (use.getOperandNumber() >= numStates) {
        // Who makes an output writes it; an input is copied.
        if (channel.from)
          continue;
        user = Stage::Pre;
      }
      if (user != channel.from)
        channel.to.set(static_cast<unsigned>(user));
    }
    if (channel.to.any())
      channels.push_back(channel);
  };
  Block &graph = getScan().getGraph();
  for (BlockArgument arg : graph.getArguments())
    collect(arg);
  for (Operation &op : graph.without_terminator())
    for (Value result : op.getResults())
      collect(result);
  for (auto [i, output] : llvm::enumerate(scan.getOutputs())) {
    Count elements = cast<RankedTensorType>(output.getType()).getNumElements();
    channels.push_back({output,
                        getSource(output).value_or(Stage::Pre),
                        {},
                        static_cast<unsigned>(i),
                        elements * options.ioBytes});
  }
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

unsigned StageCut::getNumNodes(Stage stage) const {
  return llvm::count_if(stages.ofNode,
                        [&](const auto &node) { return node.second == stage; });
}

Cost StageCut::getCost(Stage stage) const {
  Cost total;
  for (const auto &[op, its] : stages.ofNode)
    if (its == stage)
      total += cost.get(op);
  return total;
}

Count StageCut::getBytesRead(Stage stage) const {
  Count bytes;
  for (const Channel &channel : channels)
    if (channel.to[static_cast<unsigned>(stage)])
      bytes += channel.bytes;
  return bytes;
}

Count StageCut::getBytesWritten(Stage stage) const {
  Count bytes;
  for (const Channel &channel : channels)
    if (channel.from == stage)
      bytes += channel.bytes;
  return bytes;
}

//===----------------------------------------------------------------------===//
// Placements
//===----------------------------------------------------------------------===//

SmallVector<Placement> StageCut::getPlacements() const {
  Cost work;
  Count between;
  for (Stage stage : {Stage::Pre, Stage::Scan, Stage::Post}) {
    work += getCost(stage);
    between += getBytesRead(stage) + getBytesWritten(stage);
  }
  Count io;
  for (const Channel &channel : channels)
    if (!channel.from || channel.output)
      io += channel.bytes;
  double flop = work.flop.asDouble(), exp = work.exp.asDouble();
  SmallVector<Placement> placements = {
      {"one kernel", io.asDouble(), flop, exp},
      {"pre, scan, post", between.asDouble(), flop, exp}};
  if (segment.kind != Segment::Kind::None)
    placements.push_back(placeSegments(placements.front()));
  return placements;
}

Placement StageCut::placeSegments(const Placement &oneKernel) const {
  // (1) What feeds the states runs once more, beside the transition.
  Cost again = segment.perChunk;
  Count inputs;
  for (BlockArgument arg : getScan().getGraph().getArguments())
    if (!getSource(arg) && llvm::any_of(arg.getUsers(), [&](Operation *user) {
          return feedsStates(user);
        }))
      inputs += getBytes(arg);
  for (Operation *op : stages.feeding)
    again += cost.get(op);
  // M, R and the start states, each written and read.
  Count states;
  for (BlockArgument state : getScan().getStates())
    states += getBytes(state);
  Count perSegment = (segment.elements * options.innerBytes + states * 2) * 2;

  auto chunks = static_cast<double>(options.segment);
  return {"segments of " + std::to_string(options.segment) + " chunks",
          oneKernel.bytes + inputs.asDouble() + perSegment.asDouble() / chunks,
          oneKernel.flop + again.flop.asDouble() +
              segment.joinFlop.asDouble() / chunks,
          oneKernel.exp + again.exp.asDouble()};
}
