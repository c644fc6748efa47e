//===- Interpreter.cpp - What a recurrence means, in float64 --------------===//

#include "lib/Reference/Interpreter.h"
#include "lib/Analysis/Signatures.h"
#include "lib/Reference/Heads.h"
#include "lib/Reference/Program.h"

#include "llvm/ADT/STLExtras.h"
#include <cmath>
#include <new>

using namespace llvm;
using namespace sluice;
using namespace sluice::delta;
using namespace sluice::reference;
using namespace sluice::runtime;

namespace {
/// Runs one sequence of one value head.
class Worker {
public:
  Worker(const Problem &problem, const Program &program, Results &results,
         int64_t head)
      : problem(problem), program(program), results(results), head(head),
        keyDim(problem.sizes["K"]), valueDim(problem.sizes["V"]),
        tokensInRow(problem.sizes["T"]), heads(problem.sizes["HV"]),
        qkHeads(problem.sizes["H"]), qkHead(getQKHead(problem.sizes, head)) {}

  /// What one takes while it runs.
  static uint64_t getBytes(const Problem &problem, const Program &program);
  /// False if there is no memory for the states.
  bool run(int64_t sequence, Meter &meter);

private:
  /// Where numbers begin, behind the states.
  static int64_t getNumbersBegin(const Problem &problem,
                                 const Program &program);
  int64_t stateSize() const { return keyDim * valueDim; }
  double *state(unsigned buffer) { return &arena[buffer * stateSize()]; }
  double *numbers(Slot slot) { return &arena[numbersBegin + slot.offset]; }
  MutableArrayRef<double> elements(Slot slot) {
    return {numbers(slot), static_cast<size_t>(slot.size)};
  }

  void load(const Load &load, int64_t position);
  void step(int64_t batch, int64_t token);
  void execute(const Instruction &instruction);
  void scale(const Instruction &instruction, const double *factors);
  void readLeft(const double *from, const double *vector, double *out);
  void readRight(const double *from, const double *vector, double *out);
  void write(const double *from, const double *x, const double *y, double *to);
  void moveStates();

  const Problem &problem;
  const Program &program;
  Results &results;
  int64_t head, keyDim, valueDim, tokensInRow, heads, qkHeads, qkHead;
  /// Every state buffer, a spare for each state, then all numbers.
  std::unique_ptr<double[]> arena;
  int64_t numbersBegin = 0;
  /// The factors of a decay while it runs.
  std::vector<double> factors;
};
} // namespace

//===----------------------------------------------------------------------===//
// One instruction
//===----------------------------------------------------------------------===//

/// The state's entries times the factors: one, one a row, or one a column.
void Worker::scale(const Instruction &instruction, const double *factors) {
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

void Worker::readLeft(const double *from, const double *vector, double *out) {
  std::fill_n(out, valueDim, 0);
  for (int64_t i = 0; i < keyDim; ++i)
    for (int64_t j = 0; j < valueDim; ++j)
      out[j] += vector[i] * from[i * valueDim + j];
}

void Worker::readRight(const double *from, const double *vector, double *out) {
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

void Worker::write(const double *from, const double *x, const double *y,
                   double *to) {
  for (int64_t i = 0; i < keyDim; ++i)
    for (int64_t j = 0; j < valueDim; ++j)
      to[i * valueDim + j] = from[i * valueDim + j] + x[i] * y[j];
}

void Worker::execute(const Instruction &instruction) {
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
    for (int64_t i = 0; i < stateSize(); ++i)
      to[i] = left[i] + right[i];
    return;
  }
  default:
    return evaluate(instruction, &arena[numbersBegin]);
  }
}

//===----------------------------------------------------------------------===//
// One token, one sequence
//===----------------------------------------------------------------------===//

/// Loads the scalar or vector number `position` of an argument's tensor.
void Worker::load(const Load &load, int64_t position) {
  loadElements(problem.args[load.argument], position * load.slot.size,
               elements(load.slot));
}

void Worker::step(int64_t batch, int64_t token) {
  int64_t position = batch * tokensInRow + token;
  for (const Load &argument : program.tokenLoads)
    load(argument, argument.isPerQKHead ? position * qkHeads + qkHead
                                        : position * heads + head);
  for (const Instruction &instruction : program.instructions)
    execute(instruction);
  for (auto [index, slot] : enumerate(program.outputs))
    results.output(index).store((position * heads + head) * slot.size,
                                elements(slot));
  moveStates();
}

/// Brings the next states to where a token expects them.
void Worker::moveStates() {
  ArrayRef<unsigned> next = program.nextStates;
  unsigned spare = program.numBuffers;
  for (unsigned i = 0; i < next.size(); ++i)
    if (next[i] != i)
      std::copy_n(state(next[i]), stateSize(), state(spare + i));
  for (unsigned i = 0; i < next.size(); ++i)
    if (next[i] != i)
      std::copy_n(state(spare + i), stateSize(), state(i));
}

int64_t Worker::getNumbersBegin(const Problem &problem,
                                const Program &program) {
  unsigned numStates = program.nextStates.size();
  bool moves = false;
  for (unsigned i = 0; i < numStates; ++i)
    moves |= program.nextStates[i] != i;
  return (program.numBuffers + (moves ? numStates : 0)) * problem.sizes["K"] *
         problem.sizes["V"];
}

uint64_t Worker::getBytes(const Problem &problem, const Program &program) {
  return (getNumbersBegin(problem, program) + program.numNumbers) *
         sizeof(double);
}

bool Worker::run(int64_t sequence, Meter &meter) {
  unsigned numStates = program.nextStates.size();
  numbersBegin = getNumbersBegin(problem, program);
  arena.reset(new (std::nothrow) double[numbersBegin + program.numNumbers]);
  if (!arena)
    return false;

  for (auto [slot, value] : program.constants)
    *numbers(slot) = value;
  for (const Load &param : program.paramLoads)
    load(param, head);
  int64_t first = (sequence * heads + head) * stateSize();
  for (auto [i, argument] : enumerate(problem.signature.getStates())) {
    MutableArrayRef<double> initial(state(i), stateSize());
    if (problem.hasInitialState(argument))
      loadElements(problem.args[argument], first, initial);
    else
      fill(initial, 0);
  }

  constexpr int64_t kReportEvery = 64; // tokens
  auto [batch, begin, end] = problem.sequences[sequence];
  for (int64_t token = begin; token < end; ++token) {
    step(batch, token);
    if ((token - begin + 1) % kReportEvery == 0)
      meter.add(kReportEvery);
  }
  meter.add((end - begin) % kReportEvery);

  for (unsigned i = 0; i < numStates; ++i)
    results.finalState(i).store(
        first, ArrayRef<double>(state(i), static_cast<size_t>(stateSize())));
  return true;
}

//===----------------------------------------------------------------------===//
// All of it
//===----------------------------------------------------------------------===//

static Expected<Results> interpretAs(RecurrenceOp op, const Problem &problem,
                                     std::optional<io::DType> dtype,
                                     const Progress &progress) {
  if (Error error =
          checkSame(("recurrence '" + op.getSymName() + "'").str(),
                    getSignature(op), "the problem", problem.signature))
    return std::move(error);
  Expected<Program> program = Program::compile(op, problem);
  if (!program)
    return program.takeError();
  return interpretOutputs(
      problem, dtype, [&](const Problem &problem, Results &results) {
        return forEachHead(problem, Worker::getBytes(problem, *program),
                           progress,
                           [&](int64_t sequence, int64_t head, Meter &meter) {
                             return Worker(problem, *program, results, head)
                                 .run(sequence, meter);
                           });
      });
}

Expected<Results> reference::interpret(RecurrenceOp op, const Problem &problem,
                                       const Progress &progress) {
  return interpretAs(op, problem, std::nullopt, progress);
}

Expected<Results> reference::interpretExact(RecurrenceOp op,
                                            const Problem &problem,
                                            const Progress &progress) {
  return interpretAs(op, problem, io::DType::F64, progress);
}
