//===- Targets.cpp - what a .target allows --------------------------------===//

#include "lib/PTX/Targets.h"
#include "lib/Support/Quote.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace sluice;
using ptx::Target;
using ptx::TargetName;

static constexpr Target kTargets[] = {
#define SLUICE_PTX_TARGET(Number, SharedKiB, Registers, ClusterCtas)           \
  {Number, uint64_t(SharedKiB) * 1024, Registers, ClusterCtas},
#include "lib/PTX/Targets.def"
};

const Target *ptx::findTarget(unsigned number) {
  const Target *target = find_if(
      kTargets, [=](const Target &target) { return target.number == number; });
  return target == std::end(kTargets) ? nullptr : target;
}

bool TargetName::runsOn(unsigned number) const {
  return hasSuffix ? number == target->number : number >= target->number;
}

Expected<TargetName> ptx::parseTargetName(StringRef name) {
  StringRef rest = name;
  TargetName result;
  unsigned number = 0;
  if (rest.consume_front("sm_") && !rest.consumeInteger(10, number))
    result.target = findTarget(number);
  result.hasSuffix = rest == "a" || rest == "f";
  if (!result.hasSuffix && !rest.empty())
    result.target = nullptr;
  if (result.target)
    return result;
  std::string known;
  for (const Target &target : kTargets)
    known += (known.empty() ? "sm_" : ", ") + std::to_string(target.number);
  return createStringError("no limits are known of target " + quote(name) +
                           ": expected " + known +
                           ", and those with a or f behind the number");
}
