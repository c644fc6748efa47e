//===- LoadedModule.h - a module on a device --------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_LOADEDMODULE_H
#define SLUICE_LIB_SIMULATOR_MACHINE_LOADEDMODULE_H

#include "lib/Simulator/Machine/Program.h"
#include <map>
#include <mutex>
#include <string>

namespace sluice::sim {

/// A module with its .global and .const variables, which live as long as it,
/// and with the programs that launches of its entries have needed so far.
class LoadedModule {
public:
  LoadedModule(const InstructionSet &instructions,
               std::shared_ptr<const ptx::Module> module,
               llvm::StringRef fileName)
      : module(std::move(module)), fileName(fileName),
        instructions(instructions) {}

  /// The program of an entry (by name; the only one if the name is empty), with
  /// approximate functions that move their results or not. It is decoded when
  /// first asked for; safe from several host threads. Errors are decode's.
  llvm::Expected<std::shared_ptr<const Program>>
  getProgram(llvm::StringRef entry, bool perturb) const;

  const std::shared_ptr<const ptx::Module> module;
  const std::string fileName;
  /// Addresses. Complete before the first program is asked for.
  llvm::DenseMap<const ptx::Variable *, uint64_t> places;

private:
  const InstructionSet &instructions;
  mutable std::mutex mutex;
  mutable std::map<std::pair<const ptx::Function *, bool>,
                   std::shared_ptr<const Program>>
      programs;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_LOADEDMODULE_H
