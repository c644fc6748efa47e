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

/// The tokens before a packed sequence.
static Value loadStart(OpBuilder &b, Location loc, Value starts,
                       Value sequence) {
  constexpr unsigned kAlignment = 8;
  Type i64 = b.getI64Type();
  Value number = arith::IndexCastOp::create(b, loc, i64, sequence);
  Value place =
      LLVM::GEPOp::create(b, loc, starts.getType(), i64, starts, number);
  return arith::IndexCastOp::create(
      b, loc, b.getIndexType(),
      LLVM::LoadOp::create(b, loc, i64, place, kAlignment));
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

/// Pieces by their number: a binary search for the last sequence whose first
/// piece has no larger one.
struct PiecePattern : OpConversionPattern<PieceOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(PieceOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Type index = rewriter.getIndexType();
    Value number = adaptor.getNumber().front(),
          starts = adaptor.getStarts().front(),
          tokens = adaptor.getTokens().front();
    auto constant = [&](int64_t value) -> Value {
      return arith::ConstantIndexOp::create(rewriter, loc, value);
    };
    Value zero = constant(0), one = constant(1),
          size = constant(static_cast<int64_t>(op.getSize()));
    auto add = [&](Value x, Value y) -> Value {
      return arith::AddIOp::create(rewriter, loc, x, y);
    };
    auto subtract = [&](Value x, Value y) -> Value {
      return arith::SubIOp::create(rewriter, loc, x, y);
    };
    auto compare = [&](arith::CmpIPredicate predicate, Value x,
                       Value y) -> Value {
      return arith::CmpIOp::create(rewriter, loc, predicate, x, y);
    };
    auto choose = [&](Value condition, Value x, Value y) -> Value {
      return arith::SelectOp::create(rewriter, loc, condition, x, y);
    };
    Value isPacked = isPresent(rewriter, loc, starts);
    auto countBefore = [&](Value sequence) -> Value {
      auto choice = scf::IfOp::create(rewriter, loc, TypeRange{index}, isPacked,
                                      /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(rewriter);
      rewriter.setInsertionPointToStart(choice.thenBlock());
      scf::YieldOp::create(rewriter, loc,
                           loadStart(rewriter, loc, starts, sequence));
      rewriter.setInsertionPointToStart(choice.elseBlock());
      scf::YieldOp::create(
          rewriter, loc,
          arith::MulIOp::create(rewriter, loc, sequence, tokens).getResult());
      return choice.getResult(0);
    };
    auto getFirst = [&](Value sequence, Value before) {
      return add(arith::DivUIOp::create(rewriter, loc, before, size), sequence);
    };
    auto search = scf::WhileOp::create(
        rewriter, loc, TypeRange{index, index},
        ValueRange{zero, adaptor.getSequences().front()},
        [&](OpBuilder &, Location, ValueRange bounds) {
          Value isOpen = compare(arith::CmpIPredicate::sgt,
                                 subtract(bounds[1], bounds[0]), one);
          scf::ConditionOp::create(rewriter, loc, isOpen, bounds);
        },
        [&](OpBuilder &, Location, ValueRange bounds) {
          Value middle = arith::ShRUIOp::create(rewriter, loc,
                                                add(bounds[0], bounds[1]), one);
          Value isBehind =
              compare(arith::CmpIPredicate::sle,
                      getFirst(middle, countBefore(middle)), number);
          scf::YieldOp::create(rewriter, loc,
                               ValueRange{choose(isBehind, middle, bounds[0]),
                                          choose(isBehind, bounds[1], middle)});
        });
    Value sequence = search.getResult(0);
    Value before = countBefore(sequence);
    // In the sequence's row.
    Value length = subtract(countBefore(add(sequence, one)), before);
    Value row = choose(isPacked, zero, sequence),
          first = choose(isPacked, before, zero);
    Value end = add(first, length);
    Value piece = subtract(number, getFirst(sequence, before));
    Value wanted =
        add(first, arith::MulIOp::create(rewriter, loc, piece, size));
    Value isPiece = arith::OrIOp::create(
        rewriter, loc, compare(arith::CmpIPredicate::eq, piece, zero),
        compare(arith::CmpIPredicate::slt, wanted, end));
    Value behind = add(wanted, size);
    Value isLast =
        arith::AndIOp::create(rewriter, loc, isPiece,
                              compare(arith::CmpIPredicate::sge, behind, end));
    auto atMost = [&](Value x) -> Value {
      return arith::MinSIOp::create(rewriter, loc, x, end);
    };
    rewriter.replaceOp(
        op, ValueRange{sequence, row, atMost(wanted), atMost(behind), isLast});
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
  patterns.add<KernelPattern, ReturnPattern, SequencePattern, PiecePattern,
               IsPresentPattern, SharedPattern, SubgroupIdPattern,
               SyncWarpPattern, SyncClusterPattern>(converter,
                                                    patterns.getContext());
}
