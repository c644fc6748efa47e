//===- Device.h - a GPU to a program that uses one --------------*- C++ -*-===//
//
// Allocate, copy, load a module, launch: what the driver API offers, so that
// the runtime can offer the simulator as one more device.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_DEVICE_H
#define SLUICE_LIB_SIMULATOR_MACHINE_DEVICE_H

#include "lib/Simulator/Estimate/Estimate.h"
#include "lib/Simulator/Estimate/MachineCode.h"
#include "lib/Simulator/Machine/Counts.h"
#include "lib/Simulator/Machine/Report.h"
#include "llvm/Support/Error.h"
#include <functional>
#include <memory>

namespace sluice::ptx {
struct Module;
} // namespace sluice::ptx

namespace sluice::sim {

struct Extent {
  uint32_t x = 1, y = 1, z = 1;
  uint64_t total() const { return uint64_t(x) * y * z; }
};

inline constexpr uint64_t kMostHostThreads = 256;

/// The order in which the estimate of time issues instructions.
enum class IssueOrder : uint8_t {
  /// By list scheduling of blocks.
  List,
  /// As the PTX has them.
  Text,
  /// As ptxas has: LaunchOptions::machineCode.
  Machine,
};

struct LaunchOptions {
  Extent grid, block, cluster;
  /// Bytes of .extern .shared.
  uint64_t dynamicShared = 0;
  /// Parameters in order, each as its bytes.
  std::vector<std::vector<uint8_t>> arguments;
  uint64_t seed = 0;
  bool perturb = false, strictWarp = false, strictProxy = false;
  /// Races, poison; bounds and alignment are always checked.
  bool check = true;
  /// Thread-instructions over the grid.
  uint64_t limit = 100'000'000'000;
  /// Host threads, which take clusters; at most kMostHostThreads. 0: as many as
  /// there are. With one the seed says all about the order of execution.
  unsigned threads = 1;
  /// Gets what the program prints.
  std::function<void(llvm::StringRef)> print;
  /// How long it would take on a chip of Estimate/Chips.def; empty: nobody
  /// asks.
  std::string chip;
  /// Of a thread, as ptxas prints them, for the estimate; 0: not known.
  unsigned registers = 0;
  /// What the reader of the estimate must know; functions whose
  /// wgmma.mma_async wait for each other, as ptxas says.
  std::vector<std::string> estimateNotes, serialised;
  IssueOrder order = IssueOrder::List;
  estimate::MachineCode machineCode;
  /// Runs only the CTAs that the estimate replays: for its sake alone, since
  /// what the others would have written is missing.
  bool onlySampled = false;
  /// The estimate has one SM's timeline.
  bool keepsTimeline = false;
  /// A function that is called now and then with CTAs done and in all.
  std::function<void(uint64_t, uint64_t)> progress;
};

struct LaunchResult {
  /// All CTAs ended by themselves.
  bool finished = false;
  std::vector<Finding> findings;
  Counts counts;
  /// Of all that the entry can reach, executed or not, in the order of lines.
  /// As long as the module.
  std::vector<InstructionCounts> instructions;
  /// If it was asked for and the grid finished.
  std::optional<estimate::Estimate> estimate;
  bool hasErrors() const;
};

class InstructionSet;
class LoadedModule;

/// Bytes, and what for.
struct NamedSize {
  std::string what;
  uint64_t bytes;
};

class Device {
public:
  /// Makes a device that executes these instructions, which outlive it.
  explicit Device(const InstructionSet &instructions);
  ~Device();

  /// An error if allocations of so many bytes each, together, do not fit into
  /// memory.
  llvm::Error checkRoom(llvm::ArrayRef<NamedSize> allocations) const;
  /// 256-byte aligned, with unmapped bytes on both sides; not written yet.
  llvm::Expected<uint64_t> allocate(uint64_t bytes);
  void free(uint64_t address);
  /// Errors: outside of an allocation.
  llvm::Error copyIn(uint64_t address, llvm::ArrayRef<uint8_t> bytes);
  llvm::Error copyOut(uint64_t address, llvm::MutableArrayRef<uint8_t> bytes);
  /// Returns true if each of so many bytes of an allocation was copied in or
  /// stored.
  bool isWritten(uint64_t address, uint64_t bytes) const;

  /// `fileName` is for messages.
  llvm::Expected<std::shared_ptr<LoadedModule>>
  load(std::shared_ptr<const ptx::Module> module, llvm::StringRef fileName);
  /// The same of PTX text.
  llvm::Expected<std::shared_ptr<LoadedModule>> load(llvm::StringRef text,
                                                     llvm::StringRef fileName);
  /// Runs an entry to its end. An Error is bad input: no such entry, an
  /// instruction that is not supported, a wrong number or size of arguments, an
  /// impossible grid. What the program does wrong is in the result.
  llvm::Expected<LaunchResult> launch(const LoadedModule &module,
                                      llvm::StringRef entry,
                                      const LaunchOptions &options);

private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_DEVICE_H
