//===- Device.h - Where a problem is run ------------------------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_RUN_DEVICE_H
#define SLUICE_TOOLS_SLUICE_RUN_DEVICE_H

#include "lib/Compiler/Cache.h"
#include "tools/lib/Console.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace sluice::tool {

enum class Device { CPU, Reference };

/// The device called `name`; an error says which ones this build has.
llvm::Expected<Device> parseDevice(llvm::StringRef name);

/// Runs an artifact of `op`, the cache's or a new one, over all tokens. Adds
/// the stages `compile` or `cached`, `load` and `run`.
llvm::Expected<runtime::Results>
runOnCPU(delta::RecurrenceOp op, const runtime::Problem &problem,
         const compiler::CompileOptions &options,
         const compiler::ArtifactCache &cache, unsigned threads,
         StageTimes &times);

/// Interprets the step form, or (of `chunk` tokens, if not 0) the chunk form.
/// Adds the stages `derive`, if there is something to derive, and `run`.
llvm::Expected<runtime::Results> runOnReference(delta::RecurrenceOp op,
                                                const runtime::Problem &problem,
                                                int64_t chunk,
                                                StageTimes &times);

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICE_RUN_DEVICE_H
