//===- SingleSweep.td - one sweep of the state a token -----*- tablegen -*-===//

#ifndef SLUICE_PASSES_SINGLESWEEP
#define SLUICE_PASSES_SINGLESWEEP

include "mlir/Pass/PassBase.td"

def SingleSweep : Pass<"delta-single-sweep", "::sluice::delta::RecurrenceOp"> {
  let summary = "let every read see an incoming state";
  let description = [{
    A step that decays, reads, writes and reads again would pass over the
    matrix once for each. This pass moves every read above the operations that
    made the state it sees, by linearity:

      aᵀ(Diag(f) S)    = (f ∘ a)ᵀ S
      aᵀ(S Diag(f))    = (aᵀ S) ∘ f
      aᵀ(S + x yᵀ)     = aᵀ S + (a · x) y
      aᵀ(A + B)        = aᵀ A + aᵀ B

    and the same from the right. Afterwards a token's reads need the incoming
    states only, so one sweep over the state can apply the previous token's
    update and form this token's reads.

    Log gates become factors (`delta.decay` by g is `delta.scale_state` by
    e^g), so that one exponential serves the update and the reads, and
    `delta.l2norm` is spelled out as a dot product and a product.

    Needs: nothing. Guarantees: the state operand of every read is a block
    argument; no `delta.decay`, no `delta.l2norm`. The meaning is unchanged in
    exact arithmetic; no factor is inverted or divided by, so gates of −inf
    and factors of 0 stay legal.

    This input

    ```mlir
    delta.recurrence @gated
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>, %g: !delta.scalar)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %S1 = delta.decay %S, %g
      %S2 = delta.write %S1, %k, %v
      %o = delta.read %S2, %q
      delta.yield states(%S2) outputs(%o)
    }
    ```

    becomes

    ```mlir
    delta.recurrence @gated
        qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
        v_heads(%v: !delta.vec<value>, %g: !delta.scalar)
        state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
      %f = delta.exp %g
      %S1 = delta.scale_state %S, %f
      %S2 = delta.write %S1, %k, %v
      %c = delta.dot %q, %k
      %w = delta.mul %c, %v
      %a = delta.mul %f, %q
      %r = delta.read %S, %a
      %o = delta.add %w, %r
      delta.yield states(%S2) outputs(%o)
    }
    ```
  }];
  let dependentDialects = ["::sluice::delta::DeltaDialect"];
}

#endif // SLUICE_PASSES_SINGLESWEEP
