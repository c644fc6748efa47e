//===- ScanGates.cpp - gates of coupled states, and their products --------===//

#include "lib/Analysis/Culprits.h"
#include "passes/DeltaToWY/ScanBuilder.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

/// Where the gate of a group comes from: its first decay.
Location ScanBuilder::findGateLoc(ArrayRef<unsigned> group) {
  for (unsigned to : group)
    for (unsigned from : group)
      if (Operation *decay = findDecay(op, from, to))
        return decay->getLoc();
  return loc;
}

/// Refuses a decay of coupled states, with the place where they are coupled and
/// a read that says which axis is contracted.
LogicalResult ScanBuilder::refuseCoupled(Operation *decay,
                                         ArrayRef<unsigned> group,
                                         const Twine &why) {
  // A gate that is made of other things than decays has no place of its own.
  InFlightDiagnostic error = emitError(decay ? decay->getLoc() : op.getLoc())
                             << "recurrence @" << op.getSymName()
                             << " has no chunk form: " << why;
  error.attachNote(findCoupling(op, group)->getLoc())
      << "the states feed each other here";
  if (ReadOp read = findRead(op, form.getContracted()))
    error.attachNote(read.getLoc())
        << "this read contracts " << stringifyAxis(form.getContracted());
  return error;
}

LogicalResult ScanBuilder::buildGate(unsigned index) {
  ArrayRef<unsigned> group = form.getGroups()[index];
  Gate &gate = gates[index];
  ValueBuilder &token = form.build();
  llvm::SaveAndRestore place(loc, findGateLoc(group));
  auto isTrivial = [](const Decay &decay) {
    return decay.isPresent && decay.contracted.isTrivial() &&
           decay.free.isTrivial();
  };
  if (group.size() == 1) {
    const Decay &decay = form.getDecay(group[0], group[0]);
    if (isTrivial(decay))
      return success();
    auto take = [&](const AxisGate &axis, bool asFactor,
                    SmallVector<Value> &tensors,
                    std::optional<wy::GateKind> &kind) {
      if (axis.isTrivial())
        return;
      asFactor |= axis.factor != nullptr;
      kind = asFactor ? wy::GateKind::Factor : wy::GateKind::Log;
      tensors = {tensorOf(asFactor ? token.factor(axis) : axis.log)};
    };
    if (!decay.isPresent) {
      gate.contractedKind = wy::GateKind::Factor;
      gate.contracted = {zeros(scalarType())};
      return success();
    }
    take(decay.contracted, false, gate.contracted, gate.contractedKind);
    // The one system takes free gates of one kind.
    bool anyFactor = false;
    for (unsigned i = 0; i < op.getStates().size(); ++i)
      anyFactor |= form.getDecay(i, i).free.factor != nullptr;
    take(decay.free, anyFactor, gate.free, gate.freeKind);
    return success();
  }

  // A matrix: all of its entries as vectors if one is.
  bool isVector = false;
  SmallVector<Value> entries;
  for (unsigned to : group)
    for (unsigned from : group) {
      const Decay &decay = form.getDecay(to, from);
      if (decay.isPresent && !decay.free.isTrivial())
        return refuseCoupled(findDecay(op, from, to, form.getFree()), group,
                             "states that feed each other decay along " +
                                 stringifyAxis(form.getFree()) +
                                 ", the axis that their reads do not contract");
      Value entry = decay.isPresent ? token.factor(decay.contracted) : Value();
      if (!entry)
        entry = token.constant(decay.isPresent ? 1 : 0);
      isVector |= isa<VecType>(entry.getType());
      entries.push_back(entry);
    }
  if (isVector && !form.isLeft()) {
    Operation *culprit = nullptr;
    for (unsigned to : group)
      for (unsigned from : group)
        if (!culprit)
          culprit = findDecay(op, from, to, form.getContracted());
    return refuseCoupled(culprit, group,
                         "states that feed each other decay along value and "
                         "are read from the right");
  }
  gate.contractedKind = wy::GateKind::Factor;
  for (Value entry : entries) {
    if (isVector && !isa<VecType>(entry.getType())) {
      entry = token.broadcast(entry, contractedType());
    }
    gate.contracted.push_back(tensorOf(entry));
  }
  return success();
}

LogicalResult ScanBuilder::buildGates() {
  gates.resize(form.getGroups().size());
  for (unsigned g = 0; g < gates.size(); ++g)
    if (failed(buildGate(g)))
      return failure();
  for (auto [group, gate] : llvm::zip(form.getGroups(), gates)) {
    llvm::SaveAndRestore place(loc, findGateLoc(group));
    auto accumulate = [&](wy::Range range, wy::GateKind kind,
                          ArrayRef<Value> tensors) {
      auto type = cast<RankedTensorType>(tensors.front().getType());
      if (range == wy::Range::All)
        type = RankedTensorType::get(type.getShape().drop_front(),
                                     type.getElementType());
      SmallVector<Type> types(tensors.size(), type);
      auto made = wy::AccumulateOp::create(b, loc, types, range, kind, tensors);
      return SmallVector<Value>(made.getResults());
    };
    if (!gate.contracted.empty()) {
      gate.contractedBefore =
          accumulate(wy::Range::Before, *gate.contractedKind, gate.contracted);
      gate.contractedAfter =
          accumulate(wy::Range::After, *gate.contractedKind, gate.contracted);
      gate.contractedAll =
          accumulate(wy::Range::All, *gate.contractedKind, gate.contracted);
    }
    if (!gate.free.empty()) {
      gate.freeBefore =
          accumulate(wy::Range::Before, *gate.freeKind, gate.free).front();
      gate.freeAfter =
          accumulate(wy::Range::After, *gate.freeKind, gate.free).front();
      gate.freeAll =
          accumulate(wy::Range::All, *gate.freeKind, gate.free).front();
    }
  }
  return success();
}
