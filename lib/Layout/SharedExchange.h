//===- SharedExchange.h - elements move through shared memory ---*- C++ -*-===//
//
// A conversion through shared memory has an image of its own, and chooses where
// in it each element lies so that the stores of one side and the loads of the
// other both take as few wavefronts as possible.
//
// The image's lowest offset bits are what vectors are made of: registers that
// both sides have, then those of one side, or a row of ldmatrix. Above them lie
// the bits that number the banks, and above those the lines of 128 bytes. Of
// the lines' bits only one thing matters: no sum of them may be a difference of
// two words that lanes ask for in one wavefront, or the two would lie in one
// bank. So the lines are a subspace that avoids two others, what a phase of the
// stores reaches and what a phase of the loads reaches (Span.h:
// getCommonComplement). A line that is a sum of a bit of either side is what
// is called a swizzle.
//
// For example 16-byte rows to columns of 8 × 64 elements of 16 bits: a phase
// stores columns 8, 16, 32; a phase of ldmatrix.trans loads rows 1, 2, 4; both
// in vectors of columns 1, 2, 4. The lines are [1, 8], [2, 16], [4, 32], the
// well-known swizzle of 128 bytes.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_LAYOUT_SHAREDEXCHANGE_H
#define SLUICE_LIB_LAYOUT_SHAREDEXCHANGE_H

#include "lib/Layout/SharedAccess.h"

namespace sluice::layout {

/// Stores, a barrier, and loads.
struct SharedExchange {
  /// The image: (offset), in elements, to the coordinates.
  LinearLayout memory;
  SharedAccess store, load;
  /// Each warp loads only what it has stored: a barrier of the warp will do.
  bool isWithinWarps = false;

  uint64_t getBytes() const {
    return uint64_t(load.elementBytes) << memory.getNumInputBits();
  }
  uint64_t getWavefronts() const { return store.wavefronts + load.wavefronts; }
  /// With the permutes of words.
  uint64_t getInstructions() const {
    return store.instructions + load.instructions + store.permutes +
           load.permutes;
  }
};

/// The exchange with the fewest wavefronts, and of those with the fewest
/// instructions. The source holds all that the destination does; both map
/// (register, lane, warp).
SharedExchange planExchange(const LinearLayout &source,
                            const LinearLayout &destination,
                            unsigned elementBytes, AccessOptions options = {});

} // namespace sluice::layout

#endif // SLUICE_LIB_LAYOUT_SHAREDEXCHANGE_H
