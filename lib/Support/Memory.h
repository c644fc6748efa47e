//===- Memory.h - what memory is free, and what is needed -------*- C++ -*-===//
//
// Linux gives out memory that it does not have, and ends the process that then
// touches it. So what a run allocates is summed up and compared with what there
// is before the first of it is allocated.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_SUPPORT_MEMORY_H
#define SLUICE_LIB_SUPPORT_MEMORY_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <vector>

namespace sluice {

/// The bytes that this process may still take: what the machine has available,
/// or less where its control groups (versions 1 and 2) or its own limits leave
/// less. `root` is where proc and sys are.
uint64_t getFreeMemory(llvm::StringRef root = "/");

/// What is about to be allocated, part by part.
class MemoryNeed {
public:
  /// Bytes for the same are one part.
  void add(llvm::StringRef what, uint64_t bytes);
  /// `count` elements of `size` bytes; more than 2^64 bytes are that many.
  void add(llvm::StringRef what, uint64_t count, uint64_t size);
  uint64_t getTotal() const;

  /// An error that says how much is needed for what, and how much is free,
  /// where that is less.
  llvm::Error check(uint64_t free) const;
  /// The same of this process. A few megabytes are there, or nothing is.
  llvm::Error check() const;

private:
  struct Part {
    std::string what;
    uint64_t bytes;
  };
  std::vector<Part> parts;
};

} // namespace sluice

#endif // SLUICE_LIB_SUPPORT_MEMORY_H
