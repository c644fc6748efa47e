//===- Limits.h - what a launch may ask for ---------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_LIMITS_H
#define SLUICE_LIB_SIMULATOR_MACHINE_LIMITS_H

#include "lib/PTX/Module.h"
#include "lib/PTX/Targets.h"

namespace sluice::sim {

/// The limits of a launch, and whose they are.
struct Limits {
  const ptx::Target *target = nullptr;
  /// For messages: "sm_80, the program's .target", "sm_90, h200".
  std::string owner;
};

/// Returns the limits of the chip where one is named (Chips.def): what was
/// compiled for an earlier target may use all of it. Otherwise those of the
/// program's .target. Errors: an unknown target or chip, a chip that cannot run
/// the program.
llvm::Expected<Limits> getLimits(const ptx::Module &module,
                                 llvm::StringRef chip);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_LIMITS_H
