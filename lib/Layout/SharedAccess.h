//===- SharedAccess.h - how warps reach a shared image ----------*- C++ -*-===//
//
// Between a layout of threads (register, lane, warp) and a layout of memory
// (offset) lies one linear map, from threads to offsets, and what instructions
// can do is read off its bases: as many registers as are neighbours in memory
// and aligned make a vector; lanes that walk along rows of 16 bytes are what
// ldmatrix and stmatrix do; and which lanes meet in a bank is the rank of the
// lanes' addresses, once with and once without the bits above the bank.
//
// For example A of mma.m16n8k16 and an image of bf16 with rows of 64, 16-byte
// pieces swizzled (SharedLayouts.h): in offsets the A fragment's bases are
// register = [1, 8 rows, 8], lane = [2, 4, row 1, row 2, row 4], so one
// ldmatrix.x4 loads it, and its four phases of 8 rows take a wavefront each.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_LAYOUT_SHAREDACCESS_H
#define SLUICE_LIB_LAYOUT_SHAREDACCESS_H

#include "lib/Layout/LinearLayout.h"

namespace sluice::layout {

/// Shared memory gives 32 banks of 4 bytes a wavefront.
inline constexpr unsigned kBanks = 32, kBankBytes = 4;
/// The most that a lane moves at once, and a row of ldmatrix.
inline constexpr unsigned kMaxVectorBytes = 16;

/// The wavefronts of one instruction of a warp, each lane of which accesses
/// `bytes` bytes: `addresses` has one input axis, the lane, and one output, the
/// byte, a multiple of `bytes`. Lanes in which a bit of `inactive` is set take
/// no part. Counted as the simulator counts (docs/simulator.md): lanes come in
/// groups of 128 bytes, twice as many where a load asks for the same address in
/// each two lanes n and n ^ 1, or n and n ^ 2; of a group, each bank gives one
/// word a wavefront.
uint64_t countWavefronts(const LinearLayout &addresses, unsigned bytes,
                         bool isLoad, uint64_t inactive = 0);

enum class AccessKind : uint8_t {
  /// ld.shared or st.shared, of vectors.
  Vector,
  /// ldmatrix or stmatrix, and with .trans.
  Matrix,
  MatrixTransposed
};

/// The loads or stores with which each warp moves its elements. A code
/// generator emits one instruction for each step.
struct SharedAccess {
  AccessKind kind = AccessKind::Vector;
  bool isLoad = false;
  unsigned elementBytes = 0;
  /// The register that takes part with an element of a step: (element, step) to
  /// (register). Element e of a vector is at the lane's address + e; of
  /// matrices the elements are those of the instruction's 32-bit registers,
  /// from low to high.
  LinearLayout registers;
  /// The offset in the image, in elements, that a lane gives as its address:
  /// (step, lane, warp) to (offset). ldmatrix looks at lanes 8 i to 8 i + 7 for
  /// matrix i.
  LinearLayout offsets;
  /// The register that `registers` names and which has the same element, for
  /// each: (register) to (register). A load moves copies behind it.
  LinearLayout copies;
  /// Lanes and warps in which one of these bits is set have copies of what
  /// others store, and store nothing.
  uint64_t inactiveLanes = 0, inactiveWarps = 0;
  /// Of all warps that take part; `permutes` are words of elements that do not
  /// lie in one register (Words.h).
  uint64_t wavefronts = 0, instructions = 0, permutes = 0;

  /// Elements that a lane moves at once: of a vector, or of all matrices.
  uint64_t getElementsPerStep() const;
  /// ldmatrix.x1, .x2 or .x4.
  unsigned getNumMatrices() const;
};

/// What the target's instructions are.
struct AccessOptions {
  /// ldmatrix (sm_75) and stmatrix (sm_90).
  bool hasMatrixLoad = true, hasMatrixStore = true;
};

/// The access with the fewest wavefronts, and of those with the fewest
/// instructions, permutes counted. `threads` maps (register, lane, warp) to the
/// coordinates; `memory` maps offset to them and holds every element of
/// `threads`.
SharedAccess planAccess(const LinearLayout &threads, const LinearLayout &memory,
                        unsigned elementBytes, bool isLoad,
                        AccessOptions options = {});

/// The access by ldmatrix or stmatrix alone, with .trans or without; nothing if
/// lanes do not lie as the instruction has them.
std::optional<SharedAccess> planMatrixAccess(const LinearLayout &threads,
                                             const LinearLayout &memory,
                                             unsigned elementBytes, bool isLoad,
                                             bool isTransposed);

} // namespace sluice::layout

#endif // SLUICE_LIB_LAYOUT_SHAREDACCESS_H
