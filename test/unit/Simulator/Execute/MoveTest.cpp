//===- MoveTest.cpp - mov, packing and taking apart ----------------------===//

#include "ValueTrial.h"
#include <array>

using namespace sluice::sim;

TEST(Move, Scalars) {
  expectResult({ValueOp::Mov32, {32}, {32}}, getInputs({Kind::B32}),
               [](const Tuple &in) { return in[0]; });
  expectResult({ValueOp::Mov64, {64}, {64}}, getInputs({Kind::B64}),
               [](const Tuple &in) { return in[0]; });
}

static void expectVector(ValueOp pack, ValueOp unpack, unsigned bits,
                         unsigned count) {
  Kind part = bits == 8 ? Kind::B8 : bits == 16 ? Kind::B16 : Kind::B32;
  unsigned whole = bits * count;
  expectResult({pack, {whole}, std::vector<unsigned>(count, bits)},
               getInputs(std::vector<Kind>(count, part)), [&](const Tuple &in) {
                 uint64_t d = 0;
                 for (unsigned i = 0; i < count; ++i)
                   d |= in[i] << (bits * i);
                 return d;
               });
  expectResults({unpack, std::vector<unsigned>(count, bits), {whole}},
                getInputs({whole == 64   ? Kind::B64
                           : whole == 32 ? Kind::B32
                                         : Kind::B16}),
                [&](const Tuple &in) {
                  Tuple parts;
                  for (unsigned i = 0; i < count; ++i)
                    parts.push_back(in[0] >> (bits * i));
                  return parts;
                });
}
TEST(Move, Vectors) {
  expectVector(ValueOp::Pack8x2, ValueOp::Unpack8x2, 8, 2);
  expectVector(ValueOp::Pack8x4, ValueOp::Unpack8x4, 8, 4);
  expectVector(ValueOp::Pack16x2, ValueOp::Unpack16x2, 16, 2);
  expectVector(ValueOp::Pack16x4, ValueOp::Unpack16x4, 16, 4);
  expectVector(ValueOp::Pack32x2, ValueOp::Unpack32x2, 32, 2);
}

/// 128 bits are four rows, low halves before high ones.
TEST(Move, Wide) {
  for (Simd simd : {Simd::Baseline, Simd::V3, Simd::V4}) {
    if (!isSupported(simd))
      continue;
    for (Mask mask : {kAllLanes, Mask{0x00ff1234}}) {
      // Rows 0 to 3 and 4 to 7 are 128-bit values, 8 up 64-bit or 32-bit ones.
      alignas(64) std::array<uint64_t, 8 * kLanes> words;
      auto reset = [&] {
        for (size_t i = 0; i < words.size(); ++i)
          words[i] = i * 0x9e3779b97f4a7c15;
      };
      auto run = [&](ValueOp op, std::initializer_list<Row> rows) {
        Operation operation;
        operation.rows.append(rows);
        getValueHandler(op, simd)(reinterpret_cast<uint32_t *>(words.data()),
                                  operation, mask);
      };
      auto wide = [&](Row row, unsigned lane) {
        return words[row / 2 * kLanes + lane];
      };
      auto narrow = [&](Row row, unsigned lane) {
        return reinterpret_cast<uint32_t *>(words.data())[row * kLanes + lane];
      };
      auto before = words;
      auto was = [&](Row row, unsigned lane) {
        return before[row / 2 * kLanes + lane];
      };
      auto forLanes = [&](auto check) {
        for (unsigned lane = 0; lane < kLanes; ++lane)
          check(lane, (mask >> lane & 1) != 0);
      };
      reset();
      before = words;
      run(ValueOp::Mov128, {0, 4});
      forLanes([&](unsigned lane, bool isActive) {
        EXPECT_EQ(wide(0, lane), was(isActive ? 4 : 0, lane));
        EXPECT_EQ(wide(2, lane), was(isActive ? 6 : 2, lane));
      });
      reset();
      run(ValueOp::Pack64x2, {0, 10, 8});
      forLanes([&](unsigned lane, bool isActive) {
        EXPECT_EQ(wide(0, lane), was(isActive ? 10 : 0, lane));
        EXPECT_EQ(wide(2, lane), was(isActive ? 8 : 2, lane));
      });
      reset();
      run(ValueOp::Unpack64x2, {8, 12, 0});
      forLanes([&](unsigned lane, bool isActive) {
        EXPECT_EQ(wide(8, lane), was(isActive ? 0 : 8, lane));
        EXPECT_EQ(wide(12, lane), was(isActive ? 2 : 12, lane));
      });
      reset();
      run(ValueOp::Unpack32x4, {8, 9, 10, 11, 0});
      forLanes([&](unsigned lane, bool isActive) {
        if (!isActive)
          return;
        EXPECT_EQ(narrow(8, lane), static_cast<uint32_t>(was(0, lane)));
        EXPECT_EQ(narrow(9, lane), was(0, lane) >> 32);
        EXPECT_EQ(narrow(10, lane), static_cast<uint32_t>(was(2, lane)));
        EXPECT_EQ(narrow(11, lane), was(2, lane) >> 32);
      });
      run(ValueOp::Pack32x4, {4, 8, 9, 10, 11});
      forLanes([&](unsigned lane, bool isActive) {
        EXPECT_EQ(wide(4, lane), was(isActive ? 0 : 4, lane));
        EXPECT_EQ(wide(6, lane), was(isActive ? 2 : 6, lane));
      });
    }
  }
}
