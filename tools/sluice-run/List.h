//===- List.h - The library, for people and for programs --------*- C++ -*-===//

#ifndef SLUICE_TOOLS_SLUICE_RUN_LIST_H
#define SLUICE_TOOLS_SLUICE_RUN_LIST_H

#include "mlir/IR/MLIRContext.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace sluice::tool {

/// A line for each variant: its name, its class, its tensors.
llvm::Error listVariants(mlir::MLIRContext &context, llvm::raw_ostream &os);

/// An array with an object for each variant:
/// {"name", "class", "scale": bool,
///  "arguments": [{"name", "kind", "type", "shape": ["B","T","H","K"]}],
///  "outputs": [{"name", "type", "shape"}],
///  "states": [{"name", "type", "shape", "initial", "final"}]}
/// where initial and final are the tensors' names.
llvm::Error listVariantsAsJSON(mlir::MLIRContext &context,
                               llvm::raw_ostream &os);

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICE_RUN_LIST_H
