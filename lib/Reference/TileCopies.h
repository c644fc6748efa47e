//===- TileCopies.h - Asynchronous copies of a warp -------------*- C++ -*-===//

#ifndef SLUICE_LIB_REFERENCE_TILECOPIES_H
#define SLUICE_LIB_REFERENCE_TILECOPIES_H

#include "lib/Reference/TileMemory.h"

#include <deque>

namespace sluice::reference {

/// The copies that a warp has begun. Numbers arrive as late as they may, when
/// the warp waits for them.
class TileCopies {
public:
  /// Fails where another copy is on its way to the same place.
  llvm::Error begin(SharedBuffer &to, int64_t place, float number);
  void commit() { groups.push_back(std::move(open)), open.clear(); }
  /// All groups arrive but the last `pending`.
  void wait(int64_t pending);
  bool hasEnded() const { return groups.empty() && open.empty(); }

private:
  struct Element {
    std::shared_ptr<SharedBuffer> to;
    int64_t place;
    float number;
  };
  using Group = std::vector<Element>;
  std::deque<Group> groups;
  Group open;
};

} // namespace sluice::reference

#endif // SLUICE_LIB_REFERENCE_TILECOPIES_H
