//===- MatrixProduct.h - D = A · B + C, values only -------------*- C++ -*-===//

#ifndef SLUICE_LIB_SIMULATOR_EXECUTE_MATRIX_MATRIXPRODUCT_H
#define SLUICE_LIB_SIMULATOR_EXECUTE_MATRIX_MATRIXPRODUCT_H

#include "lib/Layout/Fragments.h"
#include "lib/Simulator/Execute/Matrix/MatrixOperand.h"
#include "lib/Simulator/Machine/Operation.h"
#include <array>

namespace sluice::sim {

inline constexpr unsigned kMostMatrixDepth = 32;

/// What an mma, wmma.mma or wgmma.mma_async multiplies. Of wgmma, m is 16: one
/// warp's share.
struct MatrixProduct {
  layout::MatrixShape shape;
  ptx::Type a, b, c, d;
  /// .satfinite of integers.
  bool saturates = false;
  /// Of A · B: imm-scale-a times imm-scale-b.
  bool isNegated = false;
  /// wgmma: A is given by a descriptor, not by registers.
  bool isAShared = false;
  layout::MatrixMajor majorA = layout::MatrixMajor::K,
                      majorB = layout::MatrixMajor::K;
  /// Registers of the instruction, which for wmma may be more than the fragment
  /// fills: copies.
  unsigned registersA = 0, registersB = 0;

  /// A product with the registers that the fragments of A and B fill.
  MatrixProduct(layout::MatrixShape shape, ptx::Type a, ptx::Type b,
                ptx::Type c, ptx::Type d);

  layout::Fragment getA() const { return {layout::MatrixRole::A, shape, a}; }
  layout::Fragment getB() const { return {layout::MatrixRole::B, shape, b}; }
  layout::Fragment getC() const {
    return {layout::MatrixRole::Accumulator, shape, c};
  }
  layout::Fragment getD() const {
    return {layout::MatrixRole::Accumulator, shape, d};
  }

  /// Writes the product into the details of an operation, and reads it back.
  void encode(Operation &operation) const;
  static MatrixProduct decode(const Operation &operation);

private:
  MatrixProduct() = default;
};

/// The order in which the products of one element of D are added. The ISA
/// leaves it open for everything but integers and f64 (section 9.7.14.5.14,
/// "Precision and rounding").
///
/// The model: each product is exact and added to the sum so far, which begins
/// as C and is rounded to f32, to the nearest even, after every addition; k
/// goes up. f16 accumulators are rounded once, at the end. Hardware sums blocks
/// of 4 to 32 products at the exponent of the largest, cutting off what is
/// below; both are within the bound of a sum in f32.
struct MatrixOrder {
  std::array<uint8_t, kMostMatrixDepth> k;
  /// C is added to the sum of the products instead of beginning it.
  bool addsLast = false;

  /// Another order for each `seed`.
  static MatrixOrder draw(uint64_t seed, unsigned depth);
};

/// mma and wmma.mma: rows of the operation are D, A, B, C. `order` null is the
/// model. f64 goes in the order of k, always.
void multiplyFragments(uint32_t *rows, const Operation &operation,
                       const MatrixProduct &product,
                       const MatrixOrder *order = nullptr);

/// The CTA's shared memory: byte i has the shared offset begin + i.
struct SharedBytes {
  const uint8_t *bytes = nullptr;
  uint64_t begin = 0, size = 0;
};

/// What wgmma.mma_async computes for the warp that is number `warp` of its
/// group: rows 16 · warp to 16 · warp + 15 of D. Rows of the operation are D
/// and, unless a descriptor stands for it, A. Granules outside of `shared` are
/// read as zeros.
struct WarpgroupCall {
  unsigned warp = 0;
  layout::MatrixDescriptor a, b;
  /// scale-d: D is added to.
  bool accumulates = true;
};

/// What the warp reads of A, if it is shared, and of B.
MatrixPart getPartA(const MatrixProduct &product, const WarpgroupCall &call);
MatrixPart getPartB(const MatrixProduct &product, const WarpgroupCall &call);

/// `a` is null if A is in registers.
void multiplyWarpgroup(uint32_t *rows, const Operation &operation,
                       const MatrixProduct &product, const WarpgroupCall &call,
                       const MatrixOperand *a, const MatrixOperand &b,
                       const SharedBytes &shared,
                       const MatrixOrder *order = nullptr);

/// movmatrix, and ldmatrix and stmatrix with .trans: the 8 × 8 matrix of 16-bit
/// elements in `from`, transposed. `to` may be `from`.
void transposeCore(const uint32_t *from, uint32_t *to);

} // namespace sluice::sim

#endif // SLUICE_LIB_SIMULATOR_EXECUTE_MATRIX_MATRIXPRODUCT_H
