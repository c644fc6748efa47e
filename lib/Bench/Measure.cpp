//===- Measure.cpp - Paired rounds ----------------------------------------===//

#include "lib/Bench/Measure.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <thread>

using namespace llvm;
using namespace sluice;
using namespace sluice::bench;

/// Idle workers of one contestant spin for a while and would slow the next.
/// OpenMP's do so for about 6 ms.
static constexpr auto kSettleTime = std::chrono::milliseconds(10);

static double processSeconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) +
         1e-9 * static_cast<double>(time.tv_nsec);
}

static Sample takeTurn(const Contestant &contestant, int64_t repetitions,
                       unsigned threads) {
  using Clock = std::chrono::steady_clock;
  contestant.prepare();
  std::this_thread::sleep_for(kSettleTime);
  double cpu = processSeconds();
  Clock::time_point start = Clock::now();
  contestant.run(repetitions);
  std::chrono::duration<double> wall = Clock::now() - start;
  cpu = processSeconds() - cpu;
  double n = static_cast<double>(repetitions);
  return {wall.count() / n, cpu / (n * threads)};
}

static int64_t countRepetitions(const Contestant &contestant,
                                const MeasureOptions &options) {
  constexpr int64_t kMost = int64_t{1} << 24;
  int64_t repetitions = 1;
  while (repetitions < kMost) {
    double spent = takeTurn(contestant, repetitions, options.threads).wall *
                   static_cast<double>(repetitions);
    if (spent >= options.minSeconds)
      break;
    // A first turn is slow: it wakes threads and fills caches.
    double factor = std::clamp(1.1 * options.minSeconds / spent, 1.1, 16.0);
    repetitions = static_cast<int64_t>(
        std::ceil(factor * static_cast<double>(repetitions)));
  }
  return repetitions;
}

std::vector<Samples>
bench::measure(ArrayRef<Contestant> contestants, const MeasureOptions &options,
               function_ref<void(double fraction)> progress) {
  std::vector<int64_t> repetitions;
  for (const Contestant &contestant : contestants)
    repetitions.push_back(countRepetitions(contestant, options));

  size_t count = contestants.size();
  std::vector<Samples> samples(count);
  for (unsigned round = 0; round <= options.rounds; ++round) {
    progress(static_cast<double>(round) / (options.rounds + 1));
    for (size_t turn = 0; turn < count; ++turn) {
      // Another one begins each round, so that none is always after the same.
      size_t i = (turn + round) % count;
      Sample sample = takeTurn(contestants[i], repetitions[i], options.threads);
      if (round > 0)
        samples[i].push_back(sample);
    }
  }
  return samples;
}

Quartiles bench::getQuartiles(std::vector<double> numbers) {
  llvm::sort(numbers);
  auto at = [&](double fraction) {
    double place = fraction * static_cast<double>(numbers.size() - 1);
    auto below = static_cast<size_t>(place);
    size_t above = std::min(below + 1, numbers.size() - 1);
    double part = place - static_cast<double>(below);
    return (1 - part) * numbers[below] + part * numbers[above];
  };
  return {at(0.25), at(0.5), at(0.75)};
}

Quartiles bench::getQuartiles(const Samples &samples, double Sample::*member) {
  std::vector<double> numbers;
  for (const Sample &sample : samples)
    numbers.push_back(sample.*member);
  return getQuartiles(std::move(numbers));
}

Quartiles bench::getRatio(const Samples &slow, const Samples &fast,
                          double Sample::*member) {
  std::vector<double> ratios;
  for (auto [s, f] : zip_equal(slow, fast))
    ratios.push_back(s.*member / f.*member);
  return getQuartiles(std::move(ratios));
}
