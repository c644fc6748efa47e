//===- Peak.cpp - What the machine can do ---------------------------------===//

#include "lib/Bench/Peak.h"

#include <array>
#include <cassert>
#include <cstring>

using namespace sluice;
using namespace sluice::bench;

/// Chains of multiply-adds: latency times units is 8 to 10, and with the two
/// operands they fit 16 registers.
static constexpr unsigned kChains = 12;
/// About 10 µs: short beside a turn, long beside taking the next piece.
static constexpr int64_t kSteps = 4096;
static constexpr unsigned kMostLanes = 16;

/// `values` are the factor, the addend, and where each chain starts and ends.
/// Inlined into functions for one instruction set each.
template <unsigned lanes>
[[gnu::always_inline]] static inline void multiplyAdd(float *values) {
  using Vector [[gnu::vector_size(lanes * sizeof(float))]] = float;
  Vector factor, addend, chains[kChains];
  std::memcpy(&factor, values, sizeof(factor));
  std::memcpy(&addend, values + lanes, sizeof(addend));
  std::memcpy(chains, values + 2 * size_t{lanes}, sizeof(chains));
  for (int64_t step = 0; step < kSteps; ++step)
#pragma GCC unroll 16 // or the chains are not in registers
    for (Vector &chain : chains)
      chain = chain * factor + addend; // contracted where the processor can
  std::memcpy(values + 2 * size_t{lanes}, chains, sizeof(chains));
}

#if defined(__x86_64__)
[[gnu::target("avx512f")]] static void multiplyAdd16(float *values) {
  multiplyAdd<16>(values);
}
[[gnu::target("avx2,fma")]] static void multiplyAdd8(float *values) {
  multiplyAdd<8>(values);
}
#else
static constexpr auto *multiplyAdd16 = multiplyAdd<16>;
static constexpr auto *multiplyAdd8 = multiplyAdd<8>;
#endif
static void multiplyAdd4(float *values) { multiplyAdd<4>(values); }

Peak::Peak(unsigned lanes, runtime::WorkerPool &pool)
    : lanes(lanes), pool(pool), loop(lanes == 16  ? multiplyAdd16
                                     : lanes == 8 ? multiplyAdd8
                                                  : multiplyAdd4) {
  assert((lanes == 16 || lanes == 8 || lanes == 4) && "no loop of that width");
}

double Peak::getFlop() const {
  return 2.0 * kSteps * kChains * lanes * pool.size();
}

Contestant Peak::get() {
  auto run = [this](int64_t repetitions) {
    // x -> 1 - x: bits keep changing, and nothing grows.
    std::array<float, (2 + kChains) * kMostLanes> start;
    for (unsigned i = 0; i < start.size(); ++i)
      start[i] = i < lanes       ? -1.0F
                 : i < 2 * lanes ? 1.0F
                                 : 0.001F * static_cast<float>(i);
    // One loop for all repetitions: threads wait for each other once.
    pool.forEach(repetitions * pool.size(), [&](int64_t, unsigned) {
      auto values = start;
      loop(values.data());
    });
  };
  return {[] {}, run};
}
