//===- Memory.h - the address space -----------------------------*- C++ -*-===//
//
// Generic addresses are 64 bits. Global and constant memory, and the parameters
// of an entry, are allocations with unmapped bytes between them; shared and
// local memory are windows, whose addresses within the space are the lower 32
// bits. A shared address has the CTA's rank in its cluster above its offset, so
// that a shared::cta address is a shared::cluster one.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_MACHINE_MEMORY_H
#define SLUICE_LIB_SIMULATOR_MACHINE_MEMORY_H

#include "lib/Support/Memory.h"
#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace sluice::sim {

inline constexpr uint64_t kArenaBase = 0x7000'0000'0000;
inline constexpr uint64_t kSharedWindow = 0x0100'0000'0000;
inline constexpr uint64_t kLocalWindow = 0x0200'0000'0000;
/// .param variables of calls: of the frame, not generic.
inline constexpr uint64_t kParameterWindow = 0x0300'0000'0000;
inline constexpr uint64_t kWindowSize = uint64_t(1) << 32;
/// Shared offsets begin here: nothing has address 0.
inline constexpr uint64_t kSharedStart = 1024;
inline constexpr unsigned kSharedRankShift = 24;
inline constexpr uint64_t kAllocationAlignment = 256, kGuardBytes = 4096;

inline bool isSharedAddress(uint64_t address) {
  return address - kSharedWindow < kWindowSize;
}
inline bool isLocalAddress(uint64_t address) {
  return address - kLocalWindow < kWindowSize;
}

inline bool isParameterAddress(uint64_t address) {
  return address - kParameterWindow < kWindowSize;
}

/// Bytes, and which of them somebody has written.
struct Region {
  uint64_t address = 0;
  std::vector<uint8_t> bytes;
  /// One bit a byte.
  std::vector<uint64_t> written;
  bool isConstant = false;

  explicit Region(uint64_t address = 0, uint64_t size = 0,
                  bool isWritten = false)
      : address(address), bytes(size),
        written((size + 63) / 64, isWritten ? ~uint64_t(0) : 0) {}
  /// What a region of so many bytes takes of the host.
  static uint64_t getHostBytes(uint64_t size) { return size + size / 8; }
  bool contains(uint64_t from, uint64_t count) const {
    return from >= address && count <= bytes.size() &&
           from - address <= bytes.size() - count;
  }
  uint8_t *at(uint64_t place) { return bytes.data() + (place - address); }
  const uint8_t *at(uint64_t place) const {
    return bytes.data() + (place - address);
  }
  bool isWritten(uint64_t from, uint64_t count) const;
  void setWritten(uint64_t from, uint64_t count, bool value);
};

/// Allocations. Not changed while a grid runs.
class Arena {
public:
  /// Allocates a region; returns null if there is no room.
  Region *allocate(uint64_t size, bool isWritten);
  /// An error if what is needed besides does not fit, into what the host has
  /// free or what is left of an arena's most.
  llvm::Error check(const MemoryNeed &need) const;
  void release(uint64_t address);
  /// The region that holds [address, address + count), or null.
  Region *find(uint64_t address, uint64_t count);

private:
  std::map<uint64_t, std::unique_ptr<Region>> regions;
  uint64_t next = kArenaBase;
  uint64_t total = 0;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_MACHINE_MEMORY_H
