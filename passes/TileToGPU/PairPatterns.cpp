//===- PairPatterns.cpp - two 16-bit elements in a 32-bit register --------===//
//
// A thread's elements are single values, but what tensor cores take and memory
// gives are words of two. A value that is made one half at a time has to be
// packed, and LLVM does not see that two roundings whose results are used
// otherwise too are one instruction.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/Matchers.h"
#include "passes/TileToGPU/Patterns.h"
#include "passes/TileToGPU/ThreadWords.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

namespace {
/// cvt of two f32, for registers whose numbers differ in the lowest bit: of all
/// layouts that are made, these are neighbours.
struct RoundPairsPattern : OpConversionPattern<arith::TruncFOp> {
  RoundPairsPattern(const TypeConverter &converter, MLIRContext *context)
      : OpConversionPattern(converter, context, /*benefit=*/2) {}

  LogicalResult
  matchAndRewrite(arith::TruncFOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type from = getElementTypeOrSelf(op.getIn());
    Type to = getElementTypeOrSelf(op.getType());
    auto rounding =
        op.getRoundingmode().value_or(arith::RoundingMode::to_nearest_even);
    ValueRange elements = adaptor.getIn();
    if (!from.isF32() || !(to.isF16() || to.isBF16()) ||
        rounding != arith::RoundingMode::to_nearest_even || elements.size() < 2)
      return failure();
    Location loc = op.getLoc();
    auto type = VectorType::get({2}, to);
    auto round = [&](Value high, Value low) -> Value {
      constexpr auto kNearest = NVVM::FPRoundingMode::RN;
      if (to.isF16())
        return NVVM::ConvertF32x2ToF16x2Op::create(
            rewriter, loc, type, high, low, /*random_bits=*/Value(), kNearest);
      return NVVM::ConvertF32x2ToBF16x2Op::create(
          rewriter, loc, type, high, low, /*random_bits=*/Value(), kNearest);
    };
    SmallVector<Value> results;
    for (size_t reg = 0; reg < elements.size(); reg += 2) {
      Value pair = round(elements[reg + 1], elements[reg]);
      results.append(unpackElements(rewriter, loc, pair));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

/// One product of two words each, which LLVM makes by an instruction for two
/// halves.
struct MultiplyPairsPattern : OpConversionPattern<arith::MulFOp> {
  MultiplyPairsPattern(const TypeConverter &converter, MLIRContext *context)
      : OpConversionPattern(converter, context, /*benefit=*/2) {}

  LogicalResult
  matchAndRewrite(arith::MulFOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type element = getElementTypeOrSelf(op.getType());
    size_t count = adaptor.getLhs().size();
    if (!(element.isF16() || element.isBF16()) || count < 2)
      return failure();
    Location loc = op.getLoc();
    SmallVector<Value> results;
    for (size_t reg = 0; reg < count; reg += 2) {
      auto pack = [&](ValueRange elements) {
        return packElements(rewriter, loc, elements.slice(reg, 2));
      };
      Value pair =
          arith::MulFOp::create(rewriter, loc, pack(adaptor.getLhs()),
                                pack(adaptor.getRhs()), op.getFastmath());
      results.append(unpackElements(rewriter, loc, pair));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }
};

/// A bf16 is the upper half of its f32, so an element of a word is extended by
/// a shift or a mask.
struct ExtendPairsPattern : OpConversionPattern<arith::ExtFOp> {
  ExtendPairsPattern(const TypeConverter &converter, MLIRContext *context)
      : OpConversionPattern(converter, context, /*benefit=*/2) {}

  LogicalResult
  matchAndRewrite(arith::ExtFOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getIn()).isBF16() ||
        !getElementTypeOrSelf(op.getType()).isF32())
      return failure();
    SmallVector<Value> results;
    for (Value element : adaptor.getIn()) {
      Value extended = extendHalf(rewriter, op.getLoc(), element);
      results.push_back(extended ? extended
                                 : arith::ExtFOp::create(rewriter, op.getLoc(),
                                                         rewriter.getF32Type(),
                                                         element));
    }
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }

private:
  /// Null if the element is not taken from words.
  static Value extendHalf(OpBuilder &b, Location loc, Value element) {
    auto extract = element.getDefiningOp<LLVM::ExtractElementOp>();
    llvm::APInt position;
    if (!extract ||
        !matchPattern(extract.getPosition(), m_ConstantInt(&position)))
      return {};
    int64_t elements =
        cast<VectorType>(extract.getVector().getType()).getNumElements();
    auto at = static_cast<int64_t>(position.getZExtValue());
    Type word = b.getI32Type();
    auto constant = [&](uint32_t value) -> Value {
      return LLVM::ConstantOp::create(
          b, loc, b.getI32IntegerAttr(static_cast<int32_t>(value)));
    };
    Value bits = LLVM::BitcastOp::create(
        b, loc,
        elements == 2 ? word : Type(VectorType::get({elements / 2}, word)),
        extract.getVector());
    if (elements > 2)
      bits = LLVM::ExtractElementOp::create(
          b, loc, bits, constant(static_cast<uint32_t>(at / 2)));
    bits = at % 2 == 0
               ? Value(LLVM::ShlOp::create(b, loc, bits, constant(16)))
               : Value(LLVM::AndOp::create(b, loc, bits, constant(0xffff0000)));
    return LLVM::BitcastOp::create(b, loc, b.getF32Type(), bits);
  }
};
} // namespace

void sluice::populatePairPatterns(RewritePatternSet &patterns,
                                  const ThreadTypeConverter &converter) {
  patterns.add<RoundPairsPattern, MultiplyPairsPattern, ExtendPairsPattern>(
      converter, patterns.getContext());
}
