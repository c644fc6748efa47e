//===- BlockedLayouts.h - tensors spread over a CTA -------------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILEASSIGNLAYOUTS_BLOCKEDLAYOUTS_H
#define SLUICE_PASSES_TILEASSIGNLAYOUTS_BLOCKEDLAYOUTS_H

#include "dialects/Tile/TileDialect.h"

namespace sluice {

/// Says on demand that a tensor is larger than a CTA can hold; the layout is
/// null then.
using EmitError = llvm::function_ref<mlir::InFlightDiagnostic()>;

/// A vector with neighbouring elements in neighbouring threads; if there are
/// more elements than threads each has several that follow one another.
tile::LayoutAttr getBlockedVector(EmitError emitError,
                                  mlir::MLIRContext *context, int64_t size,
                                  int64_t warps);

/// A matrix with four columns in a thread and eight threads a row, if there are
/// so many, each on four rows that follow one another; warps share columns
/// first, then rows.
tile::LayoutAttr getBlockedMatrix(EmitError emitError,
                                  mlir::MLIRContext *context, int64_t rows,
                                  int64_t columns, int64_t warps);

/// A tensor whose first axis is in the registers of all that hold anything of
/// it, and neighbouring columns, if there are any, in neighbouring threads; a
/// warp has whole blocks of `block` columns.
tile::LayoutAttr getColumns(EmitError emitError, mlir::MLIRContext *context,
                            llvm::ArrayRef<int64_t> shape, int64_t warps,
                            int64_t block = 1);

} // namespace sluice

#endif // SLUICE_PASSES_TILEASSIGNLAYOUTS_BLOCKEDLAYOUTS_H
