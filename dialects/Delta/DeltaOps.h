//===- DeltaOps.h - the operations of a step --------------------*- C++ -*-===//

#ifndef SLUICE_DIALECTS_DELTA_DELTAOPS_H
#define SLUICE_DIALECTS_DELTA_DELTAOPS_H

#include "dialects/Delta/DeltaDialect.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace sluice::delta {
class YieldOp;
} // namespace sluice::delta

#include "dialects/Delta/DeltaInterfaces.h.inc"

#define GET_OP_CLASSES
#include "dialects/Delta/DeltaOps.h.inc"

#endif // SLUICE_DIALECTS_DELTA_DELTAOPS_H
