//===- ChunkTrial.cpp - a generated step, and how its chunks run ----------===//

#include "test/unit/Generator/ChunkTrial.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::delta;

/// Of a case: tokens times elements of all its states.
static constexpr int64_t kMostWork = 150'000;

void ChunkTrial::drawStep(reference::Random &random) {
  constexpr StepClass kinds[] = {StepClass::Linear, StepClass::Delta,
                                 StepClass::Delta, StepClass::RightSided};
  constexpr unsigned states[] = {1, 1, 2, 2, 3, 3};
  step.kind = oneOf(random, kinds);
  step.minStates = oneOf(random, states);
  // Mirrored, no gate along an axis goes with coupled states.
  double coupled = step.kind == StepClass::RightSided ? 0.3 : 0.6;
  step.coupled = step.minStates > 1 && random.unit() < coupled;
  if (*step.coupled)
    step.maxStates = step.minStates;
  step.chunkable = random.unit() < 0.9;
  step.otherSide = random.unit() < 0.3 ? 0.6 : 0.15;
  step.numbers = random.unit() < 0.4 ? 0.6 : 0;
}

ChunkCase ChunkTrial::drawCase(int64_t tokens,
                               reference::Random &random) const {
  constexpr int64_t groups[] = {1, 1, 2, 4};
  ChunkCase made;
  runtime::Sizes &sizes = made.shape.sizes;
  sizes["T"] = tokens;
  sizes["K"] = keyDim;
  sizes["V"] = valueDim;
  do {
    sizes["B"] = sizes["N"] = 1 + random.bits() % 2;
    sizes["H"] = 1 + random.bits() % 2;
    sizes["HV"] = sizes["H"] * oneOf(random, groups);
  } while (sizes["HV"] * sizes["B"] > 1 &&
           sizes["B"] * sizes["T"] * sizes["HV"] * sizes["K"] * sizes["V"] >
               kMostWork);
  made.shape.initialStates = random.unit() < 0.6;
  made.shape.gates = static_cast<GateRegime>(random.bits() % kNumGateRegimes);
  made.run.threads = 1 + random.bits() % 2;
  made.run.inPlace = made.shape.initialStates && random.unit() < 0.3;
  return made;
}

ChunkTrial::ChunkTrial(int64_t chunk, unsigned maxStateOps, uint64_t seed)
    : chunk(chunk) {
  reference::Random random(seed, 0xc4c4);
  step.seed = 20'000 + seed;
  step.maxStateOps = maxStateOps;
  drawStep(random);
  constexpr int64_t sizes[] = {1, 2, 3, 4, 5, 8, 11, 16, 17, 24, 33, 40};
  keyDim = oneOf(random, sizes);
  valueDim = oneOf(random, sizes);
  target = &drawTarget(random);
  panel = static_cast<int64_t>(random.bits() % 4);

  int64_t few[] = {0, 1, random.bits() % 2 ? chunk - 1 : chunk,
                   static_cast<int64_t>(random.bits() % (chunk + 1))};
  cases.push_back(drawCase(oneOf(random, few), random));
  // Several blocks of chunks where chunks are short, too.
  auto several = [&] {
    int64_t most = std::max<int64_t>(2 * chunk, 40);
    return chunk + 1 + static_cast<int64_t>(random.bits() % most);
  };
  cases.push_back(drawCase(several(), random));
  cases.push_back(drawCase(several(), random));
  drawSequences(cases.back().shape, random);
}

std::string delta::describe(const ChunkTrial &trial, RecurrenceOp op) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << stringifyStepClass(trial.step.kind) << " seed " << trial.step.seed
     << ", chunks of " << trial.chunk << ", K=" << trial.keyDim
     << " V=" << trial.valueDim << ", " << trial.target->name
     << " panel vectors " << trial.panel << '\n';
  op.print(os);
  return text;
}
