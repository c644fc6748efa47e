//===- MemoryPath.h - from an SM to device memory ---------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_ESTIMATE_MEMORYPATH_H
#define SLUICE_LIB_SIMULATOR_ESTIMATE_MEMORYPATH_H

#include "lib/Simulator/Estimate/Residency.h"
#include "lib/Simulator/Estimate/Units.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/DenseSet.h"
#include <list>

namespace sluice::sim::estimate {

/// Lines of 128 bytes, the least recently used goes first.
class Cache {
public:
  explicit Cache(uint64_t bytes) : most(bytes / kLineBytes) {}

  /// The time at which the sector is there, null unless it is or comes.
  const double *find(uint32_t sector);
  /// Notes that the sector comes at `time`.
  void insert(uint32_t sector, double time);

private:
  static constexpr unsigned kLineBytes = 128, kSectors = 4;
  struct Line {
    uint32_t number;
    uint8_t present = 0;
    double time[kSectors];
  };
  uint64_t most;
  std::list<Line> lines;
  llvm::DenseMap<uint32_t, std::list<Line>::iterator> places;
};

/// What is behind the load/store unit of one SM. Of what all SMs share it has
/// its part: theirs are taken to want as much.
class MemoryPath {
public:
  MemoryPath(const Chip &chip, const Trace &trace, const Residency &residency);

  /// A CTA's accesses: what it has paid for of its share of device memory, as
  /// twice the sector, and one more for what it writes.
  struct Client {
    uint64_t number = 0;
    llvm::DenseSet<uint64_t> paid;
  };

  /// Requests that come at `time`; when their data is there, or accepted.
  double accessShared(double time, uint64_t wavefronts, bool isAtomic);
  double accessRemote(double time, double bytes);
  double accessLocal(double time, uint64_t pieces);
  double load(double time, llvm::ArrayRef<uint32_t> sectors, Client &client,
              bool usesL1, bool isAtomic);
  void store(double time, llvm::ArrayRef<uint32_t> sectors, Client &client);
  /// A piece of a bulk copy between global and shared memory (of two SMs if it
  /// has no sectors) by the TMA unit, which begins with it at `time`.
  struct Piece {
    llvm::ArrayRef<uint32_t> sectors;
    double bytes = 0;
    bool isWrite = false;
  };
  /// The times at which a copy's source may be written again, and at which it
  /// is done.
  struct Moved {
    double sourceRead = 0, done = 0;
  };
  /// `target`: whose shared memory the bytes come to.
  Moved transfer(double time, const Piece &piece, Client &client,
                 MemoryPath &target);
  /// Bytes for shared memory that the TMA unit has at `time`; when they are
  /// written.
  double land(double time, double bytes);
  /// Wavefronts of a unit that works beside the warps from `time` on for `cost`
  /// cycles, one after the other as it needs them; behind the last.
  double spread(double time, uint64_t wavefronts, double cost);

  /// The times at which an access can be issued, and at which one to global
  /// memory can.
  double getAccessTime() const;
  double getGlobalTime() const;
  /// The time at which the load/store unit is done with what it has taken on.
  double getAccessEnd() const { return double(accessEnd); }
  /// The time at which all that was asked for is done.
  double getDrained() const;

  Server access, l2, dram, bulk, remote;
  /// Shared memory and the L1: a wavefront a cycle.
  Slots data;

private:
  /// The load/store unit's accesses go through shared memory and the L1 one
  /// after the other.
  Slots::Span pass(double time, uint64_t wavefronts);
  /// Moves sectors through the L2, asked for at `time` and not before `start`;
  /// returns when the last byte is there.
  double move(double time, double start, llvm::ArrayRef<uint32_t> sectors,
              bool isWrite, Client &client);
  double pay(double time, double start, uint32_t sector, bool isWrite,
             Client &client, bool &isFar);

  const Chip &chip;
  const Trace &trace;
  Cache l1;
  double l2Rate, dramRate;
  uint64_t accessEnd = 0;
  uint64_t waveCtas;
};

} // namespace sluice::sim::estimate

#endif // SLUICE_LIB_SIMULATOR_ESTIMATE_MEMORYPATH_H
