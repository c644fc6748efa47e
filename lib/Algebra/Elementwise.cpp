//===- Elementwise.cpp - elementwise ops on floats and vectors ------------===//

#include "lib/Algebra/Elementwise.h"

using namespace mlir;
using namespace sluice::delta;

Value sluice::emitElementwise(OpBuilder &builder, Location loc, Operation *op,
                              ValueRange operands) {
  if (isa<BroadcastOp>(op))
    return operands.front();
  return cast<ElementwiseOpInterface>(op).emit(builder, loc, operands);
}
