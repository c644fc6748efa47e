//===- MemoryPath.cpp - from an SM to device memory -----------------------===//

#include "lib/Simulator/Estimate/MemoryPath.h"
#include "llvm/ADT/SmallVector.h"

using namespace sluice::sim;
using namespace sluice::sim::estimate;

const double *Cache::find(uint32_t sector) {
  auto it = places.find(sector / kSectors);
  if (it == places.end())
    return nullptr;
  lines.splice(lines.begin(), lines, it->second);
  Line &line = lines.front();
  unsigned i = sector % kSectors;
  return line.present >> i & 1 ? &line.time[i] : nullptr;
}

void Cache::insert(uint32_t sector, double time) {
  if (!most)
    return;
  auto [it, isNew] = places.insert({sector / kSectors, lines.end()});
  if (isNew) {
    lines.push_front({sector / kSectors, 0, {}});
    it->second = lines.begin();
    if (lines.size() > most) {
      places.erase(lines.back().number);
      lines.pop_back();
    }
  } else {
    lines.splice(lines.begin(), lines, it->second);
  }
  Line &line = lines.front();
  line.present |= 1u << (sector % kSectors);
  line.time[sector % kSectors] = time;
}

/// What of the L1 the resident CTAs' shared memory leaves.
static uint64_t getL1Bytes(const Chip &chip, const Trace &trace,
                           const Residency &residency) {
  auto used = double(residency.ctas) *
              (double(trace.sharedBytes) + chip.sharedReserved);
  return uint64_t(std::max(chip.l1Bytes - used, 0.0));
}

MemoryPath::MemoryPath(const Chip &chip, const Trace &trace,
                       const Residency &residency)
    : chip(chip), trace(trace), l1(getL1Bytes(chip, trace, residency)) {
  auto sms = double(std::max<uint64_t>(residency.sms, 1));
  l2Rate = std::min(chip.l2RateOfSm, chip.l2Rate / sms);
  // One SM alone cannot draw all of it.
  dramRate =
      std::min(chip.l2RateOfSm, chip.dramBandwidth / chip.gigahertz / sms);
  waveCtas =
      std::max<uint64_t>(residency.sms * std::max(residency.ctas, 1u), 1);
}

double MemoryPath::accessShared(double time, double wavefronts, bool isAtomic) {
  access.take(time, 1);
  double start = data.take(time, wavefronts);
  return start + wavefronts - 1 + chip.sharedLatency +
         (isAtomic ? chip.atomicLatency : 0);
}

double MemoryPath::accessRemote(double time, double bytes) {
  access.take(time, 1);
  double cost = bytes / chip.remoteRate;
  return remote.take(time, cost) + cost + chip.remoteLatency;
}

double MemoryPath::accessLocal(double time, double pieces) {
  access.take(time, 1);
  return data.take(time, pieces) + pieces - 1 + chip.l1Latency;
}

/// A sector's way through device memory: each CTA that touches it pays its
/// part, once. Near is what an earlier wave has brought into the L2.
double MemoryPath::pay(double time, uint32_t sector, bool isWrite,
                       Client &client, bool &isFar) {
  if (!client.paid.insert(uint64_t(sector) * 2 + isWrite).second)
    return time;
  Sectors::Touch touch = trace.sectors.get(sector);
  double cost = kSectorBytes / touch.ctas / dramRate;
  double done = dram.take(time, cost) + cost;
  isFar |= touch.first / waveCtas >= client.number / waveCtas;
  return done;
}

double MemoryPath::move(double time, llvm::ArrayRef<uint32_t> sectors,
                        bool isWrite, Client &client) {
  double cost = double(sectors.size()) * kSectorBytes / l2Rate;
  double near = l2.take(time, cost) + cost, far = time;
  bool isFar = false;
  for (uint32_t sector : sectors)
    far = std::max(far, pay(time, sector, isWrite, client, isFar));
  return std::max(near + chip.l2Latency,
                  far + (isFar ? chip.dramLatency : chip.l2Latency));
}

static double countPieces(llvm::ArrayRef<uint32_t> sectors) {
  uint32_t pieces = 0, last = ~0u;
  for (uint32_t sector : sectors)
    if (sector / 4 != last) {
      last = sector / 4;
      ++pieces;
    }
  return pieces;
}

double MemoryPath::load(double time, llvm::ArrayRef<uint32_t> sectors,
                        Client &client, bool usesL1, bool isAtomic) {
  access.take(time, 1);
  double start = data.take(time, countPieces(sectors));
  double done = start + chip.l1Latency;
  llvm::SmallVector<uint32_t, 128> missing;
  for (uint32_t sector : sectors)
    if (const double *there = usesL1 ? l1.find(sector) : nullptr)
      done = std::max(done, *there);
    else
      missing.push_back(sector);
  if (missing.empty())
    return done;
  done = std::max(done, move(start, missing, isAtomic, client) +
                            (isAtomic ? chip.atomicLatency : 0));
  if (usesL1)
    for (uint32_t sector : missing)
      l1.insert(sector, done);
  return done;
}

void MemoryPath::store(double time, llvm::ArrayRef<uint32_t> sectors,
                       Client &client) {
  access.take(time, 1);
  double start = data.take(time, countPieces(sectors));
  move(start, sectors, /*isWrite=*/true, client);
}

double MemoryPath::transfer(double time, llvm::ArrayRef<uint32_t> sectors,
                            double bytes, bool isWrite, bool isShared,
                            Client &client, double &sourceRead) {
  double wavefronts = bytes / chip.sharedRate;
  if (isShared) {
    data.take(time, wavefronts);
    return lastTransfer;
  }
  double cost = bytes / chip.bulkRate;
  double start = bulk.take(time, chip.bulkIssue + cost) + chip.bulkIssue;
  double moved = data.take(start, wavefronts) + wavefronts;
  sourceRead = isWrite ? std::max(moved, start + cost) + chip.sharedLatency
                       : start + cost;
  // From shared memory to shared memory.
  if (sectors.empty())
    return lastTransfer = start + cost + chip.remoteLatency;
  double done = move(start, sectors, isWrite, client) + chip.bulkLatency;
  if (!isWrite)
    sourceRead = done;
  return lastTransfer = std::max(done, start + cost + chip.bulkLatency);
}

double MemoryPath::getAccessTime() const {
  return std::max(access.getFree(), data.getFree()) - chip.accessQueue;
}

double MemoryPath::getGlobalTime() const {
  return std::max(l2.getFree(), dram.getFree()) - chip.memoryQueue;
}

double MemoryPath::getDrained() const {
  return std::max({data.getFree(), l2.getFree(), dram.getFree(), bulk.getFree(),
                   remote.getFree()});
}
