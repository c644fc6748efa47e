//===- ReportStages.h - say how a chunk's graph is cut ----------*- C++ -*-===//

#ifndef SLUICE_PASSES_REPORTSTAGES_REPORTSTAGES_H
#define SLUICE_PASSES_REPORTSTAGES_REPORTSTAGES_H

#include "mlir/Pass/Pass.h"

namespace sluice::wy {

enum class StageFormat { Text, Dot };

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/ReportStages/ReportStages.h.inc"

} // namespace sluice::wy

#endif // SLUICE_PASSES_REPORTSTAGES_REPORTSTAGES_H
