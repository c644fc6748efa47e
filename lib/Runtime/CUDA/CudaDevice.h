//===- CudaDevice.h - A GPU by its driver -----------------------*- C++ -*-===//

#ifndef SLUICE_LIB_RUNTIME_CUDA_CUDADEVICE_H
#define SLUICE_LIB_RUNTIME_CUDA_CUDADEVICE_H

#include "lib/Runtime/CUDA/Driver.h"
#include "lib/Runtime/Device.h"

namespace sluice::runtime {

/// The first GPU that the driver shows ($CUDA_VISIBLE_DEVICES chooses). It is
/// used by the thread that made it; code and what is prepared are gone before
/// it is.
class CudaDevice : public Device {
public:
  /// An error where there is no driver, an old one, or no GPU.
  static llvm::Expected<std::unique_ptr<CudaDevice>> create();
  ~CudaDevice() override;

  /// As the driver calls it: "NVIDIA H200".
  llvm::StringRef getName() const { return name; }
  /// Seconds from the first to the last of what `work` launches, by the GPU's
  /// clock.
  llvm::Expected<double> measure(llvm::function_ref<llvm::Error()> work);

  llvm::Error checkRoom(const MemoryNeed &need) override;
  llvm::Expected<uint64_t> allocate(uint64_t bytes) override;
  void free(uint64_t address) override;
  llvm::Error copyIn(uint64_t address, llvm::ArrayRef<uint8_t> bytes) override;
  llvm::Error copyOut(uint64_t address,
                      llvm::MutableArrayRef<uint8_t> bytes) override;
  uint64_t getAddressOf(const void *memory) override { return 0; }

  /// PTX is compiled by the driver, whose messages are in the error.
  llvm::Expected<std::shared_ptr<LoadedCode>>
  load(const Code &code, const Resources &resources) override;
  llvm::Expected<std::unique_ptr<PreparedLaunch>>
  prepare(const LoadedCode &code, LaunchConfig config) override;
  llvm::Error launch(PreparedLaunch &launch, const Progress &progress) override;
  llvm::Error synchronize() override;

private:
  explicit CudaDevice(const cuda::Driver &driver) : driver(driver) {}
  llvm::Error initialize();
  llvm::Expected<int> getAttribute(int attribute) const;
  llvm::Error checkTarget(Code::Format format, llvm::StringRef target) const;

  cuda::Driver driver;
  int version = 0;
  int device = 0;
  std::string name;
  /// Of compute capability 9.0: 90.
  int capability = 0;
  /// That a block may have.
  int sharedBytes = 0;
  cuda::Context context = nullptr;
  cuda::Stream stream = nullptr;
};

} // namespace sluice::runtime

#endif // SLUICE_LIB_RUNTIME_CUDA_CUDADEVICE_H
