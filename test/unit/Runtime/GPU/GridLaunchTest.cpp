//===- GridLaunchTest.cpp - Grids and parameters of a GPU -----------------===//

#include "lib/Runtime/GPU/GridLaunch.h"
#include "llvm/Support/Endian.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace sluice;
using namespace sluice::runtime;

namespace {
/// A kernel of a GPU, with what its arguments stand for.
struct Made {
  KernelLaunch kernel;
  LaunchConfig config;

  Made() {
    kernel.entry = "k";
    kernel.blockThreads = 32;
    for (StringRef text : {"N * HV", "B", "T"})
      kernel.grid.push_back(cantFail(Expression::parse(text)));
    config.kernel = &kernel;
    config.grid = {6, 2, 1};
  }
  void add(KernelArgument::Kind kind, DeviceTensor tensor = {},
           int64_t size = 0) {
    kernel.arguments.push_back({kind, {TensorRef::Space::Input, 0}, 0, 0});
    config.tensors.push_back(std::move(tensor));
    config.sizes.push_back(size);
  }
  GridLaunch make() const { return cantFail(makeGridLaunch(config)); }
  std::string getError() const {
    return toString(makeGridLaunch(config).takeError());
  }
};
} // namespace

using Kind = KernelArgument::Kind;

static uint64_t toNumber(ArrayRef<uint8_t> bytes) {
  return bytes.size() == 4 ? support::endian::read32le(bytes.data())
                           : support::endian::read64le(bytes.data());
}

TEST(GridLaunch, ParametersAreInOrderAndAlignedToTheirSizes) {
  Made made;
  made.config.scale = 0.5;
  made.config.tokenOffsets = 0x1234;
  made.add(Kind::Scale);
  made.add(Kind::Tensor, {0x7000, {2, 3, 5, 7}});
  made.add(Kind::Scale);
  made.add(Kind::Scale);
  made.add(Kind::Size, {}, -3);
  made.add(Kind::Sequences);
  made.add(Kind::Tensor, {0x8000, {4}});
  made.add(Kind::Tensor, {0x9000, {2, 3}, /*isPresent=*/false});
  GridLaunch launch = made.make();
  EXPECT_EQ(launch.grid, (std::array<uint32_t, 3>{6, 2, 1}));
  EXPECT_FALSE(launch.isEmpty());

  struct {
    size_t offset, bytes;
    uint64_t number;
  } expected[] = {{0, 4, 0x3f000000},    // the scale
                  {8, 8, 0x7000},        // a tensor and its strides
                  {16, 8, 105},          //
                  {24, 8, 35},           //
                  {32, 8, 7},            //
                  {40, 4, 0x3f000000},   //
                  {44, 4, 0x3f000000},   //
                  {48, 8, uint64_t(-3)}, // a size
                  {56, 8, 0x1234},       // sequences
                  {64, 8, 0x8000},       // a tensor of one axis
                  {72, 8, 0},            // one that is absent
                  {80, 8, 3}};
  ASSERT_EQ(launch.parameters.size(), std::size(expected));
  ArrayRef<uint8_t> all = launch.parameters.getBytes();
  EXPECT_EQ(all.size(), 88u);
  for (auto [i, one] : enumerate(expected)) {
    EXPECT_EQ(launch.parameters[i].size(), one.bytes) << i;
    EXPECT_EQ(toNumber(launch.parameters[i]), one.number) << i;
    EXPECT_EQ(launch.parameters[i].data() - all.data(), one.offset) << i;
  }
}

TEST(GridLaunch, GridsThatNoGPUTakes) {
  Made made;
  made.config.grid = {0x7fffffff, 65535, 65535};
  EXPECT_EQ(made.make().grid[0], 0x7fffffffu);
  made.config.grid = {int64_t{1} << 31, 1, 1};
  EXPECT_EQ(made.getError(), "kernel 'k': x of its grid, 'N * HV', is "
                             "2147483648, expected 0 to 2147483647");
  made.config.grid = {1, 65536, 1};
  EXPECT_EQ(made.getError(),
            "kernel 'k': y of its grid, 'B', is 65536, expected 0 to 65535");
  made.config.grid = {1, 1, -1};
  EXPECT_EQ(made.getError(),
            "kernel 'k': z of its grid, 'T', is -1, expected 0 to 65535");
  for (std::array<int64_t, 3> grid :
       {std::array<int64_t, 3>{0, 1, 1}, {1, 0, 1}, {1, 1, 0}}) {
    made.config.grid = grid;
    EXPECT_TRUE(made.make().isEmpty());
  }
}

TEST(GridLaunch, ATensorThatIsNone) {
  Made made;
  made.add(Kind::Tensor);
  made.kernel.arguments[0].tensor = {};
  EXPECT_EQ(made.getError(), "kernel 'k': a tensor argument names no tensor");
}
