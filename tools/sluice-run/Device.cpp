//===- Device.cpp - Where a problem is run --------------------------------===//

#include "tools/sluice-run/Device.h"

#include "lib/Reference/Interpreter.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::tool;

Expected<Device> tool::parseDevice(StringRef name) {
  if (name == "reference")
    return Device::Reference;
  bool isKnown = name == "cpu" || name == "sim" || name == "cuda";
  return createStringError(
      inconvertibleErrorCode(),
      (isKnown ? "--device=" + name + " is not available in this build"
               : "no device '" + name + "'") +
          ", only reference is");
}

Expected<runtime::Results> tool::runOnDevice(Device device,
                                             const runtime::Problem &problem,
                                             StageTimes &times) {
  ProgressLine line("running");
  return times.measure("run", [&] {
    return reference::interpret(
        problem, [&](double fraction) { line.update(fraction); });
  });
}
