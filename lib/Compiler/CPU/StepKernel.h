//===- StepKernel.h - a step, compiled for this processor -------*- C++ -*-===//

#ifndef SLUICE_LIB_COMPILER_CPU_STEPKERNEL_H
#define SLUICE_LIB_COMPILER_CPU_STEPKERNEL_H

#include "dialects/Delta/DeltaOps.h"
#include "dialects/WY/WYOps.h"
#include "lib/IO/DType.h"
#include "lib/Target/Cpu.h"
#include "llvm/Support/Error.h"
#include <memory>

namespace mlir {
class ExecutionEngine;
} // namespace mlir

namespace sluice {
struct CPUPipelineOptions;
} // namespace sluice

namespace sluice::runtime {

/// What a step kernel is compiled for; everything else varies from call to
/// call.
struct StepKernelOptions {
  int64_t keyDim = 128, valueDim = 128;
  /// F32, F16 or BF16 for every argument; states are F32.
  llvm::SmallVector<io::DType> argTypes;
  io::DType outputType = io::DType::F32;
  /// Tokens of a chunk; 0: the step form, token by token.
  int64_t chunk = 0;
  /// The chunk form, if it is not to be derived from the recurrence.
  wy::ScanOp scan;
  /// Whose vectors, and default schedule, are taken, by code for this
  /// processor. Null: this processor.
  const target::Cpu *target = nullptr;
  /// Null: the default for the target.
  wy::ScheduleAttr schedule;
};

/// What a kernel's code is made by.
void setPipelineOptions(const StepKernelOptions &options,
                        CPUPipelineOptions &pipeline);

/// The step or chunk form of one recurrence as native code in this process.
class StepKernel {
public:
  /// The recurrence is copied; an error if it does not lower.
  static llvm::Expected<std::unique_ptr<StepKernel>>
  compile(delta::RecurrenceOp op, const StepKernelOptions &options);
  ~StepKernel();

  /// Elements of float32 scratch that a call needs, aligned to 64 bytes.
  int64_t getScratchSize() const { return scratchSize; }
  /// How many pieces a head can be cut into.
  int64_t getNumPanels() const { return numPanels; }
  /// float32 elements of the target's vectors.
  unsigned getLanes() const { return lanes; }

  /// Calls the function with a pointer to every argument, as delta-to-vector
  /// lists them; memrefs as pointers to pointers to descriptors.
  void call(void **arguments) const { entry(arguments); }

private:
  StepKernel();
  std::unique_ptr<mlir::ExecutionEngine> engine;
  void (*entry)(void **) = nullptr;
  int64_t scratchSize = 0, numPanels = 1;
  unsigned lanes = 0;
};

} // namespace sluice::runtime

#endif // SLUICE_LIB_COMPILER_CPU_STEPKERNEL_H
