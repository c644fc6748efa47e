//===- Simulation.h - One kernel, from its text to its report ---*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_SIM_SIMULATION_H
#define SLUICE_TOOLS_SLUICE_SIM_SIMULATION_H

#include "lib/PTX/Module.h"
#include "lib/Simulator/Launch/Buffers.h"
#include "tools/lib/Console.h"
#include "tools/lib/Main.h"
#include "tools/sluice-sim/Options.h"

#include "llvm/Support/Error.h"
#include <memory>
#include <optional>

namespace sluice::tool {

/// Runs a kernel as a command line says, writes what is asked for and prints
/// the report.
class Simulation {
public:
  explicit Simulation(const SimOptions &options);

  /// Wrong: the kernel did not finish, or there are findings.
  llvm::Expected<Verdict> run();

private:
  llvm::Error parse();
  /// Reads the inputs and puts them into the device's memory.
  llvm::Error bind();
  /// Asks ptxas and nvdisasm what the options want of them.
  llvm::Error assemble();
  llvm::Error launch();
  llvm::Error write();

  const SimOptions &options;
  StageTimes times;
  std::shared_ptr<const ptx::Module> module;
  const ptx::Function *entry = nullptr;
  sim::LaunchOptions launchOptions;
  std::optional<io::TensorFile> inputs;
  sim::Device device;
  std::shared_ptr<sim::LoadedModule> loaded;
  std::vector<sim::Buffer> buffers;
  std::optional<sim::LaunchResult> result;
};

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICE_SIM_SIMULATION_H
