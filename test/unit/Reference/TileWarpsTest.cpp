//===- TileWarpsTest.cpp - kernels whose warps are apart ------------------===//

#include "test/unit/Reference/TileTest.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using namespace sluice::test;

namespace {
/// Kernels whose four warps are apart: y[w] is what warp w stores of %r.
class TileWarpsTest : public TileInterpreterTest {
protected:
  TileWarpsTest() { warps += " apart"; }

  std::string write(const Twine &body) {
    return ("%me = gpu.subgroup_id : index\n"
            "%own = tile.load %x[%c0, %c0, %c0, %me] along [] : "
            "memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>> -> f32\n" +
            body +
            "\ntile.store %r, %y[%c0, %c0, %c0, %me] along [] : f32, "
            "memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>>")
        .str();
  }
  /// Of each warp, whose number is %me, and %own as a float.
  std::vector<double> mapWarps(const Twine &body) {
    Expected<Results> results = interpret(write(body), R"("1")");
    if (!results) {
      ADD_FAILURE() << toString(results.takeError());
      return std::vector<double>(4);
    }
    std::vector<double> numbers = getNumbers(results->output(0));
    numbers.resize(4);
    return numbers;
  }
  std::string getWarpsError(const Twine &body) {
    return getError("%me = gpu.subgroup_id : index\n" + body);
  }
};

using Numbers = std::vector<double>;

TEST_F(TileWarpsTest, HaveValuesOfTheirOwn) {
  EXPECT_EQ(mapWarps("%r = arith.addf %own, %own : f32"),
            Numbers({0, 2, 4, 6}));
  // What loops and branches hand on, too.
  EXPECT_EQ(
      mapWarps(
          R"(%f = scf.for %i = %c0 to %c4 step %c1 iter_args(%a = %own) -> (f32) {
        %a1 = arith.addf %a, %own : f32
        scf.yield %a1 : f32
      }
      %same = arith.cmpi eq, %c0, %c1 : index
      %r = scf.if %same -> (f32) {
        scf.yield %own : f32
      } else {
        scf.yield %f : f32
      })"),
      Numbers({0, 5, 10, 15}));
}

TEST_F(TileWarpsTest, MeetInSharedMemory) {
  // All store before any loads.
  EXPECT_EQ(
      mapWarps(
          R"(%m = tile.shared : memref<4xf32, #gpu.address_space<workgroup>>
      tile.store %own, %m[%me] along [] : f32, memref<4xf32, #gpu.address_space<workgroup>>
      gpu.barrier
      %c3 = arith.constant 3 : index
      %other = arith.subi %c3, %me : index
      %r = tile.load %m[%other] along [] : memref<4xf32, #gpu.address_space<workgroup>> -> f32)"),
      Numbers({3, 2, 1, 0}));
}

TEST_F(TileWarpsTest, HaveMemoryOfTheirOwn) {
  auto pass = [](StringRef place) {
    return ("%m = tile.shared by_warp " + place +
            R"( : memref<8xf32, #gpu.address_space<workgroup>>
      %all = tile.broadcast %own along [] : f32 -> tensor<8xf32>
      tile.store %all, %m[%c0] along [0] : tensor<8xf32>, memref<8xf32, #gpu.address_space<workgroup>>
      tile.sync_warp
      %r = tile.load %m[%c4] along [] : memref<8xf32, #gpu.address_space<workgroup>> -> f32)")
        .str();
  };
  for (StringRef place : {"", "offset(0) stride(32)", "offset(16) stride(48)"})
    EXPECT_EQ(mapWarps(pass(place)), Numbers({0, 1, 2, 3})) << place.str();
  // The next warp's begins in the middle.
  expectContains(getError(write(pass("offset(0) stride(16)"))),
                 "element [4] of shared memory, which nobody has written since "
                 "another buffer had its place");
  // Others have written theirs.
  expectContains(
      getWarpsError(
          R"(%m = tile.shared by_warp : memref<4xf32, #gpu.address_space<workgroup>>
             %v = arith.constant dense<1.0> : tensor<4xf32>
             tile.store %v, %m[%c0] along [0] valid(%me) : tensor<4xf32>, memref<4xf32, #gpu.address_space<workgroup>>
             %l = tile.load %m[%c0] along [] : memref<4xf32, #gpu.address_space<workgroup>> -> f32)"),
      "touches element [0] of shared memory, which nobody has written");
  // All warps' memory is the kernel's.
  EXPECT_EQ(getError("%m = tile.shared by_warp offset(16) stride(32) : "
                     "memref<4xf32, #gpu.address_space<workgroup>>"),
            "");
  tile::KernelOp kernel = *module->getOps<tile::KernelOp>().begin();
  kernel->setAttr(
      tile::KernelOp::getSharedBytesName(),
      mlir::IntegerAttr::get(mlir::IntegerType::get(&context, 64), 127));
  Expected<Results> results = interpretKernels(kernel, problem);
  ASSERT_FALSE(static_cast<bool>(results));
  expectContains(toString(results.takeError()),
                 "op has 127 bytes of shared memory, and its buffers need 128");
}

TEST_F(TileWarpsTest, GoTheSameWay) {
  constexpr const char *differs =
      "op goes by a number that is not the same in all warps";
  for (StringRef bounds :
       {"%me to %c4 step %c1", "%c0 to %me step %c1", "%c0 to %c4 step %n"})
    expectContains(getWarpsError("%n = arith.addi %me, %c1 : index\n"
                                 "scf.for %i = " +
                                 bounds + " {\n}"),
                   "'scf.for' " + std::string(differs));
  expectContains(getWarpsError("%f = arith.cmpi eq, %me, %c0 : index\n"
                               "scf.if %f {\n}"),
                 "'scf.if' " + std::string(differs));
  // What they compute of their numbers may be the same again.
  EXPECT_EQ(mapWarps(R"(%z = arith.subi %me, %me : index
      %r = scf.for %i = %z to %c4 step %c1 iter_args(%a = %own) -> (f32) {
        scf.yield %own : f32
      })"),
            Numbers({0, 1, 2, 3}));
}
} // namespace
