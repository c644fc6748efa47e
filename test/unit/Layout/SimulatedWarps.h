//===- SimulatedWarps.h - plans are executed, element by element *- C++ -*-===//
//
// Warps whose registers hold the coordinates of their elements, so that what a
// plan moves can be seen to be what it ought to be. Nothing here is linear:
// every lane and register is looked at by itself.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_TEST_UNIT_LAYOUT_SIMULATEDWARPS_H
#define SLUICE_TEST_UNIT_LAYOUT_SIMULATEDWARPS_H

#include "lib/Layout/Conversion.h"
#include <map>

namespace sluice::test {

/// What a register holds that nobody has written.
inline constexpr int64_t kNothing = -1;

/// Elements by warp, lane and register.
struct RegisterFile {
  unsigned numWarps, numRegisters;
  std::vector<int64_t> values;

  explicit RegisterFile(const layout::LinearLayout &threads)
      : numWarps(1u << threads.getInputBits(layout::kWarp)),
        numRegisters(1u << threads.getInputBits(layout::kRegister)),
        values(size_t(numWarps) * 32 * numRegisters, kNothing) {}

  int64_t &at(unsigned warp, unsigned lane, unsigned reg) {
    return values[(size_t(warp) * 32 + lane) * numRegisters + reg];
  }
  bool operator==(const RegisterFile &) const = default;
};

/// Each register holds its place as `threads` has it, with the output axes in
/// the order of `names`.
RegisterFile fillRegisters(const layout::LinearLayout &threads,
                           llvm::ArrayRef<llvm::StringRef> names);

/// The image in shared memory, by offset, and what its accesses have cost.
struct SharedImage {
  std::vector<int64_t> values;
  /// The warp that has stored it.
  std::vector<unsigned> writers;
  uint64_t wavefronts = 0, instructions = 0, permutes = 0;

  explicit SharedImage(uint64_t size) : values(size, kNothing), writers(size) {}

  /// Executes all steps of all warps. Fails the test where bytes are written
  /// twice, or an address is misaligned or outside.
  void store(const layout::SharedAccess &access, RegisterFile &from);
  /// And copies registers behind it. `isWithinWarps`: each warp has stored what
  /// it loads.
  void load(const layout::SharedAccess &access, RegisterFile &to,
            bool isWithinWarps = false);
};

/// Executes a plan of shuffles: each warp's lanes offer and take words.
void shuffle(const layout::ShufflePlan &plan, RegisterFile &from,
             RegisterFile &to);

/// Executes any conversion. Fails the test where an exchange takes other
/// wavefronts than it has counted.
RegisterFile convert(const layout::Conversion &conversion,
                     const layout::LinearLayout &destination,
                     RegisterFile &from);

/// One instruction: addresses of lanes, in bytes. As the ISA's banks are
/// described in docs/simulator.md, lane by lane.
uint64_t countBankPasses(const std::map<unsigned, uint64_t> &addresses,
                         unsigned bytes, bool isLoad);

} // namespace sluice::test

#endif // SLUICE_TEST_UNIT_LAYOUT_SIMULATEDWARPS_H
