//===- TileMaths.cpp - Arithmetic of kernels ------------------------------===//
//
// Of numbers and, element by element, of tensors. Functions are computed in
// float64 and rounded, the rest in float32 and, for a narrower type, rounded
// again, which for sums, products, quotients and roots gives the same.
//
//===----------------------------------------------------------------------===//

#include "lib/Reference/TileFrame.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
namespace arith = mlir::arith;
namespace math = mlir::math;

//===----------------------------------------------------------------------===//
// Floats
//===----------------------------------------------------------------------===//

/// Each element of the result by `function` of those of the operands.
template <typename Op, auto function, size_t... I>
static void mapFloats(Op op, TileFrame &frame, std::index_sequence<I...>) {
  std::array<const float *, sizeof...(I)> operands = {
      frame.floats(op->getOperand(I)).data()...};
  Floats &result = frame.floats(op->getResult(0));
  mlir::Type type = op->getResult(0).getType();
  auto count = static_cast<size_t>(countElements(type));
  result.resize(count);
  for (size_t i = 0; i < count; ++i)
    result[i] = static_cast<float>(function(operands[I][i]...));
  if (!mlir::getElementTypeOrSelf(type).isF32())
    for (float &element : result)
      element = roundTo(type, element);
}

template <typename Op, auto function, size_t numOperands>
static Error applyFloats(Op op, TileFrame &frame) {
  mapFloats<Op, function>(op, frame, std::make_index_sequence<numOperands>());
  return Error::success();
}

/// As IEEE 754-2019: NaN stays, and −0 is below 0.
static float maximum(float x, float y) {
  if (std::isnan(x) || std::isnan(y))
    return x + y;
  if (x == y)
    return std::signbit(x) ? y : x;
  return x > y ? x : y;
}
static float minimum(float x, float y) { return -maximum(-x, -y); }

static Error compareFloats(arith::CmpFOp op, TileFrame &frame) {
  Integers &result = frame.integers(op.getResult());
  result.clear();
  for (auto [x, y] :
       zip_equal(frame.floats(op.getLhs()), frame.floats(op.getRhs())))
    result.push_back(
        arith::applyCmpPredicate(op.getPredicate(), APFloat(x), APFloat(y)));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

static unsigned getWidth(mlir::Type type) {
  mlir::Type element = mlir::getElementTypeOrSelf(type);
  return element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
}

static int64_t extend(uint64_t number, unsigned width) {
  return width == 1 ? static_cast<int64_t>(number & 1)
                    : SignExtend64(number, width);
}

/// As `function` of numbers without sign, of the operands' width.
template <typename Op, auto function>
static Error applyIntegers(Op op, TileFrame &frame) {
  unsigned width = getWidth(op.getType());
  uint64_t mask = maskTrailingOnes<uint64_t>(width);
  Integers &result = frame.integers(op.getResult());
  const Integers &lhs = frame.integers(op.getLhs()),
                 &rhs = frame.integers(op.getRhs());
  result.resize(lhs.size());
  constexpr bool isQuotient =
      std::is_same_v<Op, arith::DivUIOp> || std::is_same_v<Op, arith::RemUIOp>;
  for (size_t i = 0; i < lhs.size(); ++i) {
    if (isQuotient && rhs[i] == 0)
      return fail(op, "divides by 0");
    result[i] = extend(function(static_cast<uint64_t>(lhs[i]) & mask,
                                static_cast<uint64_t>(rhs[i]) & mask),
                       width);
  }
  return Error::success();
}

template <typename Op, auto function>
static Error applySigned(Op op, TileFrame &frame) {
  Integers &result = frame.integers(op.getResult());
  const Integers &lhs = frame.integers(op.getLhs()),
                 &rhs = frame.integers(op.getRhs());
  result.resize(lhs.size());
  for (size_t i = 0; i < lhs.size(); ++i)
    result[i] = function(lhs[i], rhs[i]);
  return Error::success();
}

static Error compareIntegers(arith::CmpIOp op, TileFrame &frame) {
  unsigned width = getWidth(op.getLhs().getType());
  auto number = [&](int64_t x) {
    return APInt(width, static_cast<uint64_t>(x), /*isSigned=*/true,
                 /*implicitTrunc=*/true);
  };
  Integers &result = frame.integers(op.getResult());
  result.clear();
  for (auto [x, y] :
       zip_equal(frame.integers(op.getLhs()), frame.integers(op.getRhs())))
    result.push_back(
        arith::applyCmpPredicate(op.getPredicate(), number(x), number(y)));
  return Error::success();
}

static Error castIndex(arith::IndexCastOp op, TileFrame &frame) {
  unsigned from = getWidth(op.getIn().getType()), to = getWidth(op.getType());
  Integers &result = frame.integers(op.getResult());
  result.clear();
  for (int64_t x : frame.integers(op.getIn()))
    result.push_back(extend(static_cast<uint64_t>(SignExtend64(x, from)), to));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Of either
//===----------------------------------------------------------------------===//

static Error makeConstant(arith::ConstantOp op, TileFrame &frame) {
  TileValue &result = frame.at(op.getResult());
  auto count = static_cast<size_t>(countElements(op.getType()));
  auto toFloat = [](const APFloat &x) {
    APFloat wide = x;
    bool losesInfo = false;
    wide.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                 &losesInfo);
    return wide.convertToFloat();
  };
  unsigned width = isa<mlir::FloatType>(mlir::getElementTypeOrSelf(op))
                       ? 0
                       : getWidth(op.getType());
  auto toInteger = [&](const APInt &x) {
    return extend(x.getZExtValue(), width);
  };
  mlir::Attribute value = op.getValue();
  if (auto number = dyn_cast<mlir::FloatAttr>(value)) {
    result.floats.assign(count, toFloat(number.getValue()));
  } else if (auto number = dyn_cast<mlir::IntegerAttr>(value)) {
    result.integers.assign(count, toInteger(number.getValue()));
  } else {
    auto elements = dyn_cast<mlir::DenseElementsAttr>(value);
    if (!elements)
      return fail(op, "is of elements that are not dense");
    if (width == 0)
      result.floats =
          to_vector<1>(map_range(elements.getValues<APFloat>(), toFloat));
    else
      result.integers =
          to_vector<1>(map_range(elements.getValues<APInt>(), toInteger));
  }
  return Error::success();
}

static Error select(arith::SelectOp op, TileFrame &frame) {
  const Integers &conditions = frame.integers(op.getCondition());
  const TileValue &yes = frame.at(op.getTrueValue()),
                  &no = frame.at(op.getFalseValue());
  TileValue &result = frame.at(op.getResult());
  auto choose = [&](const auto &ifSo, const auto &ifNot, auto &chosen) {
    chosen.resize(ifSo.size());
    for (size_t i = 0; i < ifSo.size(); ++i)
      chosen[i] =
          conditions[conditions.size() == 1 ? 0 : i] ? ifSo[i] : ifNot[i];
  };
  result.memory = conditions.front() ? yes.memory : no.memory;
  choose(yes.floats, no.floats, result.floats);
  choose(yes.integers, no.integers, result.integers);
  return Error::success();
}

void TileRules::addMaths() {
  add<arith::ConstantOp>(makeConstant);
  add<arith::SelectOp>(select);
  add<arith::CmpFOp>(compareFloats);
  add<arith::CmpIOp>(compareIntegers);
  add<arith::IndexCastOp>(castIndex);

#define FLOATS(OP, OPERANDS, ...)                                              \
  add<OP>(applyFloats<OP, [] __VA_ARGS__, OPERANDS>)
  FLOATS(arith::AddFOp, 2, (float x, float y) { return x + y; });
  FLOATS(arith::SubFOp, 2, (float x, float y) { return x - y; });
  FLOATS(arith::MulFOp, 2, (float x, float y) { return x * y; });
  FLOATS(arith::DivFOp, 2, (float x, float y) { return x / y; });
  FLOATS(arith::MaximumFOp, 2, (float x, float y) { return maximum(x, y); });
  FLOATS(arith::MinimumFOp, 2, (float x, float y) { return minimum(x, y); });
  FLOATS(arith::NegFOp, 1, (float x) { return -x; });
  FLOATS(arith::ExtFOp, 1, (float x) { return x; });
  FLOATS(arith::TruncFOp, 1, (float x) { return x; });
  FLOATS(math::AbsFOp, 1, (float x) { return std::fabs(x); });
  FLOATS(math::SqrtOp, 1, (float x) { return std::sqrt(x); });
  FLOATS(math::ExpOp, 1, (double x) { return std::exp(x); });
  FLOATS(math::ExpM1Op, 1, (double x) { return std::expm1(x); });
  FLOATS(math::LogOp, 1, (double x) { return std::log(x); });
  FLOATS(math::Log1pOp, 1, (double x) { return std::log1p(x); });
  FLOATS(math::TanhOp, 1, (double x) { return std::tanh(x); });
#undef FLOATS

#define INTEGERS(OP, FUNCTION)                                                 \
  add<OP>(applyIntegers<OP, [](uint64_t x, uint64_t y) { return FUNCTION; }>)
  INTEGERS(arith::AddIOp, x + y);
  INTEGERS(arith::SubIOp, x - y);
  INTEGERS(arith::MulIOp, x * y);
  INTEGERS(arith::DivUIOp, x / y);
  INTEGERS(arith::RemUIOp, x % y);
  INTEGERS(arith::AndIOp, x & y);
  INTEGERS(arith::OrIOp, x | y);
  INTEGERS(arith::XOrIOp, x ^ y);
  INTEGERS(arith::MinUIOp, std::min(x, y));
#undef INTEGERS
#define SIGNED(OP, FUNCTION)                                                   \
  add<OP>(applySigned<OP, [](int64_t x, int64_t y) { return FUNCTION; }>)
  SIGNED(arith::MinSIOp, std::min(x, y));
  SIGNED(arith::MaxSIOp, std::max(x, y));
#undef SIGNED
}
