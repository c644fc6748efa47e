//===- TileRolesTest.cpp - asynchronous copies, roles and rings -----------===//

#include "test/unit/Reference/TileTest.h"

#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::reference;
using namespace sluice::runtime;
using namespace sluice::test;

using Numbers = std::vector<double>;

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

namespace {
/// Kernels in which %m is shared memory and %0 what is loaded of it.
class TileCopiesTest : public TileInterpreterTest {
protected:
  static std::string inShared(const Twine &body) {
    return ("%m = tile.shared : memref<2x8xf32, "
            "#gpu.address_space<workgroup>>\n" +
            body)
        .str();
  }
  /// Of four elements of %x from the second on, to row `row`.
  static std::string copy(StringRef row, StringRef valid) {
    return ("tile.copy %x[%b, %c0, %c0, %c1] along [1, 3] to %m[" + row +
            ", %c0] along [0, 1] shape [1, 4] valid(" + valid +
            ") : memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>>, "
            "memref<2x8xf32, #gpu.address_space<workgroup>>\n")
        .str();
  }
  static constexpr StringLiteral kLoad =
      "%0 = tile.load %m[%c0, %c0] along [1] : memref<2x8xf32, "
      "#gpu.address_space<workgroup>> -> tensor<4xf32>\n";
};

TEST_F(TileCopiesTest, ArriveWhenTheyAreWaitedFor) {
  std::string store = "tile.store %0, %y[%b, %t, %c0, %c1] along [3] : "
                      "tensor<4xf32>, memref<?x?x?x5xf32, "
                      "strided<[?, ?, ?, 1]>>\n";
  Expected<Results> results = interpret(
      inShared(copy("%c0", "%c1") + "tile.commit_copies\n" +
               copy("%c1", "%c1") + "tile.commit_copies\ntile.wait_copies 1\n" +
               kLoad.str() + "tile.wait_copies 0\n" + store),
      R"("T", "B")");
  ASSERT_TRUE(static_cast<bool>(results)) << toString(results.takeError());
  Numbers y = getNumbers(results->output(0));
  EXPECT_EQ(Numbers(y.begin() + 16, y.begin() + 20), Numbers({16, 17, 18, 19}));
}

TEST_F(TileCopiesTest, BringZerosForWhatDoesNotExist) {
  std::string store = "tile.store %0, %y[%b, %t, %c0, %c1] along [3] : "
                      "tensor<4xf32>, memref<?x?x?x5xf32, "
                      "strided<[?, ?, ?, 1]>>\n";
  Expected<Results> results = interpret(
      inShared(copy("%c0", "%c0") + "tile.commit_copies\ntile.wait_copies 0\n" +
               kLoad.str() + store),
      R"("T", "B")");
  ASSERT_TRUE(static_cast<bool>(results)) << toString(results.takeError());
  Numbers y = getNumbers(results->output(0));
  EXPECT_EQ(Numbers(y.begin() + 1, y.begin() + 5), Numbers(4, 0));
}

TEST_F(TileCopiesTest, AreNotThereBefore) {
  constexpr StringLiteral early =
      "touches element [0, 0] of shared memory, which an asynchronous copy has "
      "still to bring";
  // Without a wait, without a group, and where the wait leaves the group out.
  expectContains(getError(inShared(copy("%c0", "%c1") + "tile.commit_copies\n" +
                                   kLoad.str())),
                 early);
  expectContains(getError(inShared(copy("%c0", "%c1") + "tile.wait_copies 0\n" +
                                   kLoad.str())),
                 early);
  expectContains(getError(inShared(copy("%c0", "%c1") +
                                   "tile.commit_copies\ntile.wait_copies 1\n" +
                                   kLoad.str())),
                 early);
  // Nor may anybody write there.
  expectContains(
      getError(inShared(copy("%c0", "%c1") +
                        "tile.store %scale, %m[%c0, %c0] along [] : f32, "
                        "memref<2x8xf32, #gpu.address_space<workgroup>>\n")),
      early);
  expectContains(getError(inShared(copy("%c0", "%c1") + copy("%c0", "%c1"))),
                 early);
  expectContains(getError(inShared(copy("%c1", "%c1"))),
                 "'tile.kernel' op ends before its asynchronous copies");
}

//===----------------------------------------------------------------------===//
// Roles and rings
//===----------------------------------------------------------------------===//

/// Kernels of three roles: "a" and "b" hand on numbers by ring %r, whose two
/// slots are in %m, "c" looks on.
class TileRolesTest : public TileInterpreterTest {
protected:
  TileRolesTest() { warps = "warps(4) apart"; }

  static std::string inRoles(const Twine &a, const Twine &b,
                             StringRef each = "") {
    return (R"(
      %c2 = arith.constant 2 : index
      %c3 = arith.constant 3 : index
      %m = tile.shared : memref<2xf32, #gpu.address_space<workgroup>>
      %r = tile.ring "numbers" of %m from "a" )" +
            each + R"( to "b" : memref<2xf32, #gpu.address_space<workgroup>>
      tile.roles {
        tile.role "a" warps(2) (%warp) {
)" + a + R"(
        }
        tile.role "b" warps(1) (%warp) {
)" + b + R"(
        }
        tile.role "c" warps(1) (%warp) {
        }
      })")
        .str();
  }
  static std::string put(StringRef use, StringRef number = "%w0") {
    return ("%s" + use.drop_front() + " = tile.acquire %r[" + use +
            "]\ntile.store " + number + ", %m[%s" + use.drop_front() +
            "] along [] : f32, memref<2xf32, #gpu.address_space<workgroup>>\n"
            "tile.commit %r[%s" +
            use.drop_front() + "]\n")
        .str();
  }
  static std::string take(StringRef use) {
    return ("%s" + use.drop_front() + " = tile.wait %r[" + use + "]\n%v" +
            use.drop_front() + " = tile.load %m[%s" + use.drop_front() +
            "] along [] : memref<2xf32, #gpu.address_space<workgroup>> -> f32\n"
            "tile.release %r[%s" +
            use.drop_front() + "]\n")
        .str();
  }
  const std::string number =
      "%w0 = tile.load %w[%c0] along [] : memref<?xf32, strided<[1]>> -> f32\n";
};

TEST_F(TileRolesTest, GoOnWhileOthersWait) {
  // Four uses of two slots; who comes first has to wait for who comes later.
  std::string loop = "scf.for %i = %c0 to %c4 step %c1 {\n";
  std::string kernel =
      inRoles(number + loop + put("%i") + "}",
              loop + take("%i") +
                  "tile.store %vi, %y[%c0, %c0, %c0, %i] along [] : f32, "
                  "memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>>\n}");
  Expected<Results> results = interpret(kernel, R"("1")");
  ASSERT_TRUE(static_cast<bool>(results)) << toString(results.takeError());
  Numbers y = getNumbers(results->output(0));
  EXPECT_EQ(Numbers(y.begin(), y.begin() + 4), Numbers(4, 0.5));
}

TEST_F(TileRolesTest, WaitForAllOfAUse) {
  // Each warp of "a" fills every other slot by itself.
  std::string producer = R"(
      %f = tile.load %x[%c0, %c0, %c0, %warp] along [] : memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>> -> f32
      scf.for %first = %c0 to %c4 step %c2 {
        %i = arith.addi %first, %warp : index
)" + put("%i", "%f") + "}";
  std::string consumer = "scf.for %i = %c0 to %c4 step %c1 {\n" + take("%i") +
                         "tile.store %vi, %y[%c0, %c0, %c0, %i] along [] : f32,"
                         " memref<?x?x?x5xf32, strided<[?, ?, ?, 1]>>\n}";
  Expected<Results> results =
      interpret(inRoles(producer, consumer, "each"), R"("1")");
  ASSERT_TRUE(static_cast<bool>(results)) << toString(results.takeError());
  Numbers y = getNumbers(results->output(0));
  EXPECT_EQ(Numbers(y.begin(), y.begin() + 4), Numbers({0, 1, 0, 1}));
}

TEST_F(TileRolesTest, WaitForEver) {
  expectContains(getError(inRoles("", take("%c0"))),
                 "'tile.roles' op never ends: role 'b' waits for tile.wait of "
                 "use 0 of ring 'numbers'");
  std::string puts = number + put("%c0") + put("%c1") + put("%c2");
  expectContains(getError(inRoles(puts, "")),
                 "'tile.roles' op never ends: role 'a' waits for tile.acquire "
                 "of use 2 of ring 'numbers'");
  expectContains(getError(inRoles(puts, take("%c0") + take("%c1") +
                                            take("%c2") + take("%c3"))),
                 "never ends: role 'b' waits for tile.wait of use 3 of ring "
                 "'numbers'");
  // Both do.
  expectContains(
      getError(inRoles(puts, "%late = tile.wait %r[%c1]\n%soon = tile.wait "
                             "%r[%c2]\ntile.release %r[%late]\n"
                             "tile.release %r[%soon]\n")),
      "never ends: role 'a' waits for tile.acquire of use 2 of ring 'numbers', "
      "role 'b' waits for tile.wait of use 2 of ring 'numbers'");
}

TEST_F(TileRolesTest, WaitInTheOrderOfUses) {
  std::string two = number + put("%c0") + put("%c1");
  expectContains(getError(inRoles(number + put("%c1") + put("%c0"), "")),
                 "'tile.acquire' op is of use 0 behind use 1 of the same warp");
  expectContains(getError(inRoles(two, take("%c1") + take("%c0"))),
                 "'tile.wait' op is of use 0 behind use 1 of the same warp");
  expectContains(
      getError(inRoles(
          "%n = arith.subi %c0, %c1 : index\n" + number + put("%n"), "")),
      "'tile.acquire' op is of use -1, and the first is 0");
  // The parity of a phase is that of the phase two before.
  expectContains(getError(inRoles(number + put("%c4"), "")),
                 "'tile.acquire' op is of use 4 of ring 'numbers', two rounds "
                 "ahead of use 0, which is not released");
  expectContains(getError(inRoles("", take("%c2"))),
                 "'tile.wait' op is of use 2 of ring 'numbers', a round ahead "
                 "of use 0, which is not committed");
  expectContains(getError(inRoles(number + put("%c0"), "", "each")),
                 "'tile.acquire' op is of use 0 of ring 'numbers', which "
                 "another warp makes");
}

TEST_F(TileRolesTest, LoseWhatASlotHeld) {
  // Use 2 is of the slot of use 0, and nothing is stored there.
  std::string empty = "%s2 = tile.acquire %r[%c2]\ntile.commit %r[%s2]\n";
  expectContains(getError(inRoles(number + put("%c0") + put("%c1") + empty,
                                  take("%c0") + take("%c1") + take("%c2"))),
                 "touches element [0] of shared memory, which nobody has "
                 "written");
}

//===----------------------------------------------------------------------===//
// Kernels of the simulator's tests
//===----------------------------------------------------------------------===//

/// Kernels from files, of x and y, [1, T, 1, 64]: their meaning before there
/// are threads.
class TileKernelsTest : public TileInterpreterTest {
protected:
  void expectRun(StringRef name,
                 function_ref<double(double x, double before)> getY,
                 function_ref<double(double x)> getTerm, int64_t tokens) {
    SCOPED_TRACE((name + " of " + Twine(tokens) + " tokens").str());
    constexpr int64_t kColumns = 64, kBlock = 16;
    auto file = MemoryBuffer::getFile((SLUICE_SOURCE_FOLDER
                                       "/test/Simulator/Kernels/Inputs/" +
                                       name + ".mlir")
                                          .str());
    ASSERT_TRUE(static_cast<bool>(file)) << file.getError().message();
    module =
        mlir::parseSourceString<mlir::ModuleOp>((*file)->getBuffer(), &context);
    ASSERT_TRUE(module);
    Numbers x(tokens * kColumns);
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = static_cast<double>(i * 37 % 101) - 50;
    set("x", {1, tokens, 1, kColumns}, x);
    BindOptions known;
    known.sizes = {{"K", 2}};
    Problem problem = cantFail(bind(known));
    auto results =
        interpretKernels(*module->getOps<tile::KernelOp>().begin(), problem);
    ASSERT_TRUE(static_cast<bool>(results)) << toString(results.takeError());
    Numbers y = getNumbers(results->output(0));
    Numbers before(kColumns), sum(kColumns);
    for (int64_t i = 0; i < tokens * kColumns; ++i) {
      int64_t column = i % kColumns;
      if (i / kColumns % kBlock == 0)
        before[column] = sum[column];
      sum[column] += getTerm(x[i]);
      ASSERT_EQ(y[i], getY(x[i], before[column])) << i;
    }
  }
};

TEST_F(TileKernelsTest, AreWhatTheyAreInTheSimulator) {
  for (int64_t tokens : {165, 160, 17}) {
    auto same = [](double x) { return x; };
    expectRun(
        "ahead", [](double x, double before) { return x + before; }, same,
        tokens);
    expectRun(
        "chain", [](double x, double before) { return x * x + before; },
        [](double x) { return x * x; }, tokens);
    expectRun(
        "chunks", [](double x, double before) { return 2 * x + before; }, same,
        tokens);
  }
}
} // namespace
