//===- ThreadWords.cpp - elements of a thread side by side ----------------===//

#include "passes/TileToGPU/ThreadWords.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

static Value getNumber(OpBuilder &b, Location loc, int64_t value) {
  return LLVM::ConstantOp::create(
      b, loc, b.getI32IntegerAttr(static_cast<int32_t>(value)));
}

Value sluice::packElements(OpBuilder &b, Location loc, ValueRange elements) {
  if (elements.size() == 1)
    return elements.front();
  auto type = VectorType::get({static_cast<int64_t>(elements.size())},
                              elements.front().getType());
  Value packed = LLVM::UndefOp::create(b, loc, type);
  for (auto [i, element] : llvm::enumerate(elements))
    packed = LLVM::InsertElementOp::create(
        b, loc, packed, element, getNumber(b, loc, static_cast<int64_t>(i)));
  return packed;
}

SmallVector<Value> sluice::unpackElements(OpBuilder &b, Location loc,
                                          Value packed) {
  auto type = dyn_cast<VectorType>(packed.getType());
  if (!type)
    return {packed};
  SmallVector<Value> elements;
  for (int64_t i = 0; i < type.getNumElements(); ++i)
    elements.push_back(
        LLVM::ExtractElementOp::create(b, loc, packed, getNumber(b, loc, i)));
  return elements;
}
