//===- HalfPoison.cpp - registers of which one half is undefined ----------===//

#include "lib/Simulator/Machine/Warp.h"
#include "llvm/ADT/STLExtras.h"

using namespace sluice::sim;

/// What a value instruction leaves undefined, half by half.
void Warp::trackHalves(Frame &frame, const Operation &operation, Mask active) {
  auto sources =
      llvm::ArrayRef(operation.rows).drop_front(operation.destinations);
  auto get = [&](Row row) {
    Mask whole = frame.poison[row];
    auto it = frame.halfPoison.find(row);
    // Somebody may have said since that a value counts as defined.
    return it == frame.halfPoison.end()
               ? HalfPoison{whole, whole}
               : HalfPoison{it->second.low & whole, it->second.high & whole};
  };
  auto set = [&](Row row, HalfPoison now) {
    HalfPoison old = get(row);
    now.low = (old.low & ~active) | (now.low & active);
    now.high = (old.high & ~active) | (now.high & active);
    frame.poison[row] = now.low | now.high;
    if (now.low == now.high)
      frame.halfPoison.erase(row);
    else
      frame.halfPoison[row] = now;
  };

  HalfPoison all;
  for (auto [i, row] : llvm::enumerate(sources)) {
    HalfPoison source = get(row);
    Mask whole = source.low | source.high;
    switch (operation.halves) {
    case Halves::Apart:
    case Halves::Unpacked:
      all.low |= source.low;
      all.high |= source.high;
      break;
    case Halves::Packed:
    case Halves::PackedHighFirst: {
      bool isFirst = i < sources.size() / 2;
      (isFirst == (operation.halves == Halves::Packed) ? all.low : all.high) |=
          whole;
      break;
    }
    case Halves::Mixed:
      all.low |= whole;
      all.high |= whole;
      break;
    }
  }
  for (size_t i = 0; i < operation.destinations; ++i) {
    if (operation.halves != Halves::Unpacked) {
      set(operation.rows[i], all);
      continue;
    }
    Mask part = i < operation.destinations / 2u ? all.low : all.high;
    set(operation.rows[i], {part, part});
  }
}
