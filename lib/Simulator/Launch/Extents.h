//===- Extents.h - grids that a GPU would take ------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_LAUNCH_EXTENTS_H
#define SLUICE_LIB_SIMULATOR_LAUNCH_EXTENTS_H

#include "lib/Simulator/Machine/Device.h"
#include "lib/Simulator/Machine/Limits.h"
#include <string>

namespace sluice::sim {

/// What `parseExtent` is told: which limits hold.
enum class ExtentKind { Grid, Block, Cluster };

/// The limits as --help names them: "x 1 to 1024, y 1 to 1024, z 1 to 64".
std::string describeLimits(ExtentKind kind);

/// "X", "X,Y" or "X,Y,Z", each from 1 to CUDA's limit (CUDA C++ Programming
/// Guide, technical specifications per compute capability).
llvm::Expected<Extent> parseExtent(ExtentKind kind, llvm::StringRef text);

/// Rules that join several numbers: threads of a block, CTAs of a cluster, the
/// grid divided by the cluster, dynamic shared memory, registers of a thread
/// (if they are known), and what the entry itself requires (.reqntid, .maxntid,
/// .reqnctapercluster). Device
/// adds the program's shared variables.
llvm::Error checkLaunch(const LaunchOptions &options,
                        const ptx::Function &entry, const Limits &limits);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_LAUNCH_EXTENTS_H
