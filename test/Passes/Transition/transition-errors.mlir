// RUN: sluice-opt %s --delta-transition --split-input-file --verify-diagnostics

// The operation that is the reason says so, and a read says which axis matters.

delta.recurrence @value_decay
    qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{the transition of @value_decay is not a matrix: a decay varies along value}}
  %S1 = delta.decay %S, %g
  // expected-note@+1 {{this read contracts key}}
  %o = delta.read %S1, %k
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o)
}

// -----

delta.recurrence @vector_beta
    qk_heads(%k: !delta.vec<key>)
    v_heads(%beta: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  // expected-note@+1 {{this read contracts key}}
  %p = delta.read %S, %k
  // expected-error@+1 {{the transition of @vector_beta is not a matrix: a coefficient of a correction varies along value}}
  %u = delta.mul %beta, %p
  %S1 = delta.write %S, %k, %u
  delta.yield states(%S1) outputs()
}

// -----

delta.recurrence @nonlinear
    qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> () {
  %p = delta.read %S, %k
  // expected-error@+1 {{the transition of @nonlinear is not a matrix: 'delta.tanh' is not linear in what was read from a state}}
  %t = delta.tanh %p
  %S1 = delta.write %S, %k, %t
  delta.yield states(%S1) outputs()
}

// -----

delta.recurrence @scalar_of_values
    qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{the transition of @scalar_of_values is not a matrix: argument 'v' varies along value}}
  %m = delta.reduce sum %v
  %S1 = delta.decay %S, %m
  // expected-note@+1 {{this read contracts key}}
  %o = delta.read %S1, %k
  delta.yield states(%S1) outputs(%o)
}
