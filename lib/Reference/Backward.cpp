//===- Backward.cpp - What gradients mean, in float64 ---------------------===//

#include "lib/Reference/Backward.h"
#include "lib/Analysis/Signatures.h"
#include "lib/Reference/ChunkInterpreter.h"
#include "lib/Reference/Heads.h"
#include "lib/Reference/StepMachine.h"
#include "lib/Runtime/BackwardProblem.h"
#include "lib/Runtime/RunMemory.h"
#include "lib/Support/GradientName.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace llvm;
using namespace sluice;
using namespace sluice::delta;
using namespace sluice::reference;
using namespace sluice::runtime;

//===----------------------------------------------------------------------===//
// What is run
//===----------------------------------------------------------------------===//

namespace {
/// A state of the recurrence, and a state argument of the adjoint: numbers that
/// count states.
struct StatePair {
  unsigned ofStep, ofAdjoint;
};

/// A recurrence and its adjoint, compiled for a problem.
struct Compiled {
  static Expected<Compiled> create(RecurrenceOp op, AdjointOp adjoint,
                                   const Problem &problem);

  Program forward, backward;
  Signature signature;
  /// The adjoint's arguments.
  std::vector<io::TensorView> args;
  /// The states before a token that the adjoint takes, and the gradients that
  /// it carries.
  SmallVector<StatePair, 2> states, carried;
};
} // namespace

Expected<Compiled> Compiled::create(RecurrenceOp op, AdjointOp adjoint,
                                    const Problem &problem) {
  Compiled made;
  if (Error error = Program::compile(op, problem).moveInto(made.forward))
    return std::move(error);
  if (Error error =
          Program::compile(op, adjoint, problem).moveInto(made.backward))
    return std::move(error);
  made.signature = getSignature(adjoint);
  made.args.resize(made.signature.arguments.size());
  auto findState = [&](StringRef name) -> std::optional<unsigned> {
    for (auto [number, state] : enumerate(op.getStates()))
      if (op.getName(state) == name)
        return number;
    return std::nullopt;
  };
  unsigned numStates = 0;
  for (auto [argument, tensor] :
       zip_equal(made.signature.arguments, made.args)) {
    StringRef name = argument.name;
    if (argument.kind == ArgumentKind::State) {
      if (std::optional<unsigned> state = findState(name))
        made.states.push_back({*state, numStates});
      else
        made.carried.push_back({*findState(name.drop_front()), numStates});
      ++numStates;
    } else if (std::optional<unsigned> index = op.findArg(name)) {
      tensor = problem.args[*index];
    } else {
      tensor = problem.outputGradients[*op.findOutput(name.drop_front())];
    }
  }
  return made;
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

namespace {
/// The results, and the terms of those that are sums, per token and value head.
struct Gradients {
  static Expected<Gradients> allocate(RecurrenceOp op, const Compiled &compiled,
                                      const Problem &problem,
                                      std::optional<io::DType> dtype);
  OwnedTensor &getTerms(unsigned output) {
    return terms[output] ? *terms[output] : results.output(output);
  }
  void addUp(const Compiled &compiled, const Problem &problem);

  Results results;
  std::vector<std::optional<OwnedTensor>> terms;
};
} // namespace

Expected<Gradients> Gradients::allocate(RecurrenceOp op,
                                        const Compiled &compiled,
                                        const Problem &problem,
                                        std::optional<io::DType> dtype) {
  MemoryNeed need;
  addGradients(need, "the gradients", problem.signature, problem.sizes,
               dtype.value_or(problem.outputDType),
               dtype.value_or(problem.stateDType));
  if (Error error = need.check())
    return std::move(error);
  Gradients made;
  std::vector<OwnedTensor> &tensors = made.results.tensors;
  auto create = [&](StringRef name, io::DType type,
                    const SymbolicShape &shape) {
    return OwnedTensor::create(name, type, evaluate(shape, problem.sizes));
  };
  for (const Output &output : compiled.signature.outputs) {
    io::DType type = dtype.value_or(getGradientType(problem, output));
    if (Error error = create(output.name, type, output.getShape())
                          .moveInto(tensors.emplace_back()))
      return std::move(error);
    std::optional<OwnedTensor> &terms = made.terms.emplace_back();
    if (!isShared(output))
      continue;
    Output single = output;
    single.kind = ArgumentKind::VHeads;
    if (Error error = create(output.name, io::DType::F64, single.getShape())
                          .moveInto(terms.emplace()))
      return std::move(error);
  }
  made.results.numOutputs = tensors.size();
  SmallVector<unsigned, 2> states = problem.signature.getStates();
  for (StatePair state : compiled.carried)
    if (Error error =
            create(getGradientName(
                       problem.signature.getInitialStateName(state.ofStep)),
                   dtype.value_or(problem.stateDType),
                   problem.signature.arguments[states[state.ofStep]].getShape())
                .moveInto(tensors.emplace_back()))
      return std::move(error);
  return made;
}

void Gradients::addUp(const Compiled &compiled, const Problem &problem) {
  for (auto [output, from, to] :
       zip(compiled.signature.outputs, terms, results.tensors))
    if (from)
      sumTerms(output, problem.sizes, *from, to);
}

//===----------------------------------------------------------------------===//
// One sequence
//===----------------------------------------------------------------------===//

namespace {
/// States of several tokens: all of the recurrence, one after another.
class StateList {
public:
  /// False if there is no memory.
  bool allocate(int64_t tokens, unsigned statesOfToken, int64_t size) {
    numStates = statesOfToken;
    stateSize = size;
    numbers.reset(new (std::nothrow) double[tokens * numStates * stateSize]);
    return numbers != nullptr;
  }
  MutableArrayRef<double> get(int64_t token, unsigned state) {
    return {&numbers[(token * numStates + state) * stateSize],
            static_cast<size_t>(stateSize)};
  }
  void keep(int64_t token, StepMachine &machine) {
    for (unsigned state = 0; state < numStates; ++state)
      copy(machine.getState(state), get(token, state).begin());
  }
  void restore(int64_t token, StepMachine &machine) {
    for (unsigned state = 0; state < numStates; ++state)
      copy(get(token, state), machine.getState(state).begin());
  }

private:
  std::unique_ptr<double[]> numbers;
  int64_t stateSize = 0;
  unsigned numStates = 0;
};

/// Goes back through one sequence of one value head.
class Worker {
public:
  Worker(const Problem &problem, const Compiled &compiled, Gradients &gradients,
         const BackwardOptions &options, int64_t sequence, int64_t head)
      : problem(problem), compiled(compiled), gradients(gradients), head(head),
        heads(problem.sizes["HV"]), sequence(problem.sequences[sequence]),
        place(sequence * heads + head),
        stateSize(problem.sizes["K"] * problem.sizes["V"]),
        tokens(this->sequence.end - this->sequence.begin),
        keptEvery(getKeptEvery(options, tokens)),
        forward(compiled.forward, problem.sizes, problem.args, head),
        backward(compiled.backward, problem.sizes, compiled.args, head) {}

  /// What the longest sequence takes.
  static uint64_t getBytes(const Problem &problem, const Compiled &compiled,
                           const BackwardOptions &options);
  /// False if there is no memory.
  bool run(Meter &meter);

private:
  static int64_t getKeptEvery(const BackwardOptions &options, int64_t tokens) {
    if (options.keptEvery > 0)
      return options.keptEvery;
    return std::max<int64_t>(
        1, static_cast<int64_t>(std::ceil(std::sqrt(tokens))));
  }
  bool needsStates() const { return !compiled.states.empty(); }
  bool allocate();
  void runForward();
  void recompute(int64_t begin, int64_t end);
  void step(int64_t token, int64_t begin);

  const Problem &problem;
  const Compiled &compiled;
  Gradients &gradients;
  int64_t head, heads;
  Sequence sequence;
  int64_t place, stateSize, tokens, keptEvery;
  StepMachine forward, backward;
  /// Before every token that is a multiple of `keptEvery`, and before each
  /// token from the last of these on.
  StateList checkpoints, recomputed;
};
} // namespace

uint64_t Worker::getBytes(const Problem &problem, const Compiled &compiled,
                          const BackwardOptions &options) {
  int64_t most = 0;
  for (const Sequence &sequence : problem.sequences) {
    int64_t tokens = sequence.end - sequence.begin,
            every = getKeptEvery(options, tokens);
    most = std::max(most, llvm::divideCeilSigned(tokens, every) +
                              std::min(tokens, every));
  }
  uint64_t bytes = StepMachine::getBytes(compiled.backward, problem.sizes);
  if (compiled.states.empty())
    return bytes;
  return bytes + StepMachine::getBytes(compiled.forward, problem.sizes) +
         most * compiled.forward.nextStates.size() * problem.sizes["K"] *
             problem.sizes["V"] * sizeof(double);
}

bool Worker::allocate() {
  if (!backward.start())
    return false;
  if (!needsStates())
    return true;
  unsigned numStates = compiled.forward.nextStates.size();
  return forward.start() &&
         checkpoints.allocate(llvm::divideCeilSigned(tokens, keptEvery),
                              numStates, stateSize) &&
         recomputed.allocate(std::min(tokens, keptEvery), numStates, stateSize);
}

/// Keeps states up to those before the last tokens, which are run once more.
void Worker::runForward() {
  for (auto [state, argument] : enumerate(problem.signature.getStates()))
    loadInitialState(problem, argument, place, forward.getState(state));
  for (int64_t token = 0; token < tokens; ++token) {
    if (token % keptEvery == 0)
      checkpoints.keep(token / keptEvery, forward);
    if (token / keptEvery == (tokens - 1) / keptEvery)
      return;
    forward.run(sequence.batch, sequence.begin + token);
    forward.moveStates();
  }
}

void Worker::recompute(int64_t begin, int64_t end) {
  checkpoints.restore(begin / keptEvery, forward);
  for (int64_t token = begin; token < end; ++token) {
    recomputed.keep(token - begin, forward);
    if (token + 1 == end)
      return;
    forward.run(sequence.batch, sequence.begin + token);
    forward.moveStates();
  }
}

/// One token back; states were computed again from `begin` on.
void Worker::step(int64_t token, int64_t begin) {
  for (StatePair state : compiled.states)
    copy(recomputed.get(token - begin, state.ofStep),
         backward.getState(state.ofAdjoint).begin());
  backward.run(sequence.batch, sequence.begin + token);
  int64_t row = sequence.batch * problem.sizes["T"] + sequence.begin + token;
  for (auto [i, slot] : enumerate(compiled.backward.outputs))
    gradients.getTerms(i).store((row * heads + head) * slot.size,
                                backward.getNumbers(slot));
  backward.moveStates();
  // Where no loss lies behind a token its gradient by the state is 0. Which of
  // the two zeros must not depend on the tokens there.
  for (StatePair state : compiled.carried)
    for (double &x : backward.getState(state.ofAdjoint))
      x += 0.0;
}

bool Worker::run(Meter &meter) {
  if (!allocate())
    return false;
  if (needsStates())
    runForward();
  int64_t first = place * stateSize;
  for (StatePair state : compiled.carried) {
    const io::TensorView &given = problem.finalStateGradients[state.ofStep];
    MutableArrayRef<double> gradient = backward.getState(state.ofAdjoint);
    if (hasData(given))
      loadElements(given, first, gradient);
    else
      fill(gradient, 0);
  }
  for (int64_t end = tokens; end > 0;) {
    int64_t begin = (end - 1) / keptEvery * keptEvery;
    if (needsStates())
      recompute(begin, end);
    for (int64_t token = end; token-- > begin;)
      step(token, begin);
    meter.add(end - begin);
    end = begin;
  }
  for (auto [i, state] : enumerate(compiled.carried))
    gradients.results.finalState(i).store(first,
                                          backward.getState(state.ofAdjoint));
  return true;
}

//===----------------------------------------------------------------------===//
// All of it
//===----------------------------------------------------------------------===//

static Expected<Results> interpretAs(RecurrenceOp op, AdjointOp adjoint,
                                     const Problem &problem,
                                     std::optional<io::DType> dtype,
                                     const Progress &progress,
                                     const BackwardOptions &options) {
  if (Error error =
          checkSame(("recurrence '" + op.getSymName() + "'").str(),
                    getSignature(op), "the problem", problem.signature))
    return std::move(error);
  if (problem.outputGradients.size() != problem.signature.outputs.size())
    return createStringError(inconvertibleErrorCode(),
                             "the problem was bound without gradients by its "
                             "outputs: it cannot be run backwards");
  Expected<Compiled> compiled = Compiled::create(op, adjoint, problem);
  if (!compiled)
    return compiled.takeError();
  Expected<Gradients> gradients =
      Gradients::allocate(op, *compiled, problem, dtype);
  if (!gradients)
    return gradients.takeError();
  if (Error error = forEachHead(
          problem, Worker::getBytes(problem, *compiled, options), progress,
          [&](int64_t sequence, int64_t head, Meter &meter) {
            return Worker(problem, *compiled, *gradients, options, sequence,
                          head)
                .run(meter);
          }))
    return std::move(error);
  gradients->addUp(*compiled, problem);
  return std::move(gradients->results);
}

Expected<Results> reference::interpretBackward(RecurrenceOp op,
                                               AdjointOp adjoint,
                                               const Problem &problem,
                                               const Progress &progress,
                                               const BackwardOptions &options) {
  return interpretAs(op, adjoint, problem, std::nullopt, progress, options);
}

Expected<Results> reference::interpretBackwardExact(
    RecurrenceOp op, AdjointOp adjoint, const Problem &problem,
    const Progress &progress, const BackwardOptions &options) {
  return interpretAs(op, adjoint, problem, io::DType::F64, progress, options);
}

//===----------------------------------------------------------------------===//
// By chunks
//===----------------------------------------------------------------------===//

using InterpretPlaced = function_ref<Expected<Results>(const Problem &)>;

static Expected<Results> interpretAdjoint(wy::PlacedOp adjoint,
                                          const Problem &problem,
                                          std::optional<io::DType> dtype,
                                          InterpretPlaced interpret) {
  Expected<BackwardProblem> bound =
      BackwardProblem::create(problem, getSignature(adjoint));
  if (!bound)
    return bound.takeError();
  Expected<Results> results = interpret(bound->get());
  if (!results)
    return results;
  return bound->takeGradients(*results, dtype);
}

Expected<Results> reference::interpretBackward(wy::PlacedOp adjoint,
                                               const Problem &problem,
                                               const Progress &progress) {
  return interpretAdjoint(
      adjoint, problem, std::nullopt, [&](const Problem &bound) {
        return interpretPlacedExact(adjoint, bound, progress);
      });
}

Expected<Results> reference::interpretBackwardExact(wy::PlacedOp adjoint,
                                                    const Problem &problem,
                                                    const Progress &progress) {
  return interpretAdjoint(
      adjoint, problem, io::DType::F64, [&](const Problem &bound) {
        return interpretPlacedExact(adjoint, bound, progress);
      });
}

Expected<Results>
reference::interpretBackwardInFloat32(wy::PlacedOp adjoint,
                                      const Problem &problem) {
  return interpretAdjoint(adjoint, problem, io::DType::F32,
                          [&](const Problem &bound) {
                            return interpretPlacedInFloat32(adjoint, bound);
                          });
}
