//===- Races.h - accesses and the checker of races --------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_RACES_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_RACES_H

#include "lib/Simulator/Check/Shadow.h"
#include "lib/Simulator/Execute/Access.h"

namespace sluice::sim {

/// Tells the checker of the access that the warp's current instruction makes,
/// and of what it acquires and releases; reports what it races with. `extent`:
/// all is within so many bytes from the first lane's address; 0: not known.
void checkRaces(Warp &warp, Mask lanes, const Addresses &addresses,
                const Access &access, uint64_t extent = 0);

/// The same of an asynchronous operation that the current instruction issues.
void checkRaces(Warp &warp, Mask lanes, const Addresses &addresses,
                const Access &access, const AsyncOp &operation,
                bool isAsyncProxy);
/// Ranges of one memory, by generic address, of the operation's lowest lane.
/// Reductions are atomic with each other. `value` is what is written, as
/// Shadow::accessRanges has it.
void checkRangeRaces(Warp &warp, llvm::ArrayRef<RowRange> ranges, bool isWrite,
                     const AsyncOp &operation, bool isAsyncProxy,
                     bool isReduction = false, const uint8_t *value = nullptr);
/// The operation will complete on the owner's mbarrier at `offset`: an atomic
/// access, as those of mbarrier instructions are with each other.
void checkMbarrierRaces(Warp &warp, Cta &owner, uint64_t offset,
                        const AsyncOp &operation);
/// The current instruction, a wgmma, reads so much of the CTA's shared memory.
/// Checked later: those of one group that know the same together.
void noteProductReads(Warp &warp, llvm::ArrayRef<GranuleSet> granules,
                      const AsyncOp &operation);
/// Checks what was noted: when a group is committed, or nothing comes any more.
void checkProductReads(Warp &warp);

/// `lanes` exit. With the last of them the CTA's shared memory ends, as if it
/// were written over: reports what is not ordered before that.
void checkExit(Warp &warp, Mask lanes);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_RACES_H
