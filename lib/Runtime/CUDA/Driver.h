//===- Driver.h - The CUDA driver, found when it is asked for ---*- C++ -*-===//
//
// The functions of libcuda.so.1, and of their types as much as is used: nothing
// of the CUDA toolkit is needed to build, and a machine without a driver gets
// an error in place of a program that does not start.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_RUNTIME_CUDA_DRIVER_H
#define SLUICE_LIB_RUNTIME_CUDA_DRIVER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include <cstddef>
#include <cstdint>

namespace sluice::runtime::cuda {

// CUresult, CUcontext, CUmodule, …; a CUdevice is an int, a CUdeviceptr 64
// bits.
using Status = int;
using Context = struct ContextTag *;
using Module = struct ModuleTag *;
using Function = struct FunctionTag *;
using Stream = struct StreamTag *;
using Event = struct EventTag *;

// Of the enumerations of cuda.h what is used.
inline constexpr int kSharedBytesOptIn = 97; ///< of a device
inline constexpr int kCapabilityMajor = 75, kCapabilityMinor = 76;
inline constexpr int kStaticSharedBytes = 1; ///< of a function
inline constexpr int kMostDynamicSharedBytes = 8;
inline constexpr int kJITErrorLog = 5, kJITErrorLogBytes = 6;
inline constexpr unsigned kStreamNonBlocking = 1;

class Driver {
public:
  /// The file that $SLUICE_CUDA_DRIVER names, or libcuda.so.1; it is never
  /// closed. An error if it is not there, or lacks one of the functions.
  static llvm::Expected<Driver> open();

  /// An error that names the call and what `status` is, unless that is none.
  /// `detail` stands behind it.
  llvm::Error check(Status status, llvm::StringRef call,
                    const llvm::Twine &detail = "") const;

// NOLINTBEGIN(bugprone-macro-parentheses): it is a declaration.
#define SLUICE_CUDA_FUNCTION(SYMBOL, PARAMETERS)                               \
  Status(*SYMBOL) PARAMETERS = nullptr;
// NOLINTEND(bugprone-macro-parentheses)
#include "lib/Runtime/CUDA/Functions.def"
};

} // namespace sluice::runtime::cuda

#endif // SLUICE_LIB_RUNTIME_CUDA_DRIVER_H
