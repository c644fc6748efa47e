//===- Device.h - Where a problem is run ------------------------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_RUN_DEVICE_H
#define SLUICE_TOOLS_SLUICE_RUN_DEVICE_H

#include "lib/Compiler/Cache.h"
#include "lib/Runtime/Sim/SimDevice.h"
#include "tools/lib/Console.h"
#include "tools/lib/Main.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <optional>

namespace sluice::tool {

enum class Device { CPU, Reference, Sim, CUDA };

/// Where the code of a recurrence comes from.
struct CodeSource {
  delta::RecurrenceOp op;
  const compiler::CompileOptions &options;
  const compiler::ArtifactCache &cache;
  /// The file of an artifact; empty: the cache's, or a new one.
  llvm::StringRef artifact;
};

/// Runs an artifact over all tokens. Adds the stages `read`, `cached` or
/// `compile`, `load` and `run`.
llvm::Expected<runtime::Results> runOnCPU(const CodeSource &source,
                                          const runtime::Problem &problem,
                                          unsigned threads, StageTimes &times);

/// The same on the GPU that the driver shows, by whose clock `run` is. Adds the
/// stages `driver`, `copy in` and `copy out`, too.
llvm::Expected<runtime::Results> runOnCUDA(const CodeSource &source,
                                           const runtime::Problem &problem,
                                           StageTimes &times);

/// What the simulator gives.
struct Simulated {
  /// None where they are not wholly there.
  std::optional<runtime::Results> results;
  /// Wrong: something was found that is an error.
  Verdict verdict = Verdict::Right;
};

/// The same in the simulator. Prints what was found to standard output, and to
/// stderr a line for each kernel that is wrong; writes the report, if `report`
/// is not empty.
llvm::Expected<Simulated> runOnSim(const CodeSource &source,
                                   const runtime::Problem &problem,
                                   const runtime::SimOptions &simulator,
                                   llvm::StringRef report, StageTimes &times);

/// Interprets the step form, or (of `chunk` tokens, if not 0) the chunk form.
/// Adds the stages `derive`, if there is something to derive, and `run`.
llvm::Expected<runtime::Results> runOnReference(delta::RecurrenceOp op,
                                                const runtime::Problem &problem,
                                                int64_t chunk,
                                                StageTimes &times);

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICE_RUN_DEVICE_H
