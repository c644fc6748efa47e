//===- ShufflePlan.h - elements move within warps ---------------*- C++ -*-===//
//
// A conversion that stays within each warp is done by shuffles: in each round
// every lane offers one word and takes one from another lane. Which lane a lane
// takes from, which register it offers and which it fills are linear functions
// of the round and of the lane.
//
// Where a lane needs a register r of its own, an element lies in source
// register R(r, lane) of lane L(r, lane). If in one round all lanes filled the
// same register, two of them could need different registers of one source lane.
// So in round t lane l fills register t + Y(l), with Y chosen so that the lanes
// that are asked, L(t + Y(l), l), are all different (or ask for the same word):
// then each has to offer one word only, and there are never more rounds than
// words to fill.
//
// For example a transpose of 2 × 2 elements in two registers of two lanes,
// register = [[0, 1]], lane = [[1, 0]] to register = [[1, 0]], lane = [[0, 1]]:
// register r of lane l is source register l of lane r. With Y(l) = l, in round
// t lane l fills register t + l from lane t + l, which offers register l: round
// 0 takes what the lane has itself, and one shuffle is left.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_LAYOUT_SHUFFLEPLAN_H
#define SLUICE_LIB_LAYOUT_SHUFFLEPLAN_H

#include "lib/Layout/LinearLayout.h"

namespace sluice::layout {

/// Rounds of shuffles. A word is 32 bits: several elements that travel
/// together, one, or half of one.
struct ShufflePlan {
  /// The lane from which a lane takes its word: (round, lane) to (lane).
  LinearLayout from;
  /// The register of each element of the word that a lane offers, by the
  /// lane that offers, and of the one that it fills: (element, round, lane) to
  /// (register).
  LinearLayout offered, filled;
  /// The filled register with the same element, for each: (register) to
  /// (register).
  LinearLayout copies;
  /// Bit t: in round t each lane takes its own word, without a shuffle.
  llvm::SmallVector<bool, 16> isOwn;
  /// Of a warp: shuffles of 32 bits, selects for registers whose number depends
  /// on the lane, and words that are put together from two registers or taken
  /// apart (Words.h).
  unsigned shuffles = 0, selects = 0, permutes = 0;

  unsigned getNumRounds() const { return isOwn.size(); }
  /// The number to XOR a lane with, if that is what `from` does in this round
  /// (shfl.bfly).
  std::optional<uint64_t> getButterfly(unsigned round) const;
};

/// The shuffles that move elements of `elementBytes` bytes from layout `source`
/// to layout `destination`, both of (register, lane, warp) to the same
/// coordinates; nothing if warps have to exchange elements or if one lane would
/// have to offer two words in a round (only where lanes hold copies).
std::optional<ShufflePlan> planShuffles(const LinearLayout &source,
                                        const LinearLayout &destination,
                                        unsigned elementBytes);

} // namespace sluice::layout

#endif // SLUICE_LIB_LAYOUT_SHUFFLEPLAN_H
