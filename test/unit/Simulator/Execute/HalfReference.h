//===- HalfReference.h - narrow formats by their definition ----*- C++ -*-===//
//
// Every value of a format in a table, rounding as a search in it.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_TEST_UNIT_SIMULATOR_EXECUTE_HALFREFERENCE_H
#define SLUICE_TEST_UNIT_SIMULATOR_EXECUTE_HALFREFERENCE_H

#include "lib/Simulator/Execute/ValueFlags.h"
#include <vector>

namespace sluice::sim {

class Format {
public:
  Format(unsigned exponentBits, unsigned mantissaBits, bool hasInfinity);

  /// NaN and infinity included.
  double read(uint64_t word) const;
  /// `value` exact, or rounded to odd in f64.
  uint64_t round(double value, value::Rounding rounding,
                 bool satfinite = false) const;

  unsigned bits() const { return exponentBits + mantissaBits + 1; }
  uint64_t sign() const { return uint64_t{1} << (bits() - 1); }
  /// Canonical: all bits but the sign.
  uint64_t nan() const { return sign() - 1; }
  uint64_t infinity() const {
    return hasInfinity ? nan() & ~((uint64_t{1} << mantissaBits) - 1) : nan();
  }
  bool isNaN(uint64_t word) const {
    word &= nan();
    return hasInfinity ? word > infinity() : word == nan();
  }
  bool isSubnormal(uint64_t word) const {
    word &= nan();
    return word && word < uint64_t{1} << mantissaBits;
  }
  uint64_t flush(uint64_t word) const {
    return isSubnormal(word) ? word & sign() : word;
  }
  /// [0, 1], NaN and negative numbers +0.
  uint64_t saturate(uint64_t word) const;

private:
  unsigned exponentBits, mantissaBits;
  bool hasInfinity;
  /// Finite ones from 0 up, by their words, and the one that infinity stands
  /// for when rounding.
  std::vector<double> values;
};

extern const Format kF16, kBF16, kTF32, kE4M3, kE5M2;

/// a·b + c rounded to odd, by the host's inexact flag.
double fuseOdd(double a, double b, double c);

} // namespace sluice::sim

#endif // SLUICE_TEST_UNIT_SIMULATOR_EXECUTE_HALFREFERENCE_H
