//===- ChunkInterpreter.cpp - What a scan means, in float64 ---------------===//

#include "lib/Reference/ChunkInterpreter.h"
#include "lib/Reference/ChunkProgram.h"
#include "lib/Reference/Heads.h"

#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <memory>
#include <new>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using delta::ArgKind;

namespace {
/// Runs one sequence of one value head.
template <typename Number> class Worker {
  using Tensor = reference::Tensor<Number>;

public:
  Worker(const Problem &problem, const ChunkProgram &program, Results &results,
         int64_t head)
      : problem(problem), program(program), scan(program.scan),
        results(results), head(head) {}

  /// False if there is no memory for the tensors.
  bool run(int64_t sequence, Meter &meter);

private:
  Tensor at(mlir::Value value) { return program.at(value, arena.get()); }
  void load(mlir::BlockArgument argument, int64_t position, Number *to,
            int64_t size);
  void store(OwnedTensor &result, int64_t position, ArrayRef<Number> from);
  void loadConstants(int64_t firstOfState);
  void loadTokens(int64_t first, int64_t tokens);
  void storeTokens(int64_t first, int64_t tokens);
  void moveStates();

  const Problem &problem;
  const ChunkProgram &program;
  wy::ScanOp scan;
  Results &results;
  int64_t head;
  std::unique_ptr<Number[]> arena;
  SmallVector<double, 0> loaded;
};
} // namespace

/// Loads `size` elements, the ones number `position` of an argument's tensor.
template <typename Number>
void Worker<Number>::load(mlir::BlockArgument argument, int64_t position,
                          Number *to, int64_t size) {
  loaded.resize(size);
  loadElements(problem.args[argument.getArgNumber()], position * size, loaded);
  std::transform(loaded.begin(), loaded.end(), to,
                 [](double x) { return static_cast<Number>(x); });
}

template <typename Number>
void Worker<Number>::store(OwnedTensor &result, int64_t position,
                           ArrayRef<Number> from) {
  loaded.assign(from.begin(), from.end());
  result.store(position * from.size(), loaded);
}

/// Params, and the states before the first chunk.
template <typename Number> void Worker<Number>::loadConstants(int64_t state) {
  for (mlir::BlockArgument argument : scan.getGraph().getArguments()) {
    unsigned index = argument.getArgNumber();
    Tensor tensor = at(argument);
    if (scan.getArgKind(index) == ArgKind::Params)
      load(argument, head, tensor.data, tensor.size);
    else if (scan.getArgKind(index) != ArgKind::State)
      continue;
    else if (problem.hasInitialState(index))
      load(argument, state, tensor.data, tensor.size);
    else
      std::fill_n(tensor.data, tensor.size, 0);
  }
}

/// `first` counts the tokens of all rows of the batch.
template <typename Number>
void Worker<Number>::loadTokens(int64_t first, int64_t tokens) {
  const Dims &dims = problem.dims;
  for (mlir::BlockArgument argument : scan.getGraph().getArguments()) {
    ArgKind kind = scan.getArgKind(argument.getArgNumber());
    if (kind != ArgKind::QKHeads && kind != ArgKind::VHeads)
      continue;
    Tensor tensor = at(argument);
    for (int64_t t = 0; t < tokens; ++t)
      load(argument,
           kind == ArgKind::QKHeads ? (first + t) * dims.H + dims.qkHead(head)
                                    : (first + t) * dims.HV + head,
           tensor.row(t), tensor.columns);
  }
}

template <typename Number>
void Worker<Number>::storeTokens(int64_t first, int64_t tokens) {
  for (auto [index, value] : enumerate(scan.getOutputs())) {
    Tensor tensor = at(value);
    for (int64_t t = 0; t < tokens; ++t)
      store(results.output(index), (first + t) * problem.dims.HV + head,
            ArrayRef(tensor.row(t), static_cast<size_t>(tensor.columns)));
  }
}

/// Brings the states after a chunk to where the next one expects them; they may
/// be arguments in another order.
template <typename Number> void Worker<Number>::moveStates() {
  Number *spare = arena.get() + program.spareStates;
  Number *to = spare;
  for (mlir::Value next : scan.getNextStates()) {
    Tensor tensor = at(next);
    to = std::copy_n(tensor.data, tensor.size, to);
  }
  for (mlir::Value state : scan.getStates()) {
    Tensor tensor = at(state);
    std::copy_n(spare, tensor.size, tensor.data);
    spare += tensor.size;
  }
}

template <typename Number>
bool Worker<Number>::run(int64_t sequence, Meter &meter) {
  arena.reset(new (std::nothrow) Number[program.size]);
  if (!arena)
    return false;

  int64_t state = sequence * problem.dims.HV + head;
  loadConstants(state);
  auto [batch, begin, end] = problem.sequences[sequence];
  int64_t chunk = scan.getChunk();
  for (int64_t token = begin; token < end; token += chunk) {
    int64_t first = batch * problem.dims.T + token;
    int64_t tokens = std::min(chunk, end - token);
    loadTokens(first, tokens);
    program.run(arena.get(), tokens);
    storeTokens(first, tokens);
    moveStates();
    meter.add(tokens);
  }
  for (auto [index, argument] : enumerate(scan.getStates())) {
    Tensor tensor = at(argument);
    store(results.finalState(index), state,
          ArrayRef(tensor.data, static_cast<size_t>(tensor.size)));
  }
  return true;
}

template <typename Number>
static Expected<Results> interpretAs(wy::ScanOp scan, const Problem &problem,
                                     std::optional<io::DType> dtype,
                                     const Progress &progress) {
  Expected<ChunkProgram> program = ChunkProgram::compile(scan, problem);
  if (!program)
    return program.takeError();
  Expected<Results> results = Results::allocate(problem, dtype);
  if (!results)
    return results.takeError();
  Error error = forEachHead(
      problem, progress, [&](int64_t sequence, int64_t head, Meter &meter) {
        return Worker<Number>(problem, *program, *results, head)
            .run(sequence, meter);
      });
  if (error)
    return std::move(error);
  return results;
}

Expected<Results> reference::interpretChunks(wy::ScanOp scan,
                                             const Problem &problem,
                                             const Progress &progress) {
  return interpretAs<double>(scan, problem, std::nullopt, progress);
}

Expected<Results> reference::interpretChunksExact(wy::ScanOp scan,
                                                  const Problem &problem,
                                                  const Progress &progress) {
  return interpretAs<double>(scan, problem, io::DType::F64, progress);
}

Expected<Results> reference::interpretChunksInFloat32(wy::ScanOp scan,
                                                      const Problem &problem) {
  return interpretAs<float>(scan, problem, io::DType::F32, {});
}
