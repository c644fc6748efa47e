//===- Chip.cpp - what is known of a GPU ----------------------------------===//

#include "lib/Simulator/Estimate/Chip.h"
#include "lib/Support/Quote.h"

using namespace sluice;
using namespace sluice::sim;
using namespace sluice::sim::estimate;

static constexpr Chip kChips[] = {
#define SLUICE_CHIP_NUMBER(FIELD, A100, H100, H200, SOURCE) .FIELD = (A100),
    {
        .name = "a100",
#include "lib/Simulator/Estimate/Chips.def"
    },
#define SLUICE_CHIP_NUMBER(FIELD, A100, H100, H200, SOURCE) .FIELD = (H100),
    {
        .name = "h100",
#include "lib/Simulator/Estimate/Chips.def"
    },
#define SLUICE_CHIP_NUMBER(FIELD, A100, H100, H200, SOURCE) .FIELD = (H200),
    {
        .name = "h200",
#include "lib/Simulator/Estimate/Chips.def"
    },
};

const ptx::Target &Chip::getTarget() const {
  return *ptx::findTarget(static_cast<unsigned>(target));
}

llvm::Expected<const Chip *> estimate::findChip(llvm::StringRef name) {
  std::string known;
  for (const Chip &chip : kChips) {
    if (chip.name.equals_insensitive(name))
      return &chip;
    known += (known.empty() ? "" : ", ") + chip.name.str();
  }
  return llvm::createStringError("no chip " + quote(name) +
                                 " is known: expected " + known);
}
