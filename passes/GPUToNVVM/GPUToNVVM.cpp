//===- GPUToNVVM.cpp - code of a thread as LLVM's -------------------------===//

#include "passes/GPUToNVVM/GPUToNVVM.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/GPUToNVVM/GPUToNVVMPass.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Transforms/DialectConversion.h"

namespace sluice {
#define GEN_PASS_DEF_GPUTONVVM
#include "passes/GPUToNVVM/GPUToNVVM.h.inc"
} // namespace sluice

using namespace mlir;

/// Fails where MLIR's patterns would make a call of a function, or of what LLVM
/// has no instructions for.
static LogicalResult checkMath(gpu::GPUModuleOp kernels) {
  WalkResult walk = kernels.walk([](Operation *op) {
    if (!isa_and_present<math::MathDialect>(op->getDialect()) ||
        isa<math::AbsFOp, math::CeilOp, math::CopySignOp, math::FloorOp,
            math::FmaOp, math::SqrtOp, math::TruncOp>(op))
      return WalkResult::advance();
    return WalkResult(op->emitOpError(
        "has no instruction in PTX: run approximate-math before "
        "gpu-to-nvvm"));
  });
  return failure(walk.wasInterrupted());
}

namespace {
struct GPUToNVVM : sluice::impl::GPUToNVVMBase<GPUToNVVM> {
  void runOnOperation() override {
    if (failed(checkMath(getOperation())))
      return signalPassFailure();
    LowerToLLVMOptions options(&getContext());
    options.overrideIndexBitwidth(64);
    LLVMTypeConverter converter(&getContext(), options);
    configureGpuToNVVMTypeConverter(converter);
    RewritePatternSet patterns(&getContext());
    populateGpuToNVVMConversionPatterns(converter, patterns);
    arith::populateArithToLLVMConversionPatterns(converter, patterns);
    populateMathToLLVMConversionPatterns(converter, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    LLVMConversionTarget target(getContext());
    target.addLegalDialect<NVVM::NVVMDialect>();
    target.addIllegalDialect<gpu::GPUDialect>();
    target.addLegalOp<gpu::GPUModuleOp>();
    if (failed(
            applyFullConversion(getOperation(), target, std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
