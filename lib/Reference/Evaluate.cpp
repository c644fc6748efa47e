//===- Evaluate.cpp - Instructions on scalars and vectors -----------------===//

#include "lib/Reference/Program.h"

#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace llvm;
using namespace sluice;
using namespace sluice::delta;
using namespace sluice::reference;

static ArrayRef<double> elements(Slot slot, const double *numbers) {
  return {numbers + slot.offset, static_cast<size_t>(slot.size)};
}

static void evaluateElementwise(const Instruction &instruction,
                                double *numbers) {
  ElementwiseOpInterface function = instruction.function;
  double *out = numbers + instruction.out.offset;
  SmallVector<double, 2> operands(instruction.inputs.size());
  for (int64_t i = 0; i < instruction.out.size; ++i) {
    for (auto [operand, input] : zip_equal(operands, instruction.inputs))
      operand = numbers[input.offset + (input.size == 1 ? 0 : i)];
    out[i] = function.evaluate(operands);
  }
}

static double reduce(Reduction kind, ArrayRef<double> vector) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  double result = kind == Reduction::Sum   ? 0
                  : kind == Reduction::Max ? -kInfinity
                                           : kInfinity;
  // As delta.max and delta.min: what is not a number stays.
  for (double x : vector) {
    switch (kind) {
    case Reduction::Sum:
      result += x;
      break;
    case Reduction::Max:
      result = result >= x || std::isnan(result) ? result : x;
      break;
    case Reduction::Min:
      result = result <= x || std::isnan(result) ? result : x;
      break;
    }
  }
  return result;
}

void reference::evaluate(const Instruction &instruction, double *numbers) {
  auto input = [&](unsigned index) {
    return elements(instruction.inputs[index], numbers);
  };
  double *out = numbers + instruction.out.offset;
  switch (instruction.opcode) {
  case Opcode::Elementwise:
    return evaluateElementwise(instruction, numbers);
  case Opcode::Broadcast:
    std::fill_n(out, instruction.out.size, input(0).front());
    return;
  case Opcode::Dot: {
    double sum = 0;
    for (auto [x, y] : zip_equal(input(0), input(1)))
      sum += x * y;
    *out = sum;
    return;
  }
  case Opcode::Reduce:
    *out = reduce(instruction.reduction, input(0));
    return;
  case Opcode::L2Norm: {
    double sum = instruction.epsilon;
    for (double x : input(0))
      sum += x * x;
    for (int64_t i = 0; i < instruction.out.size; ++i)
      out[i] = input(0)[i] / std::sqrt(sum);
    return;
  }
  default:
    llvm_unreachable("an instruction on states");
  }
}
