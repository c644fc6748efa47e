//===- MatrixQuads.cpp - mma.m8n8k4 of f16 --------------------------------===//
//
// PTX ISA 9.1, section 9.7.14.5.1: four products at once, each of eight lanes.
//
//===----------------------------------------------------------------------===//

#include "lib/Layout/Quads.h"
#include "lib/Simulator/Execute/Matrix/MatrixForms.h"
#include "lib/Simulator/Execute/Matrix/MatrixKernels.h"
#include "llvm/ADT/bit.h"

using namespace sluice;
using namespace sluice::layout;
using namespace sluice::sim;
using ptx::Type;

static constexpr unsigned kSize = 8, kDepth = 4;

namespace {
/// In an operation's detail[0] and up.
struct QuadDetail {
  bool isARowMajor, isBRowMajor, isCHalf, isDHalf;
};
} // namespace

/// Halves of 8 rows, by rows: a core matrix of MatrixKernels.
using Core = uint32_t[kLanes];

static void setHalf(Core &core, MatrixPlace place, uint32_t half) {
  uint32_t &word = core[place.row * 4 + place.column / 2];
  unsigned shift = place.column % 2 * 16;
  word = (word & ~(0xffffu << shift)) | half << shift;
}

static uint32_t getHalf(Warp &warp, const Row *registers, unsigned lane,
                        unsigned e) {
  return warp.words(registers[e / 2])[lane] >> e % 2 * 16 & 0xffff;
}

/// `tile` becomes 8 rows of what is along k, or of k if it is `isTransposed`.
static void loadMultiplicand(Warp &warp, const Quad &quad, const Row *registers,
                             bool isPerLane, bool isTransposed,
                             uint32_t *tile) {
  const MatrixKernels &kernels = getMatrixKernels();
  Core core = {};
  for (unsigned i = 0; i < kSize; ++i)
    for (unsigned e = 0; e < kDepth; ++e)
      setHalf(core, Quad::getMultiplicandPlace(i, e, isPerLane),
              getHalf(warp, registers, quad.getLane(i), e));
  auto load = isTransposed ? kernels.loadColumns : kernels.loadRows;
  load[size_t(MatrixElement::F16)](core, tile, kSize);
}

static void loadC(Warp &warp, const Quad &quad, const Row *registers,
                  bool isHalf, uint32_t *tile) {
  Core core = {};
  for (unsigned i = 0; i < kSize; ++i)
    for (unsigned e = 0; e < kSize; ++e) {
      unsigned lane = quad.getLane(i);
      MatrixPlace place = Quad::getAccumulatorPlace(i, e, isHalf);
      if (isHalf)
        setHalf(core, place, getHalf(warp, registers, lane, e));
      else
        tile[place.row * kSize + place.column] = warp.words(registers[e])[lane];
    }
  if (isHalf)
    getMatrixKernels().loadRows[size_t(MatrixElement::F16)](core, tile, kSize);
}

static void storeD(Warp &warp, const Quad &quad, const Row *registers,
                   bool isHalf, const uint32_t *tile) {
  Core core;
  if (isHalf)
    getMatrixKernels().storeHalves(tile, kSize, core);
  for (unsigned i = 0; i < kSize; ++i)
    for (unsigned e = 0; e < kSize; ++e) {
      unsigned lane = quad.getLane(i);
      MatrixPlace place = Quad::getAccumulatorPlace(i, e, isHalf);
      if (isHalf) {
        if (e % 2 == 0)
          warp.words(registers[e / 2])[lane] =
              core[place.row * 4 + place.column / 2];
        continue;
      }
      uint32_t word = tile[place.row * kSize + place.column];
      bool isNaN = (word & 0x7fffffff) > 0x7f800000;
      warp.words(registers[e])[lane] = isNaN ? 0x7fffffff : word;
    }
}

/// D += A · B, a chain of fused multiply-adds as everywhere, in `order`.
static void multiply(const uint32_t *a, const uint32_t *b, uint32_t *d,
                     const MatrixOrder *order) {
  uint32_t left[kSize * kSize], right[kSize * kSize], sum[kSize * kSize];
  bool addsLast = order && order->addsLast;
  for (unsigned i = 0; i < kSize * kSize; ++i)
    sum[i] = addsLast ? 0 : d[i];
  for (unsigned k = 0; k < kDepth; ++k)
    for (unsigned i = 0; i < kSize; ++i) {
      unsigned from = order ? order->k[k] : k;
      left[i * kSize + k] = a[i * kSize + from];
      right[k * kSize + i] = b[from * kSize + i];
    }
  getMatrixKernels().multiplyFloat(
      left, right, sum, TileShape{kSize, kSize, kDepth, kSize, kSize, kSize});
  for (unsigned i = 0; i < kSize * kSize; ++i)
    d[i] = addsLast ? llvm::bit_cast<uint32_t>(llvm::bit_cast<float>(sum[i]) +
                                               llvm::bit_cast<float>(d[i]))
                    : sum[i];
}

/// The four products stand along the diagonal of one of 32 × 32.
static void setPoison(Warp &warp, const Operation &operation,
                      const QuadDetail &detail) {
  if (!warp.getPoison(operation))
    return defineDestinations(warp, operation);
  Frame &frame = warp.frame();
  MatrixPoison poison;
  auto getDiagonal = [](unsigned lane, auto &&getPlace) {
    unsigned quad = lane % 16 / 4;
    MatrixPlace place = getPlace(lane % 4 + lane / 16 * 4);
    return MatrixPlace{kSize * quad + place.row, kSize * quad + place.column};
  };
  auto getPlaceA = [&](unsigned lane, unsigned reg, unsigned e) {
    return getDiagonal(lane, [&](unsigned i) {
      return Quad::getMultiplicandPlace(i, 2 * reg + e, detail.isARowMajor);
    });
  };
  auto getPlaceB = [&](unsigned lane, unsigned reg, unsigned e) {
    return getDiagonal(lane, [&](unsigned i) {
      MatrixPlace place =
          Quad::getMultiplicandPlace(i, 2 * reg + e, !detail.isBRowMajor);
      return MatrixPlace{place.column, place.row};
    });
  };
  auto getPlaceC = [&](unsigned lane, unsigned reg, unsigned e) {
    return getDiagonal(lane, [&](unsigned i) {
      return Quad::getAccumulatorPlace(i, detail.isCHalf ? 2 * reg + e : reg,
                                       detail.isCHalf);
    });
  };
  auto getPlaceD = [&](unsigned lane, unsigned reg, unsigned e) {
    return getDiagonal(lane, [&](unsigned i) {
      return Quad::getAccumulatorPlace(i, detail.isDHalf ? 2 * reg + e : reg,
                                       detail.isDHalf);
    });
  };
  llvm::ArrayRef<Row> rows = operation.rows;
  llvm::ArrayRef<Row> sources = rows.drop_front(operation.destinations);
  poison.addA(frame, {sources.take_front(2), 16, getPlaceA});
  poison.addB(frame, {sources.slice(2, 2), 16, getPlaceB});
  poison.addC(frame,
              {sources.drop_front(4), detail.isCHalf ? 16u : 32u, getPlaceC});
  poison.writeD(frame, {rows.take_front(operation.destinations),
                        detail.isDHalf ? 16u : 32u, getPlaceD});
}

static Flow runQuads(Warp &warp, const Operation &operation, Mask active) {
  if (!requireWholeWarp(warp, active))
    return Flow::Next;
  QuadDetail detail;
  std::memcpy(&detail, operation.detail, sizeof(detail));
  PerturbedOrder order(warp, operation, kDepth);
  const Row *sources = operation.rows.data() + operation.destinations;
  for (unsigned q = 0; q < 4; ++q) {
    Quad quad{q};
    uint32_t a[kSize * kSize], b[kSize * kSize], d[kSize * kSize];
    loadMultiplicand(warp, quad, sources, detail.isARowMajor,
                     /*isTransposed=*/false, a);
    loadMultiplicand(warp, quad, sources + 2, !detail.isBRowMajor,
                     /*isTransposed=*/true, b);
    loadC(warp, quad, sources + 4, detail.isCHalf, d);
    multiply(a, b, d, order.get());
    storeD(warp, quad, operation.rows.data(), detail.isDHalf, d);
  }
  setPoison(warp, operation, detail);
  countFlop(warp, {4 * kSize, kSize, kDepth});
  return Flow::Next;
}

bool sim::decodeQuads(Decoder &decoder) {
  const ptx::Match &match = decoder.match();
  QuadDetail detail{match.get("left") == "row", match.get("right") == "row",
                    match.get("c") == "f16", match.get("d") == "f16"};
  if (detail.isDHalf && !detail.isCHalf)
    return decoder.fail("'mma' of this shape with C of .f32 has D of .f32");
  // Only whether a register has 32 bits is asked of it.
  Fragment fragment(MatrixRole::A, {8, 8, 4}, Type::F16);
  if (!addFragment(decoder, 0, fragment, detail.isDHalf ? 4 : 8, true) ||
      !addFragment(decoder, 1, fragment, 2, false) ||
      !addFragment(decoder, 2, fragment, 2, false) ||
      !addFragment(decoder, 3, fragment, detail.isCHalf ? 4 : 8, false))
    return false;
  std::memcpy(decoder.operation().detail, &detail, sizeof(detail));
  decoder.operation().run = runQuads;
  return true;
}
