//===- Program.h - A step compiled for interpretation -----------*- C++ -*-===//
//
// The ops of a step as a list of instructions over numbered storage, so that
// the inner loop touches no IR but the elementwise ops' `evaluate`. The step is
// that of a recurrence, its adjoint, or the part without states that a chunk's
// wy.tokens keeps.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_REFERENCE_PROGRAM_H
#define SLUICE_LIB_REFERENCE_PROGRAM_H

#include "dialects/WY/WYOps.h"
#include "lib/Runtime/Problem.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include <optional>
#include <vector>

namespace sluice::reference {

/// The place of a scalar (size 1) or a vector among a worker's numbers.
struct Slot {
  int64_t offset = 0, size = 1;
};

/// What an operation does; the comments say which fields it uses.
enum class Opcode {
  Elementwise, ///< out = function(inputs), scalars broadcast
  Broadcast,   ///< out = inputs[0], repeated
  Dot,         ///< out = Σ inputs[0] · inputs[1]
  Reduce,      ///< out = sum, max or min of inputs[0]
  L2Norm,      ///< out = inputs[0] / √(Σ inputs[0]² + epsilon)
  Decay,       ///< toState = e^inputs[0] ∘ fromState, along axis
  ScaleState,  ///< toState = inputs[0] ∘ fromState, along axis
  ReadLeft,    ///< out = inputs[0]ᵀ fromState
  ReadRight,   ///< out = fromState inputs[0]
  Write,       ///< toState = fromState + inputs[0] inputs[1]ᵀ
  AddStates,   ///< toState = fromState + otherState
  Zero,        ///< toState = 0
  DotStates,   ///< out = Σ fromState ∘ otherState, but along axis
};

struct Instruction {
  Opcode opcode;
  llvm::SmallVector<Slot, 2> inputs;
  Slot out;
  /// State buffers; toState may be one of those it is computed from.
  unsigned fromState = 0, otherState = 0, toState = 0;
  /// Of a gate, a factor or a result; nothing for a scalar.
  std::optional<delta::Axis> axis;
  delta::Reduction reduction = delta::Reduction::Sum;
  double epsilon = 0;
  delta::ElementwiseOpInterface function;
};

/// An argument of the step (no state) and its place.
struct Load {
  unsigned argument;
  Slot slot;
  /// Its tensor is per query/key head.
  bool isPerQKHead = false;
};

/// A carried state at the end of a token: the buffer that it is in, and the one
/// where the next token expects it.
struct NextState {
  unsigned from, to;
};

struct Program {
  /// Built once for sizes; errors name an op that has no meaning here.
  static llvm::Expected<Program> compile(delta::RecurrenceOp op,
                                         const runtime::Problem &problem);
  /// The same of the adjoint of `op`.
  static llvm::Expected<Program> compile(delta::RecurrenceOp op,
                                         delta::AdjointOp adjoint,
                                         const runtime::Problem &problem);
  /// All arguments become token loads.
  static llvm::Expected<Program>
  compile(wy::TokensOp tokens, const runtime::Sizes &sizes, double scale);

  std::vector<Instruction> instructions;
  /// Loaded for every token; loaded once for every head.
  std::vector<Load> tokenLoads, paramLoads;
  /// Numbers that never change.
  std::vector<std::pair<Slot, double>> constants;
  std::vector<Slot> outputs;
  /// State argument i (counting states) is in buffer i when a token starts.
  /// Those that are carried, in order.
  std::vector<NextState> nextStates;
  unsigned numBuffers = 0;
  /// Doubles that all slots take.
  int64_t numNumbers = 0;
};

/// Executes an instruction that touches no state; slots are counted from
/// `numbers`.
void evaluate(const Instruction &instruction, double *numbers);

} // namespace sluice::reference

#endif // SLUICE_LIB_REFERENCE_PROGRAM_H
