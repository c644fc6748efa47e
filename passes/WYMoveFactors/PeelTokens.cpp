//===- PeelTokens.cpp - linear maths of tokens as nodes -------------------===//

#include "passes/WYMoveFactors/PeelTokens.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

static bool isLinear(Operation *op) {
  return isa<delta::DotOp>(op) ||
         (isa<delta::MulOp, delta::NegOp, delta::AddOp, delta::SubOp>(op) &&
          isa<delta::VecType>(op->getResult(0).getType()));
}

/// A node of one operation, or of none: what one token has of `inputs`.
static Value buildNode(OpBuilder &b, Location loc, Type type,
                       ArrayRef<Value> tensors, ArrayRef<Type> tokens,
                       Operation *op) {
  auto node = TokensOp::create(b, loc, TypeRange{type}, tensors);
  OpBuilder::InsertionGuard guard(b);
  Block *step = b.createBlock(&node.getBody(), {}, tokens,
                              SmallVector<Location>(tokens.size(), loc));
  Operation *clone = b.clone(*op);
  clone->setOperands(step->getArguments());
  YieldOp::create(b, loc, clone->getResult(0));
  return node.getResult(0);
}

static bool isSingle(TokensOp op) {
  return llvm::hasNItems(op.getStep().without_terminator(), 1) &&
         op.getNumResults() == 1 &&
         op.getYield().getValues().front().getDefiningOp();
}

SingleOp sluice::findSingleOp(Value tensor) {
  auto tokens = tensor.getDefiningOp<TokensOp>();
  if (!tokens || !isSingle(tokens))
    return {};
  SingleOp single{&tokens.getStep().front(), {}};
  for (Value operand : single.op->getOperands())
    single.operands.push_back(
        tokens.getInputs()[cast<BlockArgument>(operand).getArgNumber()]);
  return single;
}

LogicalResult sluice::peelTokens(RewriterBase &rewriter, TokensOp op) {
  // From the results inwards.
  SmallVector<Value> pending(op.getYield().getValues());
  llvm::SetVector<Operation *> peeled;
  llvm::SetVector<Value> kept;
  while (!pending.empty()) {
    Value value = pending.pop_back_val();
    Operation *made = value.getDefiningOp();
    if (made && isLinear(made)) {
      if (peeled.insert(made))
        llvm::append_range(pending, made->getOperands());
    } else if (made) {
      kept.insert(value);
    }
  }
  if (peeled.empty() || (isSingle(op) && peeled.size() == 1))
    return failure();

  rewriter.setInsertionPoint(op);
  auto holder = cast<ChunkHolderOpInterface>(op->getParentOp());
  auto tensorTypeOf = [&](Value value) {
    return holder.getChunkType(value.getType(), delta::ArgKind::VHeads);
  };
  SmallVector<Type> types;
  for (Value value : kept)
    types.push_back(tensorTypeOf(value));
  IRMapping tensors; // of values of one token
  for (auto [argument, input] :
       llvm::zip(op.getStep().getArguments(), op.getInputs()))
    tensors.map(argument, input);
  SmallVector<Value> given(op.getYield().getValues());
  Block *step = &op.getStep();
  if (!kept.empty()) {
    auto rest = TokensOp::create(rewriter, op.getLoc(), types, op.getInputs());
    IRMapping mapping;
    op.getBody().cloneInto(&rest.getBody(), mapping);
    SmallVector<Value> values;
    for (Value value : kept)
      values.push_back(mapping.lookup(value));
    rest.getYield().getValuesMutable().assign(values);
    SmallVector<Operation *> inside;
    for (Operation &inner : rest.getStep().without_terminator())
      inside.push_back(&inner);
    for (Operation *inner : llvm::reverse(inside))
      if (inner->use_empty())
        rewriter.eraseOp(inner);
    for (auto [value, result] : llvm::zip(kept, rest.getResults()))
      tensors.map(value, result);
  }
  for (Operation &inner : step->without_terminator()) {
    if (!peeled.contains(&inner))
      continue;
    SmallVector<Value> operands;
    for (Value operand : inner.getOperands())
      operands.push_back(tensors.lookup(operand));
    Value result = inner.getResult(0);
    tensors.map(result,
                buildNode(rewriter, op.getLoc(), tensorTypeOf(result), operands,
                          SmallVector<Type>(inner.getOperandTypes()), &inner));
  }
  SmallVector<Value> results;
  for (auto [value, result] : llvm::zip(given, op.getResults())) {
    Value tensor = tensors.lookup(value);
    // An input that is handed on: of a parameter, repeated.
    if (tensor.getType() != result.getType()) {
      auto node = TokensOp::create(rewriter, op.getLoc(),
                                   TypeRange{result.getType()}, tensor);
      OpBuilder::InsertionGuard guard(rewriter);
      Block *same = rewriter.createBlock(&node.getBody(), {}, value.getType(),
                                         op.getLoc());
      YieldOp::create(rewriter, op.getLoc(), same->getArguments());
      tensor = node.getResult(0);
    }
    results.push_back(tensor);
  }
  rewriter.replaceOp(op, results);
  return success();
}
