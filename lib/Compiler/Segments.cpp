//===- Segments.cpp - a sequence in segments, joined exactly --------------===//

#include "lib/Compiler/Segments.h"
#include "lib/Analysis/Signatures.h"
#include "lib/Compiler/Derivation.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Transition/Transition.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::runtime;
using delta::ArgKind;
using delta::Axis;

namespace {
/// One problem's run in segments.
class SegmentRun {
public:
  SegmentRun(delta::RecurrenceOp op, const Problem &problem,
             int64_t segmentTokens, Execute execute);

  Expected<Results> run();

private:
  Error deriveTransition();
  Expected<Results> runFromZeros();
  Expected<std::vector<Results>> runTransitions();
  Error join(Results &written, std::vector<Results> &transitions);
  Expected<Results> runFromStarts();
  int64_t stateSize() const { return problem.sizes["K"] * problem.sizes["V"]; }

  const Problem &problem;
  Execute execute;
  delta::RecurrenceOp op;
  /// All segments, sequence by sequence, and the sequence of each.
  std::vector<Sequence> segments;
  std::vector<int64_t> sequenceOf;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  delta::RecurrenceOp transition;
  bool isLeft = true;
  /// By state: [segments, HV, K, V].
  std::vector<OwnedTensor> starts;
};
} // namespace

SegmentRun::SegmentRun(delta::RecurrenceOp op, const Problem &problem,
                       int64_t segmentTokens, Execute execute)
    : problem(problem), execute(execute), op(op) {
  for (auto [n, sequence] : enumerate(problem.sequences))
    for (int64_t begin = sequence.begin; begin < sequence.end;
         begin += segmentTokens) {
      segments.push_back({sequence.batch, begin,
                          std::min(begin + segmentTokens, sequence.end)});
      sequenceOf.push_back(static_cast<int64_t>(n));
    }
}

Error SegmentRun::deriveTransition() {
  auto derived = derive(op, [](mlir::OpPassManager &manager) {
    manager.addPass(createTransition());
    manager.addPass(mlir::createCanonicalizerPass());
    manager.addPass(mlir::createCSEPass());
  });
  if (!derived)
    return derived.takeError();
  module = std::move(*derived);
  transition = *module->getOps<delta::RecurrenceOp>().begin();
  // The axis that is left is the one that is contracted.
  for (mlir::BlockArgument argument : transition.getStep().getArguments())
    if (auto vec = dyn_cast<delta::VecType>(argument.getType()))
      isLeft &= vec.getAxis() == Axis::Key;
  return Error::success();
}

/// R of every segment.
Expected<Results> SegmentRun::runFromZeros() {
  Problem zeros = problem;
  zeros.sequences = segments;
  zeros.sizes["N"] = static_cast<int64_t>(segments.size());
  for (mlir::BlockArgument state : op.getStates())
    zeros.args[state.getArgNumber()] = {};
  return execute(op, zeros);
}

/// M of every segment: for each state j, what becomes of the identity in it.
Expected<std::vector<Results>> SegmentRun::runTransitions() {
  Problem identity = problem;
  identity.signature = getSignature(transition);
  identity.sequences = segments;
  identity.sizes["N"] = static_cast<int64_t>(segments.size());
  int64_t &kept = isLeft ? identity.sizes["V"] : identity.sizes["K"];
  int64_t size = isLeft ? problem.sizes["K"] : problem.sizes["V"];
  kept = size;
  auto tensor = OwnedTensor::create(
      "identity", problem.stateDType,
      {identity.sizes["N"], problem.sizes["HV"], size, size});
  if (!tensor)
    return tensor.takeError();
  std::vector<double> row(size);
  for (int64_t i = 0; i < identity.sizes["N"] * problem.sizes["HV"] * size;
       ++i) {
    row.assign(size, 0);
    row[i % size] = 1;
    tensor->store(i * size, row);
  }
  identity.args.clear();
  for (unsigned i = 0, e = transition.getNumArgs(); i < e; ++i) {
    io::TensorView view;
    for (unsigned from = 0; from < op.getNumArgs(); ++from)
      if (op.getArgName(from) == transition.getArgName(i) &&
          op.getArgKind(from) != ArgKind::State)
        view = problem.args[from];
    identity.args.push_back(view);
  }
  std::vector<Results> results;
  for (mlir::BlockArgument state : transition.getStates()) {
    Problem one = identity;
    one.args[state.getArgNumber()] = tensor->view();
    Expected<Results> made = execute(transition, one);
    if (!made)
      return made.takeError();
    results.push_back(std::move(*made));
  }
  return results;
}

/// out += a b, of n × m by m × k matrices.
static void addProduct(ArrayRef<double> a, ArrayRef<double> b,
                       MutableArrayRef<double> out, int64_t n, int64_t m,
                       int64_t k) {
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j < m; ++j)
      for (int64_t l = 0; l < k; ++l)
        out[i * k + l] += a[i * m + j] * b[j * k + l];
}

/// The states at the start of every segment.
Error SegmentRun::join(Results &written, std::vector<Results> &transitions) {
  const Sizes &sizes = problem.sizes;
  unsigned count = op.getStates().size();
  for (unsigned i = 0; i < count; ++i) {
    auto tensor = OwnedTensor::create("the states at the segments' starts",
                                      problem.stateDType,
                                      {static_cast<int64_t>(segments.size()),
                                       sizes["HV"], sizes["K"], sizes["V"]});
    if (!tensor)
      return tensor.takeError();
    starts.push_back(std::move(*tensor));
  }
  int64_t size = isLeft ? sizes["K"] : sizes["V"];
  std::vector<double> matrix(size * size);
  for (int64_t head = 0; head < sizes["HV"]; ++head) {
    std::vector<std::vector<double>> state(count), next(count);
    for (size_t s = 0; s < segments.size(); ++s) {
      int64_t place = static_cast<int64_t>(s) * sizes["HV"] + head;
      bool isFirst = s == 0 || sequenceOf[s] != sequenceOf[s - 1];
      for (unsigned i = 0; i < count; ++i) {
        if (isFirst) {
          unsigned argument = op.getStates()[i].getArgNumber();
          state[i].assign(stateSize(), 0);
          if (problem.hasInitialState(argument))
            loadElements(problem.args[argument],
                         (sequenceOf[s] * sizes["HV"] + head) * stateSize(),
                         state[i]);
        }
        starts[i].store(place * stateSize(), state[i]);
      }
      for (unsigned i = 0; i < count; ++i) {
        next[i].assign(stateSize(), 0);
        loadElements(written.finalState(i).view(), place * stateSize(),
                     next[i]);
        for (unsigned j = 0; j < count; ++j) {
          loadElements(transitions[j].finalState(i).view(), place * size * size,
                       matrix);
          if (isLeft)
            addProduct(matrix, state[j], next[i], sizes["K"], sizes["K"],
                       sizes["V"]);
          else
            addProduct(state[j], matrix, next[i], sizes["K"], sizes["V"],
                       sizes["V"]);
        }
      }
      std::swap(state, next);
    }
  }
  return Error::success();
}

/// The outputs; and of the final states those of each sequence's last segment.
Expected<Results> SegmentRun::runFromStarts() {
  Problem last = problem;
  last.sequences = segments;
  last.sizes["N"] = static_cast<int64_t>(segments.size());
  for (auto [i, state] : enumerate(op.getStates()))
    last.args[state.getArgNumber()] = starts[i].view();
  Expected<Results> made = execute(op, last);
  if (!made)
    return made.takeError();
  Expected<Results> results = Results::allocate(problem);
  if (!results)
    return results.takeError();
  for (unsigned i = 0; i < results->numOutputs; ++i)
    results->output(i) = std::move(made->output(i));
  int64_t size = problem.sizes["HV"] * stateSize();
  std::vector<double> state(size);
  for (auto [i, argument] : enumerate(op.getStates()))
    for (int64_t n = 0; n < problem.sizes["N"]; ++n) {
      auto end = std::upper_bound(sequenceOf.begin(), sequenceOf.end(), n);
      bool isEmpty = end == sequenceOf.begin() || *(end - 1) != n;
      state.assign(size, 0);
      if (!isEmpty)
        loadElements(made->finalState(i).view(),
                     (end - 1 - sequenceOf.begin()) * size, state);
      else if (problem.hasInitialState(argument.getArgNumber()))
        loadElements(problem.args[argument.getArgNumber()], n * size, state);
      results->finalState(i).store(n * size, state);
    }
  return results;
}

Expected<Results> SegmentRun::run() {
  if (Error error = deriveTransition())
    return std::move(error);
  Expected<Results> written = runFromZeros();
  if (!written)
    return written.takeError();
  Expected<std::vector<Results>> transitions = runTransitions();
  if (!transitions)
    return transitions.takeError();
  if (Error error = join(*written, *transitions))
    return std::move(error);
  return runFromStarts();
}

Expected<Results> runtime::runInSegments(delta::RecurrenceOp op,
                                         const Problem &problem,
                                         int64_t segmentTokens,
                                         Execute execute) {
  return SegmentRun(op, problem, segmentTokens, execute).run();
}
