//===- Sectors.h - which CTAs touch which bytes -----------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_ESTIMATE_SECTORS_H
#define SLUICE_LIB_SIMULATOR_ESTIMATE_SECTORS_H

#include "llvm/ADT/DenseMap.h"
#include <array>
#include <cstdint>
#include <memory>

namespace sluice::sim::estimate {

inline constexpr unsigned kSectorBytes = 32;

/// Global memory by pieces of 32 bytes: what of a grid's traffic device memory
/// must give, and what the L2 can because somebody had it before.
class Sectors {
public:
  struct Touch {
    /// CTAs that touch it, at least 1: exact for one, near for some dozens.
    double ctas = 1;
    /// The lowest number of them.
    uint32_t first = ~0u;
  };

  void note(uint32_t sector, uint64_t cta, bool isWrite);
  Touch get(uint32_t sector) const;
  /// Bytes that somebody reads before anybody writes them, and that somebody
  /// writes.
  uint64_t getReadBytes() const { return read * kSectorBytes; }
  uint64_t getWrittenBytes() const { return written * kSectorBytes; }

private:
  struct Entry {
    /// One bit for each CTA, shared with others of its hash.
    uint64_t ctas = 0;
    uint32_t first = ~0u;
    bool isRead = false, isWritten = false;
  };
  static constexpr unsigned kPerPage = 128;
  using Page = std::array<Entry, kPerPage>;
  llvm::DenseMap<uint32_t, std::unique_ptr<Page>> pages;
  uint64_t read = 0, written = 0;
};

} // namespace sluice::sim::estimate

#endif // SLUICE_LIB_SIMULATOR_ESTIMATE_SECTORS_H
