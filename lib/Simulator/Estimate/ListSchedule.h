//===- ListSchedule.h - issue order as a compiler would choose --*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_ESTIMATE_LISTSCHEDULE_H
#define SLUICE_LIB_SIMULATOR_ESTIMATE_LISTSCHEDULE_H

#include "lib/Simulator/Estimate/Blocks.h"
#include "lib/Simulator/Estimate/Units.h"

namespace sluice::sim::estimate {

/// A block's values may take so many 32-bit registers of a thread, or as many
/// as they do in the text's order.
inline constexpr int kBlockRegisters = 64;

/// List scheduling of the trace's blocks for one warp that is alone: of what
/// can be issued first comes what most waits for, by latency. Only the blocks
/// whose order changes.
std::vector<Block> scheduleByLatency(const Chip &chip, const Trace &trace);

/// The trace's blocks in the order of `positions`, by step, as far as
/// dependences allow. Only the blocks whose order changes.
std::vector<Block> scheduleByPosition(const Trace &trace,
                                      llvm::ArrayRef<uint32_t> positions);

} // namespace sluice::sim::estimate

#endif // SLUICE_LIB_SIMULATOR_ESTIMATE_LISTSCHEDULE_H
