//===- Gpu.cpp - what is known of a GPU architecture ----------------------===//

#include "lib/Target/Gpu.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::target;

ArrayRef<Gpu> target::getGpus() {
  static constexpr Gpu gpus[] = {
#define SLUICE_GPU(NAME, FEATURES, SHARED_BYTES, CLUSTER_CTAS)                 \
  {NAME, FEATURES, SHARED_BYTES, CLUSTER_CTAS},
#include "lib/Target/Gpus.def"
  };
  return gpus;
}

const Gpu *target::lookUpGpu(StringRef name) {
  const Gpu *found =
      find_if(getGpus(), [&](const Gpu &gpu) { return gpu.name == name; });
  return found == getGpus().end() ? nullptr : found;
}

Expected<const Gpu *> target::findGpu(StringRef name) {
  if (const Gpu *found = lookUpGpu(name))
    return found;
  return createStringError(
      inconvertibleErrorCode(),
      "no GPU '" + name + "', only " +
          join(map_range(getGpus(), [](const Gpu &gpu) { return gpu.name; }),
               " and "));
}
