//===- Measurement.h - Every recurrence at every size -----------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_BENCH_MEASUREMENT_H
#define SLUICE_TOOLS_SLUICE_BENCH_MEASUREMENT_H

#include "lib/Bench/BackwardCase.h"
#include "lib/Compiler/SpecLoader.h"
#include "mlir/IR/MLIRContext.h"
#include "tools/sluice-bench/Options.h"

namespace sluice::tool {

/// The recurrences that the options name, or what is wrong with one of them.
llvm::Expected<std::vector<compiler::Spec>>
loadSpecs(const BenchOptions &options, mlir::MLIRContext &context);

/// Measures all that the options name and prints each row once it is known.
llvm::Expected<std::vector<bench::Row>>
measureAll(const BenchOptions &options, const bench::Setting &setting,
           mlir::MLIRContext &context);

/// The same of gradients.
llvm::Expected<std::vector<bench::BackwardRow>>
measureAllBackward(const BenchOptions &options, const bench::Setting &setting,
                   mlir::MLIRContext &context);

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICE_BENCH_MEASUREMENT_H
