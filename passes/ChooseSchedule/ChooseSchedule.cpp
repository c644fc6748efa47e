//===- ChooseSchedule.cpp - how a recurrence is computed ------------------===//

#include "passes/ChooseSchedule/ChooseSchedule.h"
#include "lib/Analysis/PanelAxis.h"

namespace sluice {
#define GEN_PASS_DEF_CHOOSESCHEDULE
#include "passes/ChooseSchedule/ChooseSchedule.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using delta::Axis;

namespace {
/// What the size of a panel depends on.
struct Work {
  int64_t contracted, free;
  int64_t states, reads;
};
} // namespace

static int64_t choosePanel(const Work &work, const target::Cpu &cpu) {
  int64_t lanes = cpu.lanes;
  int64_t byCache =
      cpu.l1Bytes / 2 /
      std::max<int64_t>(work.contracted * lanes * 4 * work.states, 1);
  int64_t byRegisters =
      (cpu.registers - 4) / std::max<int64_t>(2 * work.states + work.reads, 1);
  int64_t most = std::clamp<int64_t>(std::min(byCache, byRegisters), 1, 4);
  for (int64_t vectors = most; vectors > 1; --vectors)
    if (work.free % (vectors * lanes) == 0)
      return vectors;
  return work.free % lanes == 0 ? 1 : most;
}

static wy::CPUScheduleAttr choosePart(MLIRContext *context, const Work &work,
                                      int64_t block, const target::Cpu &cpu) {
  return wy::CPUScheduleAttr::get(context, cpu.lanes, choosePanel(work, cpu),
                                  block, cpu.registers);
}

/// Reads along the free axis; those of several states that are only added up
/// are one.
static int64_t countReads(wy::ScanOp scan, Axis free) {
  llvm::SmallPtrSet<Operation *, 8> sums;
  for (auto read : scan.getGraph().getOps<wy::ReadOp>()) {
    if ((read.getSide() == wy::Side::Left) != (free == Axis::Value))
      continue;
    Operation *user = read->hasOneUse() ? *read->user_begin() : nullptr;
    sums.insert(isa_and_nonnull<wy::SumOp>(user) ? user : read.getOperation());
  }
  return static_cast<int64_t>(sums.size());
}

static wy::ScheduleAttr chooseSchedule(wy::ScanOp scan,
                                       const target::Cpu &cpu) {
  Axis free = wy::getPanelAxis(scan);
  Axis contracted = free == Axis::Key ? Axis::Value : Axis::Key;
  Work work{scan.getDim(contracted), scan.getDim(free),
            static_cast<int64_t>(scan.getStates().size()),
            countReads(scan, free)};
  constexpr int64_t kTokenBytes = 2048;
  auto chunk = static_cast<int64_t>(scan.getChunk());
  int64_t block = std::max<int64_t>(1, cpu.l1Bytes / kTokenBytes / chunk);
  return wy::ScheduleAttr::get(
      scan.getContext(), chunk, /*leaf=*/target::kMostLeafTokens,
      wy::LeafScheme::Pairwise, wy::SolveMethod::Substitution,
      wy::WForm::Automatic, wy::PrecisionsAttr::getF32(scan.getContext()),
      wy::Storage::F32, wy::PlacementKind::OneKernel, /*segment=*/0,
      choosePart(scan.getContext(), work, block, cpu));
}

static wy::ScheduleAttr chooseSchedule(delta::RecurrenceOp op, int64_t keyDim,
                                       int64_t valueDim,
                                       const target::Cpu &cpu) {
  Work work{keyDim, valueDim, static_cast<int64_t>(op.getStates().size()),
            static_cast<int64_t>(
                llvm::range_size(op.getStep().getOps<delta::ReadOp>()))};
  constexpr int64_t kTokenBlock = 32;
  return wy::ScheduleAttr::get(
      op.getContext(), choosePart(op.getContext(), work, kTokenBlock, cpu));
}

namespace {
struct ChooseSchedule : sluice::impl::ChooseScheduleBase<ChooseSchedule> {
  using ChooseScheduleBase::ChooseScheduleBase;

  void runOnOperation() override {
    if (failed(choose()))
      signalPassFailure();
  }

  LogicalResult choose() {
    if (keyDim <= 0 || valueDim <= 0)
      return getOperation().emitError("key-dim and value-dim are positive");
    llvm::Expected<const target::Cpu *> cpu = target::findCpu(target);
    if (!cpu)
      return getOperation().emitError(llvm::toString(cpu.takeError()));
    wy::ScheduleAttr given;
    if (!schedule.empty()) {
      llvm::Expected<wy::ScheduleAttr> parsed =
          parseSchedule(getContext(), schedule);
      if (!parsed)
        return getOperation().emitError(llvm::toString(parsed.takeError()));
      given = *parsed;
    }
    auto check = [&](Operation *op, Form form,
                     Attribute present) -> LogicalResult {
      if (!given || present == given)
        return success();
      if (present)
        return op->emitOpError("has a schedule, and another one is given");
      if (llvm::Error error = checkSchedule(given, form, **cpu))
        return op->emitOpError("cannot be scheduled as given: ")
               << llvm::toString(std::move(error));
      return success();
    };
    for (auto scan : getOperation().getOps<wy::ScanOp>()) {
      wy::ScheduleAttr present = scan.getScheduleAttr();
      if (failed(check(scan, Form::Chunk, present)))
        return failure();
      if (present)
        continue;
      scan.setScheduleAttr(given ? given : chooseSchedule(scan, **cpu));
      if (failed(wy::verifySchedule(scan)))
        return failure();
    }
    StringRef name = wy::WYDialect::getStepScheduleName();
    for (auto op : getOperation().getOps<delta::RecurrenceOp>()) {
      Attribute present = op->getAttr(name);
      if (failed(check(op, Form::Step, present)))
        return failure();
      if (present)
        continue;
      op->setAttr(name,
                  given ? given : chooseSchedule(op, keyDim, valueDim, **cpu));
    }
    return success();
  }
};
} // namespace
