//===- PlacementPlan.cpp - The launches of a placement --------------------===//
//
// A device runs kernels that stand alone: arguments, states before the first
// token, outputs, states after the last. Of a placement it gets
//
//   - without segments, its scans fused into one kernel, or, where they run in
//     different directions, a kernel for each, with channels in memory;
//   - with segments, a kernel for each scan in segments, whose sequences are
//   the
//     segments: where states start are its initial states, where they end its
//     final ones. Scans over segments, which hold nothing but wy.join, become
//     joins, which the runtime does in float64.
//
//===----------------------------------------------------------------------===//

#include "lib/Analysis/Signatures.h"
#include "lib/Compiler/Derivation.h"
#include "lib/Compiler/PlanBuilder.h"
#include "mlir/IR/Builders.h"
#include "passes/WYFuse/WYFuse.h"
#include "llvm/ADT/StringMap.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::runtime;
using delta::ArgKind;

namespace {
/// One placement in segments.
class PlacementPlan {
public:
  PlacementPlan(wy::PlacedOp placed, const CompileOptions &options,
                PlanBuilder &builder)
      : placed(placed), options(options), builder(builder) {}

  Error plan();

private:
  using Space = TensorRef::Space;

  Error planScan(wy::ScanOp scan, wy::SegmentsAttr segments);
  Error planJoin(wy::ScanOp scan);
  Expected<SegmentJoin::State> planState(wy::ScanOp scan, unsigned state);
  TensorRef getStart(wy::ScanOp scan, wy::SegmentsAttr segments,
                     unsigned state);
  TensorRef addChannel(StringRef name, int64_t rows, int64_t columns) {
    return channels[name] = builder.addWorkspace(name, rows, columns);
  }
  /// Of a state of the placement.
  unsigned countStatesBefore(unsigned argument) const {
    return count_if(builder.getSignature().getStates(),
                    [&](unsigned state) { return state < argument; });
  }
  static Error error(wy::ScanOp scan, const Twine &message) {
    return createStringError(inconvertibleErrorCode(),
                             "scan '" + scan.getSymName() + "' " + message);
  }

  wy::PlacedOp placed;
  const CompileOptions &options;
  PlanBuilder &builder;
  int64_t segmentTokens = 0;
  StringMap<TensorRef> channels;
};
} // namespace

/// Where a state of a scan in segments starts.
TensorRef PlacementPlan::getStart(wy::ScanOp scan, wy::SegmentsAttr segments,
                                  unsigned state) {
  auto rows = static_cast<int64_t>(scan.getKeyDim()),
       columns = static_cast<int64_t>(scan.getValueDim());
  bool isIts = static_cast<int64_t>(state) == segments.getState();
  std::string name = ("start of " + scan.getSymName()).str();
  switch (segments.getStart()) {
  case wy::Start::Zero:
    return {};
  case wy::Start::Channels:
    return channels.at(segments.getFrom()[state]);
  case wy::Start::Identity:
    return isIts ? builder.addWorkspace(name, rows, columns,
                                        Workspace::Fill::Identity)
                 : TensorRef();
  case wy::Start::Ones:
    return isIts ? builder.addWorkspace(name, rows, columns,
                                        Workspace::Fill::Ones)
                 : TensorRef();
  }
  llvm_unreachable("covered switch");
}

Error PlacementPlan::planScan(wy::ScanOp scan, wy::SegmentsAttr segments) {
  if (scan.getNumInChannels() > 0 || scan.getNumOutChannels() > 0)
    return error(scan, "has segments and channels from chunk to chunk: no "
                       "device runs that");
  CompileOptions own = options;
  own.chunk = static_cast<int64_t>(scan.getChunk());
  own.keyDim = static_cast<int64_t>(scan.getKeyDim());
  own.valueDim = static_cast<int64_t>(scan.getValueDim());
  own.argTypes.clear();
  KernelBinding binding;
  binding.isOverSegments = true;
  unsigned state = 0;
  for (const Argument &argument : getSignature(scan).arguments) {
    bool isState = argument.kind == ArgumentKind::State;
    own.argTypes.push_back(isState ? io::DType::F32
                                   : builder.getArgType(argument.name));
    binding.arguments.push_back(
        isState ? getStart(scan, segments, state++)
                : TensorRef{Space::Input, *placed.findArg(argument.name)});
  }
  for (const Output &output : getSignature(scan).outputs)
    binding.outputs.push_back(
        builder.getOutput(*placed.findOutput(output.name)));
  for (unsigned i = 0; i < state; ++i) {
    std::string name =
        segments.getTo().empty()
            ? ("end of " + scan.getSymName() + " #" + Twine(i)).str()
            : segments.getTo()[i].str();
    binding.finals.push_back(addChannel(name, own.keyDim, own.valueDim));
  }
  // The kernel is that of the scan without its placement.
  mlir::OwningOpRef<mlir::ModuleOp> alone =
      mlir::ModuleOp::create(scan.getLoc());
  auto whole = cast<wy::ScanOp>(
      mlir::OpBuilder::atBlockEnd(alone->getBody()).clone(*scan));
  whole.removeSegmentsAttr();
  Expected<unsigned> kernel = builder.addKernel(whole, own);
  if (!kernel)
    return kernel.takeError();
  builder.addLaunch(*kernel, binding);
  return Error::success();
}

static SegmentJoin::Kind convert(wy::JoinKind kind) {
  switch (kind) {
  case wy::JoinKind::Left:
    return SegmentJoin::Kind::Left;
  case wy::JoinKind::Right:
    return SegmentJoin::Kind::Right;
  case wy::JoinKind::Elementwise:
    return SegmentJoin::Kind::Elementwise;
  }
  llvm_unreachable("covered switch");
}

/// What becomes of one state of a join.
Expected<SegmentJoin::State> PlacementPlan::planState(wy::ScanOp scan,
                                                      unsigned state) {
  SmallVector<mlir::BlockArgument> states = scan.getStates();
  mlir::BlockArgument argument = states[state];
  unsigned ours = *placed.findArg(scan.getArgName(argument.getArgNumber()));
  SegmentJoin::State made;
  made.initial = {Space::Input, ours};
  made.final = {Space::Final, countStatesBefore(ours)};
  auto getChannel = [&](mlir::Value value) -> TensorRef {
    for (unsigned i = 0, e = scan.getNumInChannels(); i < e; ++i)
      if (scan.getChannelArgument(i) == value)
        return channels.at(scan.getInChannel(i).getName());
    return {};
  };
  for (auto [i, value] : enumerate(scan.getChannelValues()))
    if (value == argument)
      made.start = channels.at(scan.getOutChannel(i).getName());
  auto join = scan.getNextStates()[state].getDefiningOp<wy::JoinOp>();
  if (join) {
    made.written = getChannel(join.getWritten());
    for (auto [from, by] : zip(join.getStates(), join.getTransitions())) {
      const auto *found = find(states, from);
      made.terms.push_back({static_cast<unsigned>(found - states.begin()),
                            getChannel(by), convert(join.getKind())});
    }
  }
  bool isKnown = join && made.written.space == Space::Workspace &&
                 all_of(made.terms, [&](const SegmentJoin::Term &term) {
                   return term.state < states.size() &&
                          term.transition.space == Space::Workspace;
                 });
  if (!isKnown)
    return error(scan, "carries states over segments and does more than join "
                       "them: no device runs that");
  return made;
}

Error PlacementPlan::planJoin(wy::ScanOp scan) {
  bool isJoin =
      all_of(scan.getGraph().without_terminator(),
             [](mlir::Operation &op) { return isa<wy::JoinOp>(op); }) &&
      all_of(scan.getChannelValues(), [&](mlir::Value value) {
        return is_contained(scan.getStates(), value);
      });
  if (!isJoin || static_cast<int64_t>(scan.getChunk()) != segmentTokens ||
      scan.getNumArgs() != scan.getStates().size() || scan.getReverse())
    return error(scan, "carries states over segments and does more than join "
                       "them: no device runs that");
  for (unsigned i = 0, e = scan.getNumOutChannels(); i < e; ++i) {
    wy::ChannelAttr channel = scan.getOutChannel(i);
    addChannel(channel.getName(), channel.getType().getDimSize(0),
               channel.getType().getDimSize(1));
  }
  SegmentJoin join;
  for (unsigned i = 0, e = scan.getStates().size(); i < e; ++i) {
    Expected<SegmentJoin::State> state = planState(scan, i);
    if (!state)
      return state.takeError();
    join.states.push_back(std::move(*state));
  }
  builder.addJoin(std::move(join));
  return Error::success();
}

Error PlacementPlan::plan() {
  for (auto scan : placed.getScans().getOps<wy::ScanOp>()) {
    wy::SegmentsAttr its = scan.getSegmentsAttr();
    if (its && segmentTokens == 0) {
      segmentTokens = its.getTokens();
      builder.setSegmentTokens(segmentTokens);
    }
    if (its && its.getTokens() != segmentTokens)
      return error(scan, "has segments of another length than a scan before "
                         "it: no device runs that");
    if (Error error = its ? planScan(scan, its) : planJoin(scan))
      return error;
  }
  return Error::success();
}

/// A kernel for each scan, one after another.
static Error planScans(wy::PlacedOp placed, const CompileOptions &options,
                       PlanBuilder &builder) {
  using Space = TensorRef::Space;
  const Signature &whole = builder.getSignature();
  SmallVector<unsigned, 2> states = whole.getStates();
  for (auto scan : placed.getScans().getOps<wy::ScanOp>()) {
    CompileOptions own = options;
    own.chunk = static_cast<int64_t>(scan.getChunk());
    own.argTypes.clear();
    KernelBinding binding;
    for (const Argument &argument : getSignature(scan).arguments) {
      unsigned ours = *placed.findArg(argument.name);
      own.argTypes.push_back(builder.getArgType(argument.name));
      binding.arguments.push_back({Space::Input, ours});
      if (argument.kind == ArgumentKind::State)
        binding.finals.push_back(
            {Space::Final, static_cast<unsigned>(std::distance(
                               states.begin(), find(states, ours)))});
    }
    for (const Output &output : getSignature(scan).outputs)
      binding.outputs.push_back(
          builder.getOutput(*placed.findOutput(output.name)));
    for (unsigned i = 0, e = scan.getNumInChannels(); i < e; ++i)
      binding.channels.push_back(
          builder.addChannel(scan.getInChannel(i), own.chunk));
    for (unsigned i = 0, e = scan.getNumOutChannels(); i < e; ++i)
      binding.channels.push_back(
          builder.addChannel(scan.getOutChannel(i), own.chunk));
    Expected<unsigned> kernel = builder.addKernel(placed, scan, own);
    if (!kernel)
      return kernel.takeError();
    builder.addLaunch(*kernel, binding);
  }
  return Error::success();
}

Error compiler::planPlacement(wy::PlacedOp placed,
                              const CompileOptions &options,
                              PlanBuilder &builder) {
  auto scans = placed.getScans().getOps<wy::ScanOp>();
  if (any_of(scans, [](wy::ScanOp scan) { return !!scan.getSegments(); }))
    return PlacementPlan(placed, options, builder).plan();
  if (any_of(scans, [](wy::ScanOp scan) { return scan.getReverse(); }))
    return planScans(placed, options, builder);
  auto fused = derive(placed, [](mlir::OpPassManager &manager) {
    manager.addPass(createWYFuse());
  });
  if (!fused)
    return fused.takeError();
  auto scan = *(*fused)->getOps<wy::ScanOp>().begin();
  CompileOptions own = options;
  own.chunk = static_cast<int64_t>(scan.getChunk());
  Expected<unsigned> kernel = builder.addKernel(scan, own);
  if (!kernel)
    return kernel.takeError();
  builder.addLaunch(*kernel, builder.bindWhole());
  return Error::success();
}
