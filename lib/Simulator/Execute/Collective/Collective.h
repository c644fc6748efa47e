//===- Collective.h - what lanes do together, and atomics -------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_COLLECTIVE_COLLECTIVE_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_COLLECTIVE_COLLECTIVE_H

#include "lib/Simulator/Machine/InstructionSet.h"
#include "lib/Simulator/Machine/Warp.h"

namespace sluice::sim {

/// shfl, vote, match, redux, activemask, elect, bar.warp.sync.
llvm::ArrayRef<InstructionDecoder> getWarpDecoders();
/// atom, red.
llvm::ArrayRef<InstructionDecoder> getAtomicDecoders();

/// Tells the checker of races that `lanes` have met at the `.sync` instruction
/// that the warp's path stands at: what each has done before comes before what
/// any of them does afterwards. The ISA promises that of bar.warp.sync only;
/// the others do it unless --strict-warp is given, but for elect.sync, which
/// hands no lane a value of another.
void onWarpSync(Warp &warp, Mask lanes);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_COLLECTIVE_COLLECTIVE_H
