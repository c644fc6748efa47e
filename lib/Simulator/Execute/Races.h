//===- Races.h - accesses and the checker of races --------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_RACES_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_RACES_H

#include "lib/Simulator/Check/Shadow.h"
#include "lib/Simulator/Execute/Access.h"

namespace sluice::sim {

/// Tells the checker of the access that the warp's current instruction makes,
/// and of what it acquires and releases; reports what it races with.
void checkRaces(Warp &warp, Mask lanes, const Addresses &addresses,
                const Access &access);

/// The same of an asynchronous operation that the current instruction issues.
void checkRaces(Warp &warp, Mask lanes, const Addresses &addresses,
                const Access &access, const AsyncOp &operation,
                bool isAsyncProxy);
/// One range, of the operation's lowest lane. Reductions are atomic with each
/// other.
void checkRangeRaces(Warp &warp, uint64_t address, uint64_t bytes, bool isWrite,
                     const AsyncOp &operation, bool isAsyncProxy,
                     bool isReduction = false);
/// Reads, through the async proxy, of these offsets and numbers of bytes of the
/// CTA's shared memory: a wgmma's.
void checkProductRaces(Warp &warp,
                       llvm::ArrayRef<std::pair<uint64_t, uint64_t>> ranges,
                       const AsyncOp &operation);

/// `lanes` exit. With the last of them the CTA's shared memory ends, as if it
/// were written over: reports what is not ordered before that.
void checkExit(Warp &warp, Mask lanes);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_RACES_H
