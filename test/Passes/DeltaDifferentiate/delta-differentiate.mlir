// RUN: sluice-opt %s --delta-differentiate --mlir-use-nameloc-as-prefix | FileCheck %s
// RUN: sluice-opt %source/lib/Variants/kda.mlir --delta-differentiate --mlir-use-nameloc-as-prefix | FileCheck %s --check-prefix=KDA

// What is read becomes a write, what is written a read; the step's own operations
// stand in front, as far as derivatives need them.

// CHECK-LABEL: delta.recurrence @linear_attention
// CHECK:       delta.adjoint @linear_attention_adjoint of @linear_attention
// CHECK-NEXT:      qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
// CHECK-NEXT:      v_heads(%v: !delta.vec<value>)
// CHECK-NEXT:      state(%S: !delta.state<key, value>)
// CHECK-NEXT:      v_heads(%do: !delta.vec<value>)
// CHECK-NEXT:      state(%dS: !delta.state<key, value>) -> qk_heads(dq: !delta.vec<key>, dk: !delta.vec<key>) v_heads(dv: !delta.vec<value>) {
// CHECK-NEXT:    %S1 = delta.write %S, %k, %v
// CHECK-NEXT:    %dS_0 = delta.write %dS, %q, %do
// CHECK-NEXT:    %dq = delta.read %S1, %do
// CHECK-NEXT:    %dk = delta.read %dS_0, %v
// CHECK-NEXT:    %dv = delta.read %dS_0, %k
// CHECK-NEXT:    delta.yield states(%dS_0) outputs(%dq, %dk, %dv)
delta.recurrence @linear_attention
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %S1 = delta.write %S, %k, %v
  %o = delta.read %S1, %q
  delta.yield states(%S1) outputs(%o)
}

// A gate's gradient is a sum over the decayed state, along the gate's axis or, of
// a scalar, over all of it.

// CHECK-LABEL: delta.adjoint @gated_delta_rule_adjoint
// CHECK:         %S1 = delta.decay %S, %g
// CHECK-NEXT:    %p = delta.read %S1, %k
// CHECK-NEXT:    %e = delta.sub %v, %p
// CHECK-NEXT:    %u = delta.mul %beta, %e
// CHECK-NEXT:    %S2 = delta.write %S1, %k, %u
// CHECK-NEXT:    %dS2 = delta.write %dS, %q, %do
// CHECK-NEXT:    %dq = delta.read %S2, %do
// CHECK-NEXT:    %[[DK:.+]] = delta.read %dS2, %u
// CHECK-NEXT:    %du = delta.read %dS2, %k
// CHECK-NEXT:    %[[DUE:.+]] = delta.chain %du, %e
// CHECK-NEXT:    %dbeta = delta.reduce {{ *}}sum %[[DUE]]
// CHECK-NEXT:    %dv = delta.chain %du, %beta
// CHECK-NEXT:    %dp = delta.neg %dv
// CHECK-NEXT:    %dS1 = delta.write %dS2, %k, %dp
// CHECK-NEXT:    %[[DK2:.+]] = delta.read %S1, %dp
// CHECK-NEXT:    %dk = delta.add %[[DK]], %[[DK2]]
// CHECK-NEXT:    %dS_0 = delta.decay %dS1, %g
// CHECK-NEXT:    %dg = delta.dot_states %dS1, %S1 : !delta.scalar
// CHECK-NEXT:    delta.yield states(%dS_0) outputs(%dq, %dk, %dv, %dg, %dbeta)
delta.recurrence @gated_delta_rule
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.scalar, %beta: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %S1 = delta.decay %S, %g
  %p = delta.read %S1, %k
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S2 = delta.write %S1, %k, %u
  %o = delta.read %S2, %q
  delta.yield states(%S2) outputs(%o)
}

// KDA-LABEL: delta.adjoint @kda_adjoint
// KDA:         %dS2 = delta.write %dS, %qs, %do
// KDA-NEXT:    %dqs = delta.read %S2, %do
// KDA-NEXT:    %dq = delta.chain %dqs, %c
// KDA:         %dS_0 = delta.decay %dS1, %g
// KDA-NEXT:    %dg = delta.dot_states %dS1, %S1 : !delta.vec<key>
// KDA-NEXT:    delta.yield states(%dS_0) outputs(%dq, %dk, %dv, %dg, %dbeta)

// Several states: sums of them hand gradients to both, one that nothing depends
// on has zeros, and one that is yielded twice has both gradients.

// CHECK-LABEL: delta.adjoint @states_adjoint
// CHECK-NEXT:      v_heads(%f: !delta.scalar)
// CHECK-NEXT:      state(%A: !delta.state<key, value>, %dA: !delta.state<key, value>, %dB: !delta.state<key, value>, %dC: !delta.state<key, value>) -> (df: !delta.scalar) {
// CHECK-NEXT:    %dB_0 = delta.add_states %dA, %dC
// CHECK-NEXT:    %dD = delta.add_states %dB, %dB_0
// CHECK-NEXT:    %dA_1 = delta.scale_state %dD, %f
// CHECK-NEXT:    %df = delta.dot_states %dD, %A : !delta.scalar
// CHECK-NEXT:    %[[ZERO:.+]] = delta.zero : !delta.state<key, value>
// CHECK-NEXT:    delta.yield states(%dA_1, %dB_0, %[[ZERO]]) outputs(%df)
delta.recurrence @states
    v_heads(%f: !delta.scalar)
    state(%A: !delta.state<key, value>, %B: !delta.state<key, value>,
          %C: !delta.state<key, value>) -> () {
  %D = delta.scale_state %A, %f
  %E = delta.add_states %D, %B
  delta.yield states(%E, %D, %E) outputs()
}

// Gradients have the kinds of arguments, and those of outputs the outputs'.

// CHECK-LABEL: delta.adjoint @kinds_adjoint
// CHECK-NEXT:      params(%p: !delta.vec<key>)
// CHECK-NEXT:      qk_heads(%q: !delta.vec<key>, %dm: !delta.vec<key>)
// CHECK-NEXT:      params(%dn: !delta.scalar)
// CHECK-NEXT:      state(%dS: !delta.state<key, value>) -> params(dp: !delta.vec<key>) qk_heads(dq: !delta.vec<key>) {
delta.recurrence @kinds
    params(%p: !delta.vec<key>) qk_heads(%q: !delta.vec<key>)
    state(%S: !delta.state<key, value>)
    -> qk_heads(m: !delta.vec<key>) params(n: !delta.scalar) {
  %m = delta.mul %p, %q
  %n = delta.reduce sum %q
  delta.yield states(%S) outputs(%m, %n)
}

// Where there is no derivative, the subgradient is a choice.

// CHECK-LABEL: delta.adjoint @choices_adjoint
// CHECK:         %[[ONE:.+]] = delta.constant 1.0
// CHECK-NEXT:    %[[ZERO:.+]] = delta.constant 0.0
// CHECK-NEXT:    %[[EQUAL:.+]] = delta.select %z, %m, %[[ONE]], %[[ZERO]]
// CHECK-NEXT:    %[[COUNT:.+]] = delta.reduce {{ *}}sum %[[EQUAL]]
// CHECK-NEXT:    %[[SHARE:.+]] = delta.div %[[EQUAL]], %[[COUNT]]
// CHECK-NEXT:    %dz = delta.chain %dm, %[[SHARE]]
// CHECK-NEXT:    %[[OFX:.+]] = delta.select %x, %y, %[[ONE]], %[[ZERO]]
// CHECK-NEXT:    %dx = delta.chain %dz, %[[OFX]]
// CHECK-NEXT:    %[[OFY:.+]] = delta.select %x, %y, %[[ZERO]], %[[ONE]]
// CHECK-NEXT:    %dy = delta.chain %dz, %[[OFY]]
delta.recurrence @choices
    v_heads(%x: !delta.vec<key>, %y: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (m: !delta.scalar) {
  %z = delta.max %x, %y
  %m = delta.reduce max %z
  delta.yield states(%S) outputs(%m)
}
