//===- ChunkInterpreter.cpp - What a scan means, in float64 ---------------===//

#include "lib/Reference/ChunkInterpreter.h"
#include "lib/Reference/ChunkProgram.h"
#include "lib/Reference/Heads.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <limits>
#include <memory>
#include <new>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using delta::ArgKind;

namespace {
/// What one channel has of one sequence and head: a tensor for every chunk, or
/// segment, of so many tokens. Rows that no one wrote are NaN.
template <typename Number> class Buffer {
public:
  static std::optional<Buffer> allocate(int64_t count, int64_t size) {
    Buffer made;
    made.size = size;
    made.data.reset(new (std::nothrow) Number[count * size]);
    if (!made.data)
      return std::nullopt;
    std::fill_n(made.data.get(), count * size,
                std::numeric_limits<Number>::quiet_NaN());
    return made;
  }
  Number *at(int64_t index) const { return data.get() + index * size; }

private:
  std::unique_ptr<Number[]> data;
  int64_t size = 0;
};
template <typename Number> using Channels = StringMap<Buffer<Number>>;

/// Tokens [begin, end) of a row of the batch.
struct Span {
  int64_t batch, begin, end;
};

/// Runs one scan over one sequence of one value head.
template <typename Number> class Worker {
  using Tensor = reference::Tensor<Number>;

public:
  Worker(const Problem &problem, const ChunkProgram &program, Results &results,
         int64_t head, Channels<Number> &channels)
      : problem(problem), program(program), scan(program.scan),
        results(results), head(head), tokensInRow(problem.sizes["T"]),
        heads(problem.sizes["HV"]), qkHeads(problem.sizes["H"]),
        qkHead(getQKHead(problem.sizes, head)), channels(channels) {}

  /// False if there is no memory for the tensors.
  bool run(int64_t sequence, function_ref<void(int64_t tokens)> addTokens);

private:
  Tensor at(mlir::Value value) { return program.at(value, arena.get()); }
  void load(mlir::BlockArgument argument, int64_t position, Number *to,
            int64_t size);
  void store(OwnedTensor &result, int64_t position, ArrayRef<Number> from);
  bool makeChannels(int64_t tokens);
  void loadParams();
  void loadStates(int64_t state);
  void storeStates(int64_t state);
  void startSegment(const wy::SegmentsAttr &segments, int64_t index);
  void endSegment(const wy::SegmentsAttr &segments, int64_t index);
  void runChunks(Span span, int64_t firstChunk,
                 function_ref<void(int64_t tokens)> addTokens);
  void loadTokens(int64_t first, int64_t tokens);
  void storeTokens(int64_t first, int64_t tokens);
  void loadChannels(int64_t chunk);
  void storeChannels(int64_t chunk, int64_t tokens);
  void moveStates();

  const Problem &problem;
  const ChunkProgram &program;
  wy::ScanOp scan;
  Results &results;
  int64_t head, tokensInRow, heads, qkHeads, qkHead;
  Channels<Number> &channels;
  std::unique_ptr<Number[]> arena;
  SmallVector<double, 0> loaded;
};
} // namespace

/// Loads `size` elements, the ones number `position` of an argument's tensor.
template <typename Number>
void Worker<Number>::load(mlir::BlockArgument argument, int64_t position,
                          Number *to, int64_t size) {
  loaded.resize(size);
  loadElements(problem.args[program.args[argument.getArgNumber()]],
               position * size, loaded);
  std::transform(loaded.begin(), loaded.end(), to,
                 [](double x) { return static_cast<Number>(x); });
}

template <typename Number>
void Worker<Number>::store(OwnedTensor &result, int64_t position,
                           ArrayRef<Number> from) {
  loaded.assign(from.begin(), from.end());
  result.store(position * from.size(), loaded);
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

template <typename Number> void Worker<Number>::loadParams() {
  for (unsigned i = 0, e = scan.getNumArgs(); i < e; ++i) {
    if (scan.getArgKind(i) != ArgKind::Params)
      continue;
    mlir::BlockArgument argument = scan.getGraph().getArgument(i);
    load(argument, head, at(argument).data, at(argument).size);
  }
}

/// Before the first chunk that runs.
template <typename Number> void Worker<Number>::loadStates(int64_t state) {
  for (mlir::BlockArgument argument : scan.getStates()) {
    Tensor tensor = at(argument);
    if (problem.hasInitialState(program.args[argument.getArgNumber()]))
      load(argument, state, tensor.data, tensor.size);
    else
      std::fill_n(tensor.data, tensor.size, 0);
  }
}

template <typename Number> void Worker<Number>::storeStates(int64_t state) {
  for (auto [index, argument] : zip_equal(program.states, scan.getStates())) {
    Tensor tensor = at(argument);
    store(results.finalState(index), state,
          ArrayRef(tensor.data, static_cast<size_t>(tensor.size)));
  }
}

template <typename Number>
void Worker<Number>::startSegment(const wy::SegmentsAttr &segments,
                                  int64_t segment) {
  for (auto [index, argument] : enumerate(scan.getStates())) {
    Tensor tensor = at(argument);
    bool isIts = static_cast<int64_t>(index) == segments.getState();
    switch (segments.getStart()) {
    case wy::Start::Zero:
      std::fill_n(tensor.data, tensor.size, 0);
      break;
    case wy::Start::Identity:
      for (int64_t i = 0; i < tensor.size; ++i)
        tensor.data[i] = isIts && i % (tensor.width + 1) == 0;
      break;
    case wy::Start::Ones:
      std::fill_n(tensor.data, tensor.size, isIts ? 1 : 0);
      break;
    case wy::Start::Channels:
      std::copy_n(channels.at(segments.getFrom()[index]).at(segment),
                  tensor.size, tensor.data);
      break;
    }
  }
}

template <typename Number>
void Worker<Number>::endSegment(const wy::SegmentsAttr &segments,
                                int64_t segment) {
  for (auto [name, argument] : zip(segments.getTo(), scan.getStates())) {
    Tensor tensor = at(argument);
    std::copy_n(tensor.data, tensor.size, channels.at(name).at(segment));
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

//===----------------------------------------------------------------------===//
// Chunks
//===----------------------------------------------------------------------===//

/// `first` counts the tokens of all rows of the batch.
template <typename Number>
void Worker<Number>::loadTokens(int64_t first, int64_t tokens) {
  for (unsigned i = 0, e = scan.getNumArgs(); i < e; ++i) {
    ArgKind kind = scan.getArgKind(i);
    if (kind != ArgKind::QKHeads && kind != ArgKind::VHeads)
      continue;
    mlir::BlockArgument argument = scan.getGraph().getArgument(i);
    Tensor tensor = at(argument);
    for (int64_t t = 0; t < tokens; ++t)
      load(argument,
           kind == ArgKind::QKHeads ? (first + t) * qkHeads + qkHead
                                    : (first + t) * heads + head,
           tensor.row(t), tensor.width);
  }
}

template <typename Number>
void Worker<Number>::storeTokens(int64_t first, int64_t tokens) {
  for (auto [index, value] : zip_equal(program.outputs, scan.getOutputs())) {
    Tensor tensor = at(value);
    for (int64_t t = 0; t < tokens; ++t)
      store(results.output(index), (first + t) * heads + head,
            ArrayRef(tensor.row(t), static_cast<size_t>(tensor.width)));
  }
}

template <typename Number> void Worker<Number>::loadChannels(int64_t chunk) {
  for (unsigned i = 0, e = scan.getNumInChannels(); i < e; ++i) {
    Tensor tensor = at(scan.getChannelArgument(i));
    std::copy_n(channels.at(scan.getInChannel(i).getName()).at(chunk),
                tensor.size, tensor.data);
  }
}

template <typename Number>
void Worker<Number>::storeChannels(int64_t chunk, int64_t tokens) {
  for (auto [i, value] : enumerate(scan.getChannelValues())) {
    wy::ChannelAttr channel = scan.getOutChannel(i);
    Tensor tensor = at(value);
    bool hasRows = channel.getKind() == wy::ShapeKind::Tokens ||
                   channel.getKind() == wy::ShapeKind::Pairs;
    std::copy_n(tensor.data, hasRows ? tokens * tensor.width : tensor.size,
                channels.at(channel.getName()).at(chunk));
  }
}

/// The chunks of a sequence's tokens, or of a segment's; the channels' tensors
/// for the first of them have number `firstChunk`.
template <typename Number>
void Worker<Number>::runChunks(Span span, int64_t firstChunk,
                               function_ref<void(int64_t tokens)> addTokens) {
  auto chunk = static_cast<int64_t>(scan.getChunk());
  int64_t count = divideCeil(span.end - span.begin, chunk);
  for (int64_t i = 0; i < count; ++i) {
    int64_t index = scan.getReverse() ? count - 1 - i : i;
    int64_t begin = span.begin + index * chunk;
    int64_t first = span.batch * tokensInRow + begin;
    int64_t tokens = std::min(chunk, span.end - begin);
    loadTokens(first, tokens);
    loadChannels(firstChunk + index);
    program.run(arena.get(), tokens);
    storeTokens(first, tokens);
    // A state may go out as it was before the chunk.
    storeChannels(firstChunk + index, tokens);
    moveStates();
    addTokens(tokens);
  }
}

//===----------------------------------------------------------------------===//
// Scans
//===----------------------------------------------------------------------===//

/// Those that the scan makes.
template <typename Number> bool Worker<Number>::makeChannels(int64_t tokens) {
  auto make = [&](StringRef name, int64_t period, mlir::Value value) {
    std::optional<Buffer<Number>> buffer =
        Buffer<Number>::allocate(divideCeil(tokens, period), at(value).size);
    if (buffer)
      channels.insert_or_assign(name, std::move(*buffer));
    return buffer.has_value();
  };
  for (auto [i, value] : enumerate(scan.getChannelValues()))
    if (!make(scan.getOutChannel(i).getName(),
              static_cast<int64_t>(scan.getChunk()), value))
      return false;
  if (wy::SegmentsAttr segments = scan.getSegmentsAttr())
    for (auto [name, state] : zip(segments.getTo(), scan.getStates()))
      if (!make(name, segments.getTokens(), state))
        return false;
  return true;
}

template <typename Number>
bool Worker<Number>::run(int64_t sequence,
                         function_ref<void(int64_t tokens)> addTokens) {
  arena.reset(new (std::nothrow) Number[program.size]);
  auto [batch, begin, end] = problem.sequences[sequence];
  if (!arena || !makeChannels(end - begin))
    return false;
  // Rows that do not exist are no zeros by chance.
  std::fill_n(arena.get(), program.size,
              std::numeric_limits<Number>::quiet_NaN());
  loadParams();
  if (wy::SegmentsAttr segments = scan.getSegmentsAttr()) {
    int64_t size = segments.getTokens();
    int64_t chunks = size / static_cast<int64_t>(scan.getChunk());
    for (int64_t i = 0, e = divideCeil(end - begin, size); i < e; ++i) {
      startSegment(segments, i);
      int64_t first = begin + i * size;
      runChunks({batch, first, std::min(first + size, end)}, i * chunks,
                addTokens);
      endSegment(segments, i);
    }
    return true;
  }
  int64_t state = sequence * heads + head;
  loadStates(state);
  runChunks({batch, begin, end}, 0, addTokens);
  storeStates(state);
  return true;
}

template <typename Number>
static Expected<Results> interpretAs(wy::ScanOp scan, const Problem &problem,
                                     std::optional<io::DType> dtype,
                                     const Progress &progress) {
  if (Error error = checkFits(scan, problem))
    return std::move(error);
  Expected<ChunkProgram> program = ChunkProgram::compile(scan, problem);
  if (!program)
    return program.takeError();
  return interpretOutputs(
      problem, dtype, [&](const Problem &problem, Results &results) {
        return forEachHead(
            problem, program->size * sizeof(Number), progress,
            [&](int64_t sequence, int64_t head, Meter &meter) {
              Channels<Number> none;
              return Worker<Number>(problem, *program, results, head, none)
                  .run(sequence, [&](int64_t tokens) { meter.add(tokens); });
            });
      });
}

template <typename Number>
static Expected<Results>
interpretAs(wy::PlacedOp placed, const Problem &problem,
            std::optional<io::DType> dtype, const Progress &progress) {
  if (Error error = checkFits(placed, problem))
    return std::move(error);
  std::vector<ChunkProgram> programs;
  for (auto scan : placed.getScans().getOps<wy::ScanOp>()) {
    Expected<ChunkProgram> program = ChunkProgram::compile(scan, problem);
    if (!program)
      return program.takeError();
    programs.push_back(std::move(*program));
  }
  int64_t most = 0;
  for (const ChunkProgram &program : programs)
    most = std::max(most, program.size);
  return interpretOutputs(
      problem, dtype, [&](const Problem &problem, Results &results) {
        return forEachHead(
            problem, most * sizeof(Number), progress,
            [&](int64_t sequence, int64_t head, Meter &meter) {
              Channels<Number> channels;
              for (const ChunkProgram &program : programs)
                if (!Worker<Number>(problem, program, results, head, channels)
                         .run(sequence, [](int64_t) {}))
                  return false;
              const Sequence &its = problem.sequences[sequence];
              meter.add(its.end - its.begin);
              return true;
            });
      });
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

Expected<Results> reference::interpretPlaced(wy::PlacedOp placed,
                                             const Problem &problem,
                                             const Progress &progress) {
  return interpretAs<double>(placed, problem, std::nullopt, progress);
}

Expected<Results> reference::interpretPlacedExact(wy::PlacedOp placed,
                                                  const Problem &problem,
                                                  const Progress &progress) {
  return interpretAs<double>(placed, problem, io::DType::F64, progress);
}

Expected<Results> reference::interpretPlacedInFloat32(wy::PlacedOp placed,
                                                      const Problem &problem) {
  return interpretAs<float>(placed, problem, io::DType::F32, {});
}
