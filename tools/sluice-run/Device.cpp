//===- Device.cpp - Where a problem is run --------------------------------===//

#include "tools/sluice-run/Device.h"

#include "lib/Compiler/ChunkForm.h"
#include "lib/Reference/ChunkInterpreter.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::tool;

Expected<Device> tool::parseDevice(StringRef name) {
  if (name == "cpu")
    return Device::CPU;
  if (name == "reference")
    return Device::Reference;
  bool isKnown = name == "sim" || name == "cuda";
  return createStringError(
      inconvertibleErrorCode(),
      (isKnown ? "--device=" + name + " is not available in this build"
               : "no device '" + name + "'") +
          ", only cpu and reference are");
}

Expected<runtime::Results> tool::runOnDevice(Device device,
                                             delta::RecurrenceOp op,
                                             const runtime::Problem &problem,
                                             runtime::StepOptions options,
                                             StageTimes &times) {
  ProgressLine line("running");
  if (device == Device::CPU) {
    options.progress = [&](double fraction) { line.update(fraction); };
    runtime::StepTimings timings;
    auto results = runtime::runStep(op, problem, options, &timings);
    times.add("compile", timings.compile);
    times.add("run", timings.run);
    return results;
  }
  if (options.chunk) {
    Expected<compiler::ChunkForm> form = times.measure("derive", [&] {
      return compiler::deriveChunkForm(op, problem.sizes["K"],
                                       problem.sizes["V"], options.chunk);
    });
    if (!form)
      return form.takeError();
    return times.measure("run", [&] {
      return reference::interpretChunks(
          form->scan, problem, [&](double fraction) { line.update(fraction); });
    });
  }
  return times.measure("run", [&] {
    return reference::interpret(
        op, problem, [&](double fraction) { line.update(fraction); });
  });
}
