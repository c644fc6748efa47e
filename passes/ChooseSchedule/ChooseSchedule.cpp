//===- ChooseSchedule.cpp - how a recurrence is computed ------------------===//

#include "passes/ChooseSchedule/ChooseSchedule.h"
#include "lib/Analysis/IndependentColumns.h"
#include "lib/Analysis/PanelAxis.h"
#include "lib/Target/Gpu.h"
#include "passes/ChooseSchedule/Precisions.h"

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
      wy::LeafScheme::Pairwise, wy::SolveMethod::Substitution, /*solve_leaf=*/0,
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

/// Key vectors that states are read with, written with or decayed by.
static int64_t countKeyVectors(delta::RecurrenceOp op) {
  llvm::SmallDenseSet<Value, 8> vectors;
  for (Operation &step : op.getStep())
    if (isa<delta::StateOpInterface>(step))
      for (Value operand : step.getOperands())
        if (auto vec = dyn_cast<delta::VecType>(operand.getType());
            vec && vec.getAxis() == Axis::Key)
          vectors.insert(operand);
  return static_cast<int64_t>(vectors.size());
}

/// Columns of all states that a CTA holds in registers, and its warps.
static wy::ScheduleAttr chooseGPUSchedule(delta::RecurrenceOp op,
                                          int64_t keyDim, int64_t valueDim) {
  // Of 32 columns a row is a line of 128 bytes. Small CTAs, which are many on a
  // multiprocessor, hide each other's waits; that each loads the key vectors
  // costs less.
  constexpr int64_t kLine = 32, kMostWarps = 32;
  constexpr int64_t kMostOfWarp =
      target::kWarpLanes * target::kMostStateRegisters;
  auto block = static_cast<int64_t>(llvm::PowerOf2Ceil(valueDim));
  if (!delta::findMixedColumns(op))
    block = std::min(block, kLine);
  auto elements =
      static_cast<int64_t>(op.getStates().size() * llvm::PowerOf2Ceil(keyDim)) *
      block;
  auto fewest = static_cast<int64_t>(
      llvm::PowerOf2Ceil(llvm::divideCeil(elements, kMostOfWarp)));
  int64_t warps =
      std::clamp<int64_t>(std::max(fewest, block / kLine), 1, kMostWarps);
  // Registers of a thread: its elements of the states, and of each key vector
  // that meets them one for four columns.
  constexpr int64_t kColumnsOfThread = 4, kRegisters = 65536,
                    kMostOfThread = 255;
  int64_t threads = warps * target::kWarpLanes;
  int64_t held = llvm::divideCeil(elements, threads);
  int64_t needed = held + countKeyVectors(op) * held / kColumnsOfThread + 32;
  int64_t ctas = std::clamp<int64_t>(
      kRegisters / (threads * llvm::alignTo(needed, 8)), 1, 2);
  // Two of few threads fit whatever ptxas gives them.
  if (threads * kMostOfThread * 2 <= kRegisters)
    ctas = 1;
  return wy::ScheduleAttr::get(
      op.getContext(),
      wy::GPUScheduleAttr::get(op.getContext(), warps,
                               std::min(block, valueDim), ctas));
}

/// Blocks of one system are inverted in registers, a column in a lane; 0, none,
/// if there is another system.
static int64_t chooseSolveLeaf(wy::ScanOp scan) {
  constexpr int64_t kInRegisters = 16;
  auto solves = scan.getGraph().getOps<wy::SolveOp>();
  bool isInRegisters =
      !solves.empty() && llvm::all_of(solves, [](wy::SolveOp solve) {
        return solve.getRhs().size() == 1;
      });
  return isInRegisters ? kInRegisters : 0;
}

/// All columns are one CTA's; a thread holds half of what it could of the
/// states, so that there is room for a product beside them.
static wy::ScheduleAttr chooseGPUSchedule(wy::ScanOp scan,
                                          wy::PrecisionsAttr precisions) {
  constexpr int64_t kMostWarps = 8;
  auto elements =
      static_cast<int64_t>(std::max<size_t>(scan.getStates().size(), 1) *
                           llvm::PowerOf2Ceil(scan.getKeyDim()) *
                           llvm::PowerOf2Ceil(scan.getValueDim()));
  int64_t held = target::kWarpLanes * target::kMostStateRegisters;
  auto warps = static_cast<int64_t>(
      llvm::PowerOf2Ceil(std::clamp<int64_t>(elements / held, 1, kMostWarps)));
  MLIRContext *context = scan.getContext();
  return wy::ScheduleAttr::get(
      context, static_cast<int64_t>(scan.getChunk()), /*leaf=*/1,
      wy::LeafScheme::Pairwise, wy::SolveMethod::Inverse, chooseSolveLeaf(scan),
      wy::WForm::Automatic, precisions, wy::Storage::F32,
      wy::PlacementKind::OneKernel, /*segment=*/0,
      wy::GPUScheduleAttr::get(context, warps,
                               static_cast<int64_t>(scan.getValueDim())));
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
    const target::Gpu *gpu = target::lookUpGpu(target);
    const target::Cpu *cpu = nullptr;
    if (!gpu)
      if (llvm::Error error = target::findCpu(target).moveInto(cpu))
        return getOperation().emitError(llvm::toString(std::move(error)));
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
      if (llvm::Error error = gpu ? checkSchedule(given, form, *gpu)
                                  : checkSchedule(given, form, *cpu))
        return op->emitOpError("cannot be scheduled as given: ")
               << llvm::toString(std::move(error));
      return success();
    };
    SmallVector<wy::ScanOp> scans;
    getOperation().walk([&](wy::ScanOp scan) { scans.push_back(scan); });
    for (wy::ScanOp scan : scans) {
      wy::ScheduleAttr present = scan.getScheduleAttr();
      if (failed(check(scan, Form::Chunk, present)))
        return failure();
      if (present)
        continue;
      FailureOr<wy::ScheduleAttr> chosen =
          given ? given : chooseDefault(scan, gpu, cpu);
      if (failed(chosen))
        return failure();
      scan.setScheduleAttr(*chosen);
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
      op->setAttr(name, given ? given
                        : gpu ? chooseGPUSchedule(op, keyDim, valueDim)
                              : chooseSchedule(op, keyDim, valueDim, *cpu));
    }
    return success();
  }

  FailureOr<wy::ScheduleAttr> chooseDefault(wy::ScanOp scan,
                                            const target::Gpu *gpu,
                                            const target::Cpu *cpu) {
    if (!gpu)
      return chooseSchedule(scan, *cpu);
    FailureOr<wy::PrecisionsAttr> precisions =
        choosePrecisions(scan, precision, outputType, getArgument());
    if (failed(precisions))
      return failure();
    return chooseGPUSchedule(scan, *precisions);
  }
};
} // namespace
