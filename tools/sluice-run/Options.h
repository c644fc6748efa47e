//===- Options.h - The command line of sluice-run ---------------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_RUN_OPTIONS_H
#define SLUICE_TOOLS_SLUICE_RUN_OPTIONS_H

#include "lib/Compiler/ScheduleFile.h"
#include "lib/Reference/Generate.h"
#include "tools/lib/Choices.h"
#include "tools/sluice-run/Device.h"

#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::tool {

enum class Listing { None, Text, JSON };
enum class CacheAction { None, Info, Clear };

struct Options {
  /// Of the spec, or of the library where there is none.
  Listing listing = Listing::None;
  std::string spec, entry;
  /// Either a file or numbers to make.
  std::string inputs;
  std::optional<reference::GenerateOptions> generate;
  /// Of states, beside those that the tensors of `inputs` tell.
  runtime::Sizes sizes;
  /// Empty where nothing is to be written.
  std::string outputs, savedInputs;
  Device device = Device::CPU;
  std::optional<double> scale;
  Form form = Form::Step;
  Direction direction = Direction::Forward;
  /// The inputs by which gradients are wanted; empty: by all that have some.
  std::vector<std::string> gradients;
  /// Tokens of a chunk, if they are given.
  std::optional<unsigned> chunk;
  /// Empty: no file.
  std::string schedules, artifact;
  /// Of a GPU's products.
  Exactness exactness = Exactness::Automatic;
  const target::Cpu *target = nullptr;
  /// With --device=sim and cuda.
  const target::Gpu *gpu = nullptr;
  /// With --device=sim; the report's file is empty where none is written.
  runtime::SimOptions simulator;
  std::string report;
  /// Tokens of a segment; 0: sequences are not cut.
  unsigned segment = 0;
  bool compare = false, timing = false;
  /// If it is given.
  std::optional<double> tolerance;
  /// Where artifacts are kept.
  compiler::ArtifactCache cache;
  CacheAction cacheAction = CacheAction::None;
  /// 0: as many as the machine runs at once.
  unsigned threads = 0;
};

/// Parses and checks the command line; --help and --version end the process.
llvm::Expected<Options> parseOptions(int argc, char **argv);

/// An error where there is nothing to read or nothing to do with the results.
/// To be asked once the spec is known to be right.
llvm::Error checkPurpose(const Options &options);

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICE_RUN_OPTIONS_H
