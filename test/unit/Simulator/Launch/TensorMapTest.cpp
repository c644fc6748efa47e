//===- TensorMapTest.cpp - what a tensor copy is told of its tensor -------===//

#include "lib/Simulator/Machine/TensorMap.h"

#include <gtest/gtest.h>

using namespace llvm;
using namespace sluice::sim;

namespace {

TensorMap makeMap() {
  TensorMap map;
  map.address = 0x7000'0000'0100;
  map.rank = 3;
  map.dims = {64, uint64_t(1) << 32, 3};
  map.strides = {2, 128, (uint64_t(1) << 40) - 16};
  map.box = {64, 256, 1};
  map.elementStrides = {1, 2, 8, 1, 1};
  map.element = TensorElement::BF16;
  map.swizzle = TensorSwizzle::Bytes128;
  map.fill = TensorFill::NaN;
  return map;
}

TEST(TensorMap, SurvivesEncoding) {
  TensorMap map = makeMap();
  EXPECT_EQ(toString(checkTensorMap(map)), "");
  TensorMap copy = cantFail(decodeTensorMap(encodeTensorMap(map)));
  EXPECT_EQ(copy.address, map.address);
  EXPECT_EQ(copy.rank, map.rank);
  EXPECT_EQ(copy.dims, map.dims);
  EXPECT_EQ(copy.strides, map.strides);
  EXPECT_EQ(copy.box, map.box);
  EXPECT_EQ(copy.elementStrides, map.elementStrides);
  EXPECT_EQ(copy.element, map.element);
  EXPECT_EQ(copy.interleave, map.interleave);
  EXPECT_EQ(copy.swizzle, map.swizzle);
  EXPECT_EQ(copy.fill, map.fill);
}

TEST(TensorMap, OtherBytesAreNone) {
  auto errorOf = [](ArrayRef<uint8_t> bytes) {
    return toString(decodeTensorMap(bytes).takeError());
  };
  std::array<uint8_t, kTensorMapBytes> bytes{};
  EXPECT_EQ(errorOf(bytes), "these bytes are not a tensor map");
  EXPECT_EQ(errorOf({}), "a tensor map has 128 bytes, found 0");
  // Whatever is in them, decoding ends with a rank in range or an error.
  for (size_t i = 0; i < kTensorMapBytes; ++i)
    for (uint8_t value : {0, 6, 127, 255}) {
      bytes = encodeTensorMap(makeMap());
      bytes[i] = value;
      Expected<TensorMap> map = decodeTensorMap(bytes);
      if (!map) {
        consumeError(map.takeError());
        continue;
      }
      EXPECT_GE(map->rank, 1u);
      EXPECT_LE(map->rank, kMostTensorRank);
      consumeError(checkTensorMap(*map));
    }
}

TEST(TensorMap, WhatBreaksARuleStillDoes) {
  TensorMap map = makeMap();
  map.box[1] = 65536 + 8;
  map.elementStrides[2] = 257;
  TensorMap copy = cantFail(decodeTensorMap(encodeTensorMap(map)));
  EXPECT_EQ(toString(checkTensorMap(copy)),
            "dimension 1: the box is 1 to 256, found 65535");
  copy.box[1] = 8;
  EXPECT_EQ(toString(checkTensorMap(copy)),
            "dimension 2: the element stride is 1 to 8, found 255");
}

TEST(TensorMap, Interleaved) {
  TensorMap map = makeMap();
  map.interleave = TensorInterleave::Bytes32;
  EXPECT_EQ(toString(checkTensorMap(map)),
            "dimension 2: the stride is a multiple of 32 bytes, found "
            "1099511627760");
  map.strides[2] = 4096;
  EXPECT_EQ(toString(checkTensorMap(map)),
            "interleaving by 32 bytes goes with a swizzle of 32 bytes");
  map.swizzle = TensorSwizzle::Bytes32;
  EXPECT_EQ(toString(checkTensorMap(map)), "");
  map.rank = 2;
  EXPECT_EQ(toString(checkTensorMap(map)),
            "an interleaved tensor has 3 dimensions or more, found 2");
}

TEST(TensorMap, Extent) {
  TensorMap map;
  map.rank = 2;
  map.dims = {64, 32};
  map.strides = {2, 256};
  map.element = TensorElement::F16;
  EXPECT_EQ(getTensorExtent(map), 31u * 256 + 64 * 2);
}

} // namespace
