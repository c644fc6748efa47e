//===- StripMemory.cpp - what accesses of memory wait for -----------------===//

#include "passes/TileStrips/StripMemory.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

bool StripMemory::Access::hasSameStrips(const Access &other) const {
  if (!along || along != other.along)
    return false;
  return start == other.start ||
         (matchPattern(start, m_Zero()) && matchPattern(other.start, m_Zero()));
}

std::optional<StripMemory::Access>
StripMemory::getAccess(Operation *op, const StripAxis *axis) const {
  auto get = [&](auto access, Value tensor, bool isStore) {
    Access result{written.getLeader(access.getMemory()), isStore, 0, {}, {}};
    if (std::optional<unsigned> own =
            axis ? axis->find(tensor) : std::nullopt) {
      result.along = access.getAlong()[*own];
      result.start = access.getIndices()[*result.along];
    }
    return result;
  };
  if (auto load = dyn_cast<LoadOp>(op))
    return get(load, load.getResult(), /*isStore=*/false);
  if (auto store = dyn_cast<StoreOp>(op))
    return get(store, store.getValue(), /*isStore=*/true);
  return std::nullopt;
}

unsigned StripMemory::getLevel(Operation *op, const StripAxis *axis) const {
  unsigned level = 0;
  op->walk([&](Operation *inner) {
    std::optional<Access> own = getAccess(inner, axis);
    if (!own)
      return;
    for (const Access &other : accesses)
      if (other.memory == own->memory && (other.isStore || own->isStore))
        level = std::max(level, other.hasSameStrips(*own) ? other.level - 1
                                                          : other.level);
  });
  return level;
}

bool StripMemory::isAccessed(Value memory, Operation *op) const {
  return op
      ->walk([&](Operation *inner) {
        std::optional<Access> access = getAccess(inner, /*axis=*/nullptr);
        return access && access->memory == written.getLeader(memory)
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

void StripMemory::add(Operation *op, const StripAxis *axis, unsigned level) {
  op->walk([&](Operation *inner) {
    if (std::optional<Access> access = getAccess(inner, axis)) {
      access->level = level;
      accesses.push_back(*access);
    }
  });
}
