//===- DocumentedFragments.cpp - the ISA's formulas, written out ----------===//
//
// In the words of sections 9.7.14.5.2 to .10.
//
//===----------------------------------------------------------------------===//

#include "test/unit/Layout/DocumentedFragments.h"
#include "llvm/Support/ErrorHandling.h"

using namespace sluice;
using namespace sluice::test;

static unsigned groupID(unsigned lane) { return lane >> 2; }
static unsigned threadInGroup(unsigned lane) { return lane % 4; }

/// "row = groupID for ci where i < 2, groupID + 8 for ci where i >= 2; col =
/// (threadID_in_group * 2) + (i & 0x1)".
static Place accumulator(unsigned lane, unsigned i) {
  return {i < 2 ? groupID(lane) : groupID(lane) + 8,
          threadInGroup(lane) * 2 + (i & 1)};
}

// .m8n8k4 with .f64.
static Place a884(unsigned lane, unsigned i) { return {lane >> 2, lane % 4}; }
static Place b884(unsigned lane, unsigned i) { return {lane % 4, lane >> 2}; }

// .m8n8k16 with .s8.
static Place a8816(unsigned lane, unsigned i) {
  return {groupID(lane), threadInGroup(lane) * 4 + i};
}
static Place b8816(unsigned lane, unsigned i) {
  return {threadInGroup(lane) * 4 + i, groupID(lane)};
}

// .m16n8k4 with .tf32 and .f64.
static Place a1684(unsigned lane, unsigned i) {
  return {i == 0 ? groupID(lane) : groupID(lane) + 8, threadInGroup(lane)};
}
static Place b1684(unsigned lane, unsigned i) {
  return {threadInGroup(lane), groupID(lane)};
}

// .m16n8k8 with .f16 and .bf16.
static Place a1688Half(unsigned lane, unsigned i) {
  return {i < 2 ? groupID(lane) : groupID(lane) + 8,
          threadInGroup(lane) * 2 + (i & 1)};
}
static Place b1688Half(unsigned lane, unsigned i) {
  return {threadInGroup(lane) * 2 + i, groupID(lane)};
}

// .m16n8k8 with .tf32 and .f64.
static Place a1688(unsigned lane, unsigned i) {
  return {i == 0 || i == 2 ? groupID(lane) : groupID(lane) + 8,
          i < 2 ? threadInGroup(lane) : threadInGroup(lane) + 4};
}
static Place b1688(unsigned lane, unsigned i) {
  return {i == 0 ? threadInGroup(lane) : threadInGroup(lane) + 4,
          groupID(lane)};
}

// .m16n8k16 with .f16 and .bf16.
static Place a16816Half(unsigned lane, unsigned i) {
  return {i < 2 || (4 <= i && i < 6) ? groupID(lane) : groupID(lane) + 8,
          i < 4 ? threadInGroup(lane) * 2 + (i & 1)
                : threadInGroup(lane) * 2 + (i & 1) + 8};
}
static Place b16816Half(unsigned lane, unsigned i) {
  return {i < 2 ? threadInGroup(lane) * 2 + (i & 1)
                : threadInGroup(lane) * 2 + (i & 1) + 8,
          groupID(lane)};
}

// .m16n8k16 with .f64.
static Place a16816Double(unsigned lane, unsigned i) {
  return {i % 2 == 0 ? groupID(lane) : groupID(lane) + 8,
          i % 2 == 0 ? i * 2 + threadInGroup(lane)
                     : i * 2 - 2 + threadInGroup(lane)};
}
static Place b16816Double(unsigned lane, unsigned i) {
  return {threadInGroup(lane) + i * 4, groupID(lane)};
}

// .m16n8k16 with .s8, .e4m3, ….
static Place a16816Byte(unsigned lane, unsigned i) {
  return {i < 4 ? groupID(lane) : groupID(lane) + 8,
          threadInGroup(lane) * 4 + (i & 3)};
}
static Place b16816Byte(unsigned lane, unsigned i) {
  return {threadInGroup(lane) * 4 + i, groupID(lane)};
}

// .m16n8k32 with .s8, .e4m3, ….
static Place a16832Byte(unsigned lane, unsigned i) {
  return {i < 4 || (8 <= i && i < 12) ? groupID(lane) : groupID(lane) + 8,
          i < 8 ? threadInGroup(lane) * 4 + (i & 3)
                : threadInGroup(lane) * 4 + (i & 3) + 16};
}
static Place b16832Byte(unsigned lane, unsigned i) {
  return {i < 4 ? threadInGroup(lane) * 4 + (i & 3)
                : threadInGroup(lane) * 4 + (i & 3) + 16,
          groupID(lane)};
}

const std::vector<DocumentedMma> &test::getDocumentedMmas() {
  static const std::vector<DocumentedMma> all = {
      {"m8n8k4.f64", 8, 8, 4, 64, a884, b884, accumulator},
      {"m16n8k4.f64", 16, 8, 4, 64, a1684, b1684, accumulator},
      {"m16n8k8.f64", 16, 8, 8, 64, a1688, b1688, accumulator},
      {"m16n8k16.f64", 16, 8, 16, 64, a16816Double, b16816Double, accumulator},
      {"m16n8k4.tf32", 16, 8, 4, 32, a1684, b1684, accumulator},
      {"m16n8k8.tf32", 16, 8, 8, 32, a1688, b1688, accumulator},
      {"m16n8k8.f16", 16, 8, 8, 16, a1688Half, b1688Half, accumulator},
      {"m16n8k16.f16", 16, 8, 16, 16, a16816Half, b16816Half, accumulator},
      {"m8n8k16.s8", 8, 8, 16, 8, a8816, b8816, accumulator},
      {"m16n8k16.s8", 16, 8, 16, 8, a16816Byte, b16816Byte, accumulator},
      {"m16n8k32.s8", 16, 8, 32, 8, a16832Byte, b16832Byte, accumulator},
  };
  return all;
}

const DocumentedMma &test::getDocumentedMma(unsigned m, unsigned k,
                                            unsigned bits) {
  for (const DocumentedMma &mma : getDocumentedMmas())
    if (mma.m == m && mma.k == k && mma.bits == bits)
      return mma;
  llvm_unreachable("a documented mma");
}

Place test::getWgmmaPlaceD(unsigned lane, unsigned i) {
  return {lane / 4 + 8 * (i / 2 % 2), 8 * (i / 4) + lane % 4 * 2 + i % 2};
}

Place test::getWgmmaPlaceA(unsigned bits, unsigned lane, unsigned i) {
  if (bits == 32)
    return {lane / 4 + 8 * (i % 2), lane % 4 + 4 * (i / 2)};
  if (bits == 16)
    return {lane / 4 + 8 * (i / 2 % 2), lane % 4 * 2 + i % 2 + 8 * (i / 4)};
  return {lane / 4 + 8 * (i / 4 % 2), lane % 4 * 4 + i % 4 + 16 * (i / 8)};
}
