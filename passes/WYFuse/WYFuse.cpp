//===- WYFuse.cpp - scans joined by channels, as one ----------------------===//

#include "passes/WYFuse/WYFuse.h"
#include "dialects/WY/WYOps.h"
#include "lib/Support/Remarks.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/StringMap.h"

namespace sluice {
#define GEN_PASS_DEF_WYFUSE
#include "passes/WYFuse/WYFuse.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;

/// Fails at a scan that has other chunks than the first, or another order.
static LogicalResult checkChunks(wy::PlacedOp placed) {
  auto scans = placed.getScans().getOps<wy::ScanOp>();
  if (scans.empty())
    return placed.emitError("has no scans to fuse");
  wy::ScanOp first = *scans.begin();
  for (wy::ScanOp scan : scans) {
    if (scan.getSegments())
      return scan.emitError("starts anew in segments, so it is not fused");
    if (scan.getChunk() == first.getChunk() &&
        scan.getReverse() == first.getReverse() &&
        scan.getKeyDim() == placed.getKeyDim() &&
        scan.getValueDim() == placed.getValueDim())
      continue;
    InFlightDiagnostic error = scan.emitError(
        "does not walk over the same chunks as the first scan, so it is not "
        "fused with it");
    error.attachNote(first.getLoc()) << "the first scan";
    return error;
  }
  return success();
}

static wy::ScanOp createScan(OpBuilder &b, wy::PlacedOp placed,
                             wy::ScanOp first) {
  auto scan = wy::ScanOp::create(
      b, placed.getLoc(), placed.getSymNameAttr(), first.getChunkAttr(),
      placed.getKeyDimAttr(), placed.getValueDimAttr(), first.getScheduleAttr(),
      placed.getSignatureAttr(), first.getReverseAttr(), wy::SegmentsAttr(),
      ArrayAttr(), ArrayAttr());
  Block *graph = b.createBlock(&scan.getBody());
  for (unsigned i = 0, e = placed.getNumArgs(); i < e; ++i)
    graph->addArgument(
        scan.getChunkType(placed.getArgType(i), placed.getArgKind(i)),
        placed.getLoc());
  return scan;
}

static void fuse(wy::PlacedOp placed) {
  OpBuilder b(placed);
  wy::ScanOp fused =
      createScan(b, placed, *placed.getScans().getOps<wy::ScanOp>().begin());
  llvm::StringMap<Value> channels;
  SmallVector<Value> states(placed.getNumArgs()),
      outputs(placed.getNumOutputs());
  for (auto scan : placed.getScans().getOps<wy::ScanOp>()) {
    IRMapping mapping;
    for (unsigned i = 0, e = scan.getNumArgs(); i < e; ++i)
      mapping.map(
          scan.getGraph().getArgument(i),
          fused.getGraph().getArgument(*placed.findArg(scan.getArgName(i))));
    for (unsigned i = 0, e = scan.getNumInChannels(); i < e; ++i)
      mapping.map(scan.getChannelArgument(i),
                  channels.at(scan.getInChannel(i).getName()));
    for (Operation &op : scan.getGraph().without_terminator())
      b.clone(op, mapping);
    for (auto [state, next] : llvm::zip(scan.getStates(), scan.getNextStates()))
      states[*placed.findArg(scan.getArgName(state.getArgNumber()))] =
          mapping.lookup(next);
    for (auto [i, output] : llvm::enumerate(scan.getOutputs()))
      outputs[*placed.findOutput(scan.getOutputName(i))] =
          mapping.lookup(output);
    for (auto [i, value] : llvm::enumerate(scan.getChannelValues()))
      channels[scan.getOutChannel(i).getName()] = mapping.lookup(value);
  }
  llvm::erase_if(states, [](Value state) { return !state; });
  llvm::append_range(states, outputs);
  wy::YieldOp::create(b, placed.getLoc(), states);
  placed.erase();
}

namespace {
struct WYFuse : sluice::impl::WYFuseBase<WYFuse> {
  void runOnOperation() override {
    for (auto placed :
         llvm::make_early_inc_range(getOperation().getOps<wy::PlacedOp>())) {
      if (failed(checkChunks(placed)))
        return signalPassFailure();
      remarkCount(*this, placed, "Fused",
                  llvm::range_size(placed.getScans().getOps<wy::ScanOp>()));
      fuse(placed);
    }
  }
};
} // namespace
