//===- Options.h - The command line of sluice-bench -------------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_BENCH_OPTIONS_H
#define SLUICE_TOOLS_SLUICE_BENCH_OPTIONS_H

#include "lib/Bench/Case.h"
#include "lib/Bench/GPUCase.h"

#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace sluice::tool {

enum class BenchDevice { CPU, Sim, CUDA };

struct BenchOptions {
  std::vector<std::string> specs;
  std::string entry;
  std::vector<int64_t> tokens;
  bench::CaseOptions everyCase;
  /// Several forms take turns.
  bool comparesForms = false;
  /// Where there is no chunk form, the step form is measured alone.
  bool takesAnyForm = false;
  /// Gradients are measured, beside the forward run.
  bool isBackward = false;
  std::string ggml, json, schedules;

  BenchDevice device = BenchDevice::CPU;
  // Of a GPU, or of the simulator of one.
  const target::Gpu *gpu = nullptr;
  Exactness exactness = Exactness::Automatic;
  bench::SimCaseOptions sim;
  bench::CudaCaseOptions cuda;
};

/// Parses and checks the command line; --help and --version end the process.
llvm::Expected<BenchOptions> parseBenchOptions(int argc, char **argv);

/// The command without the places of this machine.
std::string describeCommand(int argc, char **argv);

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICE_BENCH_OPTIONS_H
