//===- BulkMove.h - the bytes of bulk copies --------------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_ASYNC_BULKMOVE_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_ASYNC_BULKMOVE_H

#include "lib/Simulator/Execute/Async/Bulk.h"

namespace sluice::sim {

/// Finds the region and the place in it of generic addresses; null if there is
/// none.
class PlaceFinder {
public:
  explicit PlaceFinder(Cta &cta) : cta(cta) {}

  std::pair<Region *, uint64_t> find(uint64_t address, uint64_t bytes);

private:
  Cta &cta;
  Region *last = nullptr;
};
/// Does the transfer that the CTA began. Poison moves with the bytes.
void moveBytes(Cta &cta, const BulkTransfer &transfer);
/// What a copy that begins now will write, if nothing races with its reads: the
/// bytes of all rows of `writes`, one after the other.
void gatherBytes(Cta &cta, const BulkTransfer &transfer,
                 llvm::SmallVectorImpl<uint8_t> &bytes);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_ASYNC_BULKMOVE_H
