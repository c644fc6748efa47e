//===- Limits.cpp - what a launch may ask for -----------------------------===//

#include "lib/Simulator/Machine/Limits.h"

#include "lib/Simulator/Estimate/Chip.h"

using namespace sluice;
using namespace sluice::sim;

llvm::Expected<Limits> sim::getLimits(const ptx::Module &module,
                                      llvm::StringRef chip) {
  llvm::Expected<ptx::TargetName> name = ptx::parseTargetName(module.target);
  if (!name)
    return name.takeError();
  auto call = [](const ptx::Target &target) {
    return "sm_" + std::to_string(target.number);
  };
  if (chip.empty())
    return Limits{name->target,
                  call(*name->target) + ", the program's .target"};
  llvm::Expected<const estimate::Chip *> found = estimate::findChip(chip);
  if (!found)
    return found.takeError();
  const ptx::Target &target = (*found)->getTarget();
  if (!name->runsOn(target.number))
    return llvm::createStringError("the program is for " + module.target +
                                   ", " + (*found)->name + " is " +
                                   call(target));
  return Limits{&target, call(target) + ", " + (*found)->name.str()};
}
