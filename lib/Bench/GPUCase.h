//===- GPUCase.h - One recurrence at one size on a GPU ----------*- C++ -*-===//
//
// What the kernels of a form do, counted in the simulator, with an estimate of
// their time; or their time on a GPU. Beside either stands what nothing can do
// without: each byte of inputs, outputs and states once.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_BENCH_GPUCASE_H
#define SLUICE_LIB_BENCH_GPUCASE_H

#include "lib/Bench/CompiledForm.h"
#include "lib/Bench/GeneratedProblem.h"
#include "lib/Bench/Measure.h"
#include "lib/Runtime/CUDA/CudaDevice.h"
#include "lib/Runtime/Sim/SimDevice.h"

namespace sluice::bench {

/// A launch of a run.
struct KernelUse {
  std::string name;
  uint64_t ctas = 0, ctaThreads = 0, sharedBytes = 0;
  /// Registers are 0 where there is no ptxas.
  assembler::Resources assembled;
};

/// A run on a chip, by the estimate.
struct ChipTime {
  std::string chip;
  double microseconds = 0;
  /// What device memory takes for the least bytes.
  double floorMicroseconds = 0;
  /// Of its longest kernel.
  std::string binding;
};

/// All kernels of a run in the simulator, together.
struct Simulated {
  std::vector<KernelUse> kernels;
  /// What device memory must give and take, as kernels touch it.
  uint64_t deviceBytes = 0;
  /// Of the 32-byte sectors that loads touch, each time that one does.
  uint64_t loadedSectorBytes = 0;
  uint64_t warpInstructions = 0, barriers = 0;
  uint64_t sharedWavefronts = 0, sharedIdealWavefronts = 0;
  uint64_t tensorFlop = 0;
  /// Of the products of the chunk graph; none of the step form.
  std::optional<double> productFlop;
  std::vector<ChipTime> chips;
};

/// Runs on a GPU, by its clock.
struct Measured {
  Gates gates = Gates::Mild;
  Quartiles microseconds;
  std::vector<reference::TensorError> errors;
};

/// A line of the table; of a GPU one for each kind of gates.
struct GPURow {
  std::string variant;
  runtime::Sizes sizes;
  /// Tokens of a chunk; 0: the step form.
  int64_t chunk = 0;
  /// Null: the default.
  wy::ScheduleAttr schedule;
  /// None where it was compiled before.
  std::optional<double> compileSeconds;
  /// Of inputs, outputs and states before and after, each once.
  uint64_t minimumBytes = 0;
  /// The heads whose results were compared to the reference.
  int64_t comparedHeads = 0;
  std::optional<Simulated> simulated;
  /// Of the simulator, if all CTAs were run.
  std::vector<reference::TensorError> errors;
  std::vector<Measured> measured;
  /// Of a GPU whose bandwidth is known.
  std::optional<double> floorMicroseconds;
};

using BenchProgress = llvm::function_ref<void(double fraction)>;

struct SimCaseOptions {
  /// Each is estimated by a run of its own; at least one.
  std::vector<std::string> chips;
  /// Empty: nobody asks it.
  std::string ptxas;
  unsigned threads = 1;
  /// Runs only CTAs that the estimate replays, and counts them as often as
  /// there are such: there are no results, and so no errors.
  bool onlySampled = false;
};

/// Runs a form in the simulator. An error also where it finds one, with all
/// that was found.
llvm::Expected<GPURow> simulate(const GeneratedProblem &inputs,
                                const CompiledForm &form,
                                const SimCaseOptions &options,
                                BenchProgress progress);

/// What reads, updates, scores, their solutions and applications of a chunk
/// form cost at these sizes, in whole chunks (lib/Analysis/ChunkCost.h).
llvm::Expected<double> countProductFlop(delta::RecurrenceOp op,
                                        const runtime::Sizes &sizes,
                                        int64_t chunk);

struct CudaCaseOptions {
  unsigned rounds = 15;
  /// Whose bandwidth the GPU has; empty: it is looked for by the GPU's name.
  std::string chip;
};

/// Measures a form on a GPU: of several sets of tensors one after the other, so
/// that the L2 cache holds none of them, with mild gates, and with strong ones
/// where the spec has such.
llvm::Expected<GPURow>
measureOnGPU(runtime::CudaDevice &device, delta::RecurrenceOp op,
             const reference::GenerateOptions &inputs, const CompiledForm &form,
             const CudaCaseOptions &options, BenchProgress progress);

} // namespace sluice::bench

#endif // SLUICE_LIB_BENCH_GPUCASE_H
