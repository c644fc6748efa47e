//===- Written.h - which bytes somebody has written -------------*- C++ -*-===//
//
// One bit a byte, for poison.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SIMULATOR_CHECK_WRITTEN_H
#define SLUICE_LIB_SIMULATOR_CHECK_WRITTEN_H

#include "lib/Simulator/Check/Clocks.h"
#include <memory>

namespace sluice::sim {

/// Which of `size` bytes have been written. Offsets are from the start of the
/// region, and in bounds. Marking is safe from several host threads; what is
/// read at the same time is the program's race.
class Written {
public:
  explicit Written(uint64_t size, bool isWritten = false);

  uint64_t size() const { return numBytes; }
  void mark(uint64_t offset, uint64_t bytes) { set(offset, bytes, true); }
  void unmark(uint64_t offset, uint64_t bytes) { set(offset, bytes, false); }
  /// All of them.
  bool isWritten(uint64_t offset, uint64_t bytes) const;

  /// For lanes with `bytes` each (at most 64) at 32 offsets.
  void markLanes(Mask lanes, const uint64_t *offsets, uint32_t bytes);
  /// The lanes whose bytes have all been written.
  Mask getWrittenLanes(Mask lanes, const uint64_t *offsets,
                       uint32_t bytes) const;

  /// As memcpy would: bytes that are poison there are poison here.
  void copyFrom(const Written &source, uint64_t sourceOffset, uint64_t offset,
                uint64_t bytes);

private:
  void set(uint64_t offset, uint64_t bytes, bool value);
  /// 1 to 64 bits.
  uint64_t get(uint64_t offset, unsigned bytes) const;
  void put(uint64_t offset, unsigned bytes, uint64_t bits);

  uint64_t numBytes;
  std::unique_ptr<uint64_t[]> words;
};

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_CHECK_WRITTEN_H
