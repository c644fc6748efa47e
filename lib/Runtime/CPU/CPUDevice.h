//===- CPUDevice.h - This processor as a device -----------------*- C++ -*-===//

#ifndef SLUICE_LIB_RUNTIME_CPU_CPUDEVICE_H
#define SLUICE_LIB_RUNTIME_CPU_CPUDEVICE_H

#include "lib/Runtime/CPU/WorkerPool.h"
#include "lib/Runtime/Device.h"

namespace sluice::runtime {

/// Runs objects' functions in this process, a task at a time on each thread.
/// Kernels work on the process's own memory. Nothing fails but what is loaded,
/// prepared or allocated.
class CPUDevice : public Device {
public:
  /// Threads to use; 0: one a core.
  explicit CPUDevice(unsigned threads = 0) : pool(threads) {}

  WorkerPool &getPool() { return pool; }

  llvm::Error checkRoom(const MemoryNeed &need) override {
    return need.check();
  }
  llvm::Expected<uint64_t> allocate(uint64_t bytes) override;
  void free(uint64_t address) override;
  llvm::Error copyIn(uint64_t address, llvm::ArrayRef<uint8_t> bytes) override;
  llvm::Error copyOut(uint64_t address,
                      llvm::MutableArrayRef<uint8_t> bytes) override;
  uint64_t getAddressOf(const void *memory) override {
    return reinterpret_cast<uintptr_t>(memory);
  }
  llvm::Expected<std::shared_ptr<LoadedCode>>
  load(const Code &code, const Resources &resources) override;
  llvm::Expected<std::unique_ptr<PreparedLaunch>>
  prepare(const LoadedCode &code, LaunchConfig config) override;
  llvm::Error launch(PreparedLaunch &launch, const Progress &progress) override;
  /// Launches have ended when they return.
  llvm::Error synchronize() override { return llvm::Error::success(); }

private:
  WorkerPool pool;
};

} // namespace sluice::runtime

#endif // SLUICE_LIB_RUNTIME_CPU_CPUDEVICE_H
