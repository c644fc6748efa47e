//===- AsyncCopy.h - copies that cp.async has begun -------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_ASYNC_ASYNCCOPY_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_ASYNC_ASYNCCOPY_H

#include "lib/Simulator/Machine/Warp.h"

namespace sluice::sim {

/// Does the lanes' copies in all groups but the latest `pending`; those that
/// are in no group yet, too, if `alsoOpen`.
void completeCopies(Warp &warp, Mask lanes, uint32_t pending, bool alsoOpen);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_ASYNC_ASYNCCOPY_H
