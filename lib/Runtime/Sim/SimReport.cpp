//===- SimReport.cpp - What the simulator found in a run ------------------===//

#include "lib/Runtime/Sim/SimReport.h"
#include "lib/Simulator/Launch/ReportPrinter.h"
#include "lib/Simulator/Machine/LoadedModule.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

static sim::ReportContext getContext(const SimLaunch &launch) {
  return {launch.module->fileName, *launch.module->module, launch.result};
}

void runtime::printFindings(raw_ostream &os, ArrayRef<SimLaunch> launches) {
  for (auto [i, launch] : enumerate(launches)) {
    if (launch.result.findings.empty())
      continue;
    os << "launch " << i + 1 << " of " << launches.size() << ", kernel "
       << quote(launch.kernel) << ":\n";
    sim::printFindings(os, getContext(launch));
  }
}

static json::Array toArray(const sim::Extent &extent) {
  return json::Array{extent.x, extent.y, extent.z};
}

void runtime::printReportAsJSON(raw_ostream &os, ArrayRef<SimLaunch> launches) {
  double microseconds = 0;
  bool isKnown = !launches.empty();
  json::OStream json(os, /*IndentSize=*/1);
  json.object([&] {
    json.attributeArray("launches", [&] {
      for (const SimLaunch &launch : launches) {
        json.object([&] {
          json.attribute("kernel", json::fixUTF8(launch.kernel));
          json.attribute("grid", toArray(launch.grid));
          json.attribute("block", toArray(launch.block));
          json.attribute("cluster", toArray(launch.cluster));
          json.attribute("shared_bytes", launch.sharedBytes);
          json.attribute("registers",
                         launch.assembled.registers
                             ? json::Value(launch.assembled.registers)
                             : json::Value(nullptr));
          sim::writeReport(json, getContext(launch));
        });
        if (const auto &estimate = launch.result.estimate)
          microseconds += estimate->microseconds;
        else
          isKnown = false;
      }
    });
    if (isKnown)
      json.attribute("microseconds", microseconds);
  });
  os << '\n';
}
