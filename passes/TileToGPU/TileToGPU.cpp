//===- TileToGPU.cpp - kernels as code of a thread ------------------------===//

#include "passes/TileToGPU/TileToGPU.h"
#include "dialects/Tile/TileOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/TileToGPU/Patterns.h"

namespace sluice {
#define GEN_PASS_DEF_TILETOGPU
#include "passes/TileToGPU/TileToGPU.h.inc"
} // namespace sluice

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

/// A module with all kernels of `module`, and the array of their shared memory.
static void moveKernels(ModuleOp module) {
  constexpr StringLiteral kKernels = "kernels";
  constexpr unsigned kAlignment = 16;
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  Location loc = module.getLoc();
  auto kernels = gpu::GPUModuleOp::create(b, loc, kKernels);
  b.setInsertionPointToStart(kernels.getBody());
  auto bytes = LLVM::LLVMArrayType::get(b.getI8Type(), 0);
  LLVM::GlobalOp::create(b, loc, bytes, /*isConstant=*/false,
                         LLVM::Linkage::External, kSharedMemory,
                         /*value=*/Attribute(), kAlignment, kSharedSpace);
  for (KernelOp kernel : llvm::make_early_inc_range(module.getOps<KernelOp>()))
    kernel->moveBefore(kernels.getBody(), kernels.getBody()->end());
}

/// Whether a target has what came with sm_90: waits at mbarriers in which a
/// warp sleeps, and registers that go from warps to warps.
static bool isHopper(StringRef target) {
  unsigned capability = 0;
  return target.consume_front("sm_") &&
         !target.consumeInteger(/*Radix=*/10, capability) && capability >= 90;
}

namespace {
struct TileToGPU : sluice::impl::TileToGPUBase<TileToGPU> {
  using TileToGPUBase::TileToGPUBase;

  void runOnOperation() override {
    if (getOperation().getOps<KernelOp>().empty())
      return;
    for (KernelOp kernel : getOperation().getOps<KernelOp>())
      if (failed(checkLayouts(kernel, getArgument())))
        return signalPassFailure();
    moveKernels(getOperation());
    ThreadTypeConverter converter;
    RewritePatternSet patterns(&getContext());
    populateMemoryPatterns(patterns, converter);
    populateCopyPatterns(patterns, converter);
    populateMatrixLoadPatterns(patterns, converter);
    populatePairPatterns(patterns, converter);
    populateTensorPatterns(patterns, converter);
    populateConvertPatterns(patterns, converter);
    populateInversePatterns(patterns, converter);
    populateDotPatterns(patterns, converter);
    populateKernelPatterns(patterns, converter);
    populateRolePatterns(patterns, converter, isHopper(target));
    ConversionTarget legal(getContext());
    legal.addIllegalDialect<TileDialect>();
    legal.addIllegalOp<gpu::SubgroupIdOp>();
    legal.markUnknownOpDynamicallyLegal([](Operation *op) {
      auto isTensor = [](Type type) { return isa<RankedTensorType>(type); };
      return llvm::none_of(op->getOperandTypes(), isTensor) &&
             llvm::none_of(op->getResultTypes(), isTensor);
    });
    scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns,
                                                         legal);
    if (failed(
            applyPartialConversion(getOperation(), legal, std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
