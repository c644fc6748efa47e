//===- StepFeatures.h - what kinds of thing a step does ---------*- C++ -*-===//
//
// For tests that run many generated steps: proof that they met what they are
// meant to meet.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_TEST_UNIT_GENERATOR_STEPFEATURES_H
#define SLUICE_TEST_UNIT_GENERATOR_STEPFEATURES_H

#include "dialects/Delta/DeltaOps.h"
#include <array>
#include <bitset>

namespace sluice::delta {

enum class StepFeature {
  SeveralStates,
  CoupledStates,
  SeveralWrites,
  LeftCorrection,
  RightCorrection,
  SeveralMicroSteps,
  Nonlinear,
  ReadOfIncoming,
  ReadBeforeDecay,
  ReadBetweenWrites,
  ReadAfterLastWrite,
  RightRead,
  ReadWithRead, ///< the vector of a read depends on another read
  ScalarDecay,
  KeyDecay,
  ValueDecay,
  DecaysAlongBoth,
  ScaledState,
  ConstantFactor,
  GateFromRead,
  Reduction, ///< a dot product, a sum, a maximum
  L2Norm,
  Param,
  ValueOfQKHeads,
  UnusedArgument,
  SeveralOutputs,
  ScalarOutput,
  KeyOutput,
  ValueOutput,
  ArgumentOutput,
  OutputTwice,
};
inline constexpr unsigned kNumStepFeatures = 31;
llvm::StringRef stringifyStepFeature(StepFeature feature);

using StepFeatures = std::bitset<kNumStepFeatures>;
StepFeatures findFeatures(RecurrenceOp op);

/// How many steps had each feature.
class StepFeatureCounts {
public:
  void add(StepFeatures features);
  unsigned get(StepFeature feature) const {
    return counts[static_cast<unsigned>(feature)];
  }
  unsigned getTotal() const { return total; }
  void print(llvm::raw_ostream &os) const;

private:
  std::array<unsigned, kNumStepFeatures> counts{};
  unsigned total = 0;
};

} // namespace sluice::delta

#endif // SLUICE_TEST_UNIT_GENERATOR_STEPFEATURES_H
