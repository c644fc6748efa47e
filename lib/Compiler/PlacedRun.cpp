//===- PlacedRun.cpp - a placement on a device that runs scans ------------===//

#include "lib/Compiler/PlacedRun.h"
#include "lib/Analysis/Signatures.h"
#include "lib/Compiler/Derivation.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "passes/WYFuse/WYFuse.h"
#include "llvm/ADT/StringMap.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::compiler;
using namespace sluice::runtime;
using delta::ArgKind;

using mlir::ModuleOp;
using mlir::OwningOpRef;

namespace {
/// One placement in segments.
class SegmentsRun {
public:
  SegmentsRun(wy::PlacedOp placed, const Problem &problem, ExecuteScan execute)
      : placed(placed), problem(problem), execute(execute) {}

  Expected<Results> run();

private:
  void cutSequences(int64_t tokens);
  Error runScan(wy::ScanOp scan, wy::SegmentsAttr segments);
  Expected<OwnedTensor> makeStart(wy::ScanOp scan, wy::SegmentsAttr segments,
                                  unsigned state);
  Error runJoin(wy::ScanOp scan);
  Error joinSequence(wy::ScanOp scan, int64_t sequence, int64_t head);
  static Error error(wy::ScanOp scan, const Twine &message) {
    return createStringError(inconvertibleErrorCode(),
                             "scan '" + scan.getSymName() + "' " + message);
  }

  wy::PlacedOp placed;
  const Problem &problem;
  ExecuteScan execute;
  Results results;
  /// All segments, sequence by sequence, and where a sequence's begin.
  int64_t segmentTokens = 0;
  std::vector<Sequence> segments;
  std::vector<int64_t> firstSegment;
  /// [segments, HV, rows, columns]
  StringMap<OwnedTensor> channels;
};
} // namespace

void SegmentsRun::cutSequences(int64_t tokens) {
  segmentTokens = tokens;
  for (const Sequence &sequence : problem.sequences) {
    firstSegment.push_back(static_cast<int64_t>(segments.size()));
    for (int64_t begin = sequence.begin; begin < sequence.end; begin += tokens)
      segments.push_back(
          {sequence.batch, begin, std::min(begin + tokens, sequence.end)});
  }
  firstSegment.push_back(static_cast<int64_t>(segments.size()));
}

/// Identities, or ones, in one state.
Expected<OwnedTensor> SegmentsRun::makeStart(wy::ScanOp scan,
                                             wy::SegmentsAttr segments,
                                             unsigned state) {
  auto rows = static_cast<int64_t>(scan.getKeyDim()),
       columns = static_cast<int64_t>(scan.getValueDim());
  int64_t count =
      static_cast<int64_t>(this->segments.size()) * problem.sizes["HV"];
  Expected<OwnedTensor> tensor =
      OwnedTensor::create("start", problem.stateDType,
                          {static_cast<int64_t>(this->segments.size()),
                           problem.sizes["HV"], rows, columns});
  if (!tensor)
    return tensor.takeError();
  bool isIts = static_cast<int64_t>(state) == segments.getState();
  bool isIdentity = segments.getStart() == wy::Start::Identity;
  std::vector<double> matrix(rows * columns);
  for (int64_t i = 0; i < rows * columns; ++i)
    matrix[i] = isIts && (!isIdentity || i % (columns + 1) == 0);
  for (int64_t i = 0; i < count; ++i)
    tensor->store(i * rows * columns, matrix);
  return tensor;
}

Error SegmentsRun::runScan(wy::ScanOp scan, wy::SegmentsAttr itsSegments) {
  if (scan.getNumInChannels() > 0 || scan.getNumOutChannels() > 0)
    return error(scan, "has segments and channels from chunk to chunk: no "
                       "device runs that");
  Problem part = problem;
  part.signature = getSignature(scan);
  part.sizes["K"] = static_cast<int64_t>(scan.getKeyDim());
  part.sizes["V"] = static_cast<int64_t>(scan.getValueDim());
  part.sequences = segments;
  part.sizes["N"] = static_cast<int64_t>(segments.size());
  part.args.assign(scan.getNumArgs(), {});
  // Views of these are the initial states.
  std::vector<OwnedTensor> starts;
  starts.reserve(scan.getNumArgs());
  unsigned state = 0;
  for (unsigned i = 0, e = scan.getNumArgs(); i < e; ++i) {
    if (scan.getArgKind(i) != ArgKind::State) {
      part.args[i] = problem.args[*placed.findArg(scan.getArgName(i))];
      continue;
    }
    unsigned index = state++;
    if (itsSegments.getStart() == wy::Start::Channels) {
      part.args[i] = channels.at(itsSegments.getFrom()[index]).view();
      continue;
    }
    if (itsSegments.getStart() == wy::Start::Zero)
      continue;
    Expected<OwnedTensor> start = makeStart(scan, itsSegments, index);
    if (!start)
      return start.takeError();
    starts.push_back(std::move(*start));
    part.args[i] = starts.back().view();
  }

  // The device sees it without its placement.
  OwningOpRef<ModuleOp> alone = ModuleOp::create(scan.getLoc());
  auto whole = cast<wy::ScanOp>(
      mlir::OpBuilder::atBlockEnd(alone->getBody()).clone(*scan));
  whole.removeSegmentsAttr();
  Expected<Results> made = execute(whole, part);
  if (!made)
    return made.takeError();
  for (unsigned i = 0; i < made->numOutputs; ++i)
    results.output(*placed.findOutput(scan.getOutputName(i))) =
        std::move(made->output(i));
  for (auto [i, name] : enumerate(itsSegments.getTo()))
    channels.insert_or_assign(name.getValue(), std::move(made->finalState(i)));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Joins
//===----------------------------------------------------------------------===//

namespace {
/// A matrix, row-major.
struct Matrix {
  int64_t rows = 0, columns = 0;
  std::vector<double> data;
  /// An axis of size 1 is repeated.
  double at(int64_t i, int64_t j) const {
    return data[(rows == 1 ? 0 : i) * columns + (columns == 1 ? 0 : j)];
  }
};
} // namespace

static Matrix join(wy::JoinOp op, DenseMap<mlir::Value, Matrix> &values) {
  Matrix sum = values.at(op.getWritten());
  for (auto [from, by] : zip(op.getStates(), op.getTransitions())) {
    const Matrix &state = values.at(from), &transition = values.at(by);
    for (int64_t i = 0; i < sum.rows; ++i)
      for (int64_t j = 0; j < sum.columns; ++j) {
        double &out = sum.data[i * sum.columns + j];
        switch (op.getKind()) {
        case wy::JoinKind::Left:
          for (int64_t k = 0; k < sum.rows; ++k)
            out += transition.at(i, k) * state.at(k, j);
          break;
        case wy::JoinKind::Right:
          for (int64_t k = 0; k < sum.columns; ++k)
            out += state.at(i, k) * transition.at(k, j);
          break;
        case wy::JoinKind::Elementwise:
          out += transition.at(i, j) * state.at(i, j);
          break;
        }
      }
  }
  return sum;
}

/// The states before each segment of a sequence, and after the last.
Error SegmentsRun::joinSequence(wy::ScanOp scan, int64_t sequence,
                                int64_t head) {
  int64_t heads = problem.sizes["HV"];
  SmallVector<mlir::BlockArgument> states = scan.getStates();
  DenseMap<mlir::Value, Matrix> values;
  auto load = [&](mlir::Value value, const io::TensorView &view,
                  int64_t place) {
    auto type = cast<mlir::RankedTensorType>(value.getType());
    Matrix matrix{type.getDimSize(0), type.getDimSize(1), {}};
    matrix.data.assign(type.getNumElements(), 0);
    if (view.bytes.data())
      loadElements(view, place * type.getNumElements(), matrix.data);
    values[value] = std::move(matrix);
  };
  for (mlir::BlockArgument state : states)
    load(state,
         problem.args[*placed.findArg(scan.getArgName(state.getArgNumber()))],
         sequence * heads + head);
  for (int64_t s = firstSegment[sequence]; s < firstSegment[sequence + 1];
       ++s) {
    int64_t place = s * heads + head;
    for (unsigned i = 0, e = scan.getNumInChannels(); i < e; ++i)
      load(scan.getChannelArgument(i),
           channels.at(scan.getInChannel(i).getName()).view(), place);
    for (auto op : scan.getGraph().getOps<wy::JoinOp>()) {
      Matrix made = join(op, values);
      values[op.getResult()] = std::move(made);
    }
    for (auto [i, value] : enumerate(scan.getChannelValues())) {
      const Matrix &matrix = values.at(value);
      channels.find(scan.getOutChannel(i).getName())
          ->second.store(place * static_cast<int64_t>(matrix.data.size()),
                         matrix.data);
    }
    SmallVector<Matrix> next;
    for (mlir::Value value : scan.getNextStates())
      next.push_back(values.at(value));
    for (auto [state, matrix] : zip(states, next))
      values[state] = std::move(matrix);
  }
  for (mlir::BlockArgument state : states) {
    StringRef name = scan.getArgName(state.getArgNumber());
    for (auto [i, argument] : enumerate(problem.signature.getStates()))
      if (problem.signature.arguments[argument].name == name)
        results.finalState(i).store((sequence * heads + head) *
                                        problem.sizes["K"] * problem.sizes["V"],
                                    values.at(state).data);
  }
  return Error::success();
}

Error SegmentsRun::runJoin(wy::ScanOp scan) {
  bool isJoin = all_of(scan.getGraph().without_terminator(),
                       [](mlir::Operation &op) { return isa<wy::JoinOp>(op); });
  if (!isJoin || static_cast<int64_t>(scan.getChunk()) != segmentTokens ||
      scan.getNumArgs() != scan.getStates().size() || scan.getReverse())
    return error(scan, "carries states over segments and does more than join "
                       "them: no device runs that");
  for (unsigned i = 0, e = scan.getNumOutChannels(); i < e; ++i) {
    wy::ChannelAttr channel = scan.getOutChannel(i);
    Expected<OwnedTensor> tensor = OwnedTensor::create(
        channel.getName(), problem.stateDType,
        {static_cast<int64_t>(segments.size()), problem.sizes["HV"],
         channel.getType().getDimSize(0), channel.getType().getDimSize(1)});
    if (!tensor)
      return tensor.takeError();
    channels.insert_or_assign(channel.getName(), std::move(*tensor));
  }
  for (int64_t n = 0; n < problem.sizes["N"]; ++n)
    for (int64_t head = 0; head < problem.sizes["HV"]; ++head)
      if (Error error = joinSequence(scan, n, head))
        return error;
  return Error::success();
}

Expected<Results> SegmentsRun::run() {
  Expected<Results> allocated = Results::allocate(problem);
  if (!allocated)
    return allocated.takeError();
  results = std::move(*allocated);
  for (auto scan : placed.getScans().getOps<wy::ScanOp>()) {
    wy::SegmentsAttr its = scan.getSegmentsAttr();
    if (its && segmentTokens == 0)
      cutSequences(its.getTokens());
    if (its && its.getTokens() != segmentTokens)
      return error(scan, "has segments of another length than a scan before "
                         "it: no device runs that");
    if (Error error = its ? runScan(scan, its) : runJoin(scan))
      return std::move(error);
  }
  return std::move(results);
}

//===----------------------------------------------------------------------===//
// Placements
//===----------------------------------------------------------------------===//

Expected<Results> runtime::runPlaced(wy::PlacedOp placed,
                                     const Problem &problem,
                                     ExecuteScan execute) {
  auto scans = placed.getScans().getOps<wy::ScanOp>();
  if (any_of(scans, [](wy::ScanOp scan) { return !!scan.getSegments(); }))
    return SegmentsRun(placed, problem, execute).run();
  auto fused = derive(placed, [](mlir::OpPassManager &manager) {
    manager.addPass(createWYFuse());
  });
  if (!fused)
    return fused.takeError();
  return execute(*(*fused)->getOps<wy::ScanOp>().begin(), problem);
}
