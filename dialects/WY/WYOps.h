//===- WYOps.h - the operations of the chunk form ---------------*- C++ -*-===//

#ifndef SLUICE_DIALECTS_WY_WYOPS_H
#define SLUICE_DIALECTS_WY_WYOPS_H

#include "dialects/Delta/DeltaOps.h"
#include "dialects/WY/WYDialect.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace sluice::wy {
class YieldOp;
} // namespace sluice::wy

#include "dialects/WY/WYInterfaces.h.inc"

#define GET_OP_CLASSES
#include "dialects/WY/WYOps.h.inc"

#endif // SLUICE_DIALECTS_WY_WYOPS_H
