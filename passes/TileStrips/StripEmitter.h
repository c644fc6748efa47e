//===- StripEmitter.h - loops over strips -----------------------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILESTRIPS_STRIPEMITTER_H
#define SLUICE_PASSES_TILESTRIPS_STRIPEMITTER_H

namespace sluice {

class StripPlan;

/// Rewrites a block as its plan says.
void emitStrips(const StripPlan &plan);

} // namespace sluice

#endif // SLUICE_PASSES_TILESTRIPS_STRIPEMITTER_H
