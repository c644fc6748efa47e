//===- DeltaOps.td - the operations of a step --------------*- tablegen -*-===//

#ifndef SLUICE_DELTA_OPS
#define SLUICE_DELTA_OPS

include "dialects/Delta/DeltaAdjoint.td"
include "dialects/Delta/DeltaElementwise.td"
include "dialects/Delta/DeltaOpBase.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"

//===----------------------------------------------------------------------===//
// The recurrence
//===----------------------------------------------------------------------===//

def Delta_RecurrenceOp : Delta_Op<"recurrence", [
    IsolatedFromAbove, Symbol, SingleBlock, HoldsStep,
    Delta_SignatureOpInterface,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmBlockArgumentNames"]>]> {
  let summary = "one token's step, as a function of arguments and states";
  let description = [{
    The region is run once per token, in order, for every sequence and value
    head; the states it yields are the next token's states.

    Arguments stand in clauses, which may come in any order and repeat:
    `qk_heads` (per token and query/key head), `v_heads` (per token and value
    head), `params` (per value head, constant in time) and `state`. With H
    query/key heads and HV value heads, HV a multiple of H, value head h uses
    query/key head h ÷ (HV / H). Results are named after the arrow. Each token
    and value head yields one; `-> (…)` hands these out as they are, and clauses
    after the arrow say otherwise: `v_heads` the same, `qk_heads` the sum over the
    value heads that share a query/key head, `params` the sum over all tokens.

    After its type an argument that is not a state may have a range, in which its
    numbers are promised to lie: bounds of what is computed from it follow from
    that.

    Names are data: tensors are matched by them, so they are kept in an
    attribute, the signature, and survive every printing.

    ```mlir
    delta.recurrence @linear_attention
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %S1 = delta.write %S, %k, %v
      %c = delta.scale
      %qs = delta.mul %c, %q
      %o = delta.read %S1, %qs
      delta.yield states(%S1) outputs(%o)
    }
    delta.recurrence @fading_sum
        v_heads(%x: !delta.vec<value>, %g: !delta.vec<key> range(-5.0, 0.0))
        state(%S: !delta.state<key, value>) -> () {
      %S1 = delta.decay %S, %g
      %S2 = delta.write %S1, %g, %x
      delta.yield states(%S2) outputs()
    }
    delta.recurrence @sums
        qk_heads(%q: !delta.vec<key>) v_heads(%b: !delta.scalar)
        state(%S: !delta.state<key, value>)
        -> v_heads(o: !delta.vec<value>) qk_heads(x: !delta.vec<key>)
           params(n: !delta.scalar) {
      %o = delta.read %S, %q
      %x = delta.mul %b, %q
      delta.yield states(%S) outputs(%o, %x, %b)
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       Delta_SignatureAttr:$signature);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::Block &getStep() { return getBody().front(); }
    /// The block arguments that are states, in order.
    ::llvm::SmallVector<::mlir::BlockArgument> getStates() {
      return getStateArguments(getSignature(), getStep());
    }
    /// The name of a block argument.
    ::llvm::StringRef getName(::mlir::BlockArgument argument) {
      return getArgName(argument.getArgNumber());
    }
    YieldOp getYield();
  }];
}

def Delta_YieldOp : Delta_Op<"yield", [
    Pure, Terminator, ParentOneOf<["RecurrenceOp", "AdjointOp"]>,
    AttrSizedOperandSegments]> {
  let summary = "the next states and the outputs of a step";
  let description = [{
    One state for every state argument of the recurrence, in the same order,
    and one value for every declared output. Of an adjoint: the gradient by each
    state of which it has the gradient behind the token.

    ```mlir
    delta.yield states(%S, %M) outputs(%v)
    ```
  }];
  let arguments = (ins Variadic<Delta_StateType>:$states,
                       Variadic<Delta_Value>:$outputs);
  let assemblyFormat = [{
    `states` `(` custom<InferredOperands>($states, type($states)) `)`
    `outputs` `(` custom<InferredOperands>($outputs, type($outputs)) `)`
    attr-dict
  }];
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

def Delta_DecayOp : Delta_StateOp<"decay", [
    AllTypesMatch<["state", "result"]>]> {
  let summary = "multiply a state by the exponential of a log gate";
  let description = [{
    With a scalar g: e^g · S. With g along `key`: Diag(e^g) S, so row i is
    multiplied by e^(g_i). With g along `value`: S Diag(e^g), by columns.
    g = −inf is legal and forgets: e^(−inf) is 0. g > 0 is legal and outside
    the guarantee against overflow.

    Prefer this op to `delta.scale_state` where a log of the factor is at hand:
    later levels add logs instead of multiplying factors.

    Adjoint, R being the result: dS = dR decayed by g; dg = Σ dR ∘ R over the
    axes that g does not run along. So a gate of −inf, where R is 0, has gradient
    0.

    ```mlir
    %S1 = delta.decay %S, %g
    ```
  }];
  let arguments = (ins Delta_StateType:$state, Delta_Value:$gate);
  let results = (outs Delta_StateType:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($state, type($state)) `,`
    custom<InferredOperand>($gate, type($gate)) attr-dict
  }];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Delta_ScaleStateOp : Delta_StateOp<"scale_state", [
    AllTypesMatch<["state", "result"]>]> {
  let summary = "multiply a state by a factor";
  let description = [{
    With a scalar f: f · S; along `key`: Diag(f) S; along `value`: S Diag(f).
    Any real factor is legal, 0 and negative ones too: a forget gate given as
    the factor itself, or a coupling between states.

    Adjoint, R being the result: dS = dR scaled by f; df = Σ dR ∘ S over the axes
    that f does not run along. That is the derivative by the factor, of 0 too.

    ```mlir
    %S1 = delta.scale_state %S, %beta
    ```
  }];
  let arguments = (ins Delta_StateType:$state, Delta_Value:$factor);
  let results = (outs Delta_StateType:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($state, type($state)) `,`
    custom<InferredOperand>($factor, type($factor)) attr-dict
  }];
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Delta_ReadOp : Delta_StateOp<"read", [
    InferTypeOpAdaptor]> {
  let summary = "contract a state with a vector, from the left or the right";
  let description = [{
    The vector's axis decides. Along `key`, from the left: aᵀS, a vector along
    `value`. Along `value`, from the right: S b, a vector along `key`.

    Adjoint, r being the result: dS = a drᵀ, da = S dr; dS = dr bᵀ, db = drᵀ S.

    ```mlir
    %left = delta.read %S, %k
    %right = delta.read %S, %v
    ```
  }];
  let arguments = (ins Delta_StateType:$state, Delta_VecType:$vector);
  let results = (outs Delta_VecType:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($state, type($state)) `,`
    custom<InferredOperand>($vector, type($vector)) attr-dict
  }];
  let extraClassDeclaration = [{
    /// True for aᵀS: the vector runs along the state's rows.
    bool isLeft();
  }];
  let hasCanonicalizer = 1;
}

def Delta_WriteOp : Delta_StateOp<"write", [
    AllTypesMatch<["state", "result"]>]> {
  let summary = "add an outer product to a state";
  let description = [{
    S + x yᵀ, with x along the state's rows and y along its columns.

    Adjoint, R being the result: dS = dR, dx = dR y, dy = xᵀ dR.

    ```mlir
    %S1 = delta.write %S, %k, %v
    ```
  }];
  let arguments = (ins Delta_StateType:$state, Delta_VecType:$row,
                       Delta_VecType:$column);
  let results = (outs Delta_StateType:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($state, type($state)) `,`
    custom<InferredOperand>($row, type($row)) `,`
    custom<InferredOperand>($column, type($column)) attr-dict
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Delta_AddStatesOp : Delta_StateOp<"add_states", [
    Commutative, SameOperandsAndResultType]> {
  let summary = "the sum of two states";
  let description = [{
    A + B, element by element. With `delta.scale_state` it lets the states of
    a tuple feed each other (momentum). Adjoint: dA = dB = the result's gradient.

    ```mlir
    %S1 = delta.add_states %S, %M
    ```
  }];
  let arguments = (ins Delta_StateType:$lhs, Delta_StateType:$rhs);
  let results = (outs Delta_StateType:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($lhs, type($lhs)) `,`
    custom<InferredOperand>($rhs, type($rhs)) attr-dict
  }];
  let hasCanonicalizer = 1;
}

//===----------------------------------------------------------------------===//
// Sources of values
//===----------------------------------------------------------------------===//

def Delta_ScaleOp : Delta_StepOp<"scale"> {
  let summary = "the scale of the run";
  let description = [{
    A number given when the recurrence is run (`--scale`), K^(−1/2) by default.
    A recurrence without this op takes no scale.

    ```mlir
    %c = delta.scale
    ```
  }];
  let results = (outs Delta_ScalarType:$result);
  let assemblyFormat = "attr-dict";
}

def Delta_ConstantOp : Delta_StepOp<"constant", [
    ConstantLike,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "a number";
  let description = [{
    A scalar that is known when the recurrence is compiled.

    ```mlir
    %half = delta.constant 0.5
    ```
  }];
  let arguments = (ins F64Attr:$value);
  let results = (outs Delta_ScalarType:$result);
  let hasCustomAssemblyFormat = 1;
  let hasFolder = 1;
}

def Delta_BroadcastOp : Delta_StepOp<"broadcast"> {
  let summary = "a scalar repeated along an axis";
  let description = [{
    Elementwise operations broadcast by themselves; this op is for places that
    ask for a vector, such as a write. Adjoint: da = Σ_c dr_c.

    ```mlir
    %one = delta.constant 1.0
    %ones = delta.broadcast %one : !delta.vec<value>
    ```
  }];
  let arguments = (ins Delta_ScalarType:$scalar);
  let results = (outs Delta_VecType:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($scalar, type($scalar)) attr-dict
    `:` qualified(type($result))
  }];
}

//===----------------------------------------------------------------------===//
// Along an axis
//===----------------------------------------------------------------------===//

def Delta_DotOp : Delta_StepOp<"dot", [Commutative]> {
  let summary = "the dot product of two vectors along one axis";
  let description = [{
    Σ_c a_c b_c, a scalar. Adjoint: da = dr · b, db = dr · a.

    ```mlir
    %r = delta.dot %q, %k
    ```
  }];
  let arguments = (ins Delta_VecType:$lhs, Delta_VecType:$rhs);
  let results = (outs Delta_ScalarType:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($lhs, type($lhs)) `,`
    custom<InferredOperand>($rhs, type($rhs)) attr-dict
  }];
  let hasVerifier = 1;
}

def Delta_ReduceOp : Delta_StepOp<"reduce"> {
  let summary = "the sum, maximum or minimum of a vector";
  let description = [{
    Σ_c a_c, max_c a_c or min_c a_c, a scalar. Along an axis of size 0 the sum
    is 0, the maximum −inf, the minimum +inf.

    Adjoint: da_c = dr of a sum. Of a maximum or minimum r the n elements that are
    equal to it share dr evenly: da_c = dr ÷ n for these, 0 for the others.

    ```mlir
    %r = delta.reduce sum %k
    %m = delta.reduce max %k
    ```
  }];
  let arguments = (ins Delta_ReductionAttr:$kind, Delta_VecType:$operand);
  let results = (outs Delta_ScalarType:$result);
  let assemblyFormat = [{
    $kind custom<InferredOperand>($operand, type($operand)) attr-dict
  }];
}

def Delta_L2NormOp : Delta_StepOp<"l2norm", [SameOperandsAndResultType]> {
  let summary = "a vector divided by its euclidean norm";
  let description = [{
    a ÷ √(Σ_c a_c² + ε), with ε = 1e-6 unless said otherwise: what most models
    apply to q and k before a delta rule.

    Adjoint, r being the result and ℓ the root: da = (dr − (r · dr) r) ÷ ℓ.

    ```mlir
    %r = delta.l2norm %k
    %s = delta.l2norm %k {epsilon = 1.0e-5 : f64}
    ```
  }];
  let arguments = (ins Delta_VecType:$operand,
                       DefaultValuedAttr<F64Attr, "1.0e-6">:$epsilon);
  let results = (outs Delta_VecType:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($operand, type($operand)) attr-dict
  }];
  let hasVerifier = 1;
}

#endif // SLUICE_DELTA_OPS
