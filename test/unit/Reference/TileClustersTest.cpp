//===- TileClustersTest.cpp - kernels whose CTAs are in clusters ----------===//

#include "test/unit/Reference/TileTest.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using namespace sluice::test;

namespace {
/// Kernels of four CTAs, two by two in clusters, of two warps apart: y[c, w] is
/// what warp w of CTA c stores of %r.
class TileClustersTest : public TileInterpreterTest {
protected:
  TileClustersTest() { warps = "warps(2) cluster(2) apart"; }

  static std::string write(const Twine &body) {
    return (R"(%rank = gpu.cluster_block_id x
      %me = gpu.subgroup_id : index
      %c2 = arith.constant 2 : index
      %part = arith.muli %t, %c2 : index
      %place = arith.addi %part, %me : index
      %row = arith.divui %place, %c4 : index
      %column = arith.remui %place, %c4 : index
      %own = tile.load %x[%c0, %row, %c0, %column] along [] : memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>> -> f32
)" + body + R"(
      tile.store %r, %y[%c0, %row, %c0, %column] along [] : f32, memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>>)")
        .str();
  }
  std::vector<double> mapWarps(const Twine &body) {
    Expected<Results> results = interpret(write(body), R"("4")");
    if (!results) {
      ADD_FAILURE() << toString(results.takeError());
      return {};
    }
    std::vector<double> numbers = getNumbers(results->output(0));
    // Of two rows, four of five elements.
    std::vector<double> found(numbers.begin(), numbers.begin() + 4);
    found.insert(found.end(), numbers.begin() + 5, numbers.begin() + 9);
    return found;
  }
};

using Numbers = std::vector<double>;

TEST_F(TileClustersTest, HaveRanks) {
  EXPECT_EQ(mapWarps(R"(%first = arith.cmpi eq, %rank, %c0 : index
                        %twice = arith.addf %own, %own : f32
                        %r = arith.select %first, %own, %twice : f32)"),
            Numbers({0, 1, 4, 6, 5, 6, 14, 16}));
}

TEST_F(TileClustersTest, StoreToAll) {
  // Each warp looks at what the warp of its number in the other CTA has stored.
  EXPECT_EQ(
      mapWarps(
          R"(%m = tile.shared multicast : memref<2x2xf32, #gpu.address_space<workgroup>>
      tile.store %own, %m[%rank, %me] along [] : f32, memref<2x2xf32, #gpu.address_space<workgroup>>
      tile.sync_cluster
      %other = arith.subi %c1, %rank : index
      %r = tile.load %m[%other, %me] along [] : memref<2x2xf32, #gpu.address_space<workgroup>> -> f32)"),
      Numbers({2, 3, 0, 1, 7, 8, 5, 6}));
}

TEST_F(TileClustersTest, StoreToOne) {
  auto pass = [](StringRef to) {
    return (R"(%m = tile.shared multicast : memref<2xf32, #gpu.address_space<workgroup>>
      %other = arith.subi %c1, %rank : index
      tile.store %own, %m[%me] along [] to()" +
            to + R"() : f32, memref<2xf32, #gpu.address_space<workgroup>>
      tile.sync_cluster
      %r = tile.load %m[%me] along [] : memref<2xf32, #gpu.address_space<workgroup>> -> f32)")
        .str();
  };
  EXPECT_EQ(mapWarps(pass("%other")), Numbers({2, 3, 0, 1, 7, 8, 5, 6}));
  EXPECT_EQ(mapWarps(pass("%rank")), Numbers({0, 1, 2, 3, 5, 6, 7, 8}));
  // What CTA 1 has, nobody has stored.
  expectContains(getError(write(pass("%c0")), R"("4")"),
                 "touches element [0] of shared memory, which nobody has "
                 "written");
  expectContains(getError(write(pass("%c4")), R"("4")"),
                 "'tile.store' op is to the CTA of rank 4 of 2");
}

TEST_F(TileClustersTest, HaveMemoryOfTheirOwn) {
  EXPECT_EQ(
      mapWarps(
          R"(%m = tile.shared : memref<2xf32, #gpu.address_space<workgroup>>
      tile.store %own, %m[%me] along [] : f32, memref<2xf32, #gpu.address_space<workgroup>>
      gpu.barrier
      %other = arith.subi %c1, %me : index
      %r = tile.load %m[%other] along [] : memref<2xf32, #gpu.address_space<workgroup>> -> f32)"),
      Numbers({1, 0, 3, 2, 6, 5, 8, 7}));
}

TEST_F(TileClustersTest, GoTheSameWay) {
  expectContains(getError(write("scf.for %i = %c0 to %rank step %c1 {\n}\n"
                                "%r = arith.addf %own, %own : f32"),
                          R"("4")"),
                 "'scf.for' op goes by a number that is not the same in all "
                 "warps");
}

TEST_F(TileClustersTest, FillTheGrid) {
  expectContains(getError("", R"("3")"),
                 "'tile.kernel' op has clusters of 2 CTAs, which do not divide "
                 "the 3 along the first axis of its grid");
}
} // namespace
