//===- WYDialect.h - the wy dialect -----------------------------*- C++ -*-===//

#ifndef SLUICE_DIALECTS_WY_WYDIALECT_H
#define SLUICE_DIALECTS_WY_WYDIALECT_H

#include "dialects/Delta/DeltaDialect.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/DialectImplementation.h"
#include <optional>

#include "dialects/WY/WYDialect.h.inc"
#include "dialects/WY/WYEnums.h.inc"

#include "dialects/WY/WYSchedule.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/WY/WYAttrs.h.inc"

#endif // SLUICE_DIALECTS_WY_WYDIALECT_H
