//===- KernelPatterns.cpp - kernels, sequences and buffers ----------------===//

#include "dialects/Tile/TileOps.h"
#include "lib/Target/Gpu.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/TileToGPU/Patterns.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

/// Whether a pointer is not 0.
static Value isPresent(OpBuilder &b, Location loc, Value pointer) {
  Value null = LLVM::ZeroOp::create(b, loc, pointer.getType());
  return LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::ne, pointer, null);
}

namespace {
struct KernelPattern : OpConversionPattern<KernelOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(KernelOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    const TypeConverter &converter = *getTypeConverter();
    TypeConverter::SignatureConversion signature(op.getArgumentTypes().size());
    if (failed(
            converter.convertSignatureArgs(op.getArgumentTypes(), signature)))
      return failure();
    auto function = gpu::GPUFuncOp::create(
        rewriter, op.getLoc(), op.getSymName(),
        rewriter.getFunctionType(signature.getConvertedTypes(), {}));
    function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(),
                      rewriter.getUnitAttr());
    if (op.getApart())
      function->setAttr(kApart, rewriter.getUnitAttr());
    auto threads = static_cast<int32_t>(op.getWarps() * target::kWarpLanes);
    function.setKnownBlockSizeAttr(
        rewriter.getDenseI32ArrayAttr({threads, 1, 1}));
    if (op.getCluster() != 1)
      function.setKnownClusterSizeAttr(rewriter.getDenseI32ArrayAttr(
          {static_cast<int32_t>(op.getCluster()), 1, 1}));
    function->setAttr(
        NVVM::NVVMDialect::getMinctasmAttrName(),
        rewriter.getI32IntegerAttr(static_cast<int32_t>(op.getCtas())));
    rewriter.eraseBlock(&function.getBody().front());
    rewriter.inlineRegionBefore(op.getBody(), function.getBody(),
                                function.getBody().end());
    if (failed(rewriter.convertRegionTypes(&function.getBody(), converter,
                                           &signature)))
      return failure();
    rewriter.eraseOp(op);
    return success();
  }
};

struct ReturnPattern : OpConversionPattern<tile::ReturnOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(tile::ReturnOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<gpu::ReturnOp>(op);
    return success();
  }
};

struct SequencePattern : OpConversionPattern<SequenceOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(SequenceOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    constexpr unsigned kAlignment = 8;
    Type index = rewriter.getIndexType(), i64 = rewriter.getI64Type();
    Value sequence = adaptor.getSequence().front(),
          starts = adaptor.getStarts().front();
    Value zero = arith::ConstantIndexOp::create(rewriter, loc, 0);
    auto choice = scf::IfOp::create(
        rewriter, loc, TypeRange{index, index, index},
        isPresent(rewriter, loc, starts), /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointToStart(choice.thenBlock());
    Value number = arith::IndexCastOp::create(rewriter, loc, i64, sequence);
    Value first = LLVM::GEPOp::create(rewriter, loc, starts.getType(), i64,
                                      starts, number);
    Value second = LLVM::GEPOp::create(rewriter, loc, starts.getType(), i64,
                                       first, ArrayRef<LLVM::GEPArg>{1});
    SmallVector<Value> packed{zero};
    for (Value place : {first, second})
      packed.push_back(arith::IndexCastOp::create(
          rewriter, loc, index,
          LLVM::LoadOp::create(rewriter, loc, i64, place, kAlignment)));
    scf::YieldOp::create(rewriter, loc, packed);
    rewriter.setInsertionPointToStart(choice.elseBlock());
    scf::YieldOp::create(
        rewriter, loc, ValueRange{sequence, zero, adaptor.getTokens().front()});
    rewriter.replaceOp(op, choice);
    return success();
  }
};

struct IsPresentPattern : OpConversionPattern<IsPresentOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(IsPresentOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(
        op, isPresent(rewriter, op.getLoc(), adaptor.getMemory().front()));
    return success();
  }
};

struct SharedPattern : OpConversionPattern<SharedOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(SharedOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op.getOffset())
      return op.emitOpError("has no offset: run tile-allocate-shared before "
                            "tile-to-gpu");
    SmallVector<Type> types;
    if (failed(getTypeConverter()->convertType(op.getType(), types)))
      return failure();
    Location loc = op.getLoc();
    Value start =
        LLVM::AddressOfOp::create(rewriter, loc, types.front(), kSharedMemory);
    auto move = [&](LLVM::GEPArg bytes) {
      start = LLVM::GEPOp::create(rewriter, loc, types.front(),
                                  rewriter.getI8Type(), start,
                                  ArrayRef<LLVM::GEPArg>{bytes});
    };
    move(static_cast<int32_t>(*op.getOffset()));
    if (op.getByWarp()) {
      Value stride = arith::ConstantIndexOp::create(
          rewriter, loc, static_cast<int64_t>(op.getStride().value_or(0)));
      Value bytes =
          arith::MulIOp::create(rewriter, loc, getWarp(rewriter, loc), stride);
      move(arith::IndexCastOp::create(rewriter, loc, rewriter.getI32Type(),
                                      bytes)
               .getResult());
    }
    rewriter.replaceOp(op, start);
    return success();
  }
};

struct SubgroupIdPattern : OpConversionPattern<gpu::SubgroupIdOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(gpu::SubgroupIdOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, getWarp(rewriter, op.getLoc()));
    return success();
  }
};

struct SyncWarpPattern : OpConversionPattern<SyncWarpOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(SyncWarpOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Value all = LLVM::ConstantOp::create(rewriter, op.getLoc(),
                                         rewriter.getI32IntegerAttr(-1));
    rewriter.replaceOpWithNewOp<NVVM::SyncWarpOp>(op, all);
    return success();
  }
};

struct SyncClusterPattern : OpConversionPattern<SyncClusterOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(SyncClusterOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    // All threads are there: control flow is uniform.
    NVVM::ClusterArriveOp::create(rewriter, op.getLoc(),
                                  rewriter.getUnitAttr());
    rewriter.replaceOpWithNewOp<NVVM::ClusterWaitOp>(op,
                                                     rewriter.getUnitAttr());
    return success();
  }
};
} // namespace

void sluice::populateKernelPatterns(RewritePatternSet &patterns,
                                    const ThreadTypeConverter &converter) {
  patterns.add<KernelPattern, ReturnPattern, SequencePattern, IsPresentPattern,
               SharedPattern, SubgroupIdPattern, SyncWarpPattern,
               SyncClusterPattern>(converter, patterns.getContext());
}
