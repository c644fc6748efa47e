//===- Disassembly.h - SASS beside its PTX ----------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_LAUNCH_DISASSEMBLY_H
#define SLUICE_LIB_SIMULATOR_LAUNCH_DISASSEMBLY_H

#include "lib/Simulator/Estimate/MachineCode.h"
#include "llvm/Support/Error.h"

namespace sluice::ptx {
struct Module;
} // namespace sluice::ptx

namespace sluice::sim {

/// Reads what `nvdisasm -c -gp` prints: the instructions that warps whose lanes
/// stay together can reach, without ptxas's own subroutines. Lines are those of
/// the PTX.
estimate::MachineCode parseDisassembly(llvm::StringRef text);

/// What ptxas makes of the module, by ptxas and nvdisasm, as
/// findProgram() has them. Errors: one
/// of them is not there or fails, or what they print has no lines of the PTX.
llvm::Expected<estimate::MachineCode> disassemble(llvm::StringRef ptxas,
                                                  const ptx::Module &module);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_LAUNCH_DISASSEMBLY_H
