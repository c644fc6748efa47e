//===- HalfPoison.cpp - registers of which one half is undefined ----------===//

#include "lib/Simulator/Machine/Warp.h"
#include "llvm/ADT/STLExtras.h"

using namespace sluice::sim;

HalfPoison Frame::getHalves(Row row) const {
  Mask whole = poison[row];
  auto it = halfPoison.find(row);
  // Somebody may have said since that a value counts as defined.
  return it == halfPoison.end()
             ? HalfPoison{whole, whole}
             : HalfPoison{it->second.low & whole, it->second.high & whole};
}

void Frame::setHalves(Row row, HalfPoison halves) {
  poison[row] = halves.low | halves.high;
  if (halves.low == halves.high)
    halfPoison.erase(row);
  else
    halfPoison[row] = halves;
}

/// What a value instruction leaves undefined, half by half.
void Warp::trackHalves(Frame &frame, const Operation &operation, Mask active) {
  auto sources =
      llvm::ArrayRef(operation.rows).drop_front(operation.destinations);
  auto set = [&](Row row, HalfPoison now) {
    HalfPoison old = frame.getHalves(row);
    frame.setHalves(row, {(old.low & ~active) | (now.low & active),
                          (old.high & ~active) | (now.high & active)});
  };

  HalfPoison all;
  for (auto [i, row] : llvm::enumerate(sources)) {
    HalfPoison source = frame.getHalves(row);
    Mask whole = source.low | source.high;
    switch (operation.halves) {
    case Halves::Apart:
    case Halves::Unpacked:
      all.low |= source.low;
      all.high |= source.high;
      break;
    case Halves::Lower:
    case Halves::Upper: {
      Mask half = operation.halves == Halves::Lower ? source.low : source.high;
      all.low |= half;
      all.high |= half;
      break;
    }
    case Halves::Packed:
    case Halves::PackedHighFirst: {
      bool isFirst = i < sources.size() / 2;
      (isFirst == (operation.halves == Halves::Packed) ? all.low : all.high) |=
          whole;
      break;
    }
    case Halves::Selected: {
      Mask chooses = frame.words(sources[2])[0];
      if (i < 2) {
        Mask chosen = i == 0 ? chooses : ~chooses;
        all.low |= source.low & chosen;
        all.high |= source.high & chosen;
        break;
      }
      [[fallthrough]];
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
