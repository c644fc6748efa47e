//===- MatrixTestSupport.h - the ISA's tables, written out ------*- C++ -*-===//
//
// What the tests compare with: formats decoded by their definition, and plain
// matrix products. Nothing here uses the simulator's own tables.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_TEST_UNIT_SIMULATOR_EXECUTE_MATRIX_MATRIXTESTSUPPORT_H
#define SLUICE_TEST_UNIT_SIMULATOR_EXECUTE_MATRIX_MATRIXTESTSUPPORT_H

#include "lib/PTX/Type.h"
#include "test/unit/Layout/DocumentedFragments.h"
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace sluice::test {

/// The value of a bit pattern by the format's definition.
double decode(ptx::Type type, uint32_t bits);
bool isFinite(ptx::Type type, uint32_t bits);
/// A pattern that is neither NaN nor infinity; of moderate size if `isSmall`.
uint32_t drawBits(ptx::Type type, std::mt19937 &random, bool isSmall);

/// A matrix of bit patterns, by rows.
struct BitMatrix {
  ptx::Type type = ptx::Type::F32;
  unsigned rows = 0, columns = 0;
  std::vector<uint32_t> bits;

  BitMatrix(ptx::Type type, unsigned rows, unsigned columns)
      : type(type), rows(rows), columns(columns), bits(rows * columns) {}
  uint32_t &at(unsigned row, unsigned column) {
    return bits[row * columns + column];
  }
  double value(unsigned row, unsigned column) const {
    return decode(type, bits[row * columns + column]);
  }
  void fill(std::mt19937 &random, bool isSmall) {
    for (uint32_t &element : bits)
      element = drawBits(type, random, isSmall);
  }
};

/// A · B + C in double: the sum, and the sum of absolute values for a bound.
struct Reference {
  std::vector<double> sum, magnitude;
};
Reference multiply(const BitMatrix &a, const BitMatrix &b, const BitMatrix &c);

/// Writes element i of a lane into a fragment of `bits`-bit elements that
/// begins at row `first`, and reads it.
void setElement(std::vector<uint32_t> &rows, unsigned first, unsigned bits,
                unsigned lane, unsigned i, uint32_t value);
uint32_t getElement(const std::vector<uint32_t> &rows, unsigned first,
                    unsigned bits, unsigned lane, unsigned i);

} // namespace sluice::test

#endif // SLUICE_TEST_UNIT_SIMULATOR_EXECUTE_MATRIX_MATRIXTESTSUPPORT_H
