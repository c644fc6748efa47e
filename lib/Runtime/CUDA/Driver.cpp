//===- Driver.cpp - The CUDA driver, found when it is asked for -----------===//

#include "lib/Runtime/CUDA/Driver.h"
#include "lib/Support/Quote.h"

#include <cstdlib>
#include <dlfcn.h>

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime::cuda;

Expected<Driver> Driver::open() {
  const char *own = std::getenv("SLUICE_CUDA_DRIVER");
  const char *path = own && *own ? own : "libcuda.so.1";
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return createStringError(inconvertibleErrorCode(),
                             "no CUDA driver: " +
                                 makePrintable(dlerror(), /*most=*/1000));
  Driver driver;
  const char *missing = nullptr;
#define SLUICE_CUDA_FUNCTION(SYMBOL, PARAMETERS)                               \
  driver.SYMBOL =                                                              \
      reinterpret_cast<decltype(driver.SYMBOL)>(dlsym(library, #SYMBOL));      \
  if (!driver.SYMBOL && !missing)                                              \
    missing = #SYMBOL;
#include "lib/Runtime/CUDA/Functions.def"
  if (missing)
    return createStringError(inconvertibleErrorCode(),
                             "the CUDA driver " + quote(path) + " has no " +
                                 missing + ": a later one is needed");
  return driver;
}

Error Driver::check(Status status, StringRef call, const Twine &detail) const {
  if (status == 0)
    return Error::success();
  const char *name = nullptr, *text = nullptr;
  std::string what = "error " + std::to_string(status);
  if (cuGetErrorName(status, &name) == 0 && name)
    what = name;
  if (cuGetErrorString(status, &text) == 0 && text)
    what += std::string(" (") + text + ")";
  return createStringError(inconvertibleErrorCode(),
                           call + ": " + what + detail);
}
