//===- Counts.cpp - what noise cannot touch -------------------------------===//

#include "lib/Simulator/Machine/Counts.h"
#include <numeric>

using namespace sluice::sim;

void OperationCounts::add(const OperationCounts &other) {
  executions += other.executions;
  lanes += other.lanes;
  sharedWavefronts += other.sharedWavefronts;
  sharedIdealWavefronts += other.sharedIdealWavefronts;
  globalBytes += other.globalBytes;
  globalSectors += other.globalSectors;
}

void Counts::add(const Counts &other) {
  for (size_t i = 0; i < kNumClasses; ++i) {
    warpInstructions[i] += other.warpInstructions[i];
    threadInstructions[i] += other.threadInstructions[i];
  }
  globalLoadBytes += other.globalLoadBytes;
  globalStoreBytes += other.globalStoreBytes;
  globalLoadSectors += other.globalLoadSectors;
  globalStoreSectors += other.globalStoreSectors;
  sharedLoadBytes += other.sharedLoadBytes;
  sharedStoreBytes += other.sharedStoreBytes;
  sharedWavefronts += other.sharedWavefronts;
  sharedIdealWavefronts += other.sharedIdealWavefronts;
  localBytes += other.localBytes;
  asyncBytes += other.asyncBytes;
  tensorFlop += other.tensorFlop;
  barriers += other.barriers;
}

uint64_t Counts::getThreadInstructions() const {
  return std::accumulate(threadInstructions.begin(), threadInstructions.end(),
                         uint64_t(0));
}
