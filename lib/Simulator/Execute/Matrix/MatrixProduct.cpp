//===- MatrixProduct.cpp - D = A · B + C, values only ---------------------===//

#include "lib/Simulator/Execute/Matrix/MatrixProduct.h"
#include "lib/Simulator/Execute/Matrix/MatrixKernels.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/ErrorHandling.h"
#include <algorithm>
#include <cstring>
#include <limits>
#include <random>

using namespace sluice;
using namespace sluice::layout;
using namespace sluice::sim;
using ptx::Type;

/// wmma's largest is 32 × 16, wgmma's 16 × 256.
static constexpr unsigned kMostWords = 16 * 256, kMostRows = 32,
                          kMostColumns = 256;

MatrixProduct::MatrixProduct(MatrixShape shape, Type a, Type b, Type c, Type d)
    : shape(shape), a(a), b(b), c(c), d(d),
      registersA(getA().getNumRegisters()),
      registersB(getB().getNumRegisters()) {}

void MatrixProduct::encode(Operation &operation) const {
  operation.detail[0] = shape.m | shape.n << 16;
  operation.detail[1] = shape.k | uint32_t(saturates) << 16 |
                        uint32_t(isNegated) << 17 | uint32_t(isAShared) << 18 |
                        uint32_t(majorA) << 19 | uint32_t(majorB) << 20;
  operation.detail[2] =
      uint32_t(a) | uint32_t(b) << 8 | uint32_t(c) << 16 | uint32_t(d) << 24;
  operation.detail[3] = registersA | registersB << 8;
}

MatrixProduct MatrixProduct::decode(const Operation &operation) {
  const uint32_t *detail = operation.detail;
  auto type = [&](unsigned i) {
    return static_cast<Type>(detail[2] >> (8 * i) & 0xff);
  };
  MatrixProduct product;
  product.shape = {detail[0] & 0xffff, detail[0] >> 16, detail[1] & 0xffff};
  product.a = type(0);
  product.b = type(1);
  product.c = type(2);
  product.d = type(3);
  product.saturates = detail[1] >> 16 & 1;
  product.isNegated = detail[1] >> 17 & 1;
  product.isAShared = detail[1] >> 18 & 1;
  product.majorA = static_cast<MatrixMajor>(detail[1] >> 19 & 1);
  product.majorB = static_cast<MatrixMajor>(detail[1] >> 20 & 1);
  product.registersA = detail[3] & 0xff;
  product.registersB = detail[3] >> 8;
  return product;
}

static MatrixElement getElement(Type type) {
  switch (type) {
  case Type::F16:
    return MatrixElement::F16;
  case Type::BF16:
    return MatrixElement::BF16;
  case Type::TF32:
    return MatrixElement::TF32;
  case Type::E4M3:
    return MatrixElement::E4M3;
  case Type::E5M2:
    return MatrixElement::E5M2;
  case Type::S8:
    return MatrixElement::S8;
  case Type::U8:
    return MatrixElement::U8;
  default:
    llvm_unreachable("an element of a multiplicand");
  }
}

/// Elements in a row of a core.
static unsigned getCoreLength(MatrixElement element) {
  switch (element) {
  case MatrixElement::F16:
  case MatrixElement::BF16:
    return 8;
  case MatrixElement::TF32:
    return 4;
  default:
    return 16;
  }
}

static bool isInteger(const MatrixProduct &product) {
  return product.d == Type::S32;
}

static uint32_t *getRow(uint32_t *rows, Row row) {
  return rows + size_t(row) * kLanes;
}

//===----------------------------------------------------------------------===//
// Accumulation
//===----------------------------------------------------------------------===//

MatrixOrder MatrixOrder::draw(uint64_t seed, unsigned depth) {
  MatrixOrder order;
  std::minstd_rand random(static_cast<uint32_t>(seed ^ (seed >> 32)) | 1);
  random.discard(4);
  for (unsigned i = 0; i < kMostMatrixDepth; ++i)
    order.k[i] = i;
  for (unsigned i = depth; i > 1; --i)
    std::swap(order.k[i - 1], order.k[random() % i]);
  order.addsLast = random() & 64;
  return order;
}

/// D += A · B for floats: the one place that knows in which order.
static void accumulate(const MatrixKernels &kernels, const TileShape &shape,
                       const uint32_t *a, const uint32_t *b, uint32_t *d,
                       const MatrixOrder *order) {
  if (!order) {
    kernels.multiplyFloat(a, b, d, shape);
    return;
  }
  alignas(64) uint32_t left[kMostRows * kMostMatrixDepth];
  alignas(64) uint32_t right[kMostMatrixDepth * kMostColumns];
  alignas(64) uint32_t begin[kMostWords];
  for (unsigned k = 0; k < shape.depth; ++k) {
    for (unsigned row = 0; row < shape.rows; ++row)
      left[row * shape.strideA + k] = a[row * shape.strideA + order->k[k]];
    std::memcpy(right + k * shape.strideB, b + order->k[k] * shape.strideB,
                shape.columns * sizeof(uint32_t));
  }
  size_t words = size_t(shape.rows) * shape.strideD;
  if (order->addsLast) {
    std::memcpy(begin, d, words * sizeof(uint32_t));
    std::memset(d, 0, words * sizeof(uint32_t));
  }
  kernels.multiplyFloat(left, right, d, shape);
  if (order->addsLast)
    for (size_t i = 0; i < words; ++i)
      d[i] = llvm::bit_cast<uint32_t>(llvm::bit_cast<float>(d[i]) +
                                      llvm::bit_cast<float>(begin[i]));
}

/// .satfinite limits what the sum would be without bounds; all products of one
/// instruction fit.
static void multiplySaturating(const MatrixKernels &kernels,
                               const TileShape &shape, const uint32_t *a,
                               const uint32_t *b, uint32_t *d) {
  alignas(64) uint32_t sums[kMostWords];
  size_t words = size_t(shape.rows) * shape.strideD;
  std::memset(sums, 0, words * sizeof(uint32_t));
  kernels.multiplyInteger(a, b, sums, shape);
  for (size_t i = 0; i < words; ++i) {
    int64_t sum = int64_t(int32_t(d[i])) + int32_t(sums[i]);
    d[i] = static_cast<uint32_t>(
        std::clamp<int64_t>(sum, std::numeric_limits<int32_t>::min(),
                            std::numeric_limits<int32_t>::max()));
  }
}

static void multiplyTile(const MatrixKernels &kernels,
                         const MatrixProduct &product, uint32_t *a,
                         const uint32_t *b, uint32_t *d,
                         const MatrixOrder *order) {
  const MatrixShape &shape = product.shape;
  TileShape tile{shape.m, shape.n, shape.k, shape.k, shape.n, shape.n};
  if (isInteger(product)) {
    if (product.saturates)
      multiplySaturating(kernels, tile, a, b, d);
    else
      kernels.multiplyInteger(a, b, d, tile);
    return;
  }
  if (product.isNegated)
    for (unsigned i = 0; i < shape.m * shape.k; ++i)
      a[i] ^= 0x80000000u;
  accumulate(kernels, tile, a, b, d, order);
}

//===----------------------------------------------------------------------===//
// Fragments to tiles
//===----------------------------------------------------------------------===//

/// To m × k, or to k × m.
static void loadA(const MatrixKernels &kernels, const MatrixProduct &product,
                  uint32_t *rows, const Row *registers, uint32_t *tile,
                  bool isTransposed = false) {
  const MatrixShape &shape = product.shape;
  MatrixElement element = getElement(product.a);
  auto load = isTransposed ? kernels.loadColumns[size_t(element)]
                           : kernels.loadRows[size_t(element)];
  unsigned length = getCoreLength(element);
  unsigned stride = isTransposed ? shape.m : shape.k;
  for (unsigned column = 0; column < shape.k; column += length)
    for (unsigned row = 0; row < shape.m; row += 8)
      load(getRow(rows, *registers++),
           isTransposed ? tile + column * stride + row
                        : tile + row * stride + column,
           stride);
}

static void loadB(const MatrixKernels &kernels, const MatrixProduct &product,
                  uint32_t *rows, const Row *registers, uint32_t *tile) {
  const MatrixShape &shape = product.shape;
  MatrixElement element = getElement(product.b);
  auto load = kernels.loadColumns[size_t(element)];
  unsigned length = getCoreLength(element);
  for (unsigned column = 0; column < shape.n; column += 8)
    for (unsigned row = 0; row < shape.k; row += length)
      load(getRow(rows, *registers++), tile + row * shape.n + column, shape.n);
}

static void loadC(const MatrixKernels &kernels, const MatrixShape &shape,
                  Type type, uint32_t *rows, const Row *registers,
                  uint32_t *tile) {
  for (unsigned column = 0; column < shape.n; column += 8)
    for (unsigned row = 0; row < shape.m; row += 8) {
      uint32_t *to = tile + row * shape.n + column;
      uint32_t *first = getRow(rows, *registers++);
      if (type == Type::F16)
        kernels.loadRows[size_t(MatrixElement::F16)](first, to, shape.n);
      else
        kernels.loadPairs(first, getRow(rows, *registers++), to, shape.n);
    }
}

static void storeD(const MatrixKernels &kernels, const MatrixProduct &product,
                   const uint32_t *tile, uint32_t *rows, const Row *registers) {
  const MatrixShape &shape = product.shape;
  auto storePairs =
      isInteger(product) ? kernels.storePairs : kernels.storeFloatPairs;
  for (unsigned column = 0; column < shape.n; column += 8)
    for (unsigned row = 0; row < shape.m; row += 8) {
      const uint32_t *from = tile + row * shape.n + column;
      uint32_t *first = getRow(rows, *registers++);
      if (product.d == Type::F16)
        kernels.storeHalves(from, shape.n, first);
      else
        storePairs(from, shape.n, first, getRow(rows, *registers++));
    }
}

//===----------------------------------------------------------------------===//
// mma and wmma
//===----------------------------------------------------------------------===//

/// Rounds to the nearest even in the order of k: "identical to that of .f64
/// precision fused multiply-add".
static void multiplyDoubles(uint32_t *rows, const Operation &operation,
                            const MatrixProduct &product) {
  const MatrixShape &shape = product.shape;
  alignas(64) double a[16 * 16], b[16 * 8], d[16 * 8];
  const Row *registers = operation.rows.data();
  auto each = [&](const Fragment &fragment, double *tile, bool isStore) {
    for (unsigned i = 0; i < fragment.getNumRegisters(); ++i) {
      auto *longs = reinterpret_cast<uint64_t *>(getRow(rows, *registers++));
      for (unsigned lane = 0; lane < kLanes; ++lane) {
        MatrixPlace place = fragment.getPlace(lane, i, 0);
        double &element =
            tile[place.row * fragment.getColumns() + place.column];
        if (isStore)
          longs[lane] = llvm::bit_cast<uint64_t>(element);
        else
          element = llvm::bit_cast<double>(longs[lane]);
      }
    }
  };
  registers += operation.destinations;
  each(product.getA(), a, false);
  each(product.getB(), b, false);
  each(product.getC(), d, false);
  getMatrixKernels().multiplyDouble(
      a, b, d, TileShape{shape.m, shape.n, shape.k, shape.k, shape.n, shape.n});
  registers = operation.rows.data();
  each(product.getD(), d, true);
}

void sim::multiplyFragments(uint32_t *rows, const Operation &operation,
                            const MatrixProduct &product,
                            const MatrixOrder *order) {
  if (product.d == Type::F64) {
    multiplyDoubles(rows, operation, product);
    return;
  }
  alignas(64) uint32_t a[kMostRows * kMostMatrixDepth];
  alignas(64) uint32_t b[kMostMatrixDepth * kMostRows];
  alignas(64) uint32_t d[kMostRows * kMostRows];
  const MatrixKernels &kernels = getMatrixKernels();
  const Row *registers = operation.rows.data() + operation.destinations;
  loadA(kernels, product, rows, registers, a);
  loadB(kernels, product, rows, registers + product.registersA, b);
  loadC(kernels, product.shape, product.c, rows,
        registers + product.registersA + product.registersB, d);
  multiplyTile(kernels, product, a, b, d, order);
  storeD(kernels, product, d, rows, operation.rows.data());
}

//===----------------------------------------------------------------------===//
// wgmma
//===----------------------------------------------------------------------===//

MatrixPart sim::getPartA(const MatrixProduct &product,
                         const WarpgroupCall &call) {
  return {call.a,
          product.majorA,
          getCoreLength(getElement(product.a)),
          product.shape.m * call.warp,
          product.shape.m,
          product.shape.k};
}

MatrixPart sim::getPartB(const MatrixProduct &product,
                         const WarpgroupCall &call) {
  return {call.b, product.majorB,  getCoreLength(getElement(product.b)),
          0,      product.shape.n, product.shape.k};
}

/// An operand to a tile: element (mn, k) to tile[mn * stride + k] if
/// `isKInner`, else to tile[k * stride + mn].
static void loadOperand(const MatrixKernels &kernels,
                        const MatrixOperand &operand, Type type,
                        const SharedBytes &shared, bool isKInner,
                        uint32_t *tile, unsigned stride) {
  const MatrixPart &part = operand.part;
  OperandTile from;
  from.lines = part.numMN / part.getCoreMN();
  from.lineCores = part.depth / part.getCoreK();
  from.stride = stride;
  from.lineStep = part.getCoreMN() * (isKInner ? stride : 1);
  from.coreStep = part.getCoreK() * (isKInner ? 1 : stride);
  // A core of an MN-major operand has k in its rows.
  size_t element = size_t(getElement(type));
  auto load = (part.major == MatrixMajor::K) == isKInner
                  ? kernels.loadOperandRows[element]
                  : kernels.loadOperandColumns[element];
  if (operand.first >= shared.begin && shared.size >= kGranuleBytes &&
      operand.last - shared.begin <= shared.size - kGranuleBytes) {
    from.bytes = shared.bytes;
    from.begin = shared.begin;
    from.offsets = operand.cores.front().granules;
    load(from, tile);
    return;
  }
  // Granules that are not there are zeros.
  std::vector<uint8_t> bytes(operand.cores.size() * 8 * kGranuleBytes);
  std::vector<uint32_t> offsets(operand.cores.size() * 8);
  for (size_t i = 0; i < offsets.size(); ++i) {
    offsets[i] = i * kGranuleBytes;
    // Below the begin it is huge.
    uint64_t byte = operand.cores[i / 8].granules[i % 8] - shared.begin;
    if (byte < shared.size && shared.size - byte >= kGranuleBytes)
      std::memcpy(&bytes[offsets[i]], shared.bytes + byte, kGranuleBytes);
  }
  from.bytes = bytes.data();
  from.offsets = offsets.data();
  load(from, tile);
}

/// D in 32-bit registers that are added to where they are, in the model's
/// order: the common case.
static void multiplyInPlace(const MatrixKernels &kernels, uint32_t *rows,
                            const Operation &operation,
                            const MatrixProduct &product, bool accumulates,
                            uint32_t *a, const uint32_t *b) {
  const MatrixShape &shape = product.shape;
  if (product.isNegated)
    for (unsigned i = 0; i < shape.m * shape.k; ++i)
      a[i] ^= 0x80000000u;
  uint32_t *registers[kMostColumns / 2];
  for (unsigned i = 0; i < shape.n / 2; ++i)
    registers[i] = getRow(rows, operation.rows[i]);
  kernels.multiplyRegisters(a, b, registers, shape.n, shape.k, accumulates);
}

void sim::multiplyWarpgroup(uint32_t *rows, const Operation &operation,
                            const MatrixProduct &product,
                            const WarpgroupCall &call,
                            const MatrixOperand *operandA,
                            const MatrixOperand &operandB,
                            const SharedBytes &shared,
                            const MatrixOrder *order) {
  alignas(64) uint32_t a[kMostRows * kMostMatrixDepth];
  alignas(64) uint32_t b[kMostMatrixDepth * kMostColumns];
  const MatrixKernels &kernels = getMatrixKernels();
  const MatrixShape &shape = product.shape;
  bool isInPlace = product.d == Type::F32 && !order;
  if (operandA)
    loadOperand(kernels, *operandA, product.a, shared, !isInPlace, a,
                isInPlace ? shape.m : shape.k);
  else
    loadA(kernels, product, rows,
          operation.rows.data() + operation.destinations, a, isInPlace);
  loadOperand(kernels, operandB, product.b, shared, /*isKInner=*/false, b,
              shape.n);
  if (isInPlace) {
    multiplyInPlace(kernels, rows, operation, product, call.accumulates, a, b);
    return;
  }
  alignas(64) uint32_t d[kMostWords];
  if (call.accumulates)
    loadC(kernels, shape, product.d, rows, operation.rows.data(), d);
  else
    std::memset(d, 0, shape.m * shape.n * sizeof(uint32_t));
  multiplyTile(kernels, product, a, b, d, order);
  storeD(kernels, product, d, rows, operation.rows.data());
}

//===----------------------------------------------------------------------===//
// 16-bit matrices
//===----------------------------------------------------------------------===//

void sim::transposeCore(const uint32_t *from, uint32_t *to) {
  uint16_t in[8][8], out[8][8];
  static_assert(sizeof(in) == kLanes * sizeof(uint32_t));
  std::memcpy(in, from, sizeof(in));
  for (unsigned row = 0; row < 8; ++row)
    for (unsigned column = 0; column < 8; ++column)
      out[column][row] = in[row][column];
  std::memcpy(to, out, sizeof(out));
}
