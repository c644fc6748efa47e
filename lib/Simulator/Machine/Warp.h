//===- Warp.h - 32 lanes and where they are ---------------------*- C++ -*-===//
//
// Lanes are threads of their own. Those at the same instruction of the same
// frame are one path, which executes together; a branch may split a path, and
// paths that come to the same place merge. A path whose instruction cannot go
// on is blocked until somebody wakes the warp.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_WARP_H
#define SLUICE_LIB_SIMULATOR_MACHINE_WARP_H

#include "lib/Simulator/Check/Shadow.h"
#include "lib/Simulator/Machine/Frame.h"
#include "lib/Simulator/Machine/MatrixInFlight.h"
#include "lib/Simulator/Machine/Recorder.h"
#include "lib/Simulator/Machine/Report.h"
#include <functional>

namespace sluice::sim {

class Cta;
class InstructionSet;
struct Region;

/// What cp.async has begun and not done. Groups are each lane's own.
struct AsyncCopies {
  struct Copy {
    Mask lanes = 0;
    /// The lanes' groups: how many they had committed before.
    uint32_t group[kLanes];
    uint8_t *to[kLanes];
    const uint8_t *from[kLanes];
    Region *toRegion[kLanes], *fromRegion[kLanes];
    /// Bytes written, of which `used` are read; the rest is zero.
    unsigned bytes = 0;
    unsigned used[kLanes];
  };
  explicit AsyncCopies(WarpClocks &clocks) : queue(clocks) {}

  std::vector<Copy> pending;
  uint32_t committed[kLanes] = {};
  AsyncQueue queue;
};

/// Bulk copies of bulk groups that have begun and are not done.
struct BulkGroups {
  struct Transfer {
    unsigned lane;
    uint32_t group;
    std::function<void()> work;
  };
  /// A wait for reads and one for all are told apart.
  explicit BulkGroups(WarpClocks &clocks) : reads(clocks), writes(clocks) {}

  std::vector<Transfer> pending;
  uint32_t committed[kLanes] = {};
  AsyncQueue reads, writes;
};

/// Reads of wgmma that have been issued, by what one of them knows.
struct ProductReads {
  AsyncOp operation;
  llvm::SmallVector<SiteGranules, 0> accesses;
};

struct Path {
  FrameRef frame;
  uint32_t counter = 0;
  Mask lanes = 0;
  enum class State : uint8_t {
    Ready,
    /// Waits for other lanes, a barrier or an event; woken by Warp::wake.
    Blocked,
    /// As Ready, but turns in a loop that others must end: nothing has changed
    /// since it was here.
    Spinning,
  };
  State state = State::Ready;
  /// Lanes that have begun the instruction, and are counted.
  Mask begun = 0;
  /// The blocked instruction has had its first half: it has arrived, and waits
  /// for the phase after this one.
  bool hasArrived = false;
  uint64_t phase = 0;
  /// A wait that may end by itself after a while, and has.
  bool mayTimeOut = false, hasTimedOut = false;
  /// The state that finds loops which turn without effect: see
  /// Warp::noteBackJump.
  struct Loop {
    /// Jumps back since the path was at the anchor, or since something changed.
    uint64_t jumps = 0;
    /// A state of the path, and the grid's progress when it was there.
    uint64_t anchor = 0, progress = 0;
    /// It has turned without effect before, and is expected to do so again.
    bool hasSpun = false;
  };
  Loop loop;
};

class Warp {
public:
  Warp(Cta &cta, unsigned index, Mask lanes);

  Cta &getCta() { return *cta; }
  unsigned getIndex() const { return index; }
  /// Lanes that exist and have not exited.
  Mask getLive() const { return live; }
  bool isDone() const { return live == 0; }
  /// Some path can go on, or turns in a loop whose exit may have changed.
  bool hasRunnable() const;

  /// Executes up to `budget` instructions of one path; the number executed.
  unsigned run(unsigned budget, uint64_t random);
  /// Blocked paths try again.
  void wake();
  /// Waits with a time limit end; false if there are none.
  bool timeOut();

  // For handlers, while one runs: the path, and rows of its frame.
  Path &path() { return paths[current]; }
  Frame &frame() { return *paths[current].frame; }
  llvm::ArrayRef<Path> getPaths() const { return paths; }
  uint32_t *words(Row row) { return frame().words(row); }
  uint64_t *longs(Row row) { return reinterpret_cast<uint64_t *>(words(row)); }
  Mask &predicate(Row row) { return words(row)[0]; }
  Mask &poison(Row row) { return frame().poison[row]; }
  OperationCounts &counts() { return frame().counts[path().counter]; }
  /// Lanes in which a source of the operation is poison.
  Mask getPoison(const Operation &operation);

  /// Executes a bra: `taken` lanes go to `target`, the others on. Flow::Jumped.
  Flow branch(Mask taken, uint32_t target);
  /// Executes a brx: `taken` lanes go to `target`, the others stay.
  /// Flow::Jumped.
  Flow jump(Mask taken, uint32_t target);
  /// Lanes that are not in `lanes` go on; the instruction runs again without
  /// them. Flow::Jumped.
  Flow splitOff(Mask lanes);
  Flow call(const Code &code, Mask lanes);
  Flow ret(Mask lanes);
  Flow exit(Mask lanes);
  /// Merges into this path those that stand, ready or blocked, at its
  /// instruction in its frame; all its lanes then.
  Mask gather();
  /// Lanes of another path, which wait at its instruction, go on behind it.
  void release(size_t other, Mask lanes);

  ThreadId getThread(unsigned lane) const;
  /// Adds a finding at the instruction that runs, for the lowest of `lanes`.
  void find(FindingKind kind, Mask lanes, const llvm::Twine &message,
            ptx::Space space = ptx::Space::Generic, uint64_t address = 0);

  /// For the estimate of time; null if nobody asks for one.
  std::unique_ptr<WarpRecorder> recorder;

  /// For checks: what the lanes know of all others.
  WarpClocks clocks;

  AsyncCopies copies;
  BulkGroups bulk;
  /// For checks: registers that wgmma still works on, and what it reads of
  /// shared memory that is not checked yet.
  MatrixInFlight products;
  ProductReads productReads;
  /// Lanes that have come to the cluster's barrier in its phase, and the number
  /// of the phase that each lane has come to and not waited for; 0: none.
  Mask clusterArrived = 0;
  uint64_t clusterPhase[kLanes] = {};

  /// Per-lane stacks of .local memory: `localSize` bytes a lane.
  std::vector<uint8_t> local;
  std::vector<bool> localWritten;
  uint64_t localSize = 0;
  /// Room for so many bytes behind `place`, which moves what is there; false if
  /// that is more than a thread has.
  bool growLocal(uint64_t place, uint64_t bytes);

private:
  friend class Cta;
  const InstructionSet &getInstructions() const;
  bool step();
  static void trackHalves(Frame &frame, const Operation &operation,
                          Mask active);
  /// The same, and the recorder learns of it.
  bool recordStep();
  void checkInFlight(const Operation &operation, Mask active);
  void split(Mask lanes, uint32_t counter);
  bool mergeHere();
  bool choosePath(bool isRandom, uint64_t random);
  bool isReady(const Path &path) const;
  void noteBackJump(Path &path);
  void resume(Path &path) const;
  uint64_t hash(const Path &path) const;
  FrameRef makeFrame(const Code &code, uint64_t localBase);
  uint32_t getSpecial(SpecialRow special, unsigned lane) const;

  Cta *cta;
  unsigned index;
  Mask live;
  size_t current = 0;
  std::vector<Path> paths;
  /// Functions that returned while a wgmma worked on their registers: their
  /// addresses must not be used again.
  std::vector<FrameRef> returned;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_WARP_H
