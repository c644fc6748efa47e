//===- List.h - What specs are, for people and for programs ------*- C++
//-*-===//

#ifndef SLUICE_TOOLS_SLUICE_RUN_LIST_H
#define SLUICE_TOOLS_SLUICE_RUN_LIST_H

#include "dialects/Delta/DeltaOps.h"
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

/// What a spec is: its class and why, the forms it has and why it has no other,
/// the tensors it takes and gives, with their shapes.
void describe(delta::RecurrenceOp op, llvm::raw_ostream &os);

/// The object of listVariantsAsJSON(), with two attributes more:
/// {"reason": of the class, null where the class is linear or delta,
///  "forms": [{"name": "step"}, {"name": "chunk", "refused": null or why}]}
void describeAsJSON(delta::RecurrenceOp op, llvm::raw_ostream &os);

} // namespace sluice::tool

#endif // SLUICE_TOOLS_SLUICE_RUN_LIST_H
