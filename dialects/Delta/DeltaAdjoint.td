//===- DeltaAdjoint.td - the derivative of a step ----------*- tablegen -*-===//

#ifndef SLUICE_DELTA_ADJOINT
#define SLUICE_DELTA_ADJOINT

include "dialects/Delta/DeltaOpBase.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"

def Delta_AdjointOp : Delta_Op<"adjoint", [
    IsolatedFromAbove, Symbol, SingleBlock, HoldsStep,
    Delta_SignatureOpInterface,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmBlockArgumentNames"]>]> {
  let summary = "one token's step backwards: its gradients";
  let description = [{
    The reverse-mode derivative of a recurrence's step, what `delta-differentiate`
    makes. With L a scalar loss and dx = ∂L / ∂x it takes

      - arguments of the recurrence, its states among them: their values before
        the token, which whoever runs the adjoint brings;
      - d‹o› for outputs o, of their kind: the gradients by them. What the heads
        or tokens of a sum share is used by all of them;
      - d‹S› for states S: the gradient by S behind the token,

    those of them that it uses, and gives

      - d‹x› for arguments x, of their kind: so what heads or tokens share gets the
        sum of their terms;
      - by `delta.yield`, for every d‹S› that it takes and in their order, the
        gradient by S before the token.

    The region is run once per token, from a sequence's last to its first: the
    states that it yields are the d‹S› of the token before. At the last token they
    are the gradients by the final states, and what the first token yields are
    those by the initial states.

    ```mlir
    delta.recurrence @linear_attention
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %S1 = delta.write %S, %k, %v
      %o = delta.read %S1, %q
      delta.yield states(%S1) outputs(%o)
    }
    delta.adjoint @linear_attention_adjoint of @linear_attention
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>)
        state(%S: !delta.state<key, value>)
        v_heads(%do: !delta.vec<value>)
        state(%dS: !delta.state<key, value>)
        -> qk_heads(dq: !delta.vec<key>, dk: !delta.vec<key>)
           v_heads(dv: !delta.vec<value>) {
      %S1 = delta.write %S, %k, %v
      %dS1 = delta.write %dS, %q, %do
      %dq = delta.read %S1, %do
      %dk = delta.read %dS1, %v
      %dv = delta.read %dS1, %k
      delta.yield states(%dS1) outputs(%dq, %dk, %dv)
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       FlatSymbolRefAttr:$recurrence,
                       Delta_SignatureAttr:$signature);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::Block &getStep() { return getBody().front(); }
    YieldOp getYield();
    /// The arguments that are gradients by states of `recurrence`, in order.
    ::llvm::SmallVector<unsigned> getCarried(RecurrenceOp recurrence);
  }];
}

def Delta_ZeroOp : Delta_AdjointStepOp<"zero"> {
  let summary = "a state of zeros";
  let description = [{
    K × V zeros: the gradient by a state that nothing depends on, or the begin of
    a sum.

    ```mlir
    %Z = delta.zero : !delta.state<key, value>
    ```
  }];
  let results = (outs Delta_StateType:$result);
  let assemblyFormat = "attr-dict `:` qualified(type($result))";
}

def Delta_DotStatesOp : Delta_AdjointStepOp<"dot_states", [
    DeclareOpInterfaceMethods<Delta_StateOpInterface>, Commutative]> {
  let summary = "the dot product of two states, along one axis or both";
  let description = [{
    Sums A ∘ B over the axes that the result does not run along:

    | result | |
    |---|---|
    | `!delta.scalar` | Σ_ij A_ij B_ij |
    | `!delta.vec<key>` | r_i = Σ_j A_ij B_ij |
    | `!delta.vec<value>` | r_j = Σ_i A_ij B_ij |

    It is what the adjoints of `delta.decay` and `delta.scale_state` need.

    ```mlir
    %dg = delta.dot_states %dS, %S : !delta.vec<key>
    ```
  }];
  let arguments = (ins Delta_StateType:$lhs, Delta_StateType:$rhs);
  let results = (outs Delta_Value:$result);
  let assemblyFormat = [{
    custom<InferredOperand>($lhs, type($lhs)) `,`
    custom<InferredOperand>($rhs, type($rhs)) attr-dict
    `:` qualified(type($result))
  }];
}

#endif // SLUICE_DELTA_ADJOINT
