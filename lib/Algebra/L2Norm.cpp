//===- L2Norm.cpp - normalisation by simpler operations -------------------===//

#include "lib/Algebra/L2Norm.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace sluice::delta;

void sluice::expandL2Norm(L2NormOp norm) {
  OpBuilder builder(norm);
  Location loc = norm.getLoc();
  Value a = norm.getOperand();
  Value square = DotOp::create(builder, loc, a, a);
  Value epsilon = ConstantOp::create(
      builder, loc,
      builder.getF64FloatAttr(norm.getEpsilon().convertToDouble()));
  Value one = ConstantOp::create(builder, loc, builder.getF64FloatAttr(1.0));
  Value length = SqrtOp::create(
      builder, loc, Value(AddOp::create(builder, loc, square, epsilon)));
  Value reciprocal = DivOp::create(builder, loc, one, length);
  norm.replaceAllUsesWith(Value(MulOp::create(builder, loc, reciprocal, a)));
  norm.erase();
}
