//===- Chip.h - what is known of a GPU --------------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_ESTIMATE_CHIP_H
#define SLUICE_LIB_SIMULATOR_ESTIMATE_CHIP_H

#include "lib/PTX/Targets.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace sluice::sim::estimate {

/// The numbers of Chips.def, which has the source of each.
struct Chip {
  /// As --chip has it: "h100".
  llvm::StringRef name;
#define SLUICE_CHIP_NUMBER(FIELD, A100, H100, H200, SOURCE) double FIELD = 0;
#include "lib/Simulator/Estimate/Chips.def"

  /// What a CTA may have on it.
  const ptx::Target &getTarget() const;
};

/// The error lists the chips that are known.
llvm::Expected<const Chip *> findChip(llvm::StringRef name);

} // namespace sluice::sim::estimate

#endif // SLUICE_LIB_SIMULATOR_ESTIMATE_CHIP_H
