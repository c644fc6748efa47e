//===- WYPlace.cpp - a scan as several, joined by channels ----------------===//

#include "passes/WYPlace/WYPlace.h"
#include "passes/WYPlace/ScanParts.h"

namespace sluice {
#define GEN_PASS_DEF_WYPLACE
#include "passes/WYPlace/WYPlace.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using wy::ChannelAttr;
using wy::ChunkShape;
using wy::Stage;

/// "key0": what a channel has, so that graphs can be read.
static StringRef getStem(const ChunkShape &shape) {
  if (shape.kind == ChunkShape::Kind::Constant)
    return "constant";
  if (shape.axis)
    return stringifyAxis(*shape.axis);
  return shape.isPairs() ? "pairs" : "number";
}

namespace {
/// pre, scan, post: the parts by stage, and what goes from one to another.
class StagePlacement {
public:
  StagePlacement(OpBuilder &b, const wy::StageCut &cut)
      : b(b), cut(cut), scan(cut.getScan()), shapes(scan), names(scan) {}

  LogicalResult place() {
    parts[unsigned(Stage::Scan)].carries = !scan.getStates().empty();
    for (unsigned i = 0; i < wy::kNumStages; ++i)
      parts[i].name = stringifyStage(Stage(i));
    for (Operation &op : scan.getGraph().without_terminator())
      parts[unsigned(cut.getStage(&op))].nodes.push_back(&op);
    for (auto [i, output] : llvm::enumerate(scan.getOutputs()))
      getPartOf(output).outputs.push_back(i);
    for (const wy::Channel &channel : cut.getChannels())
      if (channel.from && !channel.output && failed(addChannel(channel.value)))
        return failure();
    for (const ScanPart &part : parts)
      if (part.carries || !part.nodes.empty() || !part.outputs.empty())
        buildPart(b, scan, part, channels);
    return success();
  }

private:
  /// The part that makes it; an argument is copied by the first.
  ScanPart &getPartOf(Value value) {
    return parts[unsigned(cut.getSource(value).value_or(Stage::Pre))];
  }

  LogicalResult addChannel(Value value) {
    std::optional<ChunkShape> shape = shapes.find(value);
    if (!shape)
      return value.getDefiningOp()->emitOpError(
          "goes from one scan to another, but what it is cannot be told: an "
          "operation of another dialect makes it");
    std::string name;
    if (auto argument = dyn_cast<BlockArgument>(value))
      name = names.make(scan.getName(argument) + "_start");
    else if (shape->kind == ChunkShape::Kind::State)
      name = names.make("state" + Twine(count[getStem(*shape)]++));
    else
      name = names.make(getStem(*shape) + Twine(count[getStem(*shape)]++));
    auto channel =
        ChannelAttr::get(b.getContext(), name, shape->kind, shape->axis,
                         cast<RankedTensorType>(value.getType()));
    channels[value] = channel;
    getPartOf(value).made.emplace_back(channel, value);
    return success();
  }

  OpBuilder &b;
  const wy::StageCut &cut;
  wy::ScanOp scan;
  wy::ChunkShapes shapes;
  ChannelNames names;
  llvm::StringMap<unsigned> count;
  std::array<ScanPart, wy::kNumStages> parts;
  llvm::DenseMap<Value, ChannelAttr> channels;
};

struct WYPlace : sluice::impl::WYPlaceBase<WYPlace> {
  using WYPlaceBase::WYPlaceBase;

  void runOnOperation() override {
    if (!llvm::is_contained({"one_kernel", "pre_scan_post", "segments"},
                            StringRef(placement))) {
      getOperation().emitError()
          << "a placement is 'one_kernel', 'pre_scan_post' or 'segments', "
             "found '"
          << placement << "'";
      return signalPassFailure();
    }
    for (auto scan :
         llvm::make_early_inc_range(getOperation().getOps<wy::ScanOp>()))
      if (failed(place(scan)))
        return signalPassFailure();
  }

  LogicalResult place(wy::ScanOp scan) {
    // The schedule has the last word.
    std::string placement = this->placement;
    int64_t segment = this->segment;
    if (wy::ScheduleAttr schedule = scan.getScheduleAttr()) {
      placement = stringifyPlacementKind(schedule.getPlacement()).str();
      segment = schedule.getSegment();
    }
    wy::StageCut cut(scan);
    OpBuilder b(scan);
    // In front of the scan, so that the module has it only when it is whole.
    wy::PlacedOp placed = createPlaced(b, scan);
    b.setInsertionPointToEnd(&placed.getScans());
    LogicalResult made = success();
    if (placement == "one_kernel") {
      auto inner = cast<wy::ScanOp>(b.clone(*scan));
      inner.setSymName("kernel");
    } else {
      made = placement == "pre_scan_post" ? StagePlacement(b, cut).place()
                                          : placeSegments(b, cut, segment);
    }
    if (failed(made)) {
      placed.erase();
      return made;
    }
    scan.erase();
    // Each of its scans is a kernel.
    for (auto part : placed.getScans().getOps<wy::ScanOp>())
      if (wy::ScheduleAttr schedule = part.getScheduleAttr())
        part.setScheduleAttr(schedule.asOneKernel());
    return success();
  }
};
} // namespace
