//===- GPUMeasurement.h - Every recurrence on a GPU -------------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_BENCH_GPUMEASUREMENT_H
#define SLUICE_TOOLS_SLUICE_BENCH_GPUMEASUREMENT_H

#include "lib/Bench/GPUReport.h"
#include "mlir/IR/MLIRContext.h"
#include "tools/sluice-bench/Options.h"

namespace sluice::tool {

/// Measures all that the options name, on a GPU or in the simulator, prints
/// each row once it is known and fills in what the setting is.
llvm::Expected<std::vector<bench::GPURow>>
measureAllOnGPU(const BenchOptions &options, bench::GPUSetting &setting,
                mlir::MLIRContext &context);

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICE_BENCH_GPUMEASUREMENT_H
