//===- Interpreter.cpp - What a recurrence means, in float64 --------------===//

#include "lib/Reference/Interpreter.h"
#include "lib/Analysis/Signatures.h"
#include "lib/Reference/Heads.h"
#include "lib/Reference/StepMachine.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::delta;
using namespace sluice::reference;
using namespace sluice::runtime;

/// Runs one sequence of one value head; false if there is no memory for it.
static bool runHead(const Problem &problem, const Program &program,
                    Results &results, int64_t sequence, int64_t head,
                    Meter &meter) {
  StepMachine machine(program, problem.sizes, problem.args, head);
  if (!machine.start())
    return false;
  int64_t heads = problem.sizes["HV"], place = sequence * heads + head;
  for (auto [i, argument] : enumerate(problem.signature.getStates()))
    loadInitialState(problem, argument, place, machine.getState(i));

  constexpr int64_t kReportEvery = 64; // tokens
  auto [batch, begin, end] = problem.sequences[sequence];
  for (int64_t token = begin; token < end; ++token) {
    machine.run(batch, token);
    int64_t row = batch * problem.sizes["T"] + token;
    for (auto [index, slot] : enumerate(program.outputs))
      results.output(index).store((row * heads + head) * slot.size,
                                  machine.getNumbers(slot));
    machine.moveStates();
    if ((token - begin + 1) % kReportEvery == 0)
      meter.add(kReportEvery);
  }
  meter.add((end - begin) % kReportEvery);

  for (unsigned i = 0; i < program.nextStates.size(); ++i) {
    ArrayRef<double> state = machine.getState(i);
    results.finalState(i).store(place * static_cast<int64_t>(state.size()),
                                state);
  }
  return true;
}

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
        return forEachHead(
            problem, StepMachine::getBytes(*program, problem.sizes), progress,
            [&](int64_t sequence, int64_t head, Meter &meter) {
              return runHead(problem, *program, results, sequence, head, meter);
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
