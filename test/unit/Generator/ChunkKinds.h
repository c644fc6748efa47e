//===- ChunkKinds.h - what a chunk form has to cope with --------*- C++ -*-===//
//
// For tests of the chunk form over generated steps: proof that they met what
// they are meant to meet. Dead ops and what folds away count for nothing.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_TEST_UNIT_GENERATOR_CHUNKKINDS_H
#define SLUICE_TEST_UNIT_GENERATOR_CHUNKKINDS_H

#include "dialects/WY/WYOps.h"
#include <array>
#include <bitset>

namespace sluice::delta {

enum class ChunkKind {
  SeveralMicroSteps,
  SeveralUnknowns, ///< corrections that one system solves for
  ReadBeforeDecay,
  KeyDecay,
  ValueDecay,             ///< without corrections
  ValueDecayCorrected,    ///< the system differs from value column to column
  KeyDecayRightCorrected, ///< the same mirrored
  VectorBeta,             ///< a weight along value in the system
  VectorBetaOfKey,        ///< the same mirrored
  SeveralOutputs,
  TwoCoupledStates,
  ThreeCoupledStates,
  UncoupledStates,
  RightCorrection,
  RightRead,
  OtherSideRead, ///< not from the side of the corrections
  ZeroFactor,
  NegativeFactor,
  VectorFactor,
  NonlinearOutput,
  LogGateOfArgument, ///< may be −inf
};
inline constexpr unsigned kNumChunkKinds = 21;
llvm::StringRef stringifyChunkKind(ChunkKind kind);

using ChunkKinds = std::bitset<kNumChunkKinds>;
/// Of a canonical recurrence and the scan that was derived from it.
ChunkKinds findChunkKinds(RecurrenceOp op, wy::ScanOp scan);

} // namespace sluice::delta

#endif // SLUICE_TEST_UNIT_GENERATOR_CHUNKKINDS_H
