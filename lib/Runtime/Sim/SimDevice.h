//===- SimDevice.h - The simulator as a device ------------------*- C++ -*-===//
//
// Runs the PTX of an artifact on this machine's processor, and checks it as it
// runs: races, memory that nobody has written, bounds, deadlocks
// (docs/simulator.md). What each launch did and what was found is kept.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_RUNTIME_SIM_SIMDEVICE_H
#define SLUICE_LIB_RUNTIME_SIM_SIMDEVICE_H

#include "lib/Assembler/Ptxas.h"
#include "lib/Runtime/Device.h"
#include "lib/Simulator/Machine/Device.h"

namespace sluice::runtime {

struct SimOptions {
  /// Another order of warps.
  uint64_t seed = 0;
  /// A chip of Estimate/Chips.def, whose time is estimated; empty: nobody asks.
  std::string chip;
  /// A name or a path, asked for what only ptxas knows of a kernel, for the
  /// estimate; empty: nobody asks.
  std::string ptxas;
  /// Threads of this process. With one the seed says all about the order of
  /// execution. 0: as many as there are.
  unsigned threads = 1;
  /// Runs only CTAs that the estimate replays: results are not there, and may
  /// be copied out all the same.
  bool onlySampled = false;
};

/// A launch that was made, and what came of it.
struct SimLaunch {
  std::string kernel;
  sim::Extent grid, block, cluster;
  /// Of a CTA: its variables, and what the launch adds.
  uint64_t sharedBytes = 0;
  /// What ptxas says, if it is asked.
  assembler::Resources assembled;
  /// Findings refer to its instructions.
  std::shared_ptr<const sim::LoadedModule> module;
  sim::LaunchResult result;

  /// Returns true if it did not finish, or what was found is an error.
  bool isWrong() const { return !result.finished || result.hasErrors(); }
};

class SimDevice : public Device {
public:
  explicit SimDevice(SimOptions options);

  /// In the order in which they were made; those of no block are left out.
  llvm::ArrayRef<SimLaunch> getLaunches() const { return launches; }
  /// Returns true if a launch is wrong, or bytes were copied out that nobody
  /// has written.
  bool foundErrors() const;

  llvm::Error checkRoom(const MemoryNeed &need) override;
  /// Nothing of it is written yet, and bytes around it are nobody's.
  llvm::Expected<uint64_t> allocate(uint64_t bytes) override;
  void free(uint64_t address) override { device.free(address); }
  llvm::Error copyIn(uint64_t address, llvm::ArrayRef<uint8_t> bytes) override {
    return device.copyIn(address, bytes);
  }
  /// Also an error where nobody has written all of them, and nothing was found
  /// before.
  llvm::Error copyOut(uint64_t address,
                      llvm::MutableArrayRef<uint8_t> bytes) override;
  uint64_t getAddressOf(const void *memory) override { return 0; }

  /// Also an error where the chip does not run the program.
  llvm::Expected<std::shared_ptr<LoadedCode>>
  load(const Code &code, const Resources &resources) override;
  llvm::Expected<std::unique_ptr<PreparedLaunch>>
  prepare(const LoadedCode &code, LaunchConfig config) override;
  /// Runs it to its end. What is found is no error, unless the kernel did not
  /// finish for it.
  llvm::Error launch(PreparedLaunch &launch, const Progress &progress) override;
  /// Launches have ended when they return.
  llvm::Error synchronize() override { return llvm::Error::success(); }

private:
  SimOptions options;
  sim::Device device;
  std::vector<SimLaunch> launches;
  unsigned loadedCodes = 0;
  bool foundUnwritten = false;
};

} // namespace sluice::runtime

#endif // SLUICE_LIB_RUNTIME_SIM_SIMDEVICE_H
