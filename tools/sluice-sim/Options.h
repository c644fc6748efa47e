//===- Options.h - The command line of sluice-sim ---------------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_SIM_OPTIONS_H
#define SLUICE_TOOLS_SLUICE_SIM_OPTIONS_H

#include "lib/Simulator/Machine/Device.h"
#include <optional>
#include <string>

namespace sluice::tool {

struct SimOptions {
  /// --list-instructions: nothing else is set.
  bool listsInstructions = false;
  std::string kernel, entry, arguments, buffers;
  /// Empty where nothing is read or written.
  std::string inputs, outputs, report, trace;
  /// With --ptxas: where it is.
  std::string ptxas;
  /// With --listing; empty: standard output.
  std::optional<std::string> listing;
  /// Without arguments.
  sim::LaunchOptions launch;
  /// If --cluster is given; otherwise the entry may say.
  bool hasCluster = false;
  bool timing = false;
};

/// Parses and checks the command line; --help and --version end the process.
llvm::Expected<SimOptions> parseSimOptions(int argc, char **argv);

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICE_SIM_OPTIONS_H
