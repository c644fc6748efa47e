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

Slots::Span MemoryPath::pass(double time, uint64_t wavefronts) {
  access.take(time, 1);
  data.forget(uint64_t(time));
  Slots::Span span = data.take(std::max(time, double(accessEnd)),
                               std::max<uint64_t>(wavefronts, 1));
  accessEnd = span.last + 1;
  return span;
}

double MemoryPath::accessShared(double time, uint64_t wavefronts,
                                bool isAtomic) {
  return double(pass(time, wavefronts).last) + chip.sharedLatency +
         (isAtomic ? chip.atomicLatency : 0);
}

double MemoryPath::accessRemote(double time, double bytes) {
  access.take(time, 1);
  double cost = bytes / chip.remoteRate;
  return remote.take(time, cost) + cost + chip.remoteLatency;
}

double MemoryPath::accessLocal(double time, uint64_t pieces) {
  return double(pass(time, pieces).last) + chip.l1Latency;
}

/// A sector's way through device memory: each CTA that touches it pays its
/// part, once. Near is what an earlier wave has brought into the L2.
double MemoryPath::pay(double time, double start, uint32_t sector, bool isWrite,
                       Client &client, bool &isFar) {
  if (!client.paid.insert(uint64_t(sector) * 2 + isWrite).second)
    return start;
  Sectors::Touch touch = trace.sectors.get(sector);
  double cost = kSectorBytes / touch.ctas / dramRate;
  double done = std::max(dram.take(time, cost), start) + cost;
  isFar |= touch.first / waveCtas >= client.number / waveCtas;
  return done;
}

double MemoryPath::move(double time, double start,
                        llvm::ArrayRef<uint32_t> sectors, bool isWrite,
                        Client &client) {
  double cost = double(sectors.size()) * kSectorBytes / l2Rate;
  double near = std::max(l2.take(time, cost), start) + cost, far = start;
  bool isFar = false;
  for (uint32_t sector : sectors)
    far = std::max(far, pay(time, start, sector, isWrite, client, isFar));
  return std::max(near + chip.l2Latency,
                  far + (isFar ? chip.dramLatency : chip.l2Latency));
}

static uint64_t countPieces(llvm::ArrayRef<uint32_t> sectors) {
  uint64_t pieces = 0;
  uint32_t last = ~0u;
  for (uint32_t sector : sectors)
    if (sector / 4 != last) {
      last = sector / 4;
      ++pieces;
    }
  return pieces;
}

double MemoryPath::load(double time, llvm::ArrayRef<uint32_t> sectors,
                        Client &client, bool usesL1, bool isAtomic) {
  auto start = double(pass(time, countPieces(sectors)).first);
  double done = start + chip.l1Latency;
  llvm::SmallVector<uint32_t, 128> missing;
  for (uint32_t sector : sectors)
    if (const double *there = usesL1 ? l1.find(sector) : nullptr)
      done = std::max(done, *there);
    else
      missing.push_back(sector);
  if (missing.empty())
    return done;
  done = std::max(done, move(time, start, missing, isAtomic, client) +
                            (isAtomic ? chip.atomicLatency : 0));
  if (usesL1)
    for (uint32_t sector : missing)
      l1.insert(sector, done);
  return done;
}

void MemoryPath::store(double time, llvm::ArrayRef<uint32_t> sectors,
                       Client &client) {
  auto start = double(pass(time, countPieces(sectors)).first);
  move(time, start, sectors, /*isWrite=*/true, client);
}

static uint64_t countWavefronts(const Chip &chip, double bytes) {
  return toCycle(bytes / chip.sharedRate);
}

MemoryPath::Moved MemoryPath::transfer(double time, const Piece &piece,
                                       Client &client, MemoryPath &target) {
  double cost = piece.bytes / chip.bulkRate;
  double start = bulk.take(time, cost), end = start + cost;
  Moved moved;
  if (piece.isWrite || piece.sectors.empty()) {
    double read = spread(start, countWavefronts(chip, piece.bytes), cost);
    end = std::max(end, read);
    moved.sourceRead = end + chip.sharedLatency;
  }
  if (piece.sectors.empty()) {
    moved.done = target.land(end + chip.remoteLatency, piece.bytes);
    return moved;
  }
  moved.done =
      std::max(move(time, start, piece.sectors, piece.isWrite, client), end) +
      chip.bulkLatency;
  if (!piece.isWrite)
    moved.sourceRead = moved.done = target.land(moved.done, piece.bytes);
  return moved;
}

double MemoryPath::land(double time, double bytes) {
  // The latency has the way into shared memory in it, as far as that is free.
  double cost = bytes / chip.bulkRate;
  return std::max(time, spread(std::floor(time - cost),
                               countWavefronts(chip, bytes), cost));
}

double MemoryPath::spread(double time, uint64_t wavefronts, double cost) {
  if (!wavefronts)
    return time;
  double spacing = std::max(1.0, cost / double(wavefronts));
  return double(data.take(time, wavefronts, spacing).last + 1);
}

double MemoryPath::getAccessTime() const {
  return std::max(access.getFree(), double(accessEnd)) - chip.accessQueue;
}

double MemoryPath::getGlobalTime() const {
  return std::max(l2.getFree(), dram.getFree()) - chip.memoryQueue;
}

double MemoryPath::getDrained() const {
  return std::max({double(data.getEnd()), l2.getFree(), dram.getFree(),
                   bulk.getFree(), remote.getFree()});
}
