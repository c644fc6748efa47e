//===- TokenMaps.cpp - small maths of tokens on tensors -------------------===//

#include "dialects/WY/TokenMaps.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

TokenTensor wy::alongAxis(Value tensor, delta::Axis axis) {
  MLIRContext *context = tensor.getContext();
  if (cast<RankedTensorType>(tensor.getType()).getRank() == 2)
    return {tensor, delta::VecType::get(context, axis)};
  return {tensor, delta::ScalarType::get(context)};
}

TokensOp wy::mapTokens(
    OpBuilder &b, Location loc, ArrayRef<TokenTensor> inputs,
    llvm::function_ref<SmallVector<Value>(OpBuilder &, ValueRange)> body) {
  auto holder =
      cast<ChunkHolderOpInterface>(b.getInsertionBlock()->getParentOp());
  Region region;
  Block *step = &region.emplaceBlock();
  SmallVector<Value> tensors;
  for (const TokenTensor &input : inputs) {
    tensors.push_back(input.tensor);
    step->addArgument(input.token, loc);
  }
  OpBuilder inner(b.getContext());
  inner.setInsertionPointToEnd(step);
  SmallVector<Value> values = body(inner, step->getArguments());
  YieldOp::create(inner, loc, values);
  SmallVector<Type> types;
  for (Value value : values)
    types.push_back(
        holder.getChunkType(value.getType(), delta::ArgKind::VHeads));
  auto map = TokensOp::create(b, loc, types, tensors);
  map.getBody().takeBody(region);
  return map;
}

Value wy::sumOfProducts(
    OpBuilder &b, Location loc,
    ArrayRef<std::pair<TokenTensor, TokenTensor>> products) {
  SmallVector<TokenTensor> inputs;
  for (const auto &[x, y] : products)
    inputs.append({x, y});
  TokensOp map = mapTokens(
      b, loc, inputs, [&](OpBuilder &b, ValueRange step) -> SmallVector<Value> {
        Value total;
        for (size_t i = 0; i < products.size(); ++i) {
          Value product =
              delta::MulOp::create(b, loc, step[2 * i], step[2 * i + 1]);
          total = total ? Value(delta::AddOp::create(b, loc, total, product))
                        : product;
        }
        return {total};
      });
  return map.getResult(0);
}
