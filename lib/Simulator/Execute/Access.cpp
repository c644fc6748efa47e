//===- Access.cpp - lanes reach for memory --------------------------------===//

#include "lib/Simulator/Execute/Access.h"
#include "lib/Simulator/Execute/LaneOffsets.h"
#include "lib/Simulator/Execute/Races.h"
#include "lib/Simulator/Machine/Worker.h"
#include "llvm/ADT/Twine.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

using namespace sluice;
using namespace sluice::sim;
using ptx::Space;

Addresses sim::getAddresses(Warp &warp, const Decoder::Address &address,
                            Space space) {
  Addresses result;
  if (address.baseBits == 64) {
    const uint64_t *base = warp.longs(address.base);
    for (unsigned lane = 0; lane < kLanes; ++lane)
      result.lane[lane] = base[lane] + address.offset;
  } else {
    const uint32_t *base = warp.words(address.base);
    for (unsigned lane = 0; lane < kLanes; ++lane)
      result.lane[lane] = uint64_t(base[lane]) + address.offset;
  }
  // Addresses of these spaces are offsets in their window.
  uint64_t window = space == Space::Shared  ? kSharedWindow
                    : space == Space::Local ? kLocalWindow
                                            : 0;
  if (window)
    for (uint64_t &lane : result.lane)
      lane = window + (lane & (kWindowSize - 1));
  return result;
}

static bool isInSpace(uint64_t address, Space space) {
  switch (space) {
  case Space::Shared:
    return isSharedAddress(address);
  case Space::Local:
    return isLocalAddress(address);
  case Space::Global:
  case Space::Const:
    return address >= kArenaBase;
  default:
    return true;
  }
}

/// The address as a program writes it in its space.
static uint64_t getSpaceAddress(uint64_t address) {
  if (isSharedAddress(address) || isLocalAddress(address))
    return address & (kWindowSize - 1);
  return address;
}

/// Each active lane asks for the same address as the lane `distance` away.
static bool arePairs(const Places &places, const Addresses &addresses,
                     unsigned distance) {
  for (Mask rest = places.lanes; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest), other = lane ^ distance;
    if (places.lanes >> other & 1 &&
        addresses.lane[lane] != addresses.lane[other])
      return false;
  }
  return true;
}

/// Shared memory serves 32 banks of 4 bytes; lanes come in groups of at most
/// 128 bytes. What pairs of lanes load together is returned together, so that a
/// group has twice as many lanes (an answer of NVIDIA's for compute capability
/// 7.x; counted alike on 8.6 and 9.0: docs/simulator.md).
static void countShared(OperationCounts &counts, const Places &places,
                        const Addresses &addresses, unsigned bytes,
                        bool isLoad) {
  constexpr unsigned kBanks = 32;
  unsigned group = bytes <= 4 ? 32 : bytes <= 8 ? 16 : 8;
  if (isLoad && bytes > 4 && places.rowBytes != bytes &&
      (places.isOne || arePairs(places, addresses, 1) ||
       arePairs(places, addresses, 2)))
    group *= 2;
  // Words side by side: every bank has its share.
  if (places.rowBytes == bytes && bytes % 4 == 0 &&
      addresses.lane[0] % 4 == 0) {
    counts.sharedWavefronts += bytes / 4;
    counts.sharedIdealWavefronts += bytes / 4;
    return;
  }
  // One word serves all.
  if (places.isOne) {
    for (unsigned first = 0; first < kLanes; first += group) {
      bool isAsked =
          places.lanes >> first & llvm::maskTrailingOnes<Mask>(group);
      counts.sharedWavefronts += isAsked;
      counts.sharedIdealWavefronts += isAsked;
    }
    return;
  }
  for (unsigned first = 0; first < kLanes; first += group) {
    // What each bank has been asked for: a word serves all that want it.
    uint64_t words[kBanks][kLanes];
    uint8_t perBank[kBanks] = {};
    unsigned most = 0, distinct = 0;
    for (Mask rest = places.lanes & llvm::maskTrailingOnes<Mask>(group)
                                        << first;
         rest; rest &= rest - 1) {
      uint64_t address = addresses.lane[llvm::countr_zero(rest)];
      for (uint64_t word = address / 4; word * 4 < address + bytes; ++word) {
        unsigned bank = word % kBanks, count = perBank[bank];
        const uint64_t *known = words[bank];
        if (std::find(known, known + count, word) != known + count)
          continue;
        words[bank][count] = word;
        perBank[bank] = ++count;
        most = std::max(most, count);
        ++distinct;
      }
    }
    counts.sharedWavefronts += most;
    counts.sharedIdealWavefronts += (distinct + kBanks - 1) / kBanks;
  }
}

/// 32-byte sectors that the lanes touch.
static unsigned countSectors(const Places &places, const Addresses &addresses,
                             unsigned bytes) {
  if (places.rowBytes == bytes)
    return (addresses.lane[0] + kLanes * bytes - 1) / 32 -
           addresses.lane[0] / 32 + 1;
  Mask lanes = places.lanes;
  uint64_t sectors[4 * kLanes];
  unsigned count = 0;
  bool isSorted = true;
  uint64_t next = 0; // above all so far
  for (; lanes; lanes &= lanes - 1) {
    uint64_t address = addresses.lane[llvm::countr_zero(lanes)];
    uint64_t sector = address / 32, end = (address + bytes - 1) / 32 + 1;
    isSorted &= sector + 1 >= next;
    for (sector = isSorted ? std::max(sector, next) : sector; sector < end;
         ++sector)
      sectors[count++] = sector;
    next = end;
  }
  if (isSorted)
    return count;
  std::sort(sectors, sectors + count);
  return std::unique(sectors, sectors + count) - sectors;
}

static void countAccess(Warp &warp, const Places &places,
                        const Addresses &addresses, const Access &access) {
  Mask lanes = places.lanes;
  Counts &counts = warp.getCta().getWorker().getCounts();
  OperationCounts &own = warp.counts();
  uint64_t bytes = uint64_t(llvm::popcount(lanes)) * access.bytes;
  uint64_t any = addresses.lane[llvm::countr_zero(lanes)];
  uint64_t wavefronts = 0;
  if (isSharedAddress(any)) {
    (access.isWrite ? counts.sharedStoreBytes : counts.sharedLoadBytes) +=
        bytes;
    OperationCounts here;
    countShared(here, places, addresses, access.bytes,
                !access.isWrite && !access.isAtomic);
    counts.sharedWavefronts += here.sharedWavefronts;
    counts.sharedIdealWavefronts += here.sharedIdealWavefronts;
    own.add(here);
    wavefronts = here.sharedWavefronts;
  } else if (isLocalAddress(any)) {
    counts.localBytes += bytes;
  } else if (access.space != Space::Param && access.space != Space::Const) {
    unsigned distinct = countSectors(places, addresses, access.bytes);
    own.globalBytes += bytes;
    own.globalSectors += distinct;
    (access.isWrite ? counts.globalStoreBytes : counts.globalLoadBytes) +=
        bytes;
    (access.isWrite ? counts.globalStoreSectors : counts.globalLoadSectors) +=
        distinct;
  } else {
    return; // from the constant bank
  }
  if (warp.recorder)
    warp.recorder->noteAccess(lanes, addresses.lane, access.bytes,
                              access.isWrite, access.isAtomic, wavefronts,
                              warp.getCta().getClusterRank());
}

namespace {
/// Finds where addresses lead, and remembers the last region.
class Resolver {
public:
  Resolver(Warp &warp, const Access &access) : warp(warp), access(access) {}

  /// Shared memory of a CTA that has exited was asked for.
  bool hasEnded = false;

  /// Null if there is nothing.
  uint8_t *find(unsigned lane, uint64_t address, Region *&region) {
    region = nullptr;
    if (!isInSpace(address, access.space))
      return nullptr;
    if (isSharedAddress(address))
      return findShared(address - kSharedWindow, region);
    if (isLocalAddress(address))
      return findInLane(warp.local, warp.localSize, lane,
                        address - kLocalWindow);
    if (isParameterAddress(address))
      return findInLane(warp.frame().parameters,
                        warp.frame().code->parameterBytes, lane,
                        address - kParameterWindow);
    if (!last || !last->contains(address, access.bytes))
      last = warp.getCta().getGrid().getArena().find(address, access.bytes);
    region = last;
    if (!last || (access.isWrite && last->isConstant))
      return nullptr;
    return last->at(address);
  }

  /// All lanes at once, where they lie in one region and nothing is wrong:
  /// nearly always.
  bool findAll(Mask lanes, const Addresses &addresses, Places &places) {
    uint64_t any = addresses.lane[llvm::countr_zero(lanes)];
    if (isLocalAddress(any) || isParameterAddress(any))
      return false;
    Region *region;
    uint8_t *place = find(0, any, region);
    if (!place)
      return false;
    // The addresses of the space at which the region begins, and the last one
    // at which an access may.
    uint8_t *data = region->bytes.data();
    uint64_t begin = any - (place - data);
    uint64_t last = region->bytes.size() - access.bytes;
    uint64_t first = any - begin;
    static const OffsetFinder findOffsets = getOffsetFinder();
    auto [wrong, different, apart] =
        findOffsets({data, begin, last}, first, access.bytes, lanes,
                    addresses.lane, places.lane);
    std::fill_n(places.region, kLanes, region);
    // A multiple of the alignment is so in all lanes if it is in one, and they
    // differ by multiples.
    uint64_t low = access.alignment - 1;
    if (wrong >> 63 || access.alignment & low || (any | different) & low)
      return false;
    places.lanes = lanes;
    places.rowBytes = lanes == kAllLanes && !apart ? access.bytes : 0;
    places.isOne = !different;
    places.only = region;
    return true;
  }

private:
  uint8_t *findInLane(std::vector<uint8_t> &bytes, uint64_t size, unsigned lane,
                      uint64_t offset) {
    if (offset > size || access.bytes > size - offset)
      return nullptr;
    return bytes.data() + lane * size + offset;
  }

  uint8_t *findShared(uint64_t place, Region *&region) {
    Cta *cta = &warp.getCta();
    unsigned rank = place >> kSharedRankShift;
    if (rank != cta->getClusterRank())
      cta = cta->getCluster().getCta(rank);
    uint64_t offset = place & ((uint64_t(1) << kSharedRankShift) - 1);
    if (!cta || !cta->shared.contains(offset, access.bytes))
      return nullptr;
    // Only another CTA can be done here.
    if (cta != &warp.getCta() && cta->isDone()) {
      hasEnded = true;
      return nullptr;
    }
    region = &cta->shared;
    return region->at(offset);
  }

  Warp &warp;
  const Access &access;
  Region *last = nullptr;
};
} // namespace

/// Lanes whose bytes somebody may write: the others are in no race. Parameters
/// are read by all threads of a grid.
static Mask getWritable(const Places &places) {
  if (places.only)
    return places.only->isConstant ? 0 : places.lanes;
  Mask writable = places.lanes;
  for (Mask rest = places.lanes; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    if (const Region *region = places.region[lane];
        region && region->isConstant)
      writable &= ~(Mask(1) << lane);
  }
  return writable;
}

/// Keeps other host threads away from what is accessed.
static void hold(Warp &warp, const Places &places, const Addresses &addresses,
                 unsigned bytes) {
  Worker &worker = warp.getCta().getWorker();
  if (!worker.isOneOfMany())
    return;
  auto want = [&](unsigned lane, uint64_t bytes) {
    if (const Region *region = places.region[lane];
        region && !region->isConstant)
      worker.want(addresses.lane[lane], bytes);
  };
  if (places.rowBytes == bytes)
    want(0, uint64_t(bytes) * kLanes);
  else
    for (Mask rest = places.lanes; rest; rest &= rest - 1)
      want(llvm::countr_zero(rest), bytes);
  worker.hold();
}

Places sim::resolve(Warp &warp, Mask lanes, const Addresses &addresses,
                    const Access &access) {
  Places places;
  Mask misaligned = 0, outside = 0;
  Mask rest = lanes;
  Resolver resolver(warp, access);
  if (lanes && resolver.findAll(lanes, addresses, places))
    rest = 0;
  for (; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    uint64_t address = addresses.lane[lane];
    places.lane[lane] = resolver.find(lane, address, places.region[lane]);
    if (!places.lane[lane])
      outside |= Mask(1) << lane;
    else if (address % access.alignment)
      misaligned |= Mask(1) << lane;
    else
      places.lanes |= Mask(1) << lane;
  }
  auto report = [&](FindingKind kind, Mask bad, const llvm::Twine &message) {
    uint64_t address = addresses.lane[llvm::countr_zero(bad)];
    warp.find(kind, bad, message, access.space, getSpaceAddress(address));
  };
  if (outside && resolver.hasEnded)
    report(FindingKind::OutOfBounds, outside,
           llvm::Twine(access.isWrite ? "writes" : "reads") +
               " the shared memory of a CTA that has exited");
  else if (outside)
    report(FindingKind::OutOfBounds, outside,
           llvm::Twine(access.isWrite ? "writes " : "reads ") +
               llvm::Twine(access.bytes) +
               (access.bytes == 1 ? " byte" : " bytes") +
               " where there is no memory of the space");
  if (misaligned)
    report(FindingKind::Misaligned, misaligned,
           "the address is not a multiple of " + llvm::Twine(access.alignment));
  if (places.lanes) {
    hold(warp, places, addresses, access.bytes);
    countAccess(warp, places, addresses, access);
    if (!access.isUnchecked && warp.getCta().getGrid().getOptions().check)
      if (Mask racing = getWritable(places))
        checkRaces(warp, racing, addresses, access,
                   places.isOne ? access.bytes : places.rowBytes * kLanes);
  }
  return places;
}

Mask sim::getWrittenLanes(Warp &warp, const Places &places,
                          const Addresses &addresses, unsigned bytes) {
  // Poison is for checks.
  if (!places.lanes || !warp.getCta().getGrid().getOptions().check)
    return places.lanes;
  auto isWritten = [&](const Region &region, unsigned lane, uint64_t bytes) {
    uint64_t offset = places.lane[lane] - region.bytes.data();
    uint64_t bit = offset % 64;
    if (bit + bytes <= 64)
      return (~region.written[offset / 64] >> bit &
              llvm::maskTrailingOnes<uint64_t>(bytes)) == 0;
    return region.isWritten(region.address + offset, bytes);
  };
  unsigned first = llvm::countr_zero(places.lanes);
  if (places.isOne)
    return isWritten(*places.region[first], first, bytes) ? places.lanes : 0;
  if (places.rowBytes == bytes &&
      isWritten(*places.region[0], 0, uint64_t(bytes) * kLanes))
    return places.lanes;
  Mask written = 0;
  for (Mask rest = places.lanes; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    uint64_t address = addresses.lane[lane];
    bool all = true;
    if (const Region *region = places.region[lane]) {
      all = isWritten(*region, lane, bytes);
    } else {
      bool isLocal = isLocalAddress(address);
      const std::vector<bool> &bits =
          isLocal ? warp.localWritten : warp.frame().parametersWritten;
      const std::vector<uint8_t> &data =
          isLocal ? warp.local : warp.frame().parameters;
      size_t first = places.lane[lane] - data.data();
      for (unsigned i = 0; i < bytes; ++i)
        all &= bits[first + i];
    }
    if (all)
      written |= Mask(1) << lane;
  }
  return written;
}

void sim::setWritten(Warp &warp, const Places &places,
                     const Addresses &addresses, unsigned bytes, Mask written) {
  // And beyond this grid there is global memory only.
  bool isChecked = warp.getCta().getGrid().getOptions().check;
  auto isKept = [&](const Region *region) {
    return isChecked || (region && region->address >= kArenaBase);
  };
  bool isRow =
      places.rowBytes == bytes && (written & places.lanes) == kAllLanes;
  if (isRow) {
    Region &region = *places.region[0];
    if (!isKept(&region))
      return;
    region.setWritten(region.address + (places.lane[0] - region.bytes.data()),
                      uint64_t(bytes) * kLanes, true);
    return;
  }
  for (Mask rest = places.lanes; rest; rest &= rest - 1) {
    unsigned lane = llvm::countr_zero(rest);
    bool value = written >> lane & 1;
    if (!isKept(places.region[lane]))
      continue;
    if (Region *region = places.region[lane]) {
      region->setWritten(region->address +
                             (places.lane[lane] - region->bytes.data()),
                         bytes, value);
      continue;
    }
    bool isLocal = isLocalAddress(addresses.lane[lane]);
    std::vector<bool> &bits =
        isLocal ? warp.localWritten : warp.frame().parametersWritten;
    const std::vector<uint8_t> &data =
        isLocal ? warp.local : warp.frame().parameters;
    size_t first = places.lane[lane] - data.data();
    for (unsigned i = 0; i < bytes; ++i)
      bits[first + i] = value;
  }
}

bool sim::requireAllLanes(Warp &warp, Mask active) {
  if (active == warp.getLive())
    return true;
  warp.find(FindingKind::DivergentBarrier, active,
            "an instruction of the whole warp runs without all of its lanes");
  return false;
}
