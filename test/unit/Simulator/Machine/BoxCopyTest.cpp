//===- BoxCopyTest.cpp - boxes against element by element -----------------===//

#include "lib/Simulator/Execute/InstructionSet.h"
#include "lib/Simulator/Machine/Device.h"
#include "lib/Simulator/Machine/TensorMap.h"
#include <cstring>
#include <gtest/gtest.h>

using namespace sluice::sim;

namespace {

constexpr unsigned kTileBytes = 4096;

/// One box, there and back: a warp fills a tile, copies and shows the tile.
class Copy {
public:
  Copy(std::vector<uint64_t> dims, std::vector<uint32_t> box,
       std::vector<int> coordinates, TensorSwizzle swizzle,
       TensorElement element, TensorFill fill,
       const std::vector<uint32_t> &elementStrides)
      : coordinates(std::move(coordinates)) {
    map.rank = dims.size();
    map.element = element;
    map.swizzle = swizzle;
    map.fill = fill;
    size = getSize(element);
    uint64_t stride = size;
    for (unsigned i = 0; i < map.rank; ++i) {
      map.dims[i] = dims[i];
      map.strides[i] = stride;
      map.box[i] = box[i];
      // Rows with something between them.
      stride = (stride * dims[i] + 15) / 16 * 16 + 16;
      if (i < elementStrides.size())
        map.elementStrides[i] = elementStrides[i];
      // That of the innermost dimension has no effect.
      steps.push_back(i ? map.elementStrides[i] : 1);
      copied.push_back((box[i] + steps[i] - 1) / steps[i]);
      boxBytes = (i ? boxBytes : size) * copied[i];
    }
    tensor.resize(getTensorExtent(map));
    for (size_t i = 0; i < tensor.size(); ++i)
      tensor[i] = i * 37 + i / 251;
    for (size_t i = 0; i < tile.size(); ++i)
      tile[i] = i * 11 + i / 256;
  }

  void check(bool isStore, bool checks) {
    std::vector<uint8_t> expectedTensor = tensor, expectedTile = tile;
    uint64_t count = boxBytes / size;
    for (uint64_t i = 0; i < count; ++i) {
      uint64_t rest = i, place = 0;
      bool isInside = true;
      for (unsigned d = 0; d < map.rank; ++d) {
        int64_t at = coordinates[d] + int64_t(rest % copied[d] * steps[d]);
        rest /= copied[d];
        isInside &= at >= 0 && at < int64_t(map.dims[d]);
        place += at * map.strides[d];
      }
      for (uint64_t byte = 0; byte < size; ++byte) {
        uint64_t linear = i * size + byte;
        uint64_t mask = (1u << unsigned(map.swizzle)) - 1;
        uint8_t &inTile = expectedTile[linear ^ (linear >> 7 & mask) << 4];
        if (!isStore)
          inTile = isInside                       ? tensor[place + byte]
                   : map.fill == TensorFill::Zero ? 0
                   : byte % 2                     ? 0x7f
                                                  : 0xf7;
        else if (isInside)
          expectedTensor[place + byte] = inTile;
      }
    }
    run(isStore, checks);
    EXPECT_EQ(tensor, expectedTensor);
    if (!isStore)
      EXPECT_EQ(tile, expectedTile);
  }

private:
  void run(bool isStore, bool checks) {
    std::string point = "{";
    for (unsigned i = 0; i < map.rank; ++i)
      point += (i ? ", " : "") + std::to_string(coordinates[i]);
    point += "}";
    std::string dim = std::to_string(map.rank) + "d";
    std::string copy =
        isStore
            ? "cp.async.bulk.tensor." + dim +
                  ".global.shared::cta.bulk_group [%m, " + point +
                  "], [tile]; cp.async.bulk.commit_group; "
                  "cp.async.bulk.wait_group 0;"
            : "mbarrier.init.shared::cta.b64 [bar], 1; "
              "fence.mbarrier_init.release.cluster; "
              "mbarrier.arrive.expect_tx.shared::cta.b64 _, [bar], " +
                  std::to_string(boxBytes) + "; cp.async.bulk.tensor." + dim +
                  ".shared::cluster.global.mbarrier::complete_tx::bytes "
                  "[tile], [%m, " +
                  point + "], [bar];";
    std::string wait = isStore
                           ? ""
                           : "wait: mbarrier.try_wait.parity.shared::cta.b64 "
                             "%p, [bar], 0; @!%p bra wait;";
    std::string text = R"(
.version 8.0
.target sm_90a
.address_size 64
.visible .entry k(.param .align 64 .b8 map[128], .param .u64 data) {
  .shared .align 1024 .b8 tile[4096];
  .shared .align 8 .b64 bar;
  .reg .b32 %t, %i, %s, %w;
  .reg .b64 %m, %d, %a;
  .reg .pred %p;
  mov.b64 %m, map;
  cvta.param.u64 %m, %m;
  ld.param.u64 %d, [data];
  mov.u32 %t, %tid.x;
  shl.b32 %i, %t, 2;
fill:
  cvt.u64.u32 %a, %i;
  add.s64 %a, %a, %d;
  ld.global.u32 %w, [%a];
  mov.u32 %s, tile;
  add.u32 %s, %s, %i;
  st.shared.u32 [%s], %w;
  add.u32 %i, %i, 128;
  setp.lt.u32 %p, %i, 4096;
  @%p bra fill;
  fence.proxy.async;
  bar.sync 0;
  setp.ne.u32 %p, %t, 0;
  @%p bra copied;
  )" + copy + R"(
copied:
  bar.sync 0;
  )" + wait + R"(
  shl.b32 %i, %t, 2;
show:
  mov.u32 %s, tile;
  add.u32 %s, %s, %i;
  ld.shared.u32 %w, [%s];
  cvt.u64.u32 %a, %i;
  add.s64 %a, %a, %d;
  st.global.u32 [%a], %w;
  add.u32 %i, %i, 128;
  setp.lt.u32 %p, %i, 4096;
  @%p bra show;
  ret;
})";
    Device device(getInstructionSet());
    auto module = llvm::cantFail(device.load(text, "box.ptx"));
    map.address = llvm::cantFail(device.allocate(tensor.size()));
    uint64_t data = llvm::cantFail(device.allocate(tile.size()));
    llvm::cantFail(device.copyIn(map.address, tensor));
    llvm::cantFail(device.copyIn(data, tile));
    ASSERT_EQ(llvm::toString(checkTensorMap(map)), "");
    LaunchOptions options;
    options.block.x = 32;
    options.check = checks;
    auto encoded = encodeTensorMap(map);
    std::vector<uint8_t> pointer(8);
    std::memcpy(pointer.data(), &data, 8);
    options.arguments = {{encoded.begin(), encoded.end()}, pointer};
    LaunchResult result = llvm::cantFail(device.launch(*module, "k", options));
    EXPECT_TRUE(result.finished);
    for (const Finding &finding : result.findings)
      ADD_FAILURE() << finding.message;
    llvm::cantFail(device.copyOut(map.address, tensor));
    llvm::cantFail(device.copyOut(data, tile));
  }

  TensorMap map;
  std::vector<int> coordinates;
  /// Of each dimension: how far elements of the box are apart, how many it has.
  std::vector<uint64_t> steps, copied;
  uint64_t size, boxBytes = 0;
  std::vector<uint8_t> tensor, tile = std::vector<uint8_t>(kTileBytes);
};

void checkBoth(const std::vector<uint64_t> &dims,
               const std::vector<uint32_t> &box, const std::vector<int> &at,
               TensorElement element,
               const std::vector<uint32_t> &elementStrides = {}) {
  for (TensorSwizzle swizzle :
       {TensorSwizzle::None, TensorSwizzle::Bytes32, TensorSwizzle::Bytes64,
        TensorSwizzle::Bytes128}) {
    // The inner side of a box is no wider than the pattern.
    if (swizzle != TensorSwizzle::None &&
        box[0] * getSize(element) > 16u << unsigned(swizzle))
      continue;
    for (bool isStore : {false, true})
      for (bool checks : {false, true}) {
        SCOPED_TRACE(testing::Message()
                     << "box " << box[0] << " at " << at[0] << " swizzle "
                     << unsigned(swizzle) << " store " << isStore);
        Copy(dims, box, at, swizzle, element,
             isFloat(element) ? TensorFill::NaN : TensorFill::Zero,
             elementStrides)
            .check(isStore, checks);
      }
  }
}

} // namespace

TEST(BoxCopy, WholeGroups) {
  checkBoth({80, 40}, {64, 16}, {8, 5}, TensorElement::BF16);
  checkBoth({80, 40}, {32, 16}, {8, 5}, TensorElement::U16);
  checkBoth({80, 40}, {16, 16}, {8, 5}, TensorElement::U16);
}

TEST(BoxCopy, PartsOfGroups) {
  checkBoth({80, 40}, {16, 3}, {8, 5}, TensorElement::U32);
  checkBoth({80, 40}, {8, 7}, {3, 5}, TensorElement::U32);
  checkBoth({80, 40}, {48, 5}, {8, 5}, TensorElement::U8);
}

TEST(BoxCopy, BeyondTheTensor) {
  for (const std::vector<int> &at : std::vector<std::vector<int>>{
           {-3, -2}, {70, -2}, {-3, 30}, {70, 30}, {-64, 0}, {80, 0}, {0, 40}})
    for (unsigned width : {64u, 16u})
      checkBoth({80, 40}, {width, 16}, at,
                width == 64 ? TensorElement::U16 : TensorElement::F32);
}

TEST(BoxCopy, OneToFiveDimensions) {
  checkBoth({100}, {64}, {60}, TensorElement::U16);
  checkBoth({40, 6, 5}, {16, 4, 3}, {-2, 3, 3}, TensorElement::F32);
  checkBoth({40, 6, 5, 4}, {16, 2, 3, 2}, {30, -1, 3, 3}, TensorElement::U32);
  checkBoth({40, 6, 5, 4, 3}, {8, 2, 3, 2, 2}, {3, 4, -1, 1, 2},
            TensorElement::F16);
}

TEST(BoxCopy, ElementsApart) {
  checkBoth({80, 40}, {16, 16}, {8, 5}, TensorElement::U16, {1, 2});
  // Elements on both sides of the tensor's ends.
  checkBoth({80, 40}, {16, 16}, {8, -5}, TensorElement::F16, {3, 3});
  checkBoth({80, 40}, {16, 16}, {70, 31}, TensorElement::F16, {1, 5});
  checkBoth({40, 6, 5}, {16, 4, 3}, {-2, 3, -1}, TensorElement::F32, {2, 2, 2});
  checkBoth({40, 6, 5, 4, 3}, {8, 2, 3, 4, 3}, {3, 4, -1, -2, 0},
            TensorElement::F16, {1, 1, 2, 3, 2});
}
