//===- Neighbourhood.cpp - where a factor costs least ---------------------===//

#include "passes/WYMoveFactors/Neighbourhood.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::wy;

bool sluice::isStateFree(Value value) {
  llvm::SetVector<Value> seen;
  seen.insert(value);
  for (size_t i = 0; i < seen.size(); ++i) {
    if (auto argument = dyn_cast<BlockArgument>(seen[i])) {
      auto holder =
          cast<ChunkHolderOpInterface>(argument.getOwner()->getParentOp());
      if (holder.getArgumentShape(argument.getArgNumber()).kind ==
          ChunkShape::Kind::State)
        return false;
      continue;
    }
    Operation *made = seen[i].getDefiningOp();
    seen.insert(made->operand_begin(), made->operand_end());
  }
  return true;
}

int64_t sluice::getNumElements(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getNumElements();
}

int64_t sluice::getOperandCost(const LinearPart &part, Value operand) {
  return getNumElements(operand) * (part.isInput() ? 3 : 1);
}

bool sluice::isMadeAnyway(Value operand) {
  return llvm::any_of(operand.getUsers(), llvm::IsaPred<TokensOp>);
}

int64_t sluice::getPairsCost(Operation *op) {
  int64_t tokens = cast<ChunkHolderOpInterface>(op->getParentOp()).getChunk();
  return tokens * (tokens + 1) / 2;
}
