//===- MemoryPatterns.cpp - loads and stores of a thread ------------------===//

#include "dialects/Tile/TileOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/TileToGPU/Patterns.h"
#include "passes/TileToGPU/ThreadAccess.h"
#include "passes/TileToGPU/ThreadWords.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

/// The elements of a vector, or a number, by their registers.
static void setElements(OpBuilder &b, Location loc, Value access,
                        ArrayRef<int64_t> registers,
                        MutableArrayRef<Value> elements) {
  for (auto [reg, element] :
       llvm::zip_equal(registers, unpackElements(b, loc, access)))
    elements[reg] = element;
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
