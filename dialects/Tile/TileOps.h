//===- TileOps.h - the operations of a kernel -------------------*- C++ -*-===//

#ifndef SLUICE_DIALECTS_TILE_TILEOPS_H
#define SLUICE_DIALECTS_TILE_TILEOPS_H

#include "dialects/Tile/TileDialect.h"
#include "lib/Layout/ShufflePlan.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#define GET_OP_CLASSES
#include "dialects/Tile/TileOps.h.inc"

namespace sluice::tile {

/// Fails where a tensor of the kernel has no layout, which `pass` needs.
mlir::LogicalResult checkLayouts(KernelOp kernel, llvm::StringRef pass);

} // namespace sluice::tile

#endif // SLUICE_DIALECTS_TILE_TILEOPS_H
