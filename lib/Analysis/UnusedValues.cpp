//===- UnusedValues.cpp - What a step computes for nothing ----------------===//

#include "lib/Analysis/UnusedValues.h"

#include "dialects/Delta/DeltaOps.h"

using namespace mlir;
using namespace sluice::delta;

static constexpr llvm::StringLiteral kReachesNothing =
    " reaches no output and no next state";

static void warnOfUnusedValues(RecurrenceOp op) {
  for (BlockArgument argument : op.getStep().getArguments())
    if (argument.use_empty())
      emitWarning(argument.getLoc())
          << "argument '%" << op.getName(argument) << "'" << kReachesNothing;
  for (Operation &step : op.getStep().without_terminator()) {
    if (!step.use_empty())
      continue;
    InFlightDiagnostic warning = emitWarning(step.getLoc()) << "the result";
    if (auto named = dyn_cast<NameLoc>(step.getLoc()))
      warning << " '%" << named.getName().getValue() << "'";
    warning << kReachesNothing;
  }
}

void sluice::warnOfUnusedValues(Operation *top) {
  top->walk([](RecurrenceOp op) { ::warnOfUnusedValues(op); });
}
