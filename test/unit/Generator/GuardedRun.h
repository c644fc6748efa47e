//===- GuardedRun.h - generated steps on the CPU, watched -------*- C++ -*-===//
//
// Runs of a kernel whose inputs and results lie against inaccessible pages.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_TEST_UNIT_GENERATOR_GUARDEDRUN_H
#define SLUICE_TEST_UNIT_GENERATOR_GUARDEDRUN_H

#include "lib/Compiler/Compile.h"
#include "test/unit/Generator/StepData.h"

namespace sluice::delta {

struct GuardedOptions {
  unsigned threads = 1;
  /// Final states are written where the initial ones are.
  bool inPlace = false;
};

/// Runs an artifact twice, first over NaNs, and gives the second results, whose
/// memory was NaN before. Inputs cannot be written, unless in place.
llvm::Expected<runtime::Results> runGuarded(StepData &data,
                                            const runtime::Artifact &artifact,
                                            const GuardedOptions &options);

bool isFinite(const runtime::Results &results);

/// The text of a run, for those who fail.
void printDims(llvm::raw_ostream &os, const StepShape &shape);

template <typename T, size_t N>
T oneOf(reference::Random &random, const T (&list)[N]) {
  return list[random.bits() % N];
}

/// This processor, or one of which it can do all.
const target::Cpu &drawTarget(reference::Random &random);

/// A schedule for panels of so many vectors, of a chunk's tokens or (0) of the
/// step form; null, the default, where `panel` is 0.
wy::ScheduleAttr makeSchedule(mlir::MLIRContext &context,
                              const target::Cpu &target, int64_t panel,
                              int64_t chunk);

/// Calls `body` with every index below `count`, from two threads.
void forEachByTwo(unsigned count, llvm::function_ref<void(unsigned)> body);

} // namespace sluice::delta

#endif // SLUICE_TEST_UNIT_GENERATOR_GUARDEDRUN_H
