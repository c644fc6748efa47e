//===- TileLoadAhead.h - loads of the next time round -----------*- C++ -*-===//

#ifndef SLUICE_PASSES_TILELOADAHEAD_TILELOADAHEAD_H
#define SLUICE_PASSES_TILELOADAHEAD_TILELOADAHEAD_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace sluice {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/TileLoadAhead/TileLoadAhead.h.inc"
} // namespace sluice

#endif // SLUICE_PASSES_TILELOADAHEAD_TILELOADAHEAD_H
