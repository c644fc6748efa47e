//===- TileDialect.h - the tile dialect -------------------------*- C++ -*-===//

#ifndef SLUICE_DIALECTS_TILE_TILEDIALECT_H
#define SLUICE_DIALECTS_TILE_TILEDIALECT_H

#include "lib/Layout/LinearLayout.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/TensorEncoding.h"

#include "dialects/Tile/TileDialect.h.inc"
#include "dialects/Tile/TileEnums.h.inc"

namespace sluice::tile {

/// The map of a layout's attribute: inputs are register, lane and warp, and the
/// axes' names are those of their numbers, so that the same map is the same
/// attribute whoever made it.
layout::LinearLayout normalize(const layout::LinearLayout &linear);

} // namespace sluice::tile

#define GET_ATTRDEF_CLASSES
#include "dialects/Tile/TileAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Tile/TileTypes.h.inc"

namespace sluice::tile {

/// The layout of a tensor; null if it has none yet.
LayoutAttr getLayout(mlir::Type type);

/// The same tensor type with a layout.
mlir::RankedTensorType withLayout(mlir::RankedTensorType type,
                                  LayoutAttr layout);

/// Returns true for memory that the threads of a CTA share.
bool isShared(mlir::MemRefType type);
/// Dense shared memory.
mlir::MemRefType getSharedType(llvm::ArrayRef<int64_t> shape,
                               mlir::Type element);
/// The same for tensors of `shape`. The rows of a matrix are longer than they
/// need be by the widest access of a thread, so that they start in other banks.
mlir::MemRefType getPaddedType(llvm::ArrayRef<int64_t> shape,
                               mlir::Type element);

/// Bytes of all elements.
int64_t getBytes(mlir::ShapedType type);

/// Returns true for memory of tensors: one to four axes of f32, f16 or bf16,
/// elements along the last next to one another, the first where the memory
/// begins.
bool isMemory(mlir::Type type);

/// Returns true for memory that says where sequences start.
bool isStarts(mlir::Type type);

} // namespace sluice::tile

#endif // SLUICE_DIALECTS_TILE_TILEDIALECT_H
