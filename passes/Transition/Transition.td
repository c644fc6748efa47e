//===- Transition.td - a step's transition alone -----------*- tablegen -*-===//

#ifndef SLUICE_PASSES_TRANSITION
#define SLUICE_PASSES_TRANSITION

include "mlir/Pass/PassBase.td"

def Transition : Pass<"delta-transition", "::mlir::ModuleOp"> {
  let summary = "keep a step's transition, and drop what the step adds";
  let description = [{
    A step of class linear or delta is affine in its states. Over any number of
    tokens S ↦ M S + R: M is their *transition*, Π (I + Σ β x aᵀ) Diag(e^g), a
    K × K matrix; R is what the tokens write into a state of zeros. This pass
    rewrites each recurrence so that it computes M: its own linear part, run with
    V = K on the identity. Of every write's value y = c + Σ β_r R_r the constant c
    goes; plain writes, outputs and value arguments go. With n states that feed
    each other M is n × n blocks: block (i, j) is final state i of a run with the
    identity in state j and zeros elsewhere. Corrections from the right give S M,
    a V × V matrix, with K = V.

    That is what lets a sequence be cut in segments that are scanned in parallel
    and joined exactly.

    Fails, with an error that says why, where M differs from one column of the
    state to another: a decay or a coefficient along the axis that reads do not
    contract.

    This input

    ```mlir
    delta.recurrence @delta_rule
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>, %beta: !delta.scalar)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %p = delta.read %S, %k
      %e = delta.sub %v, %p
      %u = delta.mul %beta, %e
      %S1 = delta.write %S, %k, %u
      %o = delta.read %S1, %q
      delta.yield states(%S1) outputs(%o)
    }
    ```

    becomes

    ```mlir
    delta.recurrence @delta_rule
        qk_heads(%k: !delta.vec<key>) v_heads(%beta: !delta.scalar)
        state(%S: !delta.state<key, value>) -> () {
      %b = delta.neg %beta
      %p = delta.read %S, %k
      %u = delta.mul %b, %p
      %S1 = delta.write %S, %k, %u
      delta.yield states(%S1) outputs()
    }
    ```
  }];
  let dependentDialects = ["::sluice::delta::DeltaDialect"];
}

#endif // SLUICE_PASSES_TRANSITION
