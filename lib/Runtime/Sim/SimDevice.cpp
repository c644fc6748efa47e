//===- SimDevice.cpp - The simulator as a device --------------------------===//

#include "lib/Runtime/Sim/SimDevice.h"
#include "lib/Assembler/Ptxas.h"
#include "lib/Runtime/GPU/GridLaunch.h"
#include "lib/Simulator/Estimate/Chip.h"
#include "lib/Simulator/Execute/InstructionSet.h"
#include "lib/Simulator/Machine/Limits.h"
#include "lib/Simulator/Machine/LoadedModule.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

namespace {
class SimCode : public LoadedCode {
public:
  explicit SimCode(std::shared_ptr<const sim::LoadedModule> module)
      : module(std::move(module)) {}
  const std::shared_ptr<const sim::LoadedModule> module;
};

class SimPrepared : public PreparedLaunch {
public:
  /// All but the result.
  SimLaunch launch;
  sim::LaunchOptions options;
  bool isEmpty = false;
};
} // namespace

SimDevice::SimDevice(SimOptions options)
    : options(std::move(options)), device(sim::getInstructionSet()) {}

Error SimDevice::checkRoom(const MemoryNeed &need) {
  return device.checkRoom({{"the tensors of a run", need.getTotal()}});
}

Expected<uint64_t> SimDevice::allocate(uint64_t bytes) {
  return device.allocate(bytes);
}

Error SimDevice::copyOut(uint64_t address, MutableArrayRef<uint8_t> bytes) {
  if (Error error = device.copyOut(address, bytes))
    return error;
  // What follows from other errors is no error of its own.
  if (options.onlySampled || foundErrors() ||
      device.isWritten(address, bytes.size()))
    return Error::success();
  foundUnwritten = true;
  return createStringError(inconvertibleErrorCode(),
                           "no kernel has written all of it");
}

bool SimDevice::foundErrors() const {
  return foundUnwritten ||
         any_of(launches, [](const SimLaunch &made) { return made.isWrong(); });
}

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

Expected<std::shared_ptr<LoadedCode>>
SimDevice::load(const Code &code, const Resources &resources) {
  if (code.format != Code::Format::PTX)
    return createStringError(inconvertibleErrorCode(),
                             "the simulator runs PTX, found code of the "
                             "format " +
                                 stringify(code.format));
  // What findings call it: it need not be on a disk.
  std::string name = "kernels";
  if (unsigned number = loadedCodes++)
    name += "-" + std::to_string(number + 1);
  auto module = device.load(toStringRef(code.bytes), name + ".ptx");
  if (!module)
    return module.takeError();
  if (Error error =
          sim::getLimits(*(*module)->module, options.chip).takeError())
    return std::move(error);
  return std::make_shared<SimCode>(std::move(*module));
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

/// What ptxas says, for the chip or for the one variant of it that the module
/// is for.
static void addAssemblersWord(StringRef ptxas, const ptx::Module &module,
                              SimPrepared &prepared) {
  std::string target = module.target;
  if (!StringRef(target).ends_with("a"))
    target =
        "sm_" +
        std::to_string(static_cast<unsigned>(
            cantFail(sim::estimate::findChip(prepared.options.chip))->target));
  assembler::AssemblerReport report = assembler::askAssembler(
      ptxas, module.text, target, prepared.launch.kernel);
  prepared.launch.assembled = report.resources;
  prepared.options.registers =
      static_cast<unsigned>(report.resources.registers);
  prepared.options.estimateNotes = std::move(report.notes);
  prepared.options.serialised = std::move(report.serialised);
}

Expected<std::unique_ptr<PreparedLaunch>>
SimDevice::prepare(const LoadedCode &code, LaunchConfig config) {
  const KernelLaunch &kernel = *config.kernel;
  const auto &module = static_cast<const SimCode &>(code).module;
  Expected<GridLaunch> grid = makeGridLaunch(config);
  if (!grid)
    return grid.takeError();
  auto program = module->getProgram(kernel.entry, /*perturb=*/false);
  if (!program)
    return program.takeError();

  auto prepared = std::make_unique<SimPrepared>();
  prepared->isEmpty = grid->isEmpty();
  SimLaunch &launch = prepared->launch;
  launch.module = module;
  launch.kernel = kernel.entry;
  launch.grid = {grid->grid[0], grid->grid[1], grid->grid[2]};
  launch.block.x = static_cast<uint32_t>(kernel.blockThreads);
  if (const auto &required = (*program)->entry->requiredCluster; required[0])
    launch.cluster = {required[0], std::max(required[1], 1u),
                      std::max(required[2], 1u)};
  launch.sharedBytes =
      (*program)->layout.staticSharedBytes + kernel.sharedBytes;

  sim::LaunchOptions &options = prepared->options;
  options.grid = launch.grid;
  options.block = launch.block;
  options.cluster = launch.cluster;
  options.dynamicShared = kernel.sharedBytes;
  options.seed = this->options.seed;
  options.threads = this->options.threads;
  options.chip = this->options.chip;
  options.onlySampled = this->options.onlySampled;
  for (size_t i = 0; i < grid->parameters.size(); ++i)
    options.arguments.push_back(grid->parameters[i].vec());
  if (!options.chip.empty() && !this->options.ptxas.empty())
    addAssemblersWord(this->options.ptxas, *module->module, *prepared);
  return prepared;
}

Error SimDevice::launch(PreparedLaunch &launch, const Progress &progress) {
  auto &prepared = static_cast<SimPrepared &>(launch);
  if (prepared.isEmpty)
    return Error::success();
  if (progress)
    prepared.options.progress = [&](uint64_t done, uint64_t all) {
      progress(static_cast<double>(done) / static_cast<double>(all));
    };
  const std::string &kernel = prepared.launch.kernel;
  Expected<sim::LaunchResult> result =
      device.launch(*prepared.launch.module, kernel, prepared.options);
  prepared.options.progress = nullptr;
  if (!result)
    return createStringError(inconvertibleErrorCode(),
                             "kernel " + quote(kernel) + ": " +
                                 toString(result.takeError()));
  SimLaunch &made = launches.emplace_back(prepared.launch);
  made.result = std::move(*result);
  if (made.result.finished)
    return Error::success();
  return createStringError(inconvertibleErrorCode(),
                           "kernel " + quote(kernel) + " did not finish");
}
