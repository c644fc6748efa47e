//===- WYPairs.cpp - ops on matrices of pairs of tokens -------------------===//

#include "dialects/WY/WYOps.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

static int64_t getTokens(Operation *op) {
  return cast<ChunkHolderOpInterface>(op->getParentOp()).getChunk();
}

/// W25: a number for each pair of a chunk's tokens, or for each token.
static LogicalResult verifyTokens(Operation *op, ValueRange tensors,
                                  unsigned rank) {
  int64_t tokens = getTokens(op);
  for (Value tensor : tensors)
    if (cast<RankedTensorType>(tensor.getType()).getShape() !=
        ArrayRef<int64_t>(SmallVector<int64_t>(rank, tokens)))
      return op->emitOpError()
             << "a chunk has " << tokens << " tokens"
             << (rank == 2 ? " and as many rows as columns of pairs" : "")
             << ", found " << tensor.getType();
  return success();
}

LogicalResult DecaysOp::verify() {
  if (failed(verifyTokens(*this, getGate(), 1)))
    return failure();
  return verifyTokens(*this, getResult(), 2);
}

//===----------------------------------------------------------------------===//
// wy.scale
//===----------------------------------------------------------------------===//

LogicalResult ScaleOp::verify() {
  if (failed(verifyTokens(*this, getScores(), 2)) ||
      failed(verifyTokens(*this, getFactors(), 2)))
    return failure();
  for (Value vector : {getRows(), getColumns()})
    if (vector && failed(verifyTokens(*this, vector, 1)))
      return failure();
  return success();
}

OpFoldResult ScaleOp::fold(FoldAdaptor) {
  return getNumOperands() == 1 ? getScores() : Value();
}

//===----------------------------------------------------------------------===//
// wy.product and wy.inverse
//===----------------------------------------------------------------------===//

/// W26: a grid is of n × n matrices, and `entries` are places in it, one for
/// each of `count`, in rising order.
static LogicalResult verifyGrid(Operation *op, StringRef what, size_t matrices,
                                ArrayRef<int64_t> entries, size_t count) {
  if (getNumStates(matrices) < 1)
    return op->emitOpError()
           << "a grid is of 1, 4, 9, … " << what << ", found " << matrices;
  bool isRising = true;
  int64_t last = -1;
  for (int64_t entry : entries) {
    isRising &= entry > last && entry < static_cast<int64_t>(matrices);
    last = entry;
  }
  if (entries.size() == count && isRising)
    return success();
  return op->emitOpError() << "has " << count
                           << " matrices in a grid, so as many rising places "
                              "below "
                           << matrices << ", found [" << entries << ']';
}

/// W27: blocks have tokens.
static LogicalResult verifyBlock(Operation *op, uint64_t block) {
  if (block >= 1 && block <= static_cast<uint64_t>(kMostElements))
    return success();
  return op->emitOpError() << "a block is of 1 to " << kMostElements
                           << " tokens, found " << static_cast<int64_t>(block);
}

int64_t ProductOp::getGrid() { return getNumStates(getRhs().size()); }

LogicalResult ProductOp::verify() {
  SmallVector<int64_t> all;
  for (size_t i = 0; i < getLhs().size(); ++i)
    all.push_back(static_cast<int64_t>(i));
  if (failed(verifyGrid(*this, "right factors", getRhs().size(),
                        getEntries().value_or(all), getLhs().size())))
    return failure();
  if (!getEntries() && getLhs().size() != getRhs().size())
    return emitOpError() << "has " << getRhs().size()
                         << " right factors and as many left ones, or "
                            "'entries' for these, found "
                         << getLhs().size();
  if (getResults().size() != getRhs().size())
    return emitOpError() << "has " << getRhs().size()
                         << " right factors, so as many results, found "
                         << getResults().size();
  if (getBlock() && failed(verifyBlock(*this, *getBlock())))
    return failure();
  if (failed(verifyTokens(*this, getOperands(), 2)))
    return failure();
  return verifyTokens(*this, getResults(), 2);
}

int64_t InverseOp::getGrid() { return getNumStates(getResults().size()); }

LogicalResult InverseOp::verify() {
  if (failed(verifyGrid(*this, "results", getResults().size(), getEntries(),
                        getScores().size())))
    return failure();
  if (failed(verifyBlock(*this, getBlock())))
    return failure();
  if (failed(verifyTokens(*this, getScores(), 2)))
    return failure();
  return verifyTokens(*this, getResults(), 2);
}
