//===- Measurement.h - Every recurrence at every size -----------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_BENCH_MEASUREMENT_H
#define SLUICE_TOOLS_SLUICE_BENCH_MEASUREMENT_H

#include "lib/Bench/Report.h"
#include "mlir/IR/MLIRContext.h"
#include "tools/sluice-bench/Options.h"

namespace sluice::tool {

/// Measures all that the options name and prints each row once it is known.
llvm::Expected<std::vector<bench::Row>>
measureAll(const BenchOptions &options, const bench::Setting &setting,
           mlir::MLIRContext &context);

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICE_BENCH_MEASUREMENT_H
