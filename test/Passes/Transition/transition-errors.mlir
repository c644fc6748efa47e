// RUN: sluice-opt %s --delta-transition --split-input-file --verify-diagnostics

// expected-error@+1 {{the transition of @value_decay is no matrix: a decay varies along value}}
delta.recurrence @value_decay
    qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %S1 = delta.decay %S, %g
  %o = delta.read %S1, %k
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o)
}

// -----

// expected-error@+1 {{the transition of @vector_beta is no matrix: a coefficient of a correction varies along value}}
delta.recurrence @vector_beta
    qk_heads(%k: !delta.vec<key>)
    v_heads(%beta: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %p = delta.read %S, %k
  %u = delta.mul %beta, %p
  %S1 = delta.write %S, %k, %u
  delta.yield states(%S1) outputs()
}

// -----

delta.recurrence @nonlinear
    qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> () {
  %p = delta.read %S, %k
  // expected-error@+1 {{the transition of @nonlinear is no matrix: 'delta.tanh' is not linear in what was read from a state}}
  %t = delta.tanh %p
  %S1 = delta.write %S, %k, %t
  delta.yield states(%S1) outputs()
}
