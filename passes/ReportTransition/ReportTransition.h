//===- ReportTransition.h - say what a step is ------------------*- C++ -*-===//

#ifndef SLUICE_PASSES_REPORTTRANSITION_REPORTTRANSITION_H
#define SLUICE_PASSES_REPORTTRANSITION_REPORTTRANSITION_H

#include "mlir/Pass/Pass.h"

namespace sluice::delta {

enum class ReportFormat { Text, Remarks };

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/ReportTransition/ReportTransition.h.inc"

} // namespace sluice::delta

#endif // SLUICE_PASSES_REPORTTRANSITION_REPORTTRANSITION_H
