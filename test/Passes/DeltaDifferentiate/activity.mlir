// RUN: sluice-opt %s --delta-differentiate=gradients=q | FileCheck %s --check-prefix=Q
// RUN: sluice-opt %s --delta-differentiate=gradients=v | FileCheck %s --check-prefix=V
// RUN: sluice-opt %s --delta-differentiate=gradients=M,q | FileCheck %s --check-prefix=STATE

// What is not asked for is not computed, what is not used not taken. The output
// is read from S by q: no gradient by a state leads to it.

// Q-LABEL: delta.adjoint @two_adjoint of @two
// Q-NEXT:      v_heads(%v: !delta.vec<value>)
// Q-NEXT:      qk_heads(%k: !delta.vec<key>)
// Q-NEXT:      state(%S: !delta.state<key, value>)
// Q-NEXT:      v_heads(%do: !delta.vec<value>) -> qk_heads(dq: !delta.vec<key>) {
// Q-NEXT:    %[[S1:.+]] = delta.write %S, %k, %v
// Q-NEXT:    %[[DQ:.+]] = delta.read %[[S1]], %do
// Q-NEXT:    delta.yield states() outputs(%[[DQ]])

// v is written to S alone, and no derivative by it needs a state before a token.

// V-LABEL: delta.adjoint @two_adjoint of @two
// V-NEXT:      qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
// V-NEXT:      v_heads(%do: !delta.vec<value>)
// V-NEXT:      state(%dS: !delta.state<key, value>) -> (dv: !delta.vec<value>) {
// V-NEXT:    %[[DS1:.+]] = delta.write %dS, %q, %do
// V-NEXT:    %[[DV:.+]] = delta.read %[[DS1]], %k
// V-NEXT:    delta.yield states(%[[DS1]]) outputs(%[[DV]])

// The state that is asked for leads back, and no other.

// STATE-LABEL: delta.adjoint @two_adjoint of @two
// STATE:           state(%dM: !delta.state<key, value>) -> qk_heads(dq: !delta.vec<key>) {
// STATE:         %[[DM:.+]] = delta.decay %dM, %g
// STATE:         delta.yield states(%[[DM]]) outputs(%{{.+}})
delta.recurrence @two
    v_heads(%v: !delta.vec<value>, %g: !delta.scalar)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>)
    -> (o: !delta.vec<value>) {
  %S1 = delta.write %S, %k, %v
  %M1 = delta.decay %M, %g
  %o = delta.read %S1, %q
  delta.yield states(%S1, %M1) outputs(%o)
}
