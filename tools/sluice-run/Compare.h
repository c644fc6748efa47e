//===- Compare.h - Results against the reference ----------------*- C++ -*-===//
//
// A result is right if its relative RMS error against float64 is at most the
// tolerance of its type. Those by default are what public suites of these
// operators ask for, of 16 and of 32 bits; the form of float64 differs from the
// reference in nothing but the order of its sums. A final state is float32, but
// it is what 16 bits give where products have factors of 16 bits.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_TOOLS_SLUICE_RUN_COMPARE_H
#define SLUICE_TOOLS_SLUICE_RUN_COMPARE_H

#include "lib/Reference/Error.h"
#include "lib/Reference/Interpreter.h"
#include "lib/Runtime/Problem.h"
#include "tools/lib/Main.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <string>

namespace sluice::tool {

/// The tolerance of results of a type: f16, bf16, f32 or f64.
double getTolerance(io::DType dtype);
/// All of them, for --help.
std::string describeTolerances();

/// What the reference gives in float64, or why there is nothing.
using RunExactly = llvm::function_ref<llvm::Expected<runtime::Results>(
    const reference::Progress &progress)>;

/// Runs the reference, prints the error of every result to standard output, and
/// to stderr a line for each that is above its tolerance, of which a NaN is one
/// where the reference has a number. Without a `tolerance` it is that of the
/// result's type, or of `factors` where those are of fewer bits.
llvm::Expected<Verdict> compareToReference(RunExactly runExactly,
                                           const runtime::Results &results,
                                           io::DType factors,
                                           std::optional<double> tolerance);

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICE_RUN_COMPARE_H
