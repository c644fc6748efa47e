//===- TileLayout.cpp - who holds which element of a tensor ---------------===//

#include "dialects/Tile/TileDialect.h"
#include "lib/Layout/Conversion.h"

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;
using layout::kLane;
using layout::kRegister;
using layout::kWarp;
using layout::LinearLayout;

namespace {
/// No tensor of a CTA is longer, and no kernel has more registers or warps.
constexpr int64_t kMostElements = int64_t(1) << 20;
constexpr unsigned kMostRegisterBits = 12, kLaneBits = 5, kMostWarpBits = 5;
constexpr unsigned kMostRank = 4;
} // namespace

LinearLayout tile::normalize(const LinearLayout &linear) {
  // A matrix has rows and columns.
  constexpr StringLiteral kNames[] = {layout::kRow, layout::kColumn, "axis2",
                                      "axis3", "axis4"};
  SmallVector<StringRef> names(
      ArrayRef(kNames).take_front(linear.getOutputs().size()));
  return layout::getThreads(linear).nameOutputs(names);
}

//===----------------------------------------------------------------------===//
// Assembly
//===----------------------------------------------------------------------===//

/// `[` (`[` number,* `]`),* `]`, each of `rank` numbers; the first list says
/// what the rank is.
static ParseResult parsePlaces(AsmParser &parser, StringRef name,
                               unsigned &rank,
                               SmallVectorImpl<SmallVector<int64_t>> &list) {
  auto parsePlace = [&]() -> ParseResult {
    SmallVector<int64_t> &place = list.emplace_back();
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
          return parser.parseInteger(place.emplace_back());
        }))
      return failure();
    if (rank == 0)
      rank = place.size();
    if (place.size() == rank && rank > 0)
      return success();
    return parser.emitError(loc)
           << "the places of a layout have one number an axis, found "
           << place.size() << " where there are " << rank;
  };
  if (parser.parseKeyword(name) || parser.parseEqual())
    return failure();
  return parser.parseCommaSeparatedList(AsmParser::Delimiter::Square,
                                        parsePlace);
}

Attribute LayoutAttr::parse(AsmParser &parser, Type) {
  SmallVector<SmallVector<int64_t>> registers, lanes, warps;
  unsigned rank = 0;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parsePlaces(parser, kRegister, rank, registers) ||
      parser.parseComma() || parsePlaces(parser, kLane, rank, lanes) ||
      parser.parseComma() || parsePlaces(parser, kWarp, rank, warps) ||
      parser.parseGreater())
    return {};
  return getFromPlaces([&] { return parser.emitError(loc); },
                       parser.getContext(), rank, registers, lanes, warps);
}

void LayoutAttr::print(AsmPrinter &printer) const {
  printer << "<";
  llvm::ListSeparator comma;
  for (const layout::Axis &input : getLinear().getInputs()) {
    printer << StringRef(comma) << input.name << " = [";
    llvm::interleaveComma(
        getLinear().getBases(input.name), printer, [&](uint64_t place) {
          printer << "[";
          llvm::interleaveComma(getLinear().splitOutput(place), printer);
          printer << "]";
        });
    printer << "]";
  }
  printer << ">";
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

LayoutAttr
LayoutAttr::getFromPlaces(function_ref<InFlightDiagnostic()> emitError,
                          MLIRContext *context, unsigned rank, Places registers,
                          Places lanes, Places warps) {
  // Each axis has the bits that places use.
  SmallVector<int64_t> used(rank, 0);
  for (Places places : {registers, lanes, warps})
    for (ArrayRef<int64_t> place : places)
      for (auto [number, all] : llvm::zip_equal(place, used)) {
        if (number < 0 || number >= kMostElements) {
          emitError() << "a place of a layout is between 0 and "
                      << kMostElements - 1 << ", found " << number;
          return {};
        }
        all |= number;
      }
  if (rank > kMostRank) {
    emitError() << "a layout has one to four axes, found " << rank;
    return {};
  }
  layout::Axes outputs;
  unsigned bits = 0;
  for (int64_t all : used) {
    outputs.emplace_back("", llvm::bit_width(uint64_t(all)));
    bits += outputs.back().bits;
  }
  constexpr unsigned kMostBits = kMostRegisterBits + kLaneBits + kMostWarpBits;
  if (bits > kMostBits) {
    emitError() << "a layout covers at most 2^" << kMostBits
                << " elements, which threads hold, found 2^" << bits;
    return {};
  }
  LinearLayout shape({}, outputs, {});
  layout::Vectors bases;
  for (Places places : {registers, lanes, warps})
    for (ArrayRef<int64_t> place : places)
      bases.push_back(shape.joinOutput(place));
  return getChecked(emitError, context,
                    LinearLayout({{kRegister, unsigned(registers.size())},
                                  {kLane, unsigned(lanes.size())},
                                  {kWarp, unsigned(warps.size())}},
                                 outputs, bases));
}

// T1: a layout's places are on a grid of powers of two, which it fills.
// NOLINTBEGIN(performance-unnecessary-value-param): as TableGen declares it.
LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 LinearLayout linear) {
  // NOLINTEND(performance-unnecessary-value-param)
  unsigned rank = linear.getOutputs().size();
  if (rank == 0 || rank > kMostRank)
    return emitError() << "a layout has one to four axes, found " << rank;
  if (linear.getInputBits(kLane) != kLaneBits)
    return emitError() << "a warp has 32 lanes, so a layout five places of "
                          "lanes, found "
                       << linear.getInputBits(kLane);
  if (linear.getInputBits(kRegister) > kMostRegisterBits ||
      linear.getInputBits(kWarp) > kMostWarpBits)
    return emitError() << "a layout has at most " << kMostRegisterBits
                       << " places of registers and " << kMostWarpBits
                       << " of warps, found " << linear.getInputBits(kRegister)
                       << " and " << linear.getInputBits(kWarp);
  uint64_t used = 0;
  for (uint64_t place : linear.getBases())
    used |= place;
  for (auto [axis, numbers] : llvm::enumerate(linear.splitOutput(used)))
    if (!llvm::isMask_64(numbers) && numbers != 0)
      return emitError() << "a layout leaves no gap, found one along axis "
                         << axis;
  if (!linear.isSurjective())
    return emitError() << "every element of a layout is held by somebody, "
                          "found "
                       << (uint64_t(1) << linear.getRank()) << " of "
                       << (uint64_t(1) << linear.getNumOutputBits());
  return success();
}

// T2: a tensor's layout covers it.
LogicalResult
LayoutAttr::verifyEncoding(ArrayRef<int64_t> shape, Type,
                           function_ref<InFlightDiagnostic()> emitError) const {
  if (shape.size() != getRank())
    return emitError() << "a layout has the axes of its tensor, found "
                       << getRank() << " where there are " << shape.size();
  for (auto [axis, size, covered] : llvm::enumerate(shape, getShape()))
    if (size > covered)
      return emitError() << "a layout covers its tensor, found " << covered
                         << " of " << size << " elements along axis " << axis;
  return success();
}

//===----------------------------------------------------------------------===//
// Questions
//===----------------------------------------------------------------------===//

SmallVector<int64_t> LayoutAttr::getPlace(int64_t reg, int64_t lane,
                                          int64_t warp) const {
  uint64_t bits = getLinear().getInputBits(kRegister);
  uint64_t point = reg | (lane | warp << kLaneBits) << bits;
  return getLinear().splitOutput(getLinear().apply(point));
}

LinearLayout LayoutAttr::getThreadsAlong(unsigned axis) const {
  return getLinear().keepInputs({kLane, kWarp}).keepOutputs(getAxis(axis));
}

SmallVector<int64_t> LayoutAttr::getShape() const {
  return llvm::map_to_vector<6>(
      getLinear().getOutputs(),
      [](const layout::Axis &axis) { return int64_t(axis.getSize()); });
}

LayoutAttr LayoutAttr::dropAxis(unsigned axis) const {
  SmallVector<StringRef> kept;
  for (unsigned i = 0; i < getRank(); ++i)
    if (i != axis)
      kept.push_back(getAxis(i));
  return get(getContext(),
             getLinear().keepOutputs(kept).dropZeroBits(kRegister));
}

LayoutAttr tile::getLayout(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? dyn_cast_if_present<LayoutAttr>(tensor.getEncoding())
                : LayoutAttr();
}

RankedTensorType tile::withLayout(RankedTensorType type, LayoutAttr layout) {
  return RankedTensorType::get(type.getShape(), type.getElementType(), layout);
}
