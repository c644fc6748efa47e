//===- MatrixLoadPatterns.cpp - fragments from shared memory --------------===//
//
// ldmatrix moves matrices of 8 × 8 elements of 16 bits, rows of 16 bytes in
// memory, with .trans or without. lib/Layout says how a layout is loaded so
// from rows of memory, and which lane gives which row's address: rows may be
// anywhere.
//
//===----------------------------------------------------------------------===//

#include "dialects/Tile/TileOps.h"
#include "lib/Layout/Freedoms.h"
#include "lib/Layout/SharedAccess.h"
#include "lib/Layout/SharedLayouts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "passes/TileToGPU/Patterns.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;
using layout::LinearLayout;
using layout::SharedAccess;

namespace {
/// Elements and bytes of a row of a matrix.
constexpr int64_t kRow = 8, kRowBytes = 16;

/// The loads by which threads get a tensor.
struct MatrixLoad {
  SharedAccess access;
  /// The place of the row whose address a lane gives: (step, lane, warp) to the
  /// tensor's axes.
  LinearLayout rows;

  /// `columns`: the tensor's axis along a row of the memory.
  static std::optional<MatrixLoad> get(LayoutAttr layout, unsigned columns);

  bool isTransposed() const {
    return access.kind == layout::AccessKind::MatrixTransposed;
  }
  uint64_t getNumSteps() const {
    return uint64_t(1) << access.registers.getInputBits("step");
  }
  /// The places along an axis of the bits of a thread's number.
  layout::Vectors getThreadPlaces(StringRef axis) const {
    return layout::Vectors(rows.keepInputs({layout::kLane, layout::kWarp})
                               .keepOutputs(axis)
                               .getBases());
  }
};
} // namespace

std::optional<MatrixLoad> MatrixLoad::get(LayoutAttr layout, unsigned columns) {
  const LinearLayout &threads = layout.getLinear();
  // Rows, one after another, of a memory whose rows are no longer than the
  // tensor's: offsets only stand for places.
  unsigned rowBits = threads.getOutputs()[1 - columns].bits,
           columnBits = threads.getOutputs()[columns].bits;
  LinearLayout memory = layout::getRowMajorLayout(rowBits, columnBits);
  if (columns == 0)
    memory = layout::transposeMatrix(memory);
  for (bool isTransposed : {false, true})
    if (std::optional<SharedAccess> access = layout::planMatrixAccess(
            threads, memory, kRowBytes / kRow, /*isLoad=*/true, isTransposed)) {
      LinearLayout rows = access->offsets.then(memory);
      return MatrixLoad{std::move(*access), std::move(rows)};
    }
  return std::nullopt;
}

/// Whether all elements that the layout has a place for are in memory.
static bool isWhole(LoadOp op, RankedTensorType type) {
  if (op.getValid() || getLayout(type).getShape() != type.getShape())
    return false;
  for (auto [size, along] : llvm::zip(type.getShape(), op.getAlong())) {
    std::optional<int64_t> at = getConstantIntValue(op.getIndices()[along]);
    if (!op.getInBounds() &&
        (!at || *at + size > op.getMemory().getType().getDimSize(along)))
      return false;
  }
  return true;
}

/// Whether the rows of all pieces start at multiples of their bytes.
static bool isAligned(LoadOp op, ArrayRef<int64_t> strides) {
  auto buffer = op.getMemory().getDefiningOp<SharedOp>();
  if (!buffer || buffer.getOffset().value_or(1) % kRowBytes != 0)
    return false;
  for (int64_t along : op.getAlong())
    if (strides[along] != 1 && strides[along] % kRow != 0)
      return false;
  for (auto [at, stride] : llvm::zip(op.getIndices(), strides))
    if (getAlignmentOf(at) * stride % kRow != 0)
      return false;
  return true;
}

namespace {
struct MatrixLoadPattern : OpConversionPattern<LoadOp> {
  MatrixLoadPattern(const TypeConverter &converter, MLIRContext *context)
      : OpConversionPattern(converter, context, /*benefit=*/2) {}

  LogicalResult
  matchAndRewrite(LoadOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getType());
    MemRefType memory = op.getMemory().getType();
    if (!type || type.getRank() != 2 || !isShared(memory) ||
        type.getElementTypeBitWidth() * kRow != kRowBytes * 8 ||
        !getLayout(type).getLinear().isAdditive())
      return failure();
    const auto *last = llvm::find(op.getAlong(), memory.getRank() - 1);
    auto [strides, offset] = memory.getStridesAndOffset();
    if (last == op.getAlong().end() || !isWhole(op, type) ||
        !isAligned(op, strides))
      return failure();
    auto load = MatrixLoad::get(
        getLayout(type), static_cast<unsigned>(last - op.getAlong().begin()));
    if (!load)
      return failure();

    Value start = getRowAddress(rewriter, op, adaptor, *load, strides);
    SmallVector<Value> results(getLayout(type).getNumRegisters());
    for (uint64_t step = 0; step < load->getNumSteps(); ++step) {
      SmallVector<int64_t> place =
          load->rows.splitOutput(load->rows.apply({{"step", step}}));
      int64_t distance = 0;
      for (auto [moved, along] : llvm::zip(place, op.getAlong()))
        distance += moved * strides[along];
      Value address = start;
      if (distance != 0)
        address = LLVM::GEPOp::create(
            rewriter, op.getLoc(), start.getType(), type.getElementType(),
            start, ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(distance)});
      SmallVector<Value> words =
          loadMatrices(rewriter, op.getLoc(), *load, address);
      for (auto [i, word] : llvm::enumerate(words)) {
        Value pair = LLVM::BitcastOp::create(
            rewriter, op.getLoc(), VectorType::get({2}, type.getElementType()),
            word);
        for (int32_t half : {0, 1})
          results[load->access.registers.apply(
              {{"element", 2 * i + half}, {"step", step}})] =
              LLVM::ExtractElementOp::create(
                  rewriter, op.getLoc(), pair,
                  LLVM::ConstantOp::create(rewriter, op.getLoc(),
                                           rewriter.getI32IntegerAttr(half)));
      }
    }
    for (auto [reg, result] : llvm::enumerate(results))
      result = results[load->access.copies.apply(reg)];
    rewriter.replaceOpWithMultiple(op, {results});
    return success();
  }

private:
  /// Where the row is that the thread gives the address of in the first step.
  static Value getRowAddress(OpBuilder &b, LoadOp op, OneToNOpAdaptor adaptor,
                             const MatrixLoad &load,
                             ArrayRef<int64_t> strides) {
    Location loc = op.getLoc();
    Value pointer = adaptor.getMemory().front();
    auto move = [&](Value places, int64_t stride) {
      if (matchPattern(places, m_Zero()))
        return;
      Value elements = arith::MulIOp::create(
          b, loc, places, arith::ConstantIndexOp::create(b, loc, stride));
      pointer = LLVM::GEPOp::create(
          b, loc, pointer.getType(),
          cast<RankedTensorType>(op.getType()).getElementType(), pointer,
          Value(arith::IndexCastOp::create(b, loc, b.getI64Type(), elements)));
    };
    for (auto [at, stride] : llvm::zip(adaptor.getIndices(), strides))
      move(at.front(), stride);
    for (auto [axis, along] : llvm::zip(load.rows.getOutputs(), op.getAlong()))
      move(getThreadPlace(b, loc, load.getThreadPlaces(axis.name)),
           strides[along]);
    return pointer;
  }

  /// The thread's word of each matrix of an instruction.
  static SmallVector<Value> loadMatrices(OpBuilder &b, Location loc,
                                         const MatrixLoad &load,
                                         Value address) {
    MLIRContext *context = b.getContext();
    unsigned matrices = load.access.getNumMatrices();
    Type word = b.getI32Type();
    Type type = matrices == 1 ? word
                              : LLVM::LLVMStructType::getLiteral(
                                    context, SmallVector<Type>(matrices, word));
    Value loaded = NVVM::LdMatrixOp::create(
        b, loc, type, address, matrices,
        load.isTransposed() ? NVVM::MMALayout::col : NVVM::MMALayout::row,
        NVVM::LdStMatrixShapeAttr::get(context, kRow, kRow),
        NVVM::LdStMatrixEltType::B16);
    if (matrices == 1)
      return {loaded};
    SmallVector<Value> words;
    for (unsigned i = 0; i < matrices; ++i)
      words.push_back(LLVM::ExtractValueOp::create(b, loc, loaded, i));
    return words;
  }
};
} // namespace

void sluice::populateMatrixLoadPatterns(RewritePatternSet &patterns,
                                        const ThreadTypeConverter &converter) {
  patterns.add<MatrixLoadPattern>(converter, patterns.getContext());
}
