//===- Device.cpp - a GPU to a program that uses one ----------------------===//

#include "lib/Simulator/Machine/Device.h"
#include "lib/PTX/Parser.h"
#include "lib/Simulator/Estimate/ListSchedule.h"
#include "lib/Simulator/Machine/Grid.h"
#include "lib/Simulator/Machine/Limits.h"
#include "lib/Simulator/Machine/LoadedModule.h"
#include "lib/Simulator/Machine/Recorder.h"
#include "lib/Support/Quote.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/MathExtras.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Space;

struct Device::Implementation {
  const InstructionSet &instructions;
  Arena arena;
};

Device::Device(const InstructionSet &instructions)
    : implementation(new Implementation{instructions, {}}) {}
Device::~Device() = default;

bool LaunchResult::hasErrors() const {
  return llvm::any_of(
      findings, [](const Finding &finding) { return isError(finding.kind); });
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

llvm::Error Device::checkRoom(llvm::ArrayRef<NamedSize> allocations) const {
  MemoryNeed need;
  for (const NamedSize &one : allocations)
    need.add(one.what, Region::getHostBytes(one.bytes));
  return implementation->arena.check(need);
}

llvm::Expected<uint64_t> Device::allocate(uint64_t bytes) {
  Region *region = implementation->arena.allocate(bytes, /*isWritten=*/false);
  if (!region)
    return llvm::createStringError("no room for " + llvm::Twine(bytes) +
                                   " bytes");
  return region->address;
}

void Device::free(uint64_t address) { implementation->arena.release(address); }

llvm::Error Device::copyIn(uint64_t address, llvm::ArrayRef<uint8_t> bytes) {
  Region *region = implementation->arena.find(address, bytes.size());
  if (!region)
    return llvm::createStringError("a copy outside of an allocation");
  llvm::copy(bytes, region->at(address));
  region->setWritten(address, bytes.size(), true);
  return llvm::Error::success();
}

llvm::Error Device::copyOut(uint64_t address,
                            llvm::MutableArrayRef<uint8_t> bytes) {
  Region *region = implementation->arena.find(address, bytes.size());
  if (!region)
    return llvm::createStringError("a copy outside of an allocation");
  std::copy_n(region->at(address), bytes.size(), bytes.begin());
  return llvm::Error::success();
}

bool Device::isWritten(uint64_t address, uint64_t bytes) const {
  const Region *region = implementation->arena.find(address, bytes);
  return region && region->isWritten(address, bytes);
}

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

llvm::Expected<std::shared_ptr<LoadedModule>>
Device::load(llvm::StringRef text, llvm::StringRef fileName) {
  llvm::Expected<std::unique_ptr<ptx::Module>> parsed =
      ptx::parseModule(text, fileName);
  if (!parsed)
    return parsed.takeError();
  return load(std::shared_ptr<const ptx::Module>(std::move(*parsed)), fileName);
}

llvm::Expected<std::shared_ptr<LoadedModule>>
Device::load(std::shared_ptr<const ptx::Module> module,
             llvm::StringRef fileName) {
  auto loaded = std::make_shared<LoadedModule>(implementation->instructions,
                                               std::move(module), fileName);
  auto fail = [&](const ptx::Variable &variable, const llvm::Twine &message) {
    return llvm::createStringError(
        fileName + ":" + llvm::Twine(variable.place.line) + ":" +
        llvm::Twine(variable.place.column) + ": error: " + message);
  };
  Arena &arena = implementation->arena;
  std::vector<NamedSize> needed;
  const ptx::Variable *largest = nullptr;
  for (const auto &variable : loaded->module->variables) {
    if (variable->space != Space::Global && variable->space != Space::Const)
      continue;
    needed.push_back({"variable " + quote(variable->name), variable->size});
    if (!largest || variable->size > largest->size)
      largest = variable.get();
  }
  if (llvm::Error error = checkRoom(needed))
    return fail(*largest, llvm::toString(std::move(error)));
  for (const auto &variable : loaded->module->variables) {
    if (variable->space != Space::Global && variable->space != Space::Const)
      continue;
    if (variable->isExtern)
      return fail(*variable, "variable " + quote(variable->name) +
                                 " is .extern, and nothing defines it");
    // Nobody writes them: zeros, or what the initialiser says.
    Region *region = arena.allocate(variable->size, /*isWritten=*/true);
    if (!region)
      return fail(*variable, "no room for variable " + quote(variable->name));
    if (variable->initializer.size() > variable->size)
      return fail(*variable, "the initialiser of " + quote(variable->name) +
                                 " is longer than the variable");
    llvm::copy(variable->initializer, region->bytes.begin());
    region->isConstant = variable->space == Space::Const;
    loaded->places[variable.get()] = region->address;
  }
  for (const auto &variable : loaded->module->variables)
    for (const auto &relocation : variable->relocations) {
      const ptx::Variable *symbol =
          loaded->module->findVariable(relocation.symbol);
      auto place = symbol ? loaded->places.find(symbol) : loaded->places.end();
      auto own = loaded->places.find(variable.get());
      if (place == loaded->places.end() || own == loaded->places.end())
        return fail(*variable, "the address of " + quote(relocation.symbol) +
                                   " is not known when the program begins");
      uint64_t value = (place->second + relocation.addend) >> relocation.shift;
      Region *region = arena.find(own->second, variable->size);
      if (relocation.offset > variable->size ||
          relocation.bytes > variable->size - relocation.offset ||
          relocation.bytes > sizeof(value))
        return fail(*variable, "the initialiser of " + quote(variable->name) +
                                   " is longer than the variable");
      std::memcpy(region->at(own->second + relocation.offset), &value,
                  relocation.bytes);
    }
  return loaded;
}

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

static llvm::Error checkShape(const LaunchOptions &options,
                              const ptx::Function &entry,
                              const Program &program, const Limits &limits) {
  const Extent &grid = options.grid, &block = options.block,
               &cluster = options.cluster;
  auto fail = [](const llvm::Twine &message) {
    return llvm::createStringError(message);
  };
  auto extent = [](const Extent &e) {
    return std::to_string(e.x) + "," + std::to_string(e.y) + "," +
           std::to_string(e.z);
  };
  if (!block.total() || block.x > 1024 || block.y > 1024 || block.z > 64 ||
      block.total() > ptx::kThreadsOfCta)
    return fail("a block of " + extent(block) +
                " threads: expected 1 to 1024, at most 64 along z");
  if (!grid.total() || grid.x > 0x7fffffff || grid.y > 65535 || grid.z > 65535)
    return fail("a grid of " + extent(grid) +
                " blocks: expected at least 1, and at most 2147483647,65535,"
                "65535");
  if (!cluster.total() || cluster.total() > limits.target->clusterCtas ||
      grid.x % cluster.x || grid.y % cluster.y || grid.z % cluster.z)
    return fail("a cluster of " + extent(cluster) +
                " blocks: expected at most " +
                llvm::Twine(limits.target->clusterCtas) + " (" + limits.owner +
                ") that divide the grid of " + extent(grid));
  uint64_t fixed = program.layout.staticSharedBytes;
  if (fixed > ptx::kStaticSharedBytes)
    return fail(llvm::Twine(fixed) +
                " bytes of shared variables: expected at most " +
                llvm::Twine(ptx::kStaticSharedBytes) +
                ", more only as .extern .shared");
  uint64_t most = limits.target->sharedBytesOfCta;
  if (options.dynamicShared > most - fixed)
    return fail("shared memory of a CTA: " + llvm::Twine(fixed) +
                " bytes of variables and " +
                llvm::Twine(options.dynamicShared) +
                " dynamic ones, expected at most " + llvm::Twine(most) + " (" +
                limits.owner + ")");
  const uint32_t *required = entry.requiredThreads;
  if (required[0] &&
      (block.x != required[0] || block.y != std::max(required[1], 1u) ||
       block.z != std::max(required[2], 1u)))
    return fail("a block of " + extent(block) + " threads: " +
                quote(entry.name) + " requires " + llvm::Twine(required[0]) +
                "," + llvm::Twine(std::max(required[1], 1u)) + "," +
                llvm::Twine(std::max(required[2], 1u)));
  const uint32_t *threads = entry.maximumThreads;
  uint64_t mostThreads = uint64_t(threads[0]) * std::max(threads[1], 1u) *
                         std::max(threads[2], 1u);
  if (threads[0] && block.total() > mostThreads)
    return fail("a block of " + extent(block) +
                " threads: " + quote(entry.name) + " takes at most " +
                llvm::Twine(mostThreads));
  const uint32_t *clusters = entry.requiredCluster;
  if (clusters[0] &&
      (cluster.x != clusters[0] || cluster.y != std::max(clusters[1], 1u) ||
       cluster.z != std::max(clusters[2], 1u)))
    return fail("a cluster of " + extent(cluster) + " blocks: " +
                quote(entry.name) + " requires " + llvm::Twine(clusters[0]) +
                "," + llvm::Twine(std::max(clusters[1], 1u)) + "," +
                llvm::Twine(std::max(clusters[2], 1u)));
  return llvm::Error::success();
}

/// Parameters one behind the other, each aligned as declared.
static llvm::Expected<std::vector<uint8_t>>
packArguments(const ptx::Function &entry, const LaunchOptions &options) {
  if (options.arguments.size() != entry.parameters.size())
    return llvm::createStringError(
        quote(entry.name) + " has " + llvm::Twine(entry.parameters.size()) +
        " parameters, found " + llvm::Twine(options.arguments.size()) +
        " arguments");
  std::vector<uint8_t> bytes;
  for (auto [parameter, argument] :
       llvm::zip(entry.parameters, options.arguments)) {
    if (argument.size() != parameter->size)
      return llvm::createStringError(
          "parameter " + quote(parameter->name) + " of " + quote(entry.name) +
          " has " + llvm::Twine(parameter->size) +
          " bytes, found an argument of " + llvm::Twine(argument.size()));
    bytes.resize(llvm::alignTo(bytes.size(),
                               std::max<uint64_t>(parameter->alignment, 1)));
    llvm::append_range(bytes, argument);
  }
  return bytes;
}

namespace {
/// What a launch needs that is asked how long it takes.
struct Timing {
  const estimate::Chip &chip;
  estimate::Residency residency;
  Recorder recorder;
};
} // namespace

/// Null if nobody asks. Errors: an unknown chip, or a CTA that it cannot hold.
static llvm::Expected<std::unique_ptr<Timing>>
makeTiming(const Program &program, const LaunchOptions &options) {
  if (options.chip.empty())
    return nullptr;
  llvm::Expected<const estimate::Chip *> chip =
      estimate::findChip(options.chip);
  if (!chip)
    return chip.takeError();
  uint64_t shared = program.layout.staticSharedBytes + options.dynamicShared;
  llvm::Expected<estimate::Residency> residency = estimate::getResidency(
      **chip, {options.grid.total(), options.cluster.total(),
               options.block.total(), shared, options.registers});
  if (!residency)
    return residency.takeError();
  return std::unique_ptr<Timing>(
      new Timing{**chip, *residency,
                 Recorder(program, options, shared, **chip, *residency)});
}

static estimate::Estimate makeEstimate(Timing &timing,
                                       const LaunchOptions &options) {
  estimate::Trace &trace = timing.recorder.getTrace();
  if (options.onlySampled)
    trace.executedShare =
        double(trace.ctas.size()) / double(options.grid.total());
  if (options.order == IssueOrder::List)
    trace.blocks = estimate::scheduleByLatency(timing.chip, trace);
  else if (options.order == IssueOrder::Machine)
    estimate::setMachineCode(trace, options.machineCode);
  estimate::reorderEvents(trace);
  return estimate::makeEstimate(timing.chip, trace, timing.residency,
                                options.keepsTimeline);
}

/// As many CTAs as the chip would hold, or as is fair to the host: those that
/// take work from a common counter shall share it as there.
static size_t getResident(const LaunchOptions &options,
                          const estimate::Residency &residency) {
  constexpr uint64_t kMostThreads = 32768;
  return std::min(residency.sms * residency.ctas,
                  kMostThreads / options.block.total());
}

llvm::Expected<LaunchResult> Device::launch(const LoadedModule &module,
                                            llvm::StringRef entry,
                                            const LaunchOptions &options) {
  llvm::Expected<std::shared_ptr<const Program>> program =
      module.getProgram(entry, options.perturb);
  if (!program)
    return program.takeError();
  const ptx::Function &function = *(*program)->entry;
  llvm::Expected<Limits> limits = getLimits(*module.module, options.chip);
  if (!limits)
    return limits.takeError();
  if (auto error = checkShape(options, function, **program, *limits))
    return error;
  llvm::Expected<std::vector<uint8_t>> parameters =
      packArguments(function, options);
  if (!parameters)
    return parameters.takeError();
  llvm::Expected<std::unique_ptr<Timing>> timing =
      makeTiming(**program, options);
  if (!timing)
    return timing.takeError();
  Arena &arena = implementation->arena;
  Region *region = arena.allocate(parameters->size(), /*isWritten=*/true);
  if (!region)
    return llvm::createStringError("no room for parameters");
  llvm::copy(*parameters, region->bytes.begin());
  region->isConstant = true;
  Grid grid(arena, **program, options, region->address);
  if (*timing) {
    grid.recorder = &(*timing)->recorder;
    uint64_t resident = getResident(options, (*timing)->residency);
    grid.setResident(std::max(
        Grid::kResident, llvm::divideCeil(resident, grid.getNumWorkers())));
  }
  LaunchResult result = grid.run();
  arena.release(region->address);
  if (*timing && result.finished)
    result.estimate = makeEstimate(**timing, options);
  return result;
}
