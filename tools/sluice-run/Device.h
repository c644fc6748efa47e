//===- Device.h - Where a problem is run ------------------------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_RUN_DEVICE_H
#define SLUICE_TOOLS_SLUICE_RUN_DEVICE_H

#include "lib/Runtime/Problem.h"
#include "tools/sluice-run/Console.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace sluice::tool {

enum class Device { CPU, Reference };

/// The device called `name`; an error says which ones this build has.
llvm::Expected<Device> parseDevice(llvm::StringRef name);

/// Runs the step form (`chunk` 0) or the chunk form over all tokens, on
/// `threads` threads (0: all there are). Adds the stages `derive` and `compile`
/// (where there is something to derive or compile) and `run`.
llvm::Expected<runtime::Results> runOnDevice(Device device,
                                             const runtime::Problem &problem,
                                             unsigned chunk, unsigned threads,
                                             StageTimes &times);

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICE_RUN_DEVICE_H
