//===- WYSchedule.cpp - what a schedule may say ---------------------------===//

#include "dialects/WY/WYDialect.h"
#include "dialects/WY/WYOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

#include "dialects/WY/WYSchedule.cpp.inc"

/// Sizes beyond these are slips of the pen: code would grow with them.
static constexpr int64_t kMostLanes = 64, kMostPanelVectors = 64,
                         kMostOfABlock = 1024, kMostRegisters = 1024;

//===----------------------------------------------------------------------===//
// The part of a processor
//===----------------------------------------------------------------------===//

// W50: sizes of vectors, panels and blocks.
LogicalResult
CPUScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                        int64_t lanes, int64_t panel, int64_t block,
                        int64_t registers) {
  if (lanes < 1 || lanes > kMostLanes || !llvm::isPowerOf2_64(lanes))
    return emitError() << "'lanes' is a power of two from 1 to " << kMostLanes
                       << ", found " << lanes;
  auto check = [&](StringRef name, int64_t size, int64_t least,
                   int64_t most) -> LogicalResult {
    if (size >= least && size <= most)
      return success();
    return emitError() << "'" << name << "' is between " << least << " and "
                       << most << ", found " << size;
  };
  if (failed(check("panel", panel, 1, kMostPanelVectors)) ||
      failed(check("block", block, 1, kMostOfABlock)))
    return failure();
  return check("registers", registers, 4, kMostRegisters);
}

bool CPUScheduleAttr::hasPrecision(Precision precision) const {
  return precision == Precision::F32;
}

bool CPUScheduleAttr::hasStorage(Storage storage) const {
  return storage == Storage::F32;
}

//===----------------------------------------------------------------------===//
// The part of a GPU
//===----------------------------------------------------------------------===//

// W56: warps of a CTA, its columns, and how many a multiprocessor holds.
LogicalResult
GPUScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                        int64_t warps, int64_t valueBlock, int64_t ctas) {
  constexpr int64_t kMostWarps = 32;
  if (warps < 1 || warps > kMostWarps || !llvm::isPowerOf2_64(warps))
    return emitError() << "'warps' is a power of two from 1 to " << kMostWarps
                       << ", found " << warps;
  if (valueBlock < 1 || valueBlock > kMostElements)
    return emitError() << "'value_block' is between 1 and 2^20, found "
                       << valueBlock;
  constexpr int64_t kMostCTAs = 32;
  if (ctas < 1 || ctas > kMostCTAs)
    return emitError() << "'ctas' is between 1 and " << kMostCTAs << ", found "
                       << ctas;
  return success();
}

bool GPUScheduleAttr::hasPrecision(Precision) const { return true; }

bool GPUScheduleAttr::hasStorage(Storage) const { return true; }

//===----------------------------------------------------------------------===//
// The schedule
//===----------------------------------------------------------------------===//

PrecisionsAttr PrecisionsAttr::getAll(MLIRContext *context,
                                      Precision precision) {
  return get(context, precision, precision, precision, precision, precision,
             precision);
}

// W51: numbers that the target has.
static LogicalResult verifyNumbers(function_ref<InFlightDiagnostic()> emitError,
                                   PrecisionsAttr precision, Storage storage,
                                   TargetScheduleAttrInterface target) {
  auto fail = [&](StringRef name, StringRef found) {
    return emitError() << "'" << name << "' of " << found
                       << " is not offered by the target " << target;
  };
  for (auto [kind, found] : {std::pair("scores", precision.getScores()),
                             std::pair("apply", precision.getApply()),
                             std::pair("solve", precision.getSolve()),
                             std::pair("read", precision.getRead()),
                             std::pair("update", precision.getUpdate()),
                             std::pair("outputs", precision.getOutputs())})
    if (!target.hasPrecision(found))
      return fail(kind, stringifyPrecision(found));
  if (!target.hasStorage(storage))
    return fail("storage", stringifyStorage(storage));
  return success();
}

LogicalResult ScheduleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   int64_t chunk, int64_t leaf, LeafScheme,
                                   SolveMethod, int64_t solveLeaf, WForm,
                                   PrecisionsAttr precision, Storage storage,
                                   PlacementKind placement, int64_t segment,
                                   TargetScheduleAttrInterface target) {
  // W52: tokens of a chunk and of leaves.
  if (chunk < 0 || chunk > kMostElements)
    return emitError() << "'chunk' is between 1 and 2^20, found " << chunk;
  if (leaf < 1 || leaf > kMostElements || !llvm::isPowerOf2_64(leaf))
    return emitError() << "'leaf' is a power of two from 1 to 2^20, found "
                       << leaf;
  // 0 stands for none: that of the leaf.
  if (solveLeaf < 0 || solveLeaf > kMostElements ||
      (solveLeaf != 0 && !llvm::isPowerOf2_64(solveLeaf)))
    return emitError()
           << "'solve_leaf' is a power of two from 1 to 2^20, found "
           << solveLeaf;
  // W53: a segment's length belongs to segments.
  if (placement == PlacementKind::Segments ? segment < 1 : segment != 0)
    return emitError() << "'segment' is a number of tokens above 0 where the "
                          "placement is 'segments' and is not given where it "
                          "is another, found "
                       << segment << " with '"
                       << stringifyPlacementKind(placement) << "'";
  return target ? verifyNumbers(emitError, precision, storage, target)
                : success();
}

CPUScheduleAttr ScheduleAttr::getCPU() const {
  return dyn_cast_or_null<CPUScheduleAttr>(getTarget());
}

GPUScheduleAttr ScheduleAttr::getGPU() const {
  return dyn_cast_or_null<GPUScheduleAttr>(getTarget());
}

ScheduleAttr ScheduleAttr::asOneKernel() const {
  return get(getContext(), getChunk(), getLeaf(), getScheme(), getSolve(),
             getSolveLeaf(), getWForm(), getPrecision(), getStorage(),
             PlacementKind::OneKernel,
             /*segment=*/0, getTarget());
}

bool ScheduleAttr::isOfStep() const {
  return *this == ScheduleAttr::get(getContext(), getTarget());
}

//===----------------------------------------------------------------------===//
// Where it stands
//===----------------------------------------------------------------------===//

// W54: a scan of so many tokens.
LogicalResult wy::verifySchedule(ScanOp scan) {
  ScheduleAttr schedule = scan.getScheduleAttr();
  if (schedule && schedule.getChunk() != 0 &&
      schedule.getChunk() != static_cast<int64_t>(scan.getChunk()))
    return scan.emitOpError() << "is of chunks of " << scan.getChunk()
                              << " tokens, but its schedule is for chunks of "
                              << schedule.getChunk();
  return success();
}

// W55: the schedule of a step form.
LogicalResult WYDialect::verifyOperationAttribute(Operation *op,
                                                  NamedAttribute attribute) {
  if (attribute.getName() != getStepScheduleName())
    return op->emitError()
           << "'" << attribute.getName().getValue()
           << "' is not an attribute of this dialect, which has "
              "only '"
           << getStepScheduleName() << "'";
  auto schedule = dyn_cast<ScheduleAttr>(attribute.getValue());
  if (!isa<delta::RecurrenceOp>(op) || !schedule || !schedule.isOfStep() ||
      !schedule.getTarget())
    return op->emitError() << "'" << getStepScheduleName()
                           << "' is the schedule of a 'delta.recurrence' and "
                              "has a target part and nothing else, found "
                           << attribute.getValue() << " at '" << op->getName()
                           << "'";
  return success();
}
