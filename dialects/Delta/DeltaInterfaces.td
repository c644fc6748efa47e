//===- DeltaInterfaces.td - what passes may ask an op ------*- tablegen -*-===//

#ifndef SLUICE_DELTA_INTERFACES
#define SLUICE_DELTA_INTERFACES

include "mlir/IR/OpBase.td"

/// An operation whose region is one token's step: delta.recurrence, and those
/// of later levels that keep maths of single tokens as it was written.
def HoldsStep : NativeOpTrait<"HoldsStep"> {
  let cppNamespace = "::sluice::delta";
}

/// Stands in such a region only.
def InStep : NativeOpTrait<"InStep"> {
  let cppNamespace = "::sluice::delta";
}

def Delta_ElementwiseOpInterface : OpInterface<"ElementwiseOpInterface"> {
  let cppNamespace = "::sluice::delta";
  let description = [{
    A function of real numbers applied element by element; scalars broadcast
    over vectors. Its value on numbers is the op's meaning: the reference
    interpreter and the constant folder both call `evaluate`.
  }];
  let methods = [
    InterfaceMethod<"The function's value, in float64.", "double", "evaluate",
                    (ins "::llvm::ArrayRef<double>":$operands)>,
    InterfaceMethod<[{
      True if the function is linear in operand `index` when the others are
      held constant (f(a·x + b·y) = a·f(x) + b·f(y), the others zero for sums).
    }], "bool", "isLinearIn", (ins "unsigned":$index)>,
  ];
}

def Delta_StateOpInterface : OpInterface<"StateOpInterface"> {
  let cppNamespace = "::sluice::delta";
  let description = [{
    An operation with a state among its operands: each has a position in the
    token, given by the state value that it sees.
  }];
  let methods = [
    InterfaceMethod<"The state operands.", "::mlir::OperandRange",
                    "getStateOperands">,
  ];
}

#endif // SLUICE_DELTA_INTERFACES
