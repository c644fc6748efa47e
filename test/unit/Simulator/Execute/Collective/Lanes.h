//===- Lanes.h - one warp's values in and out -------------------*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_SIMULATOR_EXECUTE_COLLECTIVE_LANES_H
#define SLUICE_TEST_UNIT_SIMULATOR_EXECUTE_COLLECTIVE_LANES_H

#include "Kernel.h"
#include "lib/Simulator/Machine/Operation.h"
#include <array>
#include <random>

namespace sluice::sim::test {

inline std::mt19937 makeRandom(unsigned seed) { return std::mt19937(seed); }

constexpr uint32_t kUntouched = 0xcdcdcdcd;

/// What each lane has in %r4 to %r7 before the code under test, and in %r10 and
/// %r11 after it.
struct LaneInput {
  uint32_t a = 0, b = 0, c = 0, mask = 0xffffffff;
};
struct LaneOutput {
  uint32_t d = kUntouched, p = kUntouched;
};

struct LanesResult {
  Outcome outcome;
  std::array<LaneOutput, 32> lanes;
};

/// Runs `body` with one warp. Lanes that do not come to its end leave their
/// output untouched.
inline LanesResult runLanes(llvm::StringRef body,
                            const std::array<LaneInput, 32> &inputs,
                            uint64_t seed = 1, unsigned threads = 32) {
  std::vector<Buffer> buffers(3);
  for (const LaneInput &input : inputs)
    buffers[0].words.insert(buffers[0].words.end(),
                            {input.a, input.b, input.c, input.mask});
  buffers[1].words.assign(64, kUntouched);
  // For what a body does through memory.
  buffers[2].words.assign(64, 0);
  std::string text = "mul.wide.u32 %rd10, %r1, 16;\n"
                     "add.s64 %rd11, %rd0, %rd10;\n"
                     "mul.wide.u32 %rd10, %r1, 8;\n"
                     "add.s64 %rd12, %rd1, %rd10;\n"
                     "ld.global.v4.u32 {%r4, %r5, %r6, %r7}, [%rd11];\n"
                     "mov.u32 %r10, 0;\n"
                     "mov.u32 %r11, 0;\n" +
                     body.str() + "\nst.global.v2.u32 [%rd12], {%r10, %r11};\n";
  LanesResult result;
  result.outcome = runKernel(text, buffers, {1, threads, seed});
  for (unsigned lane = 0; lane < 32; ++lane)
    result.lanes[lane] = {buffers[1].words[2 * lane],
                          buffers[1].words[2 * lane + 1]};
  return result;
}

inline std::array<LaneInput, 32> makeInputs(uint32_t mask = 0xffffffff) {
  std::array<LaneInput, 32> inputs;
  for (unsigned lane = 0; lane < 32; ++lane)
    inputs[lane] = {1000 + lane, 0, 0, mask};
  return inputs;
}

} // namespace sluice::sim::test

#endif // SLUICE_TEST_UNIT_SIMULATOR_EXECUTE_COLLECTIVE_LANES_H
