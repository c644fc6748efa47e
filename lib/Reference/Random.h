//===- Random.h - Reproducible random numbers -------------------*- C++ -*-===//

#ifndef SLUICE_LIB_REFERENCE_RANDOM_H
#define SLUICE_LIB_REFERENCE_RANDOM_H

#include <cmath>
#include <cstdint>
#include <numbers>

namespace sluice::reference {

/// SplitMix64 (Steele, Lea, Flood 2014): unlike the distributions of the
/// standard library, the same numbers everywhere.
class Random {
public:
  explicit Random(uint64_t seed, uint64_t stream = 0)
      : state(seed ^ (stream * 0xd1342543de82ef95)) {
    bits(); // so that near seeds part
  }

  uint64_t bits() {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// A number in (0, 1), neither end included.
  double unit() { return (static_cast<double>(bits() >> 12) + 0.5) * 0x1p-52; }
  double uniform(double low, double high) {
    return low + (high - low) * unit();
  }
  double normal() { // Box-Muller
    double radius = std::sqrt(-2 * std::log(unit()));
    return radius * std::cos(2 * std::numbers::pi * unit());
  }

private:
  uint64_t state;
};

} // namespace sluice::reference

#endif // SLUICE_LIB_REFERENCE_RANDOM_H
