//===- ChunkProgram.cpp - A chunk's graph laid out for interpretation -----===//

#include "lib/Reference/ChunkProgram.h"
#include "lib/Analysis/Signatures.h"

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

/// `Op` is a scan, or a placement: what has a recurrence's signature.
template <typename Op>
static Error checkSignature(Op op, StringRef what, const Problem &problem) {
  std::string name = (what + " '" + op.getSymName() + "'").str();
  if (Error error =
          checkSame(name, getSignature(op), "the problem", problem.signature))
    return error;
  for (auto [axis, size] : {std::pair<StringRef, int64_t>("K", op.getKeyDim()),
                            {"V", op.getValueDim()}})
    if (size != problem.sizes[axis])
      return createStringError(inconvertibleErrorCode(),
                               name + " has " + axis + " = " + Twine(size) +
                                   ", the problem " + axis + " = " +
                                   Twine(problem.sizes[axis]));
  return Error::success();
}

Error reference::checkFits(wy::ScanOp scan, const Problem &problem) {
  return checkSignature(scan, "scan", problem);
}

Error reference::checkFits(wy::PlacedOp placed, const Problem &problem) {
  return checkSignature(placed, "placement", problem);
}

/// The index of the argument or output of a name, which there is.
template <typename Entry>
static unsigned indexOf(const std::vector<Entry> &entries, StringRef name) {
  return std::distance(
      entries.begin(),
      find_if(entries, [&](const Entry &entry) { return entry.name == name; }));
}

static void bindByName(ChunkProgram &program, const Signature &signature) {
  wy::ScanOp scan = program.scan;
  SmallVector<unsigned, 2> states = signature.getStates();
  for (unsigned i = 0, e = scan.getNumArgs(); i < e; ++i) {
    bool isState = scan.getArgKind(i) == ArgKind::State;
    unsigned index = isState && scan.getSegments()
                         ? 0
                         : indexOf(signature.arguments, scan.getArgName(i));
    program.args.push_back(index);
    if (isState && !scan.getSegments())
      program.states.push_back(
          std::distance(states.begin(), find(states, index)));
  }
  for (unsigned i = 0, e = scan.getNumOutputs(); i < e; ++i)
    program.outputs.push_back(
        indexOf(signature.outputs, scan.getOutputName(i)));
}

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

static int64_t sizeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getNumElements();
}

/// Of GateProduct: twice a product, and one matrix of a product's elements.
static int64_t scratchFor(mlir::ValueRange gate) {
  int64_t entries = std::max<int64_t>(1, gate.size()), width = 1;
  for (Value entry : gate) {
    auto type = cast<RankedTensorType>(entry.getType());
    if (type.getRank() == 2)
      width = std::max(width, type.getDimSize(1));
  }
  return 2 * entries * width + entries;
}

Expected<ChunkProgram> ChunkProgram::compile(wy::ScanOp scan,
                                             const Problem &problem) {
  ChunkProgram program;
  program.scan = scan;
  bindByName(program, problem.signature);
  // A scan that computes a transition has axes of its own.
  Sizes sizes = problem.sizes;
  sizes["K"] = static_cast<int64_t>(scan.getKeyDim());
  sizes["V"] = static_cast<int64_t>(scan.getValueDim());
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
      Expected<Program> step = Program::compile(tokens, sizes, problem.scale);
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
    } else if (auto solve = dyn_cast<wy::SolveTransposedOp>(op)) {
      needed = scratchFor({});
      for (Value gate : solve.getGates())
        needed = std::max(needed, scratchFor(gate));
    } else if (auto decays = dyn_cast<wy::DecaysOp>(op)) {
      needed = scratchFor(decays.getGate());
    } else if (!isa<wy::SumOp, wy::ReadOp, wy::UpdateOp, wy::ScaleOp,
                    wy::ProductOp, wy::InverseOp, wy::JoinOp,
                    wy::ApplyTransposedOp, wy::TokenSumsOp, wy::PairSumsOp,
                    wy::DotStatesOp>(op)) {
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
