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

/// Stands in the adjoint of a step only.
def InAdjoint : NativeOpTrait<"InAdjoint"> {
  let cppNamespace = "::sluice::delta";
}

def Delta_DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::sluice::delta";
  let description = [{
    An operation that knows its adjoint: what the gradients of a scalar loss L by
    its operands are, given the gradient by its result,

        dx_i += (∂r / ∂x_i)ᵀ dr,    dx = ∂L / ∂x.

    It says so by building operations of `delta`, in an `AdjointBuilder`
    (dialects/Delta/AdjointBuilder.h), which holds the gradients. Every operation
    of a step implements this; one without a derivative, such as a constant,
    builds nothing.
  }];
  let methods = [
    InterfaceMethod<[{
      Adds to the gradients by those operands for which `adjoint` wants one.
      There is a gradient by the result.
    }], "void", "buildAdjoint", (ins "::sluice::delta::AdjointBuilder &":$adjoint)>,
  ];
}

def Delta_ElementwiseOpInterface : OpInterface<"ElementwiseOpInterface"> {
  let cppNamespace = "::sluice::delta";
  let description = [{
    A function of real numbers applied element by element; scalars broadcast
    over vectors. All that is known of the function is asked here, and said
    where the op is defined (Delta_ElementwiseOp in DeltaElementwise.td): its value on
    numbers, which is the op's meaning, is what the reference interpreter and
    the constant folder call.
  }];
  let methods = [
    InterfaceMethod<"The function's value, in float64.", "double", "evaluate",
                    (ins "::llvm::ArrayRef<double>":$operands)>,
    InterfaceMethod<[{
      An interval that holds every value of numbers in the operands' intervals,
      computed in float64 or as `emit` says in float32.
    }], "::sluice::Interval", "evaluateInterval",
    (ins "::llvm::ArrayRef<::sluice::Interval>":$operands)>,
    InterfaceMethod<[{
      Emits the function of operands of one type, a float or a vector of floats,
      with arith and math operations. On infinities and NaN it means what
      `evaluate` does.
    }], "::mlir::Value", "emit",
    (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
         "::mlir::ValueRange":$operands)>,
    InterfaceMethod<"True if |f(a)| ≤ |a| for every number a, of one operand.",
                    "bool", "isNonExpansive">,
    InterfaceMethod<"True if it costs what an exponential does.", "bool",
                    "isExponential">,
    InterfaceMethod<[{
      True if the function is linear in operand `index` when the others are
      held constant (f(a·x + b·y) = a·f(x) + b·f(y), the others zero for sums).
    }], "bool", "isLinearIn", (ins "unsigned":$index)>,
    InterfaceMethod<[{
      Emits ∂f/∂x_index with delta operations; null where f does not vary with
      that operand. Where f has no derivative (max, min and |a| at one place) it
      is a subgradient, which the op's description states.
    }], "::mlir::Value", "emitPartial",
    (ins "::sluice::delta::AdjointBuilder &":$builder, "unsigned":$index)>,
  ];
}

def Delta_SignatureOpInterface : OpInterface<"SignatureOpInterface"> {
  let cppNamespace = "::sluice::delta";
  let description = [{
    An operation with a recurrence's signature, `#delta.signature`. A function
    that is compiled from one has it as an attribute: `delta::findSignature`
    finds it at either.
  }];
  let methods = [
    InterfaceMethod<"The signature.", "::sluice::delta::SignatureAttr",
                    "getSignature">,
  ];
  let extraSharedClassDeclaration = [{
    unsigned getNumArgs() {
      return $_op.getSignature().getArguments().size();
    }
    ::sluice::delta::ArgumentAttr getArg(unsigned index) {
      return $_op.getSignature().getArguments()[index];
    }
    ::llvm::StringRef getArgName(unsigned index) {
      return getArg(index).getName().getValue();
    }
    ::sluice::delta::ArgKind getArgKind(unsigned index) {
      return getArg(index).getKind();
    }
    /// What one token has.
    ::mlir::Type getArgType(unsigned index) { return getArg(index).getType(); }
    /// Null where none is declared.
    ::sluice::delta::RangeAttr getArgRange(unsigned index) {
      return getArg(index).getRange();
    }
    unsigned getNumOutputs() {
      return $_op.getSignature().getOutputs().size();
    }
    ::sluice::delta::OutputAttr getOutput(unsigned index) {
      return $_op.getSignature().getOutputs()[index];
    }
    ::llvm::StringRef getOutputName(unsigned index) {
      return getOutput(index).getName().getValue();
    }
    ::sluice::delta::ArgKind getOutputKind(unsigned index) {
      return getOutput(index).getKind();
    }
    ::mlir::Type getOutputType(unsigned index) {
      return getOutput(index).getType();
    }
    /// Nothing where there is no such argument, output.
    std::optional<unsigned> findArg(::llvm::StringRef name) {
      return $_op.getSignature().findArg(name);
    }
    std::optional<unsigned> findOutput(::llvm::StringRef name) {
      return $_op.getSignature().findOutput(name);
    }
  }];
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
