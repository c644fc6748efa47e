//===- RolePatterns.cpp - roles and rings ---------------------------------===//
//
// A ring has two mbarriers for each slot: those of slots that are full, then
// those of slots that are empty. A phase of the first ends with the last commit
// of a use, one of the second with the last release; who waits knows the round
// of its use, whose last bit is the parity of the phase that has to be over.
//
//===----------------------------------------------------------------------===//

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

static Value getIndex(OpBuilder &b, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

static Value getNumber(OpBuilder &b, Location loc, int64_t value) {
  return arith::ConstantIntOp::create(b, loc, value, /*width=*/32);
}

//===----------------------------------------------------------------------===//
// Roles
//===----------------------------------------------------------------------===//

namespace {
struct RolesPattern : OpConversionPattern<RolesOp> {
  RolesPattern(const TypeConverter &converter, MLIRContext *context,
               bool isHopper)
      : OpConversionPattern(converter, context), isHopper(isHopper) {}

  LogicalResult
  matchAndRewrite(RolesOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value warp = getWarp(rewriter, loc);
    int64_t begin = 0, number = 0;
    for (RoleOp role :
         llvm::make_early_inc_range(op.getBody().getOps<RoleOp>())) {
      auto warps = static_cast<int64_t>(role.getWarps());
      // All who come here are of this role or of a later one.
      Value isIn =
          arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::ult, warp,
                                getIndex(rewriter, loc, begin + warps));
      auto choice =
          scf::IfOp::create(rewriter, loc, isIn, /*withElseRegion=*/true);
      replaceWaits(role, ++number, warps, rewriter);
      rewriter.setInsertionPointToStart(choice.thenBlock());
      if (isHopper && role.getRegisters())
        setRegisters(rewriter, role);
      Value own = arith::SubIOp::create(rewriter, loc, warp,
                                        getIndex(rewriter, loc, begin));
      rewriter.inlineBlockBefore(&role.getBody().front(),
                                 choice.thenBlock()->getTerminator(), own);
      rewriter.setInsertionPointToStart(choice.elseBlock());
      begin += warps;
    }
    rewriter.eraseOp(op);
    return success();
  }

private:
  /// Barrier 0 is that of all warps.
  static void replaceWaits(RoleOp role, int64_t barrier, int64_t warps,
                           ConversionPatternRewriter &rewriter) {
    OpBuilder::InsertionGuard guard(rewriter);
    role.walk([&](SyncRoleOp sync) {
      rewriter.setInsertionPoint(sync);
      Location loc = sync.getLoc();
      rewriter.replaceOpWithNewOp<NVVM::BarrierOp>(
          sync, TypeRange(), getNumber(rewriter, loc, barrier),
          getNumber(rewriter, loc, warps * target::kWarpLanes),
          NVVM::BarrierReductionAttr(), Value());
    });
  }

  /// From what the kernel begins with to what the role is to have.
  static void setRegisters(OpBuilder &b, RoleOp role) {
    auto function = role->getParentOfType<gpu::GPUFuncOp>();
    ArrayRef<int32_t> block = *function.getKnownBlockSize();
    auto ctas = function->getAttrOfType<IntegerAttr>(
        NVVM::NVVMDialect::getMinctasmAttrName());
    int64_t start = RolesOp::getRegistersAtStart(
        block.front() / target::kWarpLanes * ctas.getInt());
    auto own = static_cast<int64_t>(*role.getRegisters());
    if (own == start)
      return;
    NVVM::SetMaxRegisterOp::create(b, role.getLoc(), static_cast<uint32_t>(own),
                                   own > start
                                       ? NVVM::SetMaxRegisterAction::increase
                                       : NVVM::SetMaxRegisterAction::decrease);
  }

  bool isHopper;
};
} // namespace

//===----------------------------------------------------------------------===//
// Rings
//===----------------------------------------------------------------------===//

namespace {
/// What is done at the barriers of a ring.
class RingBarriers {
public:
  RingBarriers(OpBuilder &b, Location loc, RingOp ring, Value start)
      : b(b), loc(loc), slots(ring.getSlots()), start(start) {}

  /// The barrier of a slot that is full, or empty.
  Value get(Value slot, bool isEmpty) {
    if (isEmpty)
      slot = arith::AddIOp::create(b, loc, slot, getIndex(b, loc, slots));
    Value number = arith::IndexCastOp::create(b, loc, b.getI32Type(), slot);
    return LLVM::GEPOp::create(b, loc, start.getType(), b.getI64Type(), start,
                               number);
  }

  /// What the warp has done before, those see who wait at the barrier.
  void arrive(Value barrier) {
    NVVM::SyncWarpOp::create(b, loc, getNumber(b, loc, -1));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(
        scf::IfOp::create(b, loc, isFirstThread(b, loc, /*isOfWarp=*/true))
            .thenBlock());
    NVVM::MBarrierArriveOp::create(b, loc, b.getI64Type(), barrier,
                                   /*count=*/Value());
  }

  /// Until the phase of a parity is over, the last one or that before.
  void wait(Value barrier, Value parity, bool isHopper) {
    auto loop = scf::WhileOp::create(b, loc, TypeRange(), ValueRange());
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&loop.getBefore());
    Value isOver;
    if (isHopper)
      isOver = NVVM::MBarrierTryWaitOp::create(b, loc, b.getI1Type(), barrier,
                                               parity, /*ticks=*/Value());
    else
      isOver = NVVM::MBarrierTestWaitOp::create(b, loc, b.getI1Type(), barrier,
                                                parity);
    Value goesOn = arith::XOrIOp::create(
        b, loc, isOver, arith::ConstantIntOp::create(b, loc, 1, /*width=*/1));
    scf::ConditionOp::create(b, loc, goesOn, ValueRange());
    b.createBlock(&loop.getAfter());
    scf::YieldOp::create(b, loc);
  }

  /// The slot of a use, and the last bit of its round.
  std::pair<Value, Value> divide(Value use) {
    Value count = getIndex(b, loc, slots);
    Value round = arith::DivUIOp::create(b, loc, use, count);
    Value bit = arith::AndIOp::create(b, loc, round, getIndex(b, loc, 1));
    return {arith::RemUIOp::create(b, loc, use, count),
            arith::IndexCastOp::create(b, loc, b.getI32Type(), bit)};
  }

private:
  OpBuilder &b;
  Location loc;
  int64_t slots;
  Value start;
};

struct RingPattern : OpConversionPattern<RingOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(RingOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op.getOffset())
      return op.emitOpError("has no offset: run tile-allocate-shared before "
                            "tile-to-gpu");
    Location loc = op.getLoc();
    Type pointer =
        LLVM::LLVMPointerType::get(rewriter.getContext(), kSharedSpace);
    Value start = LLVM::GEPOp::create(
        rewriter, loc, pointer, rewriter.getI8Type(),
        LLVM::AddressOfOp::create(rewriter, loc, pointer, kSharedMemory),
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(*op.getOffset())});
    RingBarriers barriers(rewriter, loc, op, start);
    Value commits = getNumber(rewriter, loc, op.getCommits()),
          releases = getNumber(rewriter, loc, op.getReleases());
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPointToStart(
        scf::IfOp::create(rewriter, loc,
                          isFirstThread(rewriter, loc, /*isOfWarp=*/false))
            .thenBlock());
    for (bool isEmpty : {false, true})
      for (int64_t slot = 0; slot < op.getSlots(); ++slot)
        NVVM::MBarrierInitOp::create(
            rewriter, loc, barriers.get(getIndex(rewriter, loc, slot), isEmpty),
            isEmpty ? releases : commits, /*predicate=*/Value());
    rewriter.replaceOp(op, start);
    return success();
  }
};

/// acquire and wait: slots that are empty, and that are full.
template <typename Op> struct TakePattern : OpConversionPattern<Op> {
  TakePattern(const TypeConverter &converter, MLIRContext *context,
              bool isHopper)
      : OpConversionPattern<Op>(converter, context), isHopper(isHopper) {}

  LogicalResult matchAndRewrite(
      Op op, typename Op::template GenericAdaptor<ArrayRef<ValueRange>> adaptor,
      ConversionPatternRewriter &rewriter) const override {
    constexpr bool waitsForEmpty = std::is_same_v<Op, AcquireOp>;
    Location loc = op.getLoc();
    RingBarriers barriers(rewriter, loc,
                          op.getRing().template getDefiningOp<RingOp>(),
                          adaptor.getRing().front());
    auto [slot, parity] = barriers.divide(adaptor.getUse().front());
    // The round before of a slot is what has been released; before the first
    // there is a phase that is over.
    if (waitsForEmpty)
      parity = arith::XOrIOp::create(rewriter, loc, parity,
                                     getNumber(rewriter, loc, 1));
    barriers.wait(barriers.get(slot, waitsForEmpty), parity, isHopper);
    rewriter.replaceOp(op, slot);
    return success();
  }

private:
  bool isHopper;
};

/// commit and release.
template <typename Op> struct HandOnPattern : OpConversionPattern<Op> {
  using OpConversionPattern<Op>::OpConversionPattern;

  LogicalResult matchAndRewrite(
      Op op, typename Op::template GenericAdaptor<ArrayRef<ValueRange>> adaptor,
      ConversionPatternRewriter &rewriter) const override {
    RingBarriers barriers(rewriter, op.getLoc(),
                          op.getRing().template getDefiningOp<RingOp>(),
                          adaptor.getRing().front());
    barriers.arrive(
        barriers.get(adaptor.getSlot().front(), std::is_same_v<Op, ReleaseOp>));
    rewriter.eraseOp(op);
    return success();
  }
};
} // namespace

void sluice::populateRolePatterns(RewritePatternSet &patterns,
                                  const ThreadTypeConverter &converter,
                                  bool isHopper) {
  MLIRContext *context = patterns.getContext();
  patterns.add<RolesPattern, TakePattern<AcquireOp>, TakePattern<WaitOp>>(
      converter, context, isHopper);
  patterns.add<RingPattern, HandOnPattern<CommitOp>, HandOnPattern<ReleaseOp>>(
      converter, context);
}
