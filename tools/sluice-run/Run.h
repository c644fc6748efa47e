//===- Run.h - One recurrence over its tensors ------------------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_RUN_RUN_H
#define SLUICE_TOOLS_SLUICE_RUN_RUN_H

#include "mlir/IR/MLIRContext.h"
#include "tools/lib/Main.h"
#include "tools/sluice-run/Options.h"

#include "llvm/Support/Error.h"

namespace sluice::tool {

/// Runs the spec over tensors that are read or made, compares and writes what
/// comes out, as the options say. Wrong: a result is above its tolerance.
llvm::Expected<Verdict> runSpec(const Options &options,
                                mlir::MLIRContext &context);

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICE_RUN_RUN_H
