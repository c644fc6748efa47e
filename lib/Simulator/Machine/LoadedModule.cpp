//===- LoadedModule.cpp - a module on a device ----------------------------===//

#include "lib/Simulator/Machine/LoadedModule.h"
#include "lib/Simulator/Machine/InstructionSet.h"

using namespace sluice;
using namespace sluice::sim;

llvm::Expected<std::shared_ptr<const Program>>
LoadedModule::getProgram(llvm::StringRef entry, bool perturb) const {
  llvm::Expected<const ptx::Function *> function =
      getEntry(*module, entry, fileName);
  if (!function)
    return function.takeError();
  // Whoever asks meanwhile waits: it would decode the same.
  std::lock_guard<std::mutex> guard(mutex);
  std::shared_ptr<const Program> &known = programs[{*function, perturb}];
  if (known)
    return known;
  auto placeOf = [&](const ptx::Variable &variable) {
    return places.lookup(&variable);
  };
  llvm::Expected<std::unique_ptr<Program>> program =
      decode(instructions, module, **function, fileName, placeOf);
  if (!program)
    return program.takeError();
  if (perturb)
    instructions.perturb(**program);
  known = std::move(*program);
  return known;
}
