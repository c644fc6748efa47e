//===- TransitionPrinter.cpp - the analysis in words ----------------------===//
//
// One recurrence, in the order of the step. What is common is short: an
// identity decay is `none`, a state op without a remark is live.
//
//===----------------------------------------------------------------------===//

#include "lib/Analysis/Transition.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace sluice::delta;

StringRef sluice::delta::stringifyTransitionClass(TransitionClass value) {
  switch (value) {
  case TransitionClass::Linear:
    return "linear";
  case TransitionClass::Delta:
    return "delta";
  case TransitionClass::Affine:
    return "affine";
  case TransitionClass::Nonlinear:
    return "nonlinear";
  }
  llvm_unreachable("unknown class");
}

StringRef sluice::delta::stringifyWriteKind(WriteKind value) {
  switch (value) {
  case WriteKind::Plain:
    return "plain";
  case WriteKind::Left:
    return "left";
  case WriteKind::Right:
    return "right";
  case WriteKind::Mixed:
    return "mixed";
  case WriteKind::Nonlinear:
    return "nonlinear";
  }
  llvm_unreachable("unknown kind of write");
}

raw_ostream &sluice::delta::operator<<(raw_ostream &os, DecayFactor factor) {
  if (!factor.isPresent())
    return os << "absent";
  if (factor.isIdentity())
    return os << "none";
  if (factor.isScalar())
    os << "scalar";
  else if (factor.variesAlongBoth())
    os << "both";
  else
    os << (factor.varies(Axis::Key) ? "key" : "value");
  if (!factor.isSeparable())
    os << " (not separable)";
  if (factor.isTimeInvariant())
    os << " (constant)";
  return os;
}

/// With several states, position 0 alone would not say which.
void TransitionAnalysis::printPosition(raw_ostream &os, Value state) const {
  os << getPosition(state);
  auto incoming = dyn_cast<BlockArgument>(state);
  if (incoming && states.size() > 1)
    os << " (" << getRecurrence().getName(incoming) << ")";
}

/// The positions that are read, each once.
void TransitionAnalysis::printReads(raw_ostream &os,
                                    ArrayRef<ReadOp> reads) const {
  if (reads.empty()) {
    os << "no reads";
    return;
  }
  llvm::BitVector seen(stateValues.size());
  for (ReadOp read : reads)
    seen.set(slots.lookup(read.getState()));
  os << "reads at ";
  llvm::interleaveComma(seen.set_bits(), os, [&](unsigned slot) {
    printPosition(os, stateValues[slot]);
  });
}

/// Says where a value is more than a read with factors.
static StringRef remarkOn(Dependence dependence) {
  switch (dependence.getKind()) {
  case DependenceKind::Mixed:
    return ", mixed";
  case DependenceKind::Nonlinear:
    return ", nonlinear";
  default:
    return "";
  }
}

std::string TransitionAnalysis::describe(StateOpInterface op) const {
  std::string text;
  llvm::raw_string_ostream os(text);
  // An op stands at the position that it makes; a read where it looks.
  auto head = [&](StringRef what, Value state) {
    os << what << " at ";
    printPosition(os, state);
    os << ": ";
  };
  llvm::TypeSwitch<Operation *>(op)
      .Case<ReadOp>([&](ReadOp read) {
        head("read", read.getState());
        os << (read.isLeft() ? "left" : "right")
           << remarkOn(getDependence(read.getResult()));
      })
      .Case<WriteOp>([&](WriteOp write) {
        head("write", write.getResult());
        os << stringifyWriteKind(getWriteKind(write));
        if (getWriteKind(write) == WriteKind::Plain)
          return;
        os << " correction, micro-step " << getMicroStep(write) << ", ";
        printReads(os, getReads(write));
      })
      .Case<DecayOp, ScaleStateOp>([&](auto gate) {
        head(isa<DecayOp>(gate) ? "decay" : "scale", gate.getResult());
        os << gateFactor(gate->getOperand(1));
      })
      .Case<AddStatesOp>([&](AddStatesOp sum) {
        head("sum", sum.getResult());
        printPosition(os, sum.getLhs());
        os << " + ";
        printPosition(os, sum.getRhs());
      })
      .Default([&](Operation *other) { os << other->getName(); });
  if (!isUsed(op))
    os << ", dead";
  else if (!isLive(op) && !isa<ReadOp>(op))
    os << ", for outputs only";
  return text;
}

static void printPlace(raw_ostream &os, Location loc) {
  if (auto place = loc->findInstanceOf<FileLineColLoc>())
    os << place.getFilename().getValue() << ':' << place.getLine() << ':'
       << place.getColumn();
  else
    os << loc;
}

void TransitionAnalysis::print(raw_ostream &os) const {
  RecurrenceOp op = recurrence;
  os << "recurrence @" << op.getSymName() << ": class "
     << stringifyTransitionClass(kind) << ", rank " << rank << ", micro-steps "
     << microSteps << ", writes " << numWrites << '\n';
  if (kind >= TransitionClass::Affine) {
    os << "  reason: " << reason << ", at ";
    printPlace(os, reasonOp->getLoc());
    os << '\n';
  }
  for (auto [i, state] : llvm::enumerate(states)) {
    os << "  state " << op.getName(state) << ": ";
    if (getDecay(i, i).isPresent())
      os << "decay " << getDecay(i, i);
    else
      os << "replaced";
    for (auto [j, from] : llvm::enumerate(states))
      if (i != j && getDecay(i, j).isPresent()) {
        os << ", from " << op.getName(from) << ": ";
        if (getDecay(i, j).isIdentity())
          os << "identity";
        else
          os << getDecay(i, j);
      }
    os << '\n';
  }
  for (auto stateOp : op.getStep().getOps<StateOpInterface>())
    os << "  " << describe(stateOp) << '\n';
  for (auto [i, output] : llvm::enumerate(op.getYield().getOutputs())) {
    os << "  output " << op.getOutputName(i) << ": ";
    printReads(os, getReads(output));
    os << remarkOn(getDependence(output)) << '\n';
  }
}
