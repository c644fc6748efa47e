//===- ChunkProgram.cpp - A chunk's graph laid out for interpretation -----===//

#include "lib/Reference/ChunkProgram.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using delta::ArgKind;
using mlir::Operation;
using mlir::RankedTensorType;
using mlir::Value;

//===----------------------------------------------------------------------===//
// Scan and problem
//===----------------------------------------------------------------------===//

static std::string describe(ArgKind kind, StringRef name, mlir::Type type,
                            delta::RangeAttr range) {
  std::string text;
  raw_string_ostream os(text);
  os << stringifyArgKind(kind) << "(%" << name << ": " << type << ')';
  if (range)
    os << " in " << range;
  return text;
}

static std::string describe(StringRef name, mlir::Type type) {
  std::string text;
  raw_string_ostream(text) << name << ": " << type;
  return text;
}

/// What a scan has, then what a problem has; the first pair that differs is an
/// error.
using Pair = std::pair<std::string, std::string>;
static Error checkEqual(const Twine &what, ArrayRef<Pair> pairs) {
  for (const auto &[ours, theirs] : pairs)
    if (ours != theirs)
      return createStringError(inconvertibleErrorCode(), what + " has " + ours +
                                                             ", the problem " +
                                                             theirs);
  return Error::success();
}

/// `scan` is a scan, or a placement: what has a recurrence's signature.
template <typename Signature>
static Error checkSignature(Signature scan, const Twine &what,
                            const Problem &problem) {
  delta::RecurrenceOp op = problem.op;
  SmallVector<Pair> pairs;
  auto addCount = [&](StringRef what, int64_t ours, int64_t theirs) {
    pairs.emplace_back((Twine(ours) + " " + what).str(),
                       (Twine(theirs) + " " + what).str());
  };
  auto addSize = [&](StringRef what, int64_t ours, int64_t theirs) {
    pairs.emplace_back((what + Twine(" = ") + Twine(ours)).str(),
                       (what + Twine(" = ") + Twine(theirs)).str());
  };
  mlir::Block &step = op.getStep();
  addCount("arguments", scan.getNumArgs(), step.getNumArguments());
  addCount("outputs", scan.getOutputNames().size(), op.getOutputNames().size());
  if (Error error = checkEqual(what, pairs))
    return error;
  pairs.clear();
  for (unsigned i = 0, e = step.getNumArguments(); i < e; ++i)
    pairs.emplace_back(describe(scan.getArgKind(i), scan.getArgName(i),
                                scan.getArgType(i), scan.getArgRange(i)),
                       describe(op.getArgKind(i), op.getArgName(i),
                                step.getArgument(i).getType(),
                                op.getArgRange(i)));
  auto typeAt = [](mlir::ArrayAttr types, unsigned i) {
    return cast<mlir::TypeAttr>(types[i]).getValue();
  };
  for (unsigned i = 0, e = op.getOutputNames().size(); i < e; ++i)
    pairs.emplace_back(
        describe(scan.getOutputName(i), typeAt(scan.getOutputTypes(), i)),
        describe(op.getOutputName(i), typeAt(op.getOutputTypes(), i)));
  addSize("K", scan.getKeyDim(), problem.dims.K);
  addSize("V", scan.getValueDim(), problem.dims.V);
  return checkEqual(what, pairs);
}

Error reference::checkFits(wy::ScanOp scan, const Problem &problem) {
  return checkSignature(scan, "scan '" + scan.getSymName() + "'", problem);
}

Error reference::checkFits(wy::PlacedOp placed, const Problem &problem) {
  return checkSignature(placed, "placement '" + placed.getSymName() + "'",
                        problem);
}

/// Finds the problem's argument or output of a name.
static unsigned indexOf(mlir::ArrayAttr names, StringRef name) {
  auto found = llvm::find(names.getAsValueRange<mlir::StringAttr>(), name);
  return std::distance(names.getAsValueRange<mlir::StringAttr>().begin(),
                       found);
}

static void bindByName(ChunkProgram &program, const Problem &problem) {
  wy::ScanOp scan = program.scan;
  delta::RecurrenceOp op = problem.op;
  for (unsigned i = 0, e = scan.getNumArgs(); i < e; ++i) {
    bool isState = scan.getArgKind(i) == ArgKind::State;
    unsigned index = isState && scan.getSegments()
                         ? 0
                         : indexOf(op.getArgNames(), scan.getArgName(i));
    program.args.push_back(index);
    if (isState && !scan.getSegments())
      program.states.push_back(
          llvm::count_if(op.getStates(), [&](mlir::BlockArgument state) {
            return state.getArgNumber() < index;
          }));
  }
  for (unsigned i = 0, e = scan.getOutputNames().size(); i < e; ++i)
    program.outputs.push_back(
        indexOf(op.getOutputNames(), scan.getOutputName(i)));
}

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

static int64_t sizeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getNumElements();
}

/// Of GateProduct: twice a product, and one column of one.
static int64_t scratchFor(mlir::ValueRange gate) {
  int64_t entries = std::max<int64_t>(1, gate.size()), columns = 1;
  for (Value entry : gate) {
    auto type = cast<RankedTensorType>(entry.getType());
    if (type.getRank() == 2)
      columns = std::max(columns, type.getDimSize(1));
  }
  return 2 * entries * columns + entries;
}

Expected<ChunkProgram> ChunkProgram::compile(wy::ScanOp scan,
                                             const Problem &problem) {
  ChunkProgram program;
  program.scan = scan;
  bindByName(program, problem);
  // A scan that computes a transition has axes of its own.
  Problem sized = problem;
  sized.dims.K = scan.getKeyDim();
  sized.dims.V = scan.getValueDim();
  program.shapes.emplace(scan);
  auto place = [&](Value value) {
    program.offsets[value] = program.size;
    program.size += sizeOf(value);
  };
  llvm::for_each(scan.getGraph().getArguments(), place);
  int64_t scratch = 0;
  for (Operation &op : scan.getGraph().without_terminator()) {
    int64_t needed = 0;
    if (auto tokens = dyn_cast<wy::TokensOp>(op)) {
      Expected<Program> step = Program::compile(tokens, sized);
      if (!step)
        return step.takeError();
      program.steps.try_emplace(&op, std::move(*step));
    } else if (auto accumulate = dyn_cast<wy::AccumulateOp>(op)) {
      needed = scratchFor(accumulate.getGate());
    } else if (auto scores = dyn_cast<wy::ScoresOp>(op)) {
      needed = scratchFor(scores.getGate());
    } else if (auto apply = dyn_cast<wy::ApplyOp>(op)) {
      needed = scratchFor(apply.getGate());
    } else if (auto solve = dyn_cast<wy::SolveOp>(op)) {
      for (Value gate : solve.getGates())
        needed = std::max(needed, scratchFor(gate));
      // Ungated terms, and the sum over one term's tokens.
      needed = std::max(needed, scratchFor({})) +
               cast<RankedTensorType>(solve.getRhs().front().getType())
                   .getDimSize(1);
    } else if (auto decays = dyn_cast<wy::DecaysOp>(op)) {
      needed = scratchFor(decays.getGate());
    } else if (!isa<wy::SumOp, wy::ReadOp, wy::UpdateOp, wy::ScaleOp,
                    wy::ProductOp, wy::InverseOp, wy::JoinOp>(op)) {
      return createStringError(
          inconvertibleErrorCode(),
          "the reference interpreter has no meaning for '" +
              op.getName().getStringRef() + "'");
    }
    scratch = std::max(scratch, needed);
    llvm::for_each(op.getResults(), place);
  }
  program.scratch = program.size;
  program.spareStates = program.size += scratch;
  for (Value state : scan.getStates())
    program.size += sizeOf(state);
  return program;
}
