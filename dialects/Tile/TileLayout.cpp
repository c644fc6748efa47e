//===- TileLayout.cpp - who holds which element of a tensor ---------------===//

#include "dialects/Tile/TileDialect.h"
#include "llvm/Support/MathExtras.h"
#include <set>

using namespace mlir;
using namespace sluice;
using namespace sluice::tile;

namespace {
/// No tensor of a CTA is longer, and no kernel has more registers or warps.
constexpr int64_t kMostElements = int64_t(1) << 20;
constexpr unsigned kMostRegisterBits = 12, kLaneBits = 5, kMostWarpBits = 5;
} // namespace

//===----------------------------------------------------------------------===//
// Assembly
//===----------------------------------------------------------------------===//

/// `[` (`[` number,* `]`),* `]`, each of `rank` numbers; the first list says
/// what the rank is.
static ParseResult parsePlaces(AsmParser &parser, StringRef name,
                               unsigned &rank, SmallVectorImpl<int64_t> &list) {
  auto parsePlace = [&]() -> ParseResult {
    unsigned count = 0;
    SMLoc loc = parser.getCurrentLocation();
    if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, [&] {
          ++count;
          return parser.parseInteger(list.emplace_back());
        }))
      return failure();
    if (rank == 0)
      rank = count;
    if (count == rank && count > 0)
      return success();
    return parser.emitError(loc)
           << "the places of a layout have one number an axis, found " << count
           << " where there are " << rank;
  };
  if (parser.parseKeyword(name) || parser.parseEqual())
    return failure();
  return parser.parseCommaSeparatedList(AsmParser::Delimiter::Square,
                                        parsePlace);
}

Attribute LayoutAttr::parse(AsmParser &parser, Type) {
  SmallVector<int64_t> registers, lanes, warps;
  unsigned rank = 0;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parsePlaces(parser, "register", rank, registers) ||
      parser.parseComma() || parsePlaces(parser, "lane", rank, lanes) ||
      parser.parseComma() || parsePlaces(parser, "warp", rank, warps) ||
      parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    rank, ArrayRef<int64_t>(registers),
                    ArrayRef<int64_t>(lanes), ArrayRef<int64_t>(warps));
}

void LayoutAttr::print(AsmPrinter &printer) const {
  auto printPlaces = [&](StringRef name, ArrayRef<int64_t> places) {
    printer << name << " = [";
    for (size_t i = 0; i < places.size(); i += getRank()) {
      printer << (i ? ", [" : "[");
      llvm::interleaveComma(places.slice(i, getRank()), printer);
      printer << "]";
    }
    printer << "]";
  };
  printer << "<";
  printPlaces("register", getRegisters());
  printer << ", ";
  printPlaces("lane", getLanes());
  printer << ", ";
  printPlaces("warp", getWarps());
  printer << ">";
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

// T1: a layout's places are on a grid of powers of two, which it fills.
LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 unsigned rank, ArrayRef<int64_t> registers,
                                 ArrayRef<int64_t> lanes,
                                 ArrayRef<int64_t> warps) {
  if (rank == 0 || rank > 4)
    return emitError() << "a layout has one to four axes, found " << rank;
  if (lanes.size() != kLaneBits * rank)
    return emitError() << "a warp has 32 lanes, so a layout five places of "
                          "lanes, found "
                       << lanes.size() / rank;
  if (registers.size() > size_t(kMostRegisterBits) * rank ||
      warps.size() > size_t(kMostWarpBits) * rank)
    return emitError() << "a layout has at most " << kMostRegisterBits
                       << " places of registers and " << kMostWarpBits
                       << " of warps, found " << registers.size() / rank
                       << " and " << warps.size() / rank;
  int64_t rows = 0, covered = 0;
  for (unsigned axis = 0; axis < rank; ++axis) {
    int64_t all = 0;
    for (ArrayRef<int64_t> places : {registers, lanes, warps})
      for (size_t i = axis; i < places.size(); i += rank) {
        if (places[i] < 0 || places[i] >= kMostElements)
          return emitError() << "a place of a layout is between 0 and "
                             << kMostElements - 1 << ", found " << places[i];
        all |= places[i];
      }
    if (!llvm::isMask_64(all) && all != 0)
      return emitError() << "a layout leaves no gap, found one along axis "
                         << axis;
    covered += llvm::countr_one(uint64_t(all));
  }
  // The rank of the bits, by elimination: the map is onto if it is `covered`.
  SmallVector<SmallVector<int64_t, 4>> basis;
  for (ArrayRef<int64_t> places : {registers, lanes, warps})
    for (size_t i = 0; i < places.size(); i += rank) {
      SmallVector<int64_t, 4> row(places.slice(i, rank));
      for (ArrayRef<int64_t> other : basis) {
        // The highest bit of the first number that is not 0 leads.
        const auto *lead = llvm::find_if(other, [](int64_t n) { return n; });
        size_t at = lead - other.begin();
        if (row[at] & int64_t(llvm::bit_floor(uint64_t(*lead))))
          for (unsigned axis = 0; axis < rank; ++axis)
            row[axis] ^= other[axis];
      }
      if (llvm::any_of(row, [](int64_t n) { return n; })) {
        basis.push_back(row);
        ++rows;
      }
    }
  if (rows != covered)
    return emitError() << "every element of a layout is held by somebody, "
                          "found "
                       << (int64_t(1) << rows) << " of "
                       << (int64_t(1) << covered);
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
  SmallVector<int64_t> place(getRank(), 0);
  auto add = [&](ArrayRef<int64_t> places, int64_t number) {
    for (size_t bit = 0; bit * getRank() < places.size(); ++bit)
      if (number >> bit & 1)
        for (unsigned axis = 0; axis < getRank(); ++axis)
          place[axis] ^= places[bit * getRank() + axis];
  };
  add(getRegisters(), reg);
  add(getLanes(), lane);
  add(getWarps(), warp);
  return place;
}

bool LayoutAttr::holds(LayoutAttr other) const {
  if (getLanes() != other.getLanes() || getWarps() != other.getWarps())
    return false;
  std::set<SmallVector<int64_t>> places;
  for (int64_t reg = 0; reg < getNumRegisters(); ++reg)
    places.insert(getPlace(reg, /*lane=*/0, /*warp=*/0));
  // What is held is closed under sums.
  for (unsigned bit = 0; bit < other.getNumRegisterBits(); ++bit)
    if (!places.count(
            other.getPlace(int64_t(1) << bit, /*lane=*/0, /*warp=*/0)))
      return false;
  return true;
}

SmallVector<int64_t> LayoutAttr::getShape() const {
  SmallVector<int64_t> shape(getRank(), 1);
  for (ArrayRef<int64_t> places : {getRegisters(), getLanes(), getWarps()})
    for (auto [i, number] : llvm::enumerate(places))
      shape[i % getRank()] =
          std::max(shape[i % getRank()],
                   int64_t(llvm::bit_floor(uint64_t(number)) << 1));
  return shape;
}

LayoutAttr LayoutAttr::dropAxis(unsigned axis) const {
  auto drop = [&](ArrayRef<int64_t> places, bool keepsZeros) {
    SmallVector<int64_t> kept;
    for (size_t i = 0; i < places.size(); i += getRank()) {
      SmallVector<int64_t> place(places.slice(i, getRank()));
      place.erase(place.begin() + axis);
      if (keepsZeros || llvm::any_of(place, [](int64_t n) { return n; }))
        kept.append(place);
    }
    return kept;
  };
  SmallVector<int64_t> registers = drop(getRegisters(), false),
                       lanes = drop(getLanes(), true),
                       warps = drop(getWarps(), true);
  return get(getContext(), getRank() - 1, ArrayRef<int64_t>(registers),
             ArrayRef<int64_t>(lanes), ArrayRef<int64_t>(warps));
}

LayoutAttr LayoutAttr::insertAxis(unsigned axis) const {
  auto insert = [&](ArrayRef<int64_t> places) {
    SmallVector<int64_t> wider;
    for (size_t i = 0; i < places.size(); i += getRank()) {
      SmallVector<int64_t> place(places.slice(i, getRank()));
      place.insert(place.begin() + axis, 0);
      wider.append(place);
    }
    return wider;
  };
  SmallVector<int64_t> registers = insert(getRegisters()),
                       lanes = insert(getLanes()), warps = insert(getWarps());
  return get(getContext(), getRank() + 1, ArrayRef<int64_t>(registers),
             ArrayRef<int64_t>(lanes), ArrayRef<int64_t>(warps));
}

LayoutAttr tile::getLayout(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? dyn_cast_if_present<LayoutAttr>(tensor.getEncoding())
                : LayoutAttr();
}

RankedTensorType tile::withLayout(RankedTensorType type, LayoutAttr layout) {
  return RankedTensorType::get(type.getShape(), type.getElementType(), layout);
}
