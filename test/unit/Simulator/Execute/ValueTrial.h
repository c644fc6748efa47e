//===- ValueTrial.h - loops over lanes, tried ------------------*- C++ -*-===//
//
// Calls value handlers on a row file of its own: on every instruction set that
// the host has, with all lanes and with some, in place and not. All must give
// the same bits, leave other lanes alone, and agree with a reference.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_TEST_UNIT_SIMULATOR_EXECUTE_VALUETRIAL_H
#define SLUICE_TEST_UNIT_SIMULATOR_EXECUTE_VALUETRIAL_H

#include "lib/Simulator/Execute/ValueFlags.h"
#include "lib/Simulator/Execute/ValueHandlers.h"
#include "gtest/gtest.h"
#include <functional>
#include <vector>

namespace sluice::sim {

/// One lane's sources, or results, each in the low bits.
using Tuple = std::vector<uint64_t>;

struct Trial {
  ValueOp op;
  /// Bits of each destination and source: 1 (a predicate), 8, 16, 32, 64.
  std::vector<unsigned> destinations, sources;
  uint32_t flags = 0, second = 0, third = 0;
  int64_t immediate = 0;
};

/// Expects accept(sources, results) of every lane.
void expectAccepted(
    const Trial &trial, const std::vector<Tuple> &inputs,
    const std::function<bool(const Tuple &, const Tuple &)> &accept);
/// Expects the results that `reference` gives.
void expectResults(const Trial &trial, const std::vector<Tuple> &inputs,
                   const std::function<Tuple(const Tuple &)> &reference);
/// The same for one destination.
void expectResult(const Trial &trial, const std::vector<Tuple> &inputs,
                  const std::function<uint64_t(const Tuple &)> &reference);

/// Values that break things, and random ones. Bits 1 to 64 mean integers.
enum class Kind { B1, B8, B16, B32, B64, F16, BF16, F32, F64 };
std::vector<uint64_t> getValues(Kind kind);
/// Every pair, or a few thousand tuples of values drawn at random.
std::vector<Tuple> getInputs(const std::vector<Kind> &kinds);
unsigned getBits(Kind kind);

/// The same numbers on every machine: splitmix64.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}
  uint64_t operator()() {
    uint64_t word = state += 0x9e3779b97f4a7c15;
    word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
    word = (word ^ word >> 27) * 0x94d049bb133111eb;
    return word ^ word >> 31;
  }
  /// In [low, high).
  double between(double low, double high) {
    return low +
           (high - low) * (static_cast<double>(operator()() >> 11) * 0x1p-53);
  }

private:
  uint64_t state;
};

template <typename To, typename From> To bitCast(From from) {
  return __builtin_bit_cast(To, from);
}
inline float toFloat(uint64_t word) {
  return bitCast<float>(static_cast<uint32_t>(word));
}
inline double toDouble(uint64_t word) { return bitCast<double>(word); }
inline uint32_t toWord(float value) { return bitCast<uint32_t>(value); }
inline uint64_t toWord(double value) { return bitCast<uint64_t>(value); }

} // namespace sluice::sim

#endif // SLUICE_TEST_UNIT_SIMULATOR_EXECUTE_VALUETRIAL_H
