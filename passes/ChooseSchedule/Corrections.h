//===- Corrections.h - how much a token takes away of a state ---*- C++ -*-===//
//
// A correction writes along the key that it has read: S + x (c − β xᵀS)ᵀ. With
// keys of length at most 1 the factor β says how rounding errors of the state
// go on: 1 − β of what lies along x stays, so that between 0 and 1 every token
// makes an error smaller, and above 1 it comes back with the other sign. A
// system of corrections solved with β up to 2 has entries that grow with its
// rows.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_PASSES_CHOOSESCHEDULE_CORRECTIONS_H
#define SLUICE_PASSES_CHOOSESCHEDULE_CORRECTIONS_H

#include "lib/Analysis/Bounds.h"
#include <string>

namespace sluice {

/// What is known of β for one system of corrections.
struct Correction {
  /// Times the square of the keys' length, where that may be more than 1; of
  /// keys that nothing is known of it is not: a contract of inputs.
  Interval factor;
  BoundSource source = BoundSource::None;
  /// Why nothing is known; empty where something is.
  std::string unknown;

  /// Errors of the state do not grow.
  bool isContracting() const {
    return unknown.empty() && factor.lower >= 0 && factor.upper <= 1;
  }
};

Correction findCorrection(wy::SolveOp solve, const GateBounds &bounds);

} // namespace sluice

#endif // SLUICE_PASSES_CHOOSESCHEDULE_CORRECTIONS_H
