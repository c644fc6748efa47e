//===- MemoryPatterns.cpp - loads and stores of a thread ------------------===//

#include "dialects/Tile/TileOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "passes/TileToGPU/Patterns.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

namespace {
/// The widest access of a thread.
constexpr int64_t kAccessBytes = 16;

/// What a load and a store have in common.
struct AccessedTensor {
  MemRefType memory;
  /// The tensor's; a number has neither axes nor a layout.
  SmallVector<int64_t> shape;
  Type element;
  LayoutAttr layout;
  ArrayRef<int64_t> along;
  ValueRange indices;
  Value valid;
  bool isInBounds;
};

/// The addresses at which a thread's elements are, vector by vector.
class ThreadAccess {
public:
  ThreadAccess(OpBuilder &b, Location loc, const AccessedTensor &tensor,
               ValueRange memory)
      : b(b), loc(loc), tensor(tensor), pointer(memory.front()) {
    (void)tensor.memory.getStridesAndOffset(strides, offset);
    dynamicStrides.append(memory.begin() + 1, memory.end());
    findLimits();
    findVector();
    findPointer();
  }

  int64_t getNumRegisters() const {
    return tensor.layout ? tensor.layout.getNumRegisters() : 1;
  }
  int64_t getNumAccesses() const { return getNumRegisters() / vector; }
  /// The registers of an access, whose elements follow one another in memory.
  SmallVector<int64_t> getRegisters(int64_t access) const;
  Type getAccessType() const {
    return vector == 1 ? tensor.element
                       : VectorType::get({vector}, tensor.element);
  }
  unsigned getAlignment() const {
    return static_cast<unsigned>(vector * getElementBytes());
  }

  /// Where the elements from register `reg` on are.
  Value getAddress(int64_t reg);
  /// Whether they exist; null if they always do.
  Value exists(int64_t reg);

private:
  int64_t getElementBytes() const {
    return tensor.element.getIntOrFloatBitWidth() / 8;
  }
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value add(Value x, Value y) {
    return x ? arith::AddIOp::create(b, loc, x, y) : y;
  }
  Value multiply(Value x, Value y) {
    return arith::MulIOp::create(b, loc, x, y);
  }
  /// The stride of an axis of the memory.
  Value getStride(unsigned axis) {
    if (strides[axis] != ShapedType::kDynamic)
      return index(strides[axis]);
    return dynamicStrides[axis];
  }
  Value getPointer(Value from, Value elements) {
    Value bits = arith::IndexCastOp::create(b, loc, b.getI64Type(), elements);
    return LLVM::GEPOp::create(b, loc, from.getType(), tensor.element, from,
                               bits);
  }

  /// Where a row begins: places along axes of unknown strides.
  Value getRow(ArrayRef<int64_t> places);
  void findLimits();
  void findVector();
  void findPointer();

  OpBuilder &b;
  Location loc;
  const AccessedTensor &tensor;
  Value pointer;
  SmallVector<int64_t> strides;
  SmallVector<Value> dynamicStrides;
  int64_t offset = 0, vector = 1;
  /// (element, step) to (register): an access is a step.
  layout::LinearLayout registers;
  /// An element exists if its place along an axis is below all of these.
  struct Limit {
    unsigned axis;
    Value below;
  };
  SmallVector<Limit> limits;
  SmallVector<Value> threadPlaces;
  /// The row that was asked for last, and its places.
  Value lastRow;
  SmallVector<int64_t> lastPlaces;
};
} // namespace

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

/// The elements of a vector, or a number, by their registers.
static void setElements(OpBuilder &b, Location loc, Value access,
                        ArrayRef<int64_t> registers,
                        MutableArrayRef<Value> elements) {
  if (!isa<VectorType>(access.getType())) {
    elements[registers.front()] = access;
    return;
  }
  for (auto [i, reg] : llvm::enumerate(registers))
    elements[reg] = LLVM::ExtractElementOp::create(
        b, loc, access,
        LLVM::ConstantOp::create(b, loc,
                                 b.getI32IntegerAttr(static_cast<int32_t>(i))));
}

static Value packElements(OpBuilder &b, Location loc, ValueRange elements) {
  if (elements.size() == 1)
    return elements.front();
  auto type = VectorType::get({static_cast<int64_t>(elements.size())},
                              elements.front().getType());
  Value packed = LLVM::UndefOp::create(b, loc, type);
  for (auto [i, element] : llvm::enumerate(elements))
    packed = LLVM::InsertElementOp::create(
        b, loc, packed, element,
        LLVM::ConstantOp::create(b, loc,
                                 b.getI32IntegerAttr(static_cast<int32_t>(i))));
  return packed;
}

template <typename Op>
static AccessedTensor describe(Op op, Type type, ValueRange indices,
                               Value valid) {
  AccessedTensor tensor{cast<MemRefType>(op.getMemory().getType()),
                        {},
                        getElementTypeOrSelf(type),
                        getLayout(type),
                        op.getAlong(),
                        indices,
                        valid,
                        op.getInBounds()};
  if (auto shaped = dyn_cast<RankedTensorType>(type))
    tensor.shape.assign(shaped.getShape().begin(), shaped.getShape().end());
  return tensor;
}

/// Operands that are one value each.
static SmallVector<Value> getSingle(ArrayRef<ValueRange> values) {
  return llvm::map_to_vector(values,
                             [](ValueRange value) { return value.front(); });
}

namespace {
struct LoadPattern : OpConversionPattern<LoadOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(LoadOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (failed(checkLayout(op, getLayout(op.getType()))))
      return failure();
    Location loc = op.getLoc();
    SmallVector<Value> indices = getSingle(adaptor.getIndices());
    Value valid = op.getValid() ? adaptor.getValid().front() : Value();
    AccessedTensor tensor = describe(op, op.getType(), indices, valid);
    ThreadAccess access(rewriter, loc, tensor, adaptor.getMemory());
    SmallVector<Value> loaded =
        valid ? loadWholeOrParts(rewriter, loc, tensor, adaptor.getMemory())
              : load(rewriter, loc, access);
    SmallVector<Value> elements(access.getNumRegisters());
    for (auto [i, value] : llvm::enumerate(loaded))
      setElements(rewriter, loc, value,
                  access.getRegisters(static_cast<int64_t>(i)), elements);
    rewriter.replaceOpWithMultiple(op, {elements});
    return success();
  }

private:
  /// What each access gives, 0 where nothing is.
  static SmallVector<Value> load(OpBuilder &b, Location loc,
                                 ThreadAccess &access) {
    SmallVector<Value> loaded;
    Type type = access.getAccessType();
    for (int64_t i = 0; i < access.getNumAccesses(); ++i) {
      int64_t reg = access.getRegisters(i).front();
      // The next one counts on from it, whether this one is there or not.
      Value address = access.getAddress(reg);
      auto load = [&]() -> Value {
        return LLVM::LoadOp::create(b, loc, type, address,
                                    access.getAlignment());
      };
      Value exists = access.exists(reg);
      if (!exists) {
        loaded.push_back(load());
        continue;
      }
      auto choice = scf::IfOp::create(b, loc, type, exists,
                                      /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(choice.thenBlock());
      scf::YieldOp::create(b, loc, load());
      b.setInsertionPointToStart(choice.elseBlock());
      scf::YieldOp::create(
          b, loc,
          arith::ConstantOp::create(b, loc, b.getZeroAttr(type)).getResult());
      loaded.push_back(choice.getResult(0));
    }
    return loaded;
  }

  /// Most chunks are full: their loads follow one another, and no branch waits
  /// for one before the next.
  static SmallVector<Value> loadWholeOrParts(OpBuilder &b, Location loc,
                                             const AccessedTensor &tensor,
                                             ValueRange memory) {
    ThreadAccess parts(b, loc, tensor, memory);
    AccessedTensor all = tensor;
    all.valid = Value();
    ThreadAccess whole(b, loc, all, memory);
    if (whole.getNumAccesses() != parts.getNumAccesses() ||
        parts.getNumAccesses() == 1)
      return load(b, loc, parts);
    Value size = arith::ConstantIndexOp::create(b, loc, tensor.shape.front());
    Value isWhole = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge,
                                          tensor.valid, size);
    auto choice = scf::IfOp::create(
        b, loc,
        SmallVector<Type>(parts.getNumAccesses(), parts.getAccessType()),
        isWhole, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(choice.thenBlock());
    scf::YieldOp::create(b, loc, load(b, loc, whole));
    b.setInsertionPointToStart(choice.elseBlock());
    scf::YieldOp::create(b, loc, load(b, loc, parts));
    return choice.getResults();
  }
};

struct StorePattern : OpConversionPattern<StoreOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(StoreOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type valueType = op.getValue().getType();
    LayoutAttr layout = getLayout(valueType);
    if (failed(checkLayout(op, layout)))
      return failure();
    Location loc = op.getLoc();
    SmallVector<Value> indices = getSingle(adaptor.getIndices());
    AccessedTensor tensor =
        describe(op, valueType, indices,
                 op.getValid() ? adaptor.getValid().front() : Value());
    Value to = op.getTo() ? adaptor.getTo().front() : Value();
    SmallVector<ThreadAccess, 1> copies;
    for (Value pointer :
         getCopies(op, adaptor.getMemory().front(), to, rewriter)) {
      SmallVector<Value> memory(adaptor.getMemory());
      memory.front() = pointer;
      copies.emplace_back(rewriter, loc, tensor, memory);
    }
    // Everybody has a number; thread 0 stores it, or that of each warp.
    Value isMine = layout ? isFirstHolder(rewriter, loc, layout)
                          : isFirstThread(rewriter, loc, areWarpsApart(op));
    OpBuilder::InsertionGuard guard(rewriter);
    if (isMine)
      rewriter.setInsertionPointToStart(
          scf::IfOp::create(rewriter, loc, isMine).thenBlock());
    for (ThreadAccess &access : copies)
      store(rewriter, loc, access, adaptor.getValue());
    rewriter.eraseOp(op);
    return success();
  }

private:
  /// Where a store's memory is: once, or once for each CTA that gets it.
  static SmallVector<Value> getCopies(StoreOp op, Value own, Value to,
                                      OpBuilder &b) {
    auto shared = op.getMemory().getDefiningOp<SharedOp>();
    if (!shared || !shared.getMulticast() || isOwnRank(op.getTo()))
      return {own};
    Location loc = op.getLoc();
    auto everywhere = LLVM::LLVMPointerType::get(
        b.getContext(),
        static_cast<unsigned>(NVVM::NVVMMemorySpace::SharedCluster));
    // All buffers of a CTA are as far from where its memory begins as here.
    auto getCopy = [&](Value rank) -> Value {
      Value start =
          LLVM::AddressOfOp::create(b, loc, own.getType(), kSharedMemory);
      Value number = arith::IndexCastOp::create(b, loc, b.getI32Type(), rank);
      Value copy = NVVM::MapaOp::create(b, loc, everywhere, start, number);
      return LLVM::GEPOp::create(b, loc, everywhere, b.getI8Type(), copy,
                                 ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(
                                     shared.getOffset().value_or(0))});
    };
    if (to)
      return {getCopy(to)};
    SmallVector<Value> copies{own};
    Value rank = gpu::ClusterBlockIdOp::create(b, loc, gpu::Dimension::x);
    int64_t ranks = getCluster(op);
    for (int64_t other = 1; other < ranks; ++other)
      copies.push_back(getCopy(arith::XOrIOp::create(
          b, loc, rank, arith::ConstantIndexOp::create(b, loc, other))));
    return copies;
  }

  static bool isOwnRank(Value rank) {
    auto id = rank ? rank.getDefiningOp<gpu::ClusterBlockIdOp>()
                   : gpu::ClusterBlockIdOp();
    return id && id.getDimension() == gpu::Dimension::x;
  }

  static void store(OpBuilder &b, Location loc, ThreadAccess &access,
                    ValueRange value) {
    for (int64_t i = 0; i < access.getNumAccesses(); ++i) {
      SmallVector<int64_t> registers = access.getRegisters(i);
      Value address = access.getAddress(registers.front());
      OpBuilder::InsertionGuard guard(b);
      if (Value exists = access.exists(registers.front()))
        b.setInsertionPointToStart(
            scf::IfOp::create(b, loc, exists).thenBlock());
      Value packed = packElements(
          b, loc, llvm::map_to_vector(registers, [&](int64_t reg) -> Value {
            return value[reg];
          }));
      LLVM::StoreOp::create(b, loc, packed, address, access.getAlignment());
    }
  }
};
} // namespace

void sluice::populateMemoryPatterns(RewritePatternSet &patterns,
                                    const ThreadTypeConverter &converter) {
  patterns.add<LoadPattern, StorePattern>(converter, patterns.getContext());
}
