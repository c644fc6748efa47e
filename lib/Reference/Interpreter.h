//===- Interpreter.h - What a recurrence means, in float64 ------*- C++ -*-===//
//
// Runs the step op by op for every token, head and sequence. This is the
// semantics that every lowering is measured against: any spec, no chunks, no
// reordering across ops, states and intermediate values in float64.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_REFERENCE_INTERPRETER_H
#define SLUICE_LIB_REFERENCE_INTERPRETER_H

#include "dialects/Delta/DeltaOps.h"
#include "lib/Runtime/Problem.h"

#include "llvm/Support/Error.h"
#include <functional>

namespace sluice::reference {

/// A function that is told the fraction done, between 0 and 1, from any thread
/// but never from two at once.
using Progress = std::function<void(double fraction)>;

/// Runs a verified `op` over a problem that was bound to its signature: an
/// error if it was bound to another one. Every result is rounded once to the
/// problem's type for it.
llvm::Expected<runtime::Results> interpret(delta::RecurrenceOp op,
                                           const runtime::Problem &problem,
                                           const Progress &progress = {});

/// The same with every result in float64, as it was computed: errors are
/// measured against this.
llvm::Expected<runtime::Results> interpretExact(delta::RecurrenceOp op,
                                                const runtime::Problem &problem,
                                                const Progress &progress = {});

} // namespace sluice::reference

#endif // SLUICE_LIB_REFERENCE_INTERPRETER_H
