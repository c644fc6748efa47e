//===- DeltaDialect.h - the delta dialect -----------------------*- C++ -*-===//

#ifndef SLUICE_DIALECTS_DELTA_DELTADIALECT_H
#define SLUICE_DIALECTS_DELTA_DELTADIALECT_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Dialect.h"

#include "dialects/Delta/DeltaDialect.h.inc"
#include "dialects/Delta/DeltaEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Delta/DeltaAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Delta/DeltaTypes.h.inc"

#endif // SLUICE_DIALECTS_DELTA_DELTADIALECT_H
