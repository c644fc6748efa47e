//===- StepData.h - inputs for generated steps ------------------*- C++ -*-===//
//
// Random tensors that a generated step may be given, in memory where one byte
// too far is a fault.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_TEST_UNIT_GENERATOR_STEPDATA_H
#define SLUICE_TEST_UNIT_GENERATOR_STEPDATA_H

#include "dialects/Delta/DeltaOps.h"
#include "lib/Reference/Random.h"
#include "lib/Runtime/Problem.h"
#include <deque>

namespace sluice::delta {

/// Memory between two inaccessible pages, against one of them: after it, at the
/// alignment that its size leaves, or before it, at a page's start.
class GuardedBuffer {
public:
  enum class Edge { Begin, End };
  explicit GuardedBuffer(size_t size, Edge edge = Edge::End);
  ~GuardedBuffer();
  GuardedBuffer(const GuardedBuffer &) = delete;
  GuardedBuffer &operator=(const GuardedBuffer &) = delete;

  uint8_t *data() { return place; }
  size_t size() const { return bytes; }
  llvm::ArrayRef<uint8_t> view() const { return {place, bytes}; }
  /// All bits set: a NaN in every float type.
  void poison();
  /// From now on a write faults, too.
  void makeReadOnly();

private:
  size_t bytes, mapped;
  uint8_t *pages, *place;
};

/// What log gates are.
enum class GateRegime {
  Any, ///< between −2 and 0, some 0, some −inf
  Zero,
  Mild,        ///< −0.01 … −0.1
  Strong,      ///< about −5
  Extreme,     ///< −1e3 on random channels or tokens, else mild
  Alternating, ///< 0 and −1e3
  Infinite,    ///< −inf on random channels or tokens, else mild
  AllInfinite,
};
inline constexpr unsigned kNumGateRegimes = 8;
llvm::StringRef stringifyGateRegime(GateRegime regime);

struct StepShape {
  runtime::Sizes sizes;
  /// Of the single row; empty: every row of the batch is one.
  std::vector<int64_t> sequenceLengths;
  bool initialStates = true;
  /// A type drawn for each argument; initial states have the first or f32.
  llvm::SmallVector<io::DType> types = {io::DType::F32};
  GateRegime gates = GateRegime::Any;
};

/// Cuts a single row into up to four sequences, of which some are empty.
void drawSequences(StepShape &shape, reference::Random &random);

/// Tensors of a shape for a step, and the problem they make.
class StepData {
public:
  StepData(RecurrenceOp op, const StepShape &shape, uint64_t seed);

  RecurrenceOp getOp() const { return op; }
  const runtime::Problem &getProblem() const { return problem; }
  /// The buffer of an argument, null for a state that starts at zero.
  GuardedBuffer *getBuffer(unsigned argument) { return byArgument[argument]; }

  /// All arguments become NaN, or again what they were.
  void poison();
  void restore();
  void makeReadOnly();

private:
  void addArgument(RecurrenceOp op, unsigned index, const StepShape &shape);
  double drawGate();
  /// `width` gates a token and head.
  std::vector<double> drawGates(GateRegime regime, int64_t count,
                                int64_t width);

  RecurrenceOp op;
  reference::Random random;
  std::deque<GuardedBuffer> buffers;
  std::vector<GuardedBuffer *> byArgument;
  std::vector<std::vector<uint8_t>> saved;
  std::vector<int64_t> offsets;
  std::vector<io::NamedTensor> tensors;
  runtime::Problem problem;
};

} // namespace sluice::delta

#endif // SLUICE_TEST_UNIT_GENERATOR_STEPDATA_H
