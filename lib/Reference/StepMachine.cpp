//===- StepMachine.cpp - A step, run for one value head -------------------===//

#include "lib/Reference/StepMachine.h"
#include "lib/Runtime/Tensor.h"

#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <new>

using namespace llvm;
using namespace sluice;
using namespace sluice::delta;
using namespace sluice::reference;
using namespace sluice::runtime;

//===----------------------------------------------------------------------===//
// One instruction
//===----------------------------------------------------------------------===//

/// The state's entries times the factors: one, one a row, or one a column.
void StepMachine::scale(const Instruction &instruction, const double *factors) {
  const double *from = state(instruction.fromState);
  double *to = state(instruction.toState);
  if (instruction.axis == Axis::Value) {
    for (int64_t i = 0; i < keyDim; ++i)
      for (int64_t j = 0; j < valueDim; ++j)
        to[i * valueDim + j] = from[i * valueDim + j] * factors[j];
    return;
  }
  for (int64_t i = 0; i < keyDim; ++i) {
    double factor = factors[instruction.axis ? i : 0];
    for (int64_t j = 0; j < valueDim; ++j)
      to[i * valueDim + j] = from[i * valueDim + j] * factor;
  }
}

void StepMachine::readLeft(const double *from, const double *vector,
                           double *out) {
  std::fill_n(out, valueDim, 0);
  for (int64_t i = 0; i < keyDim; ++i)
    for (int64_t j = 0; j < valueDim; ++j)
      out[j] += vector[i] * from[i * valueDim + j];
}

void StepMachine::readRight(const double *from, const double *vector,
                            double *out) {
  for (int64_t i = 0; i < keyDim; ++i) {
    double sum = 0;
    {
#pragma clang fp reassociate(on)
      for (int64_t j = 0; j < valueDim; ++j)
        sum += from[i * valueDim + j] * vector[j];
    }
    out[i] = sum;
  }
}

void StepMachine::write(const double *from, const double *x, const double *y,
                        double *to) {
  for (int64_t i = 0; i < keyDim; ++i)
    for (int64_t j = 0; j < valueDim; ++j)
      to[i * valueDim + j] = from[i * valueDim + j] + x[i] * y[j];
}

/// Σ A ∘ B over both axes, over those of a row, or over those of a column.
void StepMachine::dotStates(const Instruction &instruction) {
  const double *left = state(instruction.fromState);
  const double *right = state(instruction.otherState);
  MutableArrayRef<double> out = elements(instruction.out);
  fill(out, 0);
  for (int64_t i = 0; i < keyDim; ++i)
    for (int64_t j = 0; j < valueDim; ++j) {
      double &sum = !instruction.axis                ? out[0]
                    : *instruction.axis == Axis::Key ? out[i]
                                                     : out[j];
      sum += left[i * valueDim + j] * right[i * valueDim + j];
    }
}

void StepMachine::execute(const Instruction &instruction) {
  auto input = [&](unsigned index) {
    return numbers(instruction.inputs[index]);
  };
  double *out = numbers(instruction.out);
  switch (instruction.opcode) {
  case Opcode::Decay:
    factors.clear();
    for (double gate : elements(instruction.inputs[0]))
      factors.push_back(std::exp(gate));
    return scale(instruction, factors.data());
  case Opcode::ScaleState:
    return scale(instruction, input(0));
  case Opcode::ReadLeft:
    return readLeft(state(instruction.fromState), input(0), out);
  case Opcode::ReadRight:
    return readRight(state(instruction.fromState), input(0), out);
  case Opcode::Write:
    return write(state(instruction.fromState), input(0), input(1),
                 state(instruction.toState));
  case Opcode::AddStates: {
    const double *left = state(instruction.fromState);
    const double *right = state(instruction.otherState);
    double *to = state(instruction.toState);
    for (int64_t i = 0; i < stateSize; ++i)
      to[i] = left[i] + right[i];
    return;
  }
  case Opcode::Zero:
    std::fill_n(state(instruction.toState), stateSize, 0);
    return;
  case Opcode::DotStates:
    return dotStates(instruction);
  default:
    return evaluate(instruction, &arena[numbersBegin]);
  }
}

//===----------------------------------------------------------------------===//
// One token
//===----------------------------------------------------------------------===//

/// Loads the scalar or vector number `position` of an argument's tensor.
void StepMachine::load(const Load &load, int64_t position) {
  const io::TensorView &tensor = args[load.argument];
  if (hasData(tensor))
    loadElements(tensor, position * load.slot.size, elements(load.slot));
  else
    fill(elements(load.slot), 0);
}

void StepMachine::run(int64_t batch, int64_t token) {
  int64_t position = batch * tokensInRow + token;
  for (const Load &argument : program.tokenLoads)
    load(argument, argument.isPerQKHead ? position * qkHeads + qkHead
                                        : position * heads + head);
  for (const Instruction &instruction : program.instructions)
    execute(instruction);
}

void StepMachine::moveStates() {
  for (auto [i, next] : enumerate(program.nextStates))
    if (next.from != next.to)
      std::copy_n(state(next.from), stateSize, state(program.numBuffers + i));
  for (auto [i, next] : enumerate(program.nextStates))
    if (next.from != next.to)
      std::copy_n(state(program.numBuffers + i), stateSize, state(next.to));
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

StepMachine::StepMachine(const Program &program, const Sizes &sizes,
                         ArrayRef<io::TensorView> args, int64_t head)
    : program(program), args(args), head(head), qkHead(getQKHead(sizes, head)),
      heads(sizes["HV"]), qkHeads(sizes["H"]), tokensInRow(sizes["T"]),
      keyDim(sizes["K"]), valueDim(sizes["V"]), stateSize(keyDim * valueDim),
      numbersBegin(getNumbersBegin(program, stateSize)) {}

int64_t StepMachine::getNumbersBegin(const Program &program,
                                     int64_t stateSize) {
  bool moves = any_of(program.nextStates, [](const NextState &next) {
    return next.from != next.to;
  });
  size_t spares = moves ? program.nextStates.size() : 0;
  return static_cast<int64_t>(program.numBuffers + spares) * stateSize;
}

uint64_t StepMachine::getBytes(const Program &program, const Sizes &sizes) {
  return (getNumbersBegin(program, sizes["K"] * sizes["V"]) +
          program.numNumbers) *
         sizeof(double);
}

bool StepMachine::start() {
  arena.reset(new (std::nothrow) double[numbersBegin + program.numNumbers]);
  if (!arena)
    return false;
  for (auto [slot, value] : program.constants)
    *numbers(slot) = value;
  for (const Load &param : program.paramLoads)
    load(param, head);
  return true;
}
