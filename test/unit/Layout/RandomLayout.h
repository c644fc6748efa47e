//===- RandomLayout.h - layouts nobody would write --------------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_LAYOUT_RANDOMLAYOUT_H
#define SLUICE_TEST_UNIT_LAYOUT_RANDOMLAYOUT_H

#include "lib/Layout/LinearLayout.h"
#include <random>

namespace sluice::test {

using Engine = std::mt19937_64;

inline unsigned draw(Engine &engine, unsigned below) {
  return engine() % below;
}

/// `count` vectors of `bits` bits, of which `rank` are independent, in any
/// order.
inline layout::Vectors drawVectors(Engine &engine, unsigned count,
                                   unsigned bits, unsigned rank) {
  layout::Vectors basis, vectors;
  layout::Span span;
  while (basis.size() < rank) {
    uint64_t vector = engine() & ((uint64_t(1) << bits) - 1);
    if (span.contains(vector))
      continue;
    span.insert(vector);
    basis.push_back(vector);
  }
  vectors = basis;
  while (vectors.size() < count)
    vectors.push_back(
        layout::sumColumns(basis, engine() & ((uint64_t(1) << rank) - 1)));
  std::shuffle(vectors.begin(), vectors.end(), engine);
  return vectors;
}

inline unsigned countBits(llvm::ArrayRef<layout::Axis> axes) {
  unsigned bits = 0;
  for (const layout::Axis &axis : axes)
    bits += axis.bits;
  return bits;
}

/// Any layout of this rank.
inline layout::LinearLayout drawLayout(Engine &engine,
                                       llvm::ArrayRef<layout::Axis> inputs,
                                       llvm::ArrayRef<layout::Axis> outputs,
                                       unsigned rank) {
  return {inputs, outputs,
          drawVectors(engine, countBits(inputs), countBits(outputs), rank)};
}

} // namespace sluice::test

#endif // SLUICE_TEST_UNIT_LAYOUT_RANDOMLAYOUT_H
