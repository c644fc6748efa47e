//===- Device.h - Where a problem is run ------------------------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_RUN_DEVICE_H
#define SLUICE_TOOLS_SLUICE_RUN_DEVICE_H

#include "lib/Compiler/CPU/StepRunner.h"
#include "lib/Runtime/Problem.h"
#include "tools/lib/Console.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace sluice::tool {

enum class Device { CPU, Reference };

/// The device called `name`; an error says which ones this build has.
llvm::Expected<Device> parseDevice(llvm::StringRef name);

/// Runs the step or the chunk form over all tokens. Adds the stages `derive`
/// and `compile` (where there is something to derive or compile) and `run`. Of
/// the options only the chunk means something to the reference.
llvm::Expected<runtime::Results> runOnDevice(Device device,
                                             delta::RecurrenceOp op,
                                             const runtime::Problem &problem,
                                             runtime::StepOptions options,
                                             StageTimes &times);

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICE_RUN_DEVICE_H
