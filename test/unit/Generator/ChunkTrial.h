//===- ChunkTrial.h - a generated step, and how its chunks run --*- C++ -*-===//

#ifndef SLUICE_TEST_UNIT_GENERATOR_CHUNKTRIAL_H
#define SLUICE_TEST_UNIT_GENERATOR_CHUNKTRIAL_H

#include "test/unit/Generator/GuardedRun.h"
#include "test/unit/Generator/StepGenerator.h"

namespace sluice::delta {

/// Inputs of one size for the kernel of a trial.
struct ChunkCase {
  StepShape shape;
  GuardedOptions run;
};

/// A step of class linear or delta, one kernel for it, and inputs.
struct ChunkTrial {
  ChunkTrial(int64_t chunk, unsigned maxStateOps, uint64_t seed);

  StepGeneratorOptions step;
  int64_t chunk, keyDim, valueDim;
  const target::Cpu *target;
  int64_t panel;
  /// At most a chunk of tokens; several chunks; several sequences.
  llvm::SmallVector<ChunkCase, 3> cases;

private:
  void drawStep(reference::Random &random);
  ChunkCase drawCase(int64_t tokens, reference::Random &random) const;
};

/// The step's text, and the trial's numbers.
std::string describe(const ChunkTrial &trial, RecurrenceOp op);

} // namespace sluice::delta

#endif // SLUICE_TEST_UNIT_GENERATOR_CHUNKTRIAL_H
