//===- Trace.h - what warps have executed -----------------------*- C++ -*-===//
//
// The instructions of a few CTAs, warp by warp, with what their replay must
// know and the text does not say: where accesses went, who came to which
// barrier. There is no time in it: the replay makes its own.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_ESTIMATE_TRACE_H
#define SLUICE_LIB_SIMULATOR_ESTIMATE_TRACE_H

#include "lib/PTX/Cost.h"
#include "lib/Simulator/Estimate/Sectors.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <string>
#include <vector>

namespace sluice::ptx {
struct Instruction;
} // namespace sluice::ptx

namespace sluice::sim::estimate {

using ptx::Role;
/// The rows of the chip's table of throughputs.
using Math = ptx::Unit;

/// Types of a matrix product's A and B.
enum class MatrixKind : uint8_t { Half, Tf32, Byte, Fp64 };

/// Spaces of memory, one bit each.
using Spaces = uint8_t;
inline constexpr Spaces kShared = 1, kGlobal = 2, kLocal = 4,
                        kAnySpace = kShared | kGlobal | kLocal;

/// What a compiler must keep of an instruction's place, beside the order that
/// registers say.
struct Place {
  /// Memory that it reads and writes: of two that touch one space and of which
  /// one writes, the first stays before the second.
  Spaces reads = 0, writes = 0;
  /// It keeps its order with all others that do: stores, atomics, what is
  /// asynchronous.
  bool isOrdered = false;
  /// Nothing moves over it.
  bool isFence = false;
  /// A branch leads here.
  bool isTarget = false;
  /// It has a guard: what it does not write stays as it was.
  bool isGuarded = false;
};

/// One instruction of the text.
struct Step {
  Role role = Role::Free;
  Math math = Math::Integer;
  /// Machine instructions that it becomes, each waiting for the one before if
  /// `isChain`; an AsyncMatrix waits for its own end then.
  uint16_t count = 1;
  bool isChain = false;
  /// Machine instructions that come before, by their pipes.
  llvm::SmallVector<Math, 0> extra;
  /// Of an access: the L1 may have it. Of a wait for bulk copies: until their
  /// sources have been read.
  bool usesL1 = false, isForReads = false;
  /// It looks whether others have changed something.
  bool isPoll = false;
  /// Of a wait: groups that may be pending; all that was issued if negative.
  int32_t pending = 0;
  /// Of a matrix product, for one warp: FLOP, and wavefronts of shared memory
  /// that it reads.
  MatrixKind matrix = MatrixKind::Half;
  uint32_t flop = 0, sharedWavefronts = 0;
  /// Registers, numbered over all functions; the last source is the guard if it
  /// has one.
  llvm::SmallVector<uint32_t, 3> sources;
  llvm::SmallVector<uint32_t, 2> destinations;
  /// How far it may move in its block.
  Place place;
  /// Null of what the text does not have.
  const ptx::Instruction *instruction = nullptr;
};

/// What an executed instruction did that its replay must know.
struct Fact {
  enum class Kind : uint8_t {
    /// a: wavefronts.
    Shared,
    /// Another CTA's shared memory. a: bytes.
    Remote,
    /// a: 128-byte pieces of the lanes' own memory.
    Local,
    /// a: first of the warp's sectors, b: how many.
    Global,
    /// A bulk copy of c bytes. Sectors as for Global; d: the mbarrier that is
    /// told, kNoBarrier if there is none. Of an access: what it stored comes to
    /// be known in this way.
    Transfer,
    /// a: barrier (16: the cluster's), b: threads that it waits for, 0 for all,
    /// c: threads that have come.
    Arrive,
    /// a: barrier.
    Wait,
    /// a: mbarrier. b: arrivals it expects.
    MbarrierInit,
    /// a: mbarrier, b: arrivals, c: bytes that it shall wait for; isDrop: later
    /// phases expect so many less.
    MbarrierArrive,
    /// a: mbarrier, c: bytes that have come.
    MbarrierComplete,
    /// As MbarrierArrive, when the warp's cp.async are done; isHeld: the phase
    /// waits for that beside the arrivals that it expects.
    MbarrierCopies,
    /// a: mbarrier, b: the parity that has ended.
    MbarrierWait,
  };
  Kind kind = Kind::Shared;
  bool isWrite = false, isAtomic = false, isDrop = false, isHeld = false;
  /// Of a Transfer: another CTA's copy of the same bytes brings them.
  bool isShared = false;
  uint32_t a = 0, b = 0, c = 0, d = 0;
};

inline constexpr uint32_t kNoBarrier = ~0u;
inline constexpr uint32_t kClusterBarrier = 16;
/// An mbarrier's name: the rank of the CTA that has it, and its offset.
inline constexpr unsigned kRankShift = 24;

struct Event {
  uint32_t step : 31;
  /// Its guard held in no lane.
  uint32_t isOff : 1;
  /// Into the warp's facts; those up to the next event's are the event's.
  uint32_t facts;
};

struct WarpTrace {
  std::vector<Event> events;
  std::vector<Fact> facts;
  /// Of 32 bytes, by address / 32.
  std::vector<uint32_t> sectors;
  /// Instructions that were executed. More than events if the trace became too
  /// long.
  uint64_t executed = 0;
  bool isCut() const { return executed > events.size(); }
};

struct CtaTrace {
  /// In the grid; CTAs of a cluster have consecutive numbers.
  uint64_t number = 0;
  std::vector<WarpTrace> warps;
};

/// Steps one behind the other that are executed together, from `first` on, and
/// the order in which they are issued: numbers from 0, each once.
struct Block {
  uint32_t first = 0;
  std::vector<uint32_t> order;
};

/// A launch, as far as it was recorded.
struct Trace {
  std::vector<Step> steps;
  uint32_t numRegisters = 0;
  /// 32-bit words of a thread's register file that a register takes: 0 of
  /// constants and predicates, and of those behind the end.
  std::vector<uint8_t> registerWords;
  /// Blocks whose steps are not issued in the text's order. Their events are.
  std::vector<Block> blocks;
  /// Those of one SM, or of the SMs that a cluster takes, in the order in which
  /// they begin: clusters as a whole, by rank.
  std::vector<CtaTrace> ctas;
  /// Of the grid.
  Sectors sectors;
  /// How often instructions of the grid touch one; a multicast does so once.
  uint64_t touchedSectors = 0;
  uint64_t clusterCtas = 1, sharedBytes = 0;
  /// Of a thread; 0: not known.
  unsigned registers = 0;
  /// Of the grid's CTAs.
  double executedShare = 1;
  /// For the reader of the estimate.
  std::vector<std::string> notes;
};

} // namespace sluice::sim::estimate

#endif // SLUICE_LIB_SIMULATOR_ESTIMATE_TRACE_H
