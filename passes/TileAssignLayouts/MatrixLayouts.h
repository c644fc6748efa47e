//===- MatrixLayouts.h - what tensor cores want -----------------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILEASSIGNLAYOUTS_MATRIXLAYOUTS_H
#define SLUICE_PASSES_TILEASSIGNLAYOUTS_MATRIXLAYOUTS_H

#include "passes/TileAssignLayouts/BlockedLayouts.h"
#include "passes/TileAssignLayouts/TensorClasses.h"

namespace sluice {

/// Returns true if tensor cores multiply the operands.
bool isForTensorCores(tile::DotOp op);

/// The layouts of the tensors of a product on tensor cores; null where a CTA
/// cannot hold one of them. Where the product is held by columns, the
/// instruction computes (A B)ᵀ = Bᵀ Aᵀ.
struct DotLayouts {
  tile::LayoutAttr lhs, rhs, result;

  DotLayouts(EmitError emitError, tile::DotOp op, bool isByColumns,
             int64_t warps);
};

/// The layout of an inverse and of what it is made from: columns, of which a
/// warp has whole blocks.
tile::LayoutAttr getInverseLayout(EmitError emitError, tile::InverseOp op,
                                  int64_t warps);

/// Whether products of a class are held by columns. Who uses a product as an
/// operand has it where it is if an accumulator's rows are the free axis,
/// whichever operand it is: all fragments have rows of four lanes.
bool chooseOrientation(const TensorClass &products);

/// The layout of a class of matrices: a prefix wants whole columns, a product
/// is where tensor cores leave it, an inverse where it is made, and everything
/// else is read by rows.
tile::LayoutAttr getMatrixLayout(EmitError emitError,
                                 const TensorClasses &classes,
                                 const TensorClass &matrices, int64_t warps);

} // namespace sluice

#endif // SLUICE_PASSES_TILEASSIGNLAYOUTS_MATRIXLAYOUTS_H
