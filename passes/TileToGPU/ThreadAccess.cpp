//===- ThreadAccess.cpp - where a thread's elements are in memory ---------===//

#include "passes/TileToGPU/ThreadAccess.h"
#include "mlir/IR/Matchers.h"
#include "passes/TileToGPU/Patterns.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

int64_t sluice::getAlignmentOf(Value index) {
  constexpr int64_t kMost = int64_t(1) << 20;
  llvm::APInt constant;
  if (matchPattern(index, m_ConstantInt(&constant)))
    return constant.isZero()
               ? kMost
               : int64_t(1) << std::min(constant.countr_zero(), 20u);
  if (auto product = index.getDefiningOp<arith::MulIOp>())
    return std::min(kMost, getAlignmentOf(product.getLhs()) *
                               getAlignmentOf(product.getRhs()));
  if (auto sum = index.getDefiningOp<arith::AddIOp>())
    return std::min(getAlignmentOf(sum.getLhs()), getAlignmentOf(sum.getRhs()));
  return 1;
}

void ThreadAccess::findLimits() {
  for (auto [axis, size] : llvm::enumerate(tensor.shape)) {
    auto number = static_cast<unsigned>(axis);
    if (tensor.layout.getShape()[axis] > size)
      limits.push_back({number, index(size)});
    int64_t along = tensor.along[axis];
    int64_t extent = tensor.memory.getDimSize(along);
    Value at = tensor.indices[along];
    bool fits = matchPattern(at, m_Zero()) && size <= extent;
    if (extent != ShapedType::kDynamic && !tensor.isInBounds && !fits)
      limits.push_back(
          {number, arith::SubIOp::create(b, loc, index(extent), at)});
    if (axis == 0 && tensor.valid)
      limits.push_back({number, tensor.valid});
    threadPlaces.push_back(getThreadPlace(b, loc, tensor.layout, number));
  }
}

void ThreadAccess::findVector() {
  if (!tensor.layout)
    return;
  registers = layout::LinearLayout::getIdentity(
      "step", layout::kRegister,
      tensor.layout.getLinear().getInputBits(layout::kRegister));
  int64_t memoryRank = tensor.memory.getRank();
  // The tensor's axis along a row of the memory.
  const auto *along = llvm::find(tensor.along, memoryRank - 1);
  if (along == tensor.along.end())
    return;
  auto last = static_cast<unsigned>(along - tensor.along.begin());
  int64_t row = tensor.memory.getDimSize(memoryRank - 1);
  int64_t most = kAccessBytes / getElementBytes();
  // A row of a matrix starts behind others.
  if (memoryRank > 1 || row == ShapedType::kDynamic)
    most = std::min(most, row == ShapedType::kDynamic ? 1 : row & -row);
  for (int64_t stride : ArrayRef(strides).drop_back())
    if (stride != ShapedType::kDynamic && stride != 0)
      most = std::min(most, stride & -stride);
  most = std::min(most, getAlignmentOf(tensor.indices.back()));
  for (const Limit &limit : limits)
    if (limit.axis == last) {
      // All elements of an access exist, or none does. What a row has left
      // behind an index that is aligned is aligned.
      int64_t size = tensor.shape[last];
      most = std::min(most, limit.below == tensor.valid ? 1 : size & -size);
      if (row != ShapedType::kDynamic)
        most = std::min(most, row & -row);
    }
  registers = tensor.layout.getLinear().groupNeighbours(
      layout::kRegister, tensor.layout.getAxis(last), llvm::Log2_64(most));
  vector = static_cast<int64_t>(registers.getInputs().front().getSize());
}

SmallVector<int64_t> ThreadAccess::getRegisters(int64_t access) const {
  SmallVector<int64_t> taken;
  for (int64_t element = 0; element < vector; ++element)
    taken.push_back(
        static_cast<int64_t>(registers.apply(element + access * vector)));
  return taken;
}

void ThreadAccess::findPointer() {
  Value sum;
  for (auto [axis, at] : llvm::enumerate(tensor.indices))
    if (!matchPattern(at, m_Zero()))
      sum = add(sum, multiply(at, getStride(axis)));
  for (auto [place, along] : llvm::zip(threadPlaces, tensor.along))
    if (!matchPattern(place, m_Zero()))
      sum = add(sum, multiply(place, getStride(along)));
  if (sum)
    pointer = getPointer(pointer, sum);
}

Value ThreadAccess::getAddress(int64_t reg) {
  if (!tensor.layout)
    return pointer;
  SmallVector<int64_t> places = tensor.layout.getPlace(reg);
  int64_t known = 0;
  SmallVector<int64_t> row(places.size(), 0);
  for (auto [axis, along] : llvm::enumerate(tensor.along))
    if (strides[along] != ShapedType::kDynamic)
      known += places[axis] * strides[along];
    else
      row[axis] = places[axis];
  Value result = getRow(row);
  if (known == 0)
    return result;
  return LLVM::GEPOp::create(
      b, loc, pointer.getType(), tensor.element, result,
      ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(known)});
}

/// From the row before it: a multiple of the stride for each would be in
/// registers from the kernel's beginning to its end.
Value ThreadAccess::getRow(ArrayRef<int64_t> places) {
  lastPlaces.resize(places.size(), 0);
  Value row = lastRow ? lastRow : pointer;
  for (auto [place, last, along] : llvm::zip(places, lastPlaces, tensor.along))
    if (place != last)
      row = getPointer(row, multiply(index(place - last), getStride(along)));
  lastRow = row;
  lastPlaces.assign(places.begin(), places.end());
  return row;
}

Value ThreadAccess::exists(int64_t reg) {
  Value all;
  for (const Limit &limit : limits) {
    int64_t place = tensor.layout.getPlace(reg)[limit.axis];
    Value own =
        arith::AddIOp::create(b, loc, threadPlaces[limit.axis], index(place));
    Value exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, own,
                                         limit.below);
    all = all ? arith::AndIOp::create(b, loc, all, exists) : exists;
  }
  return all;
}
