//===- LayoutTest.cpp - layouts against what they enumerate ---------------===//
//
// Everything that a layout is asked is compared with the list of who holds
// what, for random layouts.
//
//===----------------------------------------------------------------------===//

#include "dialects/Tile/TileDialect.h"
#include "lib/Layout/Conversion.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include <gtest/gtest.h>
#include <random>
#include <set>

using namespace llvm;
using namespace sluice::layout;
using namespace sluice::tile;

namespace {
using Place = std::vector<int64_t>;
using Places = std::vector<Place>;

/// The bits of a layout, as they are written.
struct Bits {
  unsigned rank;
  Places registers, lanes, warps;

  /// The exclusive or of those bits that a number has.
  static void add(const Places &bits, size_t number, Place &to) {
    for (size_t bit = 0; bit < bits.size(); ++bit)
      if (number >> bit & 1)
        for (size_t axis = 0; axis < to.size(); ++axis)
          to[axis] ^= bits[bit][axis];
  }
  Place getPlace(size_t reg, size_t lane, size_t warp) const {
    Place place(rank, 0);
    add(registers, reg, place);
    add(lanes, lane, place);
    add(warps, warp, place);
    return place;
  }
  size_t getNumRegisters() const { return size_t(1) << registers.size(); }
  size_t getNumWarps() const { return size_t(1) << warps.size(); }

  void forEachThread(function_ref<void(size_t lane, size_t warp)> visit) const {
    for (size_t warp = 0; warp < getNumWarps(); ++warp)
      for (size_t lane = 0; lane < 32; ++lane)
        visit(lane, warp);
  }
  std::set<Place> getHeld(size_t lane, size_t warp) const {
    std::set<Place> held;
    for (size_t reg = 0; reg < getNumRegisters(); ++reg)
      held.insert(getPlace(reg, lane, warp));
    return held;
  }
  std::set<Place> getAll() const {
    std::set<Place> all;
    forEachThread(
        [&](size_t lane, size_t warp) { all.merge(getHeld(lane, warp)); });
    return all;
  }
  /// The least sizes, powers of two, that all places are below.
  Place getShape() const {
    Place shape(rank, 1);
    for (const Place &place : getAll())
      for (unsigned axis = 0; axis < rank; ++axis)
        while (shape[axis] <= place[axis])
          shape[axis] *= 2;
    return shape;
  }
  bool isOnto() const {
    size_t size = 1;
    for (int64_t extent : getShape())
      size *= size_t(extent);
    return getAll().size() == size;
  }
};

class LayoutTest : public ::testing::Test {
protected:
  LayoutTest() { context.loadDialect<TileDialect>(); }

  static SmallVector<SmallVector<int64_t>> list(const Places &places) {
    SmallVector<SmallVector<int64_t>> listed;
    for (const Place &place : places)
      listed.emplace_back(place.begin(), place.end());
    return listed;
  }
  /// Null for what is no layout.
  LayoutAttr get(const Bits &bits) {
    mlir::ScopedDiagnosticHandler ignored(
        &context, [](mlir::Diagnostic &) { return mlir::success(); });
    return LayoutAttr::getFromPlaces(
        [&] { return mlir::emitError(mlir::UnknownLoc::get(&context)); },
        &context, bits.rank, list(bits.registers), list(bits.lanes),
        list(bits.warps));
  }

  size_t draw(size_t below) { return random() % below; }

  /// Bits that are spread over places below 8 as it comes.
  Bits drawAny() {
    Bits bits{1 + unsigned(draw(2)), {}, {}, {}};
    auto fill = [&](Places &places, size_t count) {
      for (size_t i = 0; i < count; ++i) {
        Place &place = places.emplace_back();
        for (unsigned axis = 0; axis < bits.rank; ++axis)
          place.push_back(int64_t(draw(8)) & int64_t(draw(8)));
      }
    };
    fill(bits.registers, draw(3));
    fill(bits.lanes, 5);
    fill(bits.warps, draw(3));
    return bits;
  }

  /// Bits that hold every place: one for each bit of a place, others nothing,
  /// in some order and added to one another.
  Bits drawOnto() {
    Bits bits{1 + unsigned(draw(3)), {}, {}, {}};
    size_t registers = draw(4), warps = draw(3), count = registers + 5 + warps;
    Places all;
    for (unsigned axis = 0; axis < bits.rank; ++axis)
      for (size_t bit = 0, e = draw(4); bit < e && all.size() < count; ++bit) {
        Place place(bits.rank, 0);
        place[axis] = int64_t(1) << bit;
        all.push_back(place);
      }
    all.resize(count, Place(bits.rank, 0));
    std::shuffle(all.begin(), all.end(), random);
    for (size_t i = draw(4); i > 0; --i)
      if (size_t from = draw(count), to = draw(count); from != to)
        for (unsigned axis = 0; axis < bits.rank; ++axis)
          all[to][axis] ^= all[from][axis];
    auto next = all.begin();
    auto take = [&](size_t size) {
      next += ptrdiff_t(size);
      return Places(next - ptrdiff_t(size), next);
    };
    bits.registers = take(registers);
    bits.lanes = take(5);
    bits.warps = take(warps);
    return bits;
  }

  mlir::MLIRContext context;
  std::mt19937 random{1};
};

TEST_F(LayoutTest, OntoMapsAreLayoutsAndNoOthers) {
  size_t accepted = 0, refused = 0;
  for (int trial = 0; trial < 2000; ++trial) {
    Bits bits = trial % 2 ? drawAny() : drawOnto();
    bool isLayout = get(bits) != nullptr;
    EXPECT_EQ(isLayout, bits.isOnto()) << "trial " << trial;
    ++(isLayout ? accepted : refused);
  }
  EXPECT_GT(accepted, 1000u);
  EXPECT_GT(refused, 300u);
}

TEST_F(LayoutTest, PlacesAndSizes) {
  for (int trial = 0; trial < 200; ++trial) {
    Bits bits = drawOnto();
    LayoutAttr layout = get(bits);
    ASSERT_TRUE(layout);
    EXPECT_EQ(size_t(layout.getNumRegisters()), bits.getNumRegisters());
    EXPECT_EQ(layout.getLinear().getInputBits(kLane), 5u);
    EXPECT_EQ(layout.getLinear().getInputBits(kWarp), bits.warps.size());
    // Whoever makes the map, and whatever its axes are called.
    SmallVector<std::string> names;
    for (unsigned axis = 0; axis < bits.rank; ++axis)
      names.push_back("other" + std::to_string(axis));
    LinearLayout renamed =
        layout.getLinear()
            .nameOutputs(SmallVector<StringRef>(names.begin(), names.end()))
            .transposeInputs({kWarp, kRegister, kLane});
    EXPECT_EQ(LayoutAttr::get(&context, renamed), layout);
    auto shape = layout.getShape();
    EXPECT_EQ(Place(shape.begin(), shape.end()), bits.getShape());
    bits.forEachThread([&](size_t lane, size_t warp) {
      for (size_t reg = 0; reg < bits.getNumRegisters(); ++reg) {
        auto place =
            layout.getPlace(int64_t(reg), int64_t(lane), int64_t(warp));
        EXPECT_EQ(Place(place.begin(), place.end()),
                  bits.getPlace(reg, lane, warp));
      }
    });
  }
}

/// What the registers of a thread hold.
static std::set<Place> getHeld(LayoutAttr layout, size_t lane, size_t warp) {
  std::set<Place> held;
  for (int64_t reg = 0; reg < layout.getNumRegisters(); ++reg) {
    auto place = layout.getPlace(reg, int64_t(lane), int64_t(warp));
    held.insert(Place(place.begin(), place.end()));
  }
  return held;
}

TEST_F(LayoutTest, DroppedAxes) {
  size_t dropped = 0;
  for (int trial = 0; trial < 300; ++trial) {
    Bits bits = drawOnto();
    if (bits.rank == 1)
      continue;
    auto axis = unsigned(draw(bits.rank));
    LayoutAttr rest = get(bits).dropAxis(axis);
    ASSERT_EQ(rest.getRank(), bits.rank - 1);
    bits.forEachThread([&](size_t lane, size_t warp) {
      std::set<Place> lines;
      for (Place place : bits.getHeld(lane, warp)) {
        place.erase(place.begin() + axis);
        lines.insert(place);
      }
      EXPECT_EQ(getHeld(rest, lane, warp), lines);
    });
    // Where bits move along one axis each no two registers hold the same.
    bool isPlain = all_of(bits.registers, [](const Place &place) {
      return count_if(place, [](int64_t n) { return n != 0; }) == 1;
    });
    if (isPlain && bits.getHeld(0, 0).size() == bits.getNumRegisters()) {
      EXPECT_EQ(getHeld(rest, 0, 0).size(), size_t(rest.getNumRegisters()));
      ++dropped;
    }
  }
  EXPECT_GT(dropped, 20u);
}

/// What a thread's number says about an axis, register 0 being at 0.
TEST_F(LayoutTest, ThreadsAlongAnAxis) {
  for (int trial = 0; trial < 200; ++trial) {
    Bits bits = drawOnto();
    auto axis = unsigned(draw(bits.rank));
    LinearLayout threads = get(bits).getThreadsAlong(axis);
    bits.forEachThread([&](size_t lane, size_t warp) {
      EXPECT_EQ(threads.apply({{kLane, lane}, {kWarp, warp}}),
                uint64_t(bits.getPlace(0, lane, warp)[axis]));
    });
  }
}

/// Returns true if each register of `other` is one of `bits` in all threads.
static bool isRenaming(const Bits &bits, const Bits &other) {
  if (bits.warps.size() != other.warps.size())
    return false;
  for (size_t reg = 0; reg < other.getNumRegisters(); ++reg) {
    bool isFound = false;
    for (size_t from = 0; from < bits.getNumRegisters() && !isFound; ++from) {
      isFound = true;
      bits.forEachThread([&](size_t lane, size_t warp) {
        isFound = isFound && bits.getPlace(from, lane, warp) ==
                                 other.getPlace(reg, lane, warp);
      });
    }
    if (!isFound)
      return false;
  }
  return true;
}

TEST_F(LayoutTest, RenamedRegisters) {
  size_t renamed = 0, moved = 0;
  for (int trial = 0; trial < 600; ++trial) {
    Bits bits = drawOnto();
    Bits other = bits;
    std::shuffle(other.registers.begin(), other.registers.end(), random);
    // Half of the time something else changes, too.
    if (draw(2)) {
      Places &list = draw(2) ? other.registers : other.lanes;
      if (!list.empty())
        list[draw(list.size())][draw(bits.rank)] ^= int64_t(1) << draw(3);
    }
    LayoutAttr from = get(bits), to = get(other);
    if (!to)
      continue;
    bool expected =
        isRenaming(bits, other) && bits.getShape() == other.getShape();
    auto registers = findRegisters(from.getLinear(), to.getLinear());
    EXPECT_EQ(from.getLinear().getOutputs() == to.getLinear().getOutputs() &&
                  registers.has_value(),
              expected)
        << "trial " << trial;
    ++(expected ? renamed : moved);
  }
  EXPECT_GT(renamed, 100u);
  EXPECT_GT(moved, 50u);
}

/// Columns of an accumulator of m16n8k16, as the ISA draws it.
TEST_F(LayoutTest, Accumulator) {
  LayoutAttr layout =
      get({2, {{0, 1}, {8, 0}}, {{0, 2}, {0, 4}, {1, 0}, {2, 0}, {4, 0}}, {}});
  for (int64_t lane = 0; lane < 32; ++lane)
    for (int64_t reg = 0; reg < 4; ++reg)
      EXPECT_EQ(layout.getPlace(reg, lane, 0),
                (SmallVector<int64_t>{lane / 4 + reg / 2 * 8,
                                      lane % 4 * 2 + reg % 2}));
}
} // namespace
