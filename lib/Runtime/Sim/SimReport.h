//===- SimReport.h - What the simulator found in a run ----------*- C++ -*-===//

#ifndef SLUICE_LIB_RUNTIME_SIM_SIMREPORT_H
#define SLUICE_LIB_RUNTIME_SIM_SIMREPORT_H

#include "lib/Runtime/Sim/SimDevice.h"
#include "llvm/Support/raw_ostream.h"

namespace sluice::runtime {

/// Findings as sluice-sim prints them, under a line that names the launch;
/// nothing of launches without any.
void printFindings(llvm::raw_ostream &os, llvm::ArrayRef<SimLaunch> launches);

/// {"launches": [{"kernel", "grid", "block", "cluster", "shared_bytes",
///                "registers", "findings", "counts", "estimate"}],
///  "microseconds": of all estimates}
/// where findings, counts and estimate are as in sluice-sim's report, registers
/// is null where they are not known, and estimate and microseconds are there if
/// a chip is named and all launches finished.
void printReportAsJSON(llvm::raw_ostream &os,
                       llvm::ArrayRef<SimLaunch> launches);

} // namespace sluice::runtime

#endif // SLUICE_LIB_RUNTIME_SIM_SIMREPORT_H
