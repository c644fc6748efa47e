//===- MatrixLoadPatterns.cpp - fragments from shared memory --------------===//
//
// ldmatrix moves pieces of 8 × 8 elements of 16 bits, rows of 16 bytes in
// memory. Of the layout that it leaves three bits walk along a row: the halves
// of a 32-bit register and lanes 1 and 2, or with .trans lanes 4, 8 and 16. The
// three others walk from row to row. What rows and pieces are to the tensor
// does not matter: each lane says where one of them is.
//
//===----------------------------------------------------------------------===//

#include "dialects/Tile/TileOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "passes/TileToGPU/Patterns.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

namespace {
/// Elements and bytes of a row of a piece.
constexpr int64_t kRow = 8, kRowBytes = 16;

/// How a layout is loaded by ldmatrix.
class MatrixLoad {
public:
  /// `columns`: the tensor's axis along a row of the memory.
  static std::optional<MatrixLoad> get(LayoutAttr layout, unsigned columns);

  bool isTransposed() const { return transposed; }
  /// Pieces that an instruction loads.
  int64_t getNumPieces() const { return int64_t(1) << pieceBits.size(); }
  int64_t getNumSteps() const { return int64_t(1) << stepBits.size(); }
  /// The register that has a half of the lane's word of a piece.
  int64_t getRegister(int64_t step, int64_t piece, int64_t half) const {
    return spread(step, stepBits) | spread(piece, pieceBits) | half << halfBit;
  }
  /// The place along an axis of the row whose address a thread gives, by the
  /// bits of its number: of a piece's row, of a piece, of a warp.
  SmallVector<int64_t> getRowPlaces(unsigned axis) const;

private:
  static int64_t spread(int64_t number, ArrayRef<unsigned> bits) {
    int64_t result = 0;
    for (auto [i, bit] : llvm::enumerate(bits))
      result |= (number >> i & 1) << bit;
    return result;
  }

  LayoutAttr layout;
  bool transposed = false;
  /// Bits of a register's number.
  unsigned halfBit = 0;
  SmallVector<unsigned> pieceBits, stepBits;
};
} // namespace

std::optional<MatrixLoad> MatrixLoad::get(LayoutAttr layout, unsigned columns) {
  constexpr unsigned kRank = 2, kMostPieceBits = 2;
  auto isPlace = [&](ArrayRef<int64_t> places, unsigned bit, unsigned axis,
                     int64_t place) {
    return places[kRank * bit + axis] == place &&
           places[kRank * bit + 1 - axis] == 0;
  };
  MatrixLoad load;
  load.layout = layout;
  ArrayRef<int64_t> lanes = layout.getLanes(),
                    registers = layout.getRegisters();
  // Bits along an axis have nothing in common, so all others move by whole
  // rows of a piece.
  bool isInRow = isPlace(lanes, 0, columns, 2) && isPlace(lanes, 1, columns, 4);
  load.transposed = isPlace(lanes, 2, columns, 1) &&
                    isPlace(lanes, 3, columns, 2) &&
                    isPlace(lanes, 4, columns, 4);
  if (!isInRow && !load.transposed)
    return std::nullopt;
  unsigned pairAxis = load.transposed ? 1 - columns : columns;
  auto bits = llvm::seq(0u, layout.getNumRegisterBits());
  auto half = llvm::find_if(
      bits, [&](unsigned bit) { return isPlace(registers, bit, pairAxis, 1); });
  if (half == bits.end())
    return std::nullopt;
  load.halfBit = *half;
  for (unsigned bit : bits)
    if (bit != load.halfBit)
      (load.pieceBits.size() < kMostPieceBits ? load.pieceBits : load.stepBits)
          .push_back(bit);
  return load;
}

SmallVector<int64_t> MatrixLoad::getRowPlaces(unsigned axis) const {
  unsigned rank = layout.getRank();
  SmallVector<int64_t> places;
  auto add = [&](ArrayRef<int64_t> list, unsigned bit) {
    places.push_back(list[bit * rank + axis]);
  };
  if (transposed) {
    add(layout.getRegisters(), halfBit);
    add(layout.getLanes(), 0);
    add(layout.getLanes(), 1);
  } else {
    for (unsigned bit : {2, 3, 4})
      add(layout.getLanes(), bit);
  }
  for (unsigned bit : pieceBits)
    add(layout.getRegisters(), bit);
  // Nobody looks at the addresses of the other lanes.
  places.resize(layout.getNumLaneBits(), 0);
  for (unsigned bit = 0; bit < layout.getNumWarpBits(); ++bit)
    add(layout.getWarps(), bit);
  return places;
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
        !hasDisjointBits(getLayout(type)))
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
    for (int64_t step = 0; step < load->getNumSteps(); ++step) {
      SmallVector<int64_t> place = getRegisterPlace(
          getLayout(type), load->getRegister(step, /*piece=*/0, /*half=*/0));
      int64_t distance = 0;
      for (auto [moved, along] : llvm::zip(place, op.getAlong()))
        distance += moved * strides[along];
      Value address = start;
      if (distance != 0)
        address = LLVM::GEPOp::create(
            rewriter, op.getLoc(), start.getType(), type.getElementType(),
            start, ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(distance)});
      SmallVector<Value> words =
          loadPieces(rewriter, op.getLoc(), *load, address);
      for (auto [piece, word] : llvm::enumerate(words)) {
        Value pair = LLVM::BitcastOp::create(
            rewriter, op.getLoc(), VectorType::get({2}, type.getElementType()),
            word);
        for (int32_t half : {0, 1})
          results[load->getRegister(step, static_cast<int64_t>(piece), half)] =
              LLVM::ExtractElementOp::create(
                  rewriter, op.getLoc(), pair,
                  LLVM::ConstantOp::create(rewriter, op.getLoc(),
                                           rewriter.getI32IntegerAttr(half)));
      }
    }
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
    for (auto [axis, along] : llvm::enumerate(op.getAlong()))
      move(getThreadPlace(b, loc,
                          load.getRowPlaces(static_cast<unsigned>(axis))),
           strides[along]);
    return pointer;
  }

  /// The thread's word of each piece of an instruction.
  static SmallVector<Value> loadPieces(OpBuilder &b, Location loc,
                                       const MatrixLoad &load, Value address) {
    MLIRContext *context = b.getContext();
    auto pieces = load.getNumPieces();
    Type word = b.getI32Type();
    Type type = pieces == 1 ? word
                            : LLVM::LLVMStructType::getLiteral(
                                  context, SmallVector<Type>(pieces, word));
    Value loaded = NVVM::LdMatrixOp::create(
        b, loc, type, address, static_cast<uint32_t>(pieces),
        load.isTransposed() ? NVVM::MMALayout::col : NVVM::MMALayout::row,
        NVVM::LdStMatrixShapeAttr::get(context, kRow, kRow),
        NVVM::LdStMatrixEltType::B16);
    if (pieces == 1)
      return {loaded};
    SmallVector<Value> words;
    for (int64_t piece = 0; piece < pieces; ++piece)
      words.push_back(LLVM::ExtractValueOp::create(b, loc, loaded, piece));
    return words;
  }
};
} // namespace

void sluice::populateMatrixLoadPatterns(RewritePatternSet &patterns,
                                        const ThreadTypeConverter &converter) {
  patterns.add<MatrixLoadPattern>(converter, patterns.getContext());
}
