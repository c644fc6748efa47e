//===- TokenMaps.cpp - small maths of tokens on tensors -------------------===//

#include "passes/WYDecompose/TokenMaps.h"

using namespace mlir;
using namespace sluice;

Value sluice::sumOfProducts(OpBuilder &b, Location loc,
                            ArrayRef<std::pair<Value, Value>> products,
                            delta::Axis axis) {
  SmallVector<Value> inputs;
  SmallVector<Type> tokens;
  Type result = products.front().first.getType();
  for (auto [x, y] : products)
    for (Value tensor : {x, y}) {
      auto type = cast<RankedTensorType>(tensor.getType());
      bool isVector = type.getRank() == 2;
      inputs.push_back(tensor);
      tokens.push_back(isVector
                           ? Type(delta::VecType::get(b.getContext(), axis))
                           : Type(delta::ScalarType::get(b.getContext())));
      if (isVector)
        result = type;
    }
  auto map = wy::TokensOp::create(b, loc, TypeRange{result}, inputs);
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
  wy::YieldOp::create(b, loc, total);
  return map.getResult(0);
}
