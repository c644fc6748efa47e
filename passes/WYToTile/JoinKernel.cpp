//===- JoinKernel.cpp - states from segment to segment --------------------===//
//
// A CTA follows some columns of the states of a sequence and head over its
// segments; of transitions from the right, which mix columns, all of them.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/WYToTile/ScanKernel.h"
#include <limits>

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

bool sluice::isJoin(ScanOp scan) {
  SmallVector<BlockArgument> states = scan.getStates();
  auto isChannel = [&](Value value) {
    auto argument = dyn_cast<BlockArgument>(value);
    return argument && argument.getArgNumber() >= scan.getNumArgs();
  };
  auto isState = [&](Value value) { return llvm::is_contained(states, value); };
  return !scan.getSegments() && !states.empty() &&
         scan.getNumArgs() == states.size() &&
         llvm::all_of(scan.getGraph().without_terminator(),
                      [&](Operation &op) {
                        auto join = dyn_cast<JoinOp>(op);
                        return join && isChannel(join.getWritten()) &&
                               llvm::all_of(join.getStates(), isState) &&
                               llvm::all_of(join.getTransitions(), isChannel);
                      }) &&
         llvm::all_of(
             scan.getNextStates(),
             [](Value next) { return next.getDefiningOp<JoinOp>(); }) &&
         llvm::all_of(scan.getChannelValues(), isState);
}

namespace {
class JoinKernel {
public:
  JoinKernel(OpBuilder &b, ScanOp scan, Operation *place, StringRef name)
      : b(b), loc(scan.getLoc()), scan(scan), sizes(getSizes(scan)),
        frame(b, place, name, scan.getSignature(), sizes) {}

  void build();
  tile::KernelOp getKernel() const { return frame.getKernel(); }

private:
  static KernelSizes getSizes(ScanOp scan);
  SmallVector<Value> join(Value first, ValueRange states);
  Value multiply(JoinOp op, Value transition, Value state, Value first);
  void storeStarts(Value first, ValueRange states);
  /// Of a channel that comes in.
  unsigned getChannel(Value value) {
    return cast<BlockArgument>(value).getArgNumber() - scan.getNumArgs();
  }

  OpBuilder &b;
  Location loc;
  ScanOp scan;
  KernelSizes sizes;
  KernelFrame frame;
};
} // namespace

KernelSizes JoinKernel::getSizes(ScanOp scan) {
  // Narrow enough that a head has many CTAs, wide enough for lines of memory.
  constexpr int64_t kColumns = 16, kWarps = 4;
  auto valueDim = static_cast<int64_t>(scan.getValueDim());
  bool mixes = false;
  DenseSet<Value> multiplied;
  scan.walk([&](JoinOp op) {
    mixes |= op.getKind() == JoinKind::Right;
    if (op.getKind() != JoinKind::Elementwise)
      multiplied.insert_range(op.getTransitions());
  });
  KernelSizes sizes{static_cast<int64_t>(scan.getKeyDim()),
                    valueDim,
                    mixes ? valueDim : std::min(kColumns, valueDim),
                    kWarps,
                    /*ctas=*/1,
                    {},
                    {}};
  sizes.argElements.assign(scan.getNumArgs(),
                           Float32Type::get(scan.getContext()));
  sizes.outputElement = Float32Type::get(scan.getContext());
  sizes.givesFinal = false;
  auto add = [&](ChannelAttr channel, bool isMatrix) {
    RankedTensorType type = channel.getType();
    bool hasColumns = !mixes && !isMatrix && type.getDimSize(1) != 1;
    sizes.workspaces.push_back({channel.getName(), type,
                                static_cast<int64_t>(scan.getChunk()),
                                hasColumns});
  };
  for (unsigned i = 0, e = scan.getNumInChannels(); i < e; ++i)
    add(scan.getInChannel(i), multiplied.contains(scan.getChannelArgument(i)));
  for (unsigned i = 0, e = scan.getNumOutChannels(); i < e; ++i)
    add(scan.getOutChannel(i), /*isMatrix=*/false);
  return sizes;
}

/// M S, S M or M ∘ S.
Value JoinKernel::multiply(JoinOp op, Value transition, Value state,
                           Value first) {
  ChunkTensors t(b, loc);
  bool isElementwise = op.getKind() == JoinKind::Elementwise;
  auto shape = cast<RankedTensorType>(transition.getType()).getShape();
  Value by = frame.loadWorkspace(getChannel(transition), first,
                                 /*withoutUnits=*/isElementwise);
  // A transition grows past float32 where a state that is 0 stays 0 token by
  // token: infinity times 0 is 0 here, and NaN stays NaN.
  Value most = t.splat(by.getType(), std::numeric_limits<float>::max()),
        least = t.splat(by.getType(), std::numeric_limits<float>::lowest());
  by = arith::MinimumFOp::create(b, loc, by, most);
  by = arith::MaximumFOp::create(b, loc, by, least);
  if (isElementwise) {
    SmallVector<int64_t> along;
    for (int64_t axis : {0, 1})
      if (shape[axis] != 1)
        along.push_back(axis);
    return t.multiply(t.broadcast(by, state.getType(), along), state);
  }
  return op.getKind() == JoinKind::Left ? t.dot(Precision::F32, by, state)
                                        : t.dot(Precision::F32, state, by);
}

SmallVector<Value> JoinKernel::join(Value first, ValueRange states) {
  ChunkTensors t(b, loc);
  SmallVector<BlockArgument> arguments = scan.getStates();
  SmallVector<Value> next;
  for (Value value : scan.getNextStates()) {
    auto op = value.getDefiningOp<JoinOp>();
    Value sum = frame.loadWorkspace(getChannel(op.getWritten()), first);
    for (auto [from, by] : llvm::zip(op.getStates(), op.getTransitions())) {
      auto number =
          std::distance(arguments.begin(), llvm::find(arguments, from));
      sum = t.add(sum, multiply(op, by, states[number], first));
    }
    next.push_back(sum);
  }
  return next;
}

/// The states before the segment that begins with `first`.
void JoinKernel::storeStarts(Value first, ValueRange states) {
  SmallVector<BlockArgument> arguments = scan.getStates();
  for (auto [i, value] : llvm::enumerate(scan.getChannelValues())) {
    auto number =
        std::distance(arguments.begin(), llvm::find(arguments, value));
    frame.storeWorkspace(scan.getNumInChannels() + static_cast<unsigned>(i),
                         states[number], first);
  }
}

void JoinKernel::build() {
  SmallVector<Value> initial;
  for (unsigned i = 0, e = scan.getNumArgs(); i < e; ++i)
    initial.push_back(frame.loadInitial(i));
  auto index = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  Value size = index(static_cast<int64_t>(scan.getChunk())), one = index(1);
  Value begin = frame.getBegin();
  Value length = arith::SubIOp::create(b, loc, frame.getEnd(), begin);
  // A sequence without tokens has one segment.
  Value most = arith::MaxSIOp::create(b, loc, length, one);
  Value before = arith::DivUIOp::create(
      b, loc, arith::SubIOp::create(b, loc, most, one), size);
  Value last = arith::AddIOp::create(
      b, loc, begin, arith::MulIOp::create(b, loc, before, size));
  auto loop = scf::ForOp::create(
      b, loc, begin, last, size, initial,
      [&](OpBuilder &, Location, Value first, ValueRange states) {
        storeStarts(first, states);
        scf::YieldOp::create(b, loc, join(first, states));
      });
  storeStarts(last, loop.getResults());
  tile::ReturnOp::create(b, loc);
}

tile::KernelOp sluice::buildJoinKernel(OpBuilder &b, ScanOp scan,
                                       Operation *place, StringRef name) {
  JoinKernel kernel(b, scan, place, name);
  kernel.build();
  return kernel.getKernel();
}
