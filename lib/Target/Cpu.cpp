//===- Cpu.cpp - what is known of a processor -----------------------------===//

#include "lib/Target/Cpu.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::target;

ArrayRef<Cpu> target::getCpus() {
  static constexpr Cpu cpus[] = {
#define SLUICE_CPU(NAME, FEATURES, LANES, REGISTERS, L1_BYTES)                 \
  {NAME, FEATURES, LANES, REGISTERS, L1_BYTES},
#include "lib/Target/Cpus.def"
  };
  return cpus;
}

bool target::runsHere(const Cpu &cpu) {
  static const StringMap<bool> features = sys::getHostCPUFeatures();
  return cpu.features.empty() ||
         all_of(split(cpu.features, ','),
                [](StringRef name) { return features.lookup(name); });
}

const Cpu &target::getHostCpu() {
  // The baseline runs everywhere.
  return *find_if(reverse(getCpus()), runsHere);
}

Expected<const Cpu *> target::findCpu(StringRef name) {
  if (name == "host")
    return &getHostCpu();
  for (const Cpu &cpu : getCpus())
    if (cpu.name == name)
      return &cpu;
  return createStringError(
      inconvertibleErrorCode(),
      "no processor '" + name + "', only " +
          join(map_range(getCpus(), [](const Cpu &cpu) { return cpu.name; }),
               ", ") +
          " and host");
}
