//===- StepMachine.h - A step, run for one value head -----------*- C++ -*-===//
//
// The state buffers and numbers of a compiled step, and the execution of its
// instructions: in float64, each operation by its definition.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_REFERENCE_STEPMACHINE_H
#define SLUICE_LIB_REFERENCE_STEPMACHINE_H

#include "lib/Reference/Program.h"
#include <memory>

namespace sluice::reference {

class StepMachine {
public:
  /// `args` has a tensor for each argument of the step. One without data is
  /// zero, and those of states are not looked at.
  StepMachine(const Program &program, const runtime::Sizes &sizes,
              llvm::ArrayRef<io::TensorView> args, int64_t head);

  /// What one takes while it runs.
  static uint64_t getBytes(const Program &program, const runtime::Sizes &sizes);
  /// To be called first; false if there is no memory.
  bool start();

  /// The state argument `number`, counting states: [K, V].
  llvm::MutableArrayRef<double> getState(unsigned number) {
    return {state(number), static_cast<size_t>(stateSize)};
  }
  llvm::ArrayRef<double> getNumbers(Slot slot) const {
    return {&arena[numbersBegin + slot.offset], static_cast<size_t>(slot.size)};
  }

  /// Runs the step with the arguments of one token. States that are not carried
  /// have no meaning afterwards.
  void run(int64_t batch, int64_t token);
  /// Brings the next states to where a token expects them.
  void moveStates();

private:
  static int64_t getNumbersBegin(const Program &program, int64_t stateSize);
  double *state(unsigned buffer) { return &arena[buffer * stateSize]; }
  double *numbers(Slot slot) { return &arena[numbersBegin + slot.offset]; }
  llvm::MutableArrayRef<double> elements(Slot slot) {
    return {numbers(slot), static_cast<size_t>(slot.size)};
  }

  void load(const Load &load, int64_t position);
  void execute(const Instruction &instruction);
  void scale(const Instruction &instruction, const double *factors);
  void readLeft(const double *from, const double *vector, double *out);
  void readRight(const double *from, const double *vector, double *out);
  void write(const double *from, const double *x, const double *y, double *to);
  void dotStates(const Instruction &instruction);

  const Program &program;
  llvm::ArrayRef<io::TensorView> args;
  int64_t head, qkHead, heads, qkHeads, tokensInRow, keyDim, valueDim,
      stateSize, numbersBegin;
  /// Every state buffer, a spare for each next state, then all numbers.
  std::unique_ptr<double[]> arena;
  /// The factors of a decay while it runs.
  std::vector<double> factors;
};

} // namespace sluice::reference

#endif // SLUICE_LIB_REFERENCE_STEPMACHINE_H
