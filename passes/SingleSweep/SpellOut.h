//===- SpellOut.h - operations in terms of simpler ones ---------*- C++ -*-===//

#ifndef SLUICE_PASSES_SINGLESWEEP_SPELLOUT_H
#define SLUICE_PASSES_SINGLESWEEP_SPELLOUT_H

#include "dialects/Delta/DeltaOps.h"

namespace sluice {

/// Replaces a ÷ √(a·a + ε) by a product with one reciprocal.
void spellOut(delta::L2NormOp norm);

} // namespace sluice

#endif // SLUICE_PASSES_SINGLESWEEP_SPELLOUT_H
