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

Value wy::sumOfProducts(
    OpBuilder &b, Location loc,
    ArrayRef<std::pair<TokenTensor, TokenTensor>> products) {
  SmallVector<Value> inputs;
  SmallVector<Type> tokens;
  Type result = products.front().first.tensor.getType();
  for (const auto &[x, y] : products)
    for (const TokenTensor &operand : {x, y}) {
      inputs.push_back(operand.tensor);
      tokens.push_back(operand.token);
      if (isa<delta::VecType>(operand.token))
        result = operand.tensor.getType();
    }
  auto map = TokensOp::create(b, loc, TypeRange{result}, inputs);
  OpBuilder::InsertionGuard guard(b);
  Block *step = b.createBlock(&map.getBody(), {}, tokens,
                              SmallVector<Location>(tokens.size(), loc));
  Value total;
  for (size_t i = 0; i < products.size(); ++i) {
    Value product = delta::MulOp::create(b, loc, step->getArgument(2 * i),
                                         step->getArgument(2 * i + 1));
    total =
        total ? Value(delta::AddOp::create(b, loc, total, product)) : product;
  }
  YieldOp::create(b, loc, total);
  return map.getResult(0);
}
