//===- DeltaOpBase.td - what all operations of a step are --*- tablegen -*-===//

#ifndef SLUICE_DELTA_OPBASE
#define SLUICE_DELTA_OPBASE

include "dialects/Delta/DeltaAttrs.td"
include "dialects/Delta/DeltaInterfaces.td"
include "dialects/Delta/DeltaSignature.td"
include "dialects/Delta/DeltaTypes.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Delta_Op<string mnemonic, list<Trait> traits = []>
    : Op<Delta_Dialect, mnemonic, traits>;

/// An operation of the step, which can be differentiated. Operands are written
/// without types: the parser finds the type of a value where it was defined.
class Delta_StepOp<string mnemonic, list<Trait> traits = []>
    : Delta_Op<mnemonic, !listconcat([
          Pure, InStep,
          DeclareOpInterfaceMethods<Delta_DifferentiableOpInterface>], traits)>;

/// One with a state among its operands.
class Delta_StateOp<string mnemonic, list<Trait> traits = []>
    : Delta_StepOp<mnemonic, !listconcat(
          [DeclareOpInterfaceMethods<Delta_StateOpInterface>], traits)>;

/// An operation that only derivatives need: it stands in a delta.adjoint, and
/// is not differentiated again.
class Delta_AdjointStepOp<string mnemonic, list<Trait> traits = []>
    : Delta_Op<mnemonic, !listconcat([Pure, InStep, InAdjoint], traits)>;

#endif // SLUICE_DELTA_OPBASE
