//===- Freedoms.h - what a layout may choose at no cost ---------*- C++ -*-===//
//
// Three choices change where elements lie and not what is computed, so that a
// conversion may become unnecessary:
//
//   the order inside a contraction   sum over k is the sum in any order (of
//                                    rounded sums: within their error), if A's
//                                    columns and B's rows are permuted alike
//   the order of tokens in a chunk   if all that has tokens is permuted alike,
//                                    and masks compare the tokens' own numbers,
//                                    which is what a layout's coordinates are
//   the transposed product           Dᵀ = Bᵀ Aᵀ: what was A's place is now B's
//
// For example the accumulator of m16n8 holds columns 2c and 2c + 1 in lane c of
// four, and A of m16n8k8 of tf32 wants k = c and c + 4 there. With k taken in
// the order 0, 2, 4, 6, 1, 3, 5, 7 for A and B, the accumulator's registers are
// the operand (findContractionOrder); for 16-bit operands no order is needed.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_LIB_LAYOUT_FREEDOMS_H
#define SLUICE_LIB_LAYOUT_FREEDOMS_H

#include "lib/Layout/ProductLayouts.h"

namespace sluice::layout {

/// The coordinate c of `axis` becomes order(c): (axis) to (axis). A permutation
/// of tokens is legal if all operands with tokens have it; of a contracted
/// axis, if both operands have it.
LinearLayout permuteAxis(const LinearLayout &layout, llvm::StringRef axis,
                         const LinearLayout &order);

/// The order that sends bit i of the axis to bit `to[i]`.
LinearLayout getBitOrder(llvm::StringRef axis, llvm::ArrayRef<unsigned> to);

/// Row and column exchanged: of the transposed matrix.
LinearLayout transposeMatrix(const LinearLayout &layout);

/// The same product with k in another order: `order` maps (k) to (k). Always
/// legal, if A and B are made (or loaded) as these layouts say.
ProductLayouts permuteContraction(const ProductLayouts &product,
                                  const LinearLayout &order);

/// The layouts of the tensors of D = A B when Dᵀ = Bᵀ Aᵀ is what is computed
/// with the fragments of `product`: A has the place of the second operand.
/// Always legal; the shape's m and n are then those of Dᵀ.
ProductLayouts transposeProduct(const ProductLayouts &product);

/// The order of the contracted axis (column of A, row of B) in which what is
/// held is the operand: with permuteAxis(operand, axis, order) each lane holds
/// what it needs, registers apart (planConversion says which). Nothing if there
/// is none. Registers keep their order where they can.
std::optional<LinearLayout> findContractionOrder(const LinearLayout &held,
                                                 const LinearLayout &operand,
                                                 llvm::StringRef axis);

} // namespace sluice::layout

#endif // SLUICE_LIB_LAYOUT_FREEDOMS_H
