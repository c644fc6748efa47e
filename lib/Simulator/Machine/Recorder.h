//===- Recorder.h - a trace for the estimate of time ------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_RECORDER_H
#define SLUICE_LIB_SIMULATOR_MACHINE_RECORDER_H

#include "lib/Simulator/Check/Shadow.h"
#include "lib/Simulator/Estimate/Residency.h"
#include "lib/Simulator/Estimate/Trace.h"
#include "lib/Simulator/Machine/Program.h"
#include <mutex>

namespace sluice::sim {

struct LaunchOptions;
class Recorder;

/// What one warp does. Of most warps only the global memory that they touch is
/// noted; those of the sampled CTAs leave a trace.
class WarpRecorder {
public:
  WarpRecorder(Recorder &recorder, uint64_t cta, estimate::WarpTrace *trace);

  /// Around each instruction that a path begins or goes on with.
  void begin(const Code &code, uint32_t counter);
  void end(bool isBlocked, bool isOff);

  // What it does, between the two.

  /// An access of the lanes' bytes at generic addresses: in shared memory of
  /// so many wavefronts, or elsewhere.
  void noteAccess(Mask lanes, const uint64_t *addresses, unsigned bytes,
                  bool isWrite, bool isAtomic, uint64_t wavefronts,
                  unsigned ownRank);
  /// Lanes come to a barrier, which waits for `expected` threads or for all.
  void noteArrival(uint32_t barrier, uint32_t expected, Mask lanes, Mask live);
  void noteWait(uint32_t barrier);
  /// An mbarrier's fact for one lane.
  void noteMbarrier(estimate::Fact::Kind kind, unsigned rank, uint64_t offset,
                    uint32_t b = 0, uint32_t c = 0, bool isDrop = false,
                    bool isHeld = false);
  /// A bulk copy: the ranges that it reads and writes, the mbarrier (a shared
  /// address) that it tells, or 0.
  void noteTransfer(llvm::ArrayRef<RowRange> reads,
                    llvm::ArrayRef<RowRange> writes, uint64_t bytes,
                    uint64_t mbarrier);

private:
  void addFact(const estimate::Fact &fact);
  void addEvent(bool isOff);
  void dropTurn(uint32_t target);
  bool isSameTurn(size_t one, size_t other, size_t count) const;
  void addSectors(llvm::SmallVectorImpl<uint32_t> &sectors,
                  estimate::Fact &fact);

  Recorder &recorder;
  uint64_t cta;
  /// Null if it is not sampled, or has become too long.
  estimate::WarpTrace *trace;
  bool isFull = false;
  uint32_t step = 0;
  size_t firstFact = 0, firstSector = 0;
  /// The loop that turns: its first step, and where its last two turns began.
  uint32_t loop = ~0u;
  struct Turn {
    size_t event = 0, sector = 0;
    bool hasPoll = false;
  };
  Turn turns[2];
  uint64_t lastSource = 0;
};

/// Records the trace of one launch.
class Recorder {
public:
  Recorder(const Program &program, const LaunchOptions &options,
           uint64_t sharedBytes, const estimate::Chip &chip,
           const estimate::Residency &residency);

  /// Makes the recorder of a warp of the CTA of that number.
  std::unique_ptr<WarpRecorder> makeWarp(uint64_t cta, unsigned warp);
  /// The trace, complete when all has run.
  estimate::Trace &getTrace() { return trace; }

  /// A CTA that leaves a trace.
  bool isSampled(uint64_t cta) const { return sampled.contains(cta); }

private:
  friend class WarpRecorder;
  void addCode(const Code &code, const LaunchOptions &options);

  estimate::Trace trace;
  llvm::DenseMap<const Code *, uint32_t> firstSteps;
  /// Into the trace's CTAs.
  llvm::DenseMap<uint64_t, size_t> sampled;
  /// Of one warp.
  size_t mostEvents = 0, mostBytes = 0;
  /// Of the trace's sectors.
  std::mutex mutex;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_RECORDER_H
