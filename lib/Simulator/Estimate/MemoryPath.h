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

  /// When the sector is there, if it is or comes.
  const double *find(uint32_t sector);
  /// It comes at `time`.
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
  double accessShared(double time, double wavefronts, bool isAtomic);
  double accessRemote(double time, double bytes);
  double accessLocal(double time, double pieces);
  double load(double time, llvm::ArrayRef<uint32_t> sectors, Client &client,
              bool usesL1, bool isAtomic);
  void store(double time, llvm::ArrayRef<uint32_t> sectors, Client &client);
  /// Bytes between global and shared memory by the TMA unit; `isShared`: those
  /// of the transfer before, for another CTA. `sourceRead`: when its source may
  /// be written again.
  double transfer(double time, llvm::ArrayRef<uint32_t> sectors, double bytes,
                  bool isWrite, bool isShared, Client &client,
                  double &sourceRead);

  /// When an access can be issued, and when one to global memory can.
  double getAccessTime() const;
  double getGlobalTime() const;
  /// When all that was asked for is done.
  double getDrained() const;

  Server access, data, l2, dram, bulk, remote;

private:
  /// Through the L2; when the last byte is there.
  double move(double time, llvm::ArrayRef<uint32_t> sectors, bool isWrite,
              Client &client);
  double pay(double time, uint32_t sector, bool isWrite, Client &client,
             bool &isFar);

  const Chip &chip;
  const Trace &trace;
  Cache l1;
  double l2Rate, dramRate, lastTransfer = 0;
  uint64_t waveCtas;
};

} // namespace sluice::sim::estimate

#endif // SLUICE_LIB_SIMULATOR_ESTIMATE_MEMORYPATH_H
