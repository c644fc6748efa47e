//===- Neighbourhood.h - where a factor costs least -------------*- C++ -*-===//
//
// A factor is multiplied into an array beside a product. What that costs is one
// operation an element; an operand that would be an argument of the graph
// without it has to be made, and so is stored and loaded, too.
//
//===----------------------------------------------------------------------===//

#ifndef SLUICE_PASSES_WYMOVEFACTORS_NEIGHBOURHOOD_H
#define SLUICE_PASSES_WYMOVEFACTORS_NEIGHBOURHOOD_H

#include "passes/WYMoveFactors/LinearForm.h"

namespace sluice {

/// Returns true if no state reaches a value: it is made before the chunk is
/// entered.
bool isStateFree(mlir::Value value);

int64_t getNumElements(mlir::Value tensor);

/// The cost of a factor that is multiplied into an operand which is `part` of
/// its product, of the operand's size.
int64_t getOperandCost(const LinearPart &part, mlir::Value operand);

/// Returns true if per-token maths needs an operand as it is: taking a factor
/// off it for a product's sake saves nothing.
bool isMadeAnyway(mlir::Value operand);

/// The cost of a factor that is multiplied into the rows or columns of a matrix
/// of pairs, of the lower half with the diagonal.
int64_t getPairsCost(mlir::Operation *op);

} // namespace sluice

#endif // SLUICE_PASSES_WYMOVEFACTORS_NEIGHBOURHOOD_H
