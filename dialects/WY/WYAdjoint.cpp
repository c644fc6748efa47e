//===- WYAdjoint.cpp - verifiers of what gradients need -------------------===//

#include "dialects/WY/WYOps.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

static int64_t getTokens(Operation *op) {
  return cast<ChunkHolderOpInterface>(op->getParentOp()).getChunk();
}

/// W40: what is summed over a chunk's tokens has as many rows.
static LogicalResult verifyRows(Operation *op, Value tensor) {
  if (shapeOf(tensor)[0] == getTokens(op))
    return success();
  return op->emitOpError() << "a chunk has " << getTokens(op)
                           << " tokens, found " << tensor.getType();
}

static LogicalResult verifyPairs(Operation *op, Value pairs) {
  int64_t tokens = getTokens(op);
  if (shapeOf(pairs) == ArrayRef<int64_t>({tokens, tokens}))
    return success();
  return op->emitOpError() << "pairs of tokens are " << tokens << " × "
                           << tokens << ", found " << pairs.getType();
}

LogicalResult ApplyTransposedOp::verify() {
  return failure(failed(verifyRows(*this, getValues())) ||
                 failed(verifyPairs(*this, getScores())));
}

LogicalResult TokenSumsOp::verify() {
  // W41: an n × n matrix of tensors of one type, and as many sums.
  int64_t states = getNumStates(getTerms().size());
  if (states < 1)
    return emitOpError() << "sums 1, 4, 9, … tensors, found "
                         << getTerms().size();
  for (Value term : getTerms())
    if (term.getType() != getTerms().front().getType())
      return emitOpError() << "the tensors have one type, found "
                           << getTerms().front().getType() << " and "
                           << term.getType();
  if (failed(verifyRows(*this, getTerms().front())))
    return failure();
  auto type = cast<RankedTensorType>(getTerms().front().getType());
  Type expected = type;
  if (getRange() == wy::Range::All)
    expected = RankedTensorType::get(type.getShape().drop_front(),
                                     type.getElementType());
  if (getResults().size() != getTerms().size() ||
      llvm::any_of(getResults().getTypes(),
                   [&](Type result) { return result != expected; }))
    return emitOpError() << "gives " << getTerms().size() << " times "
                         << expected << ", found " << getResults().getTypes();
  // W42: gates like those of wy.accumulate, and blocks.
  if (getGate().empty() != !getKind())
    return emitOpError("has a gate and says its kind, or neither");
  if (!getGate().empty() &&
      (getGate().size() != getTerms().size() || getRange() == wy::Range::All))
    return emitOpError() << "a gate stands between a token and others, with "
                            "as many tensors as are summed ("
                         << getTerms().size() << "), found " << getGate().size()
                         << " and '" << stringifyRange(getRange()) << "'";
  if (states > 1 && (getGate().empty() || getKind() == GateKind::Log))
    return emitOpError("a gate of several states is given as factors");
  for (Value gate : getGate())
    if (gate.getType() != type)
      return emitOpError() << "a gate is of the tensors' type, " << type
                           << ", found " << gate.getType();
  std::optional<uint64_t> block = getBlock();
  if (block && (*block < 1 || *block > static_cast<uint64_t>(kMostElements) ||
                getRange() == wy::Range::All))
    return emitOpError() << "a block is of 1 to " << kMostElements
                         << " tokens, before or after each of them, found '"
                         << stringifyRange(getRange()) << "' in blocks of "
                         << static_cast<int64_t>(*block);
  return success();
}

LogicalResult PairSumsOp::verify() {
  if (failed(verifyPairs(*this, getPairs())))
    return failure();
  for (Value vector : {getGate(), getResult()})
    if (vector && failed(verifyRows(*this, vector)))
      return failure();
  // W43: only what stands between has a gate.
  if (!getGate() != !getKind())
    return emitOpError("has a gate and says its kind, or neither");
  if (getGate() && getSum() != PairSum::Between)
    return emitOpError() << "only sums 'between' have a gate, found '"
                         << stringifyPairSum(getSum()) << "'";
  return success();
}

LogicalResult DotStatesOp::verify() {
  // W44: one number for each of the axis.
  SmallVector<int64_t, 1> expected;
  if (getAxis())
    expected.push_back(
        shapeOf(getLhs())[*getAxis() == delta::Axis::Key ? 0 : 1]);
  if (shapeOf(getResult()) == ArrayRef<int64_t>(expected))
    return success();
  return emitOpError() << "gives "
                       << RankedTensorType::get(expected,
                                                Float32Type::get(getContext()))
                       << ", found " << getResult().getType();
}
