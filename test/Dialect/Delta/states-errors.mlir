// RUN: sluice-opt %s -split-input-file -verify-diagnostics
// One case for each rule; the numbers are those of docs/spec.md.

// R7: a value is defined above its use, and is a value of the dialect.

delta.recurrence @undeclared state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{custom op 'delta.decay' use of undeclared value '%g': a step uses values above the use only}}
  %S1 = delta.decay %S, %g
  delta.yield states(%S1) outputs()
}

// -----

delta.recurrence @defined_below
    v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{custom op 'delta.decay' use of undeclared value '%g': a step uses values above the use only}}
  %S1 = delta.decay %S, %g
  %g = delta.log %b
  delta.yield states(%S1) outputs()
}

// -----

delta.recurrence @undeclared_in_yield
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{custom op 'delta.yield' use of undeclared value '%S1': a step uses values above the use only}}
  delta.yield states(%S1) outputs()
}

// -----

delta.recurrence @foreign_value state(%S: !delta.state<key, value>) -> () {
  %f = arith.constant 1.0 : f64
  // expected-error@+1 {{custom op 'delta.decay' value '%f' is not a scalar, a vector or a state}}
  %S1 = delta.decay %S, %f
  delta.yield states(%S1) outputs()
}

// -----

// R8: each operand has the kind that the operation asks for.

delta.recurrence @decay_scalar
    v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.decay' op operand #0 must be a state, but got '!delta.scalar'}}
  %S1 = delta.decay %b, %b
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @decay_by_state state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.decay' op operand #1 must be a scalar or a vector, but got '!delta.state<key, value>'}}
  %S1 = delta.decay %S, %S
  delta.yield states(%S1) outputs()
}

// -----

delta.recurrence @decay_result
    v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.decay' op result #0 must be a state, but got '!delta.scalar'}}
  %S1 = "delta.decay"(%S, %b) : (!delta.state<key, value>, !delta.scalar) -> !delta.scalar
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @scale_vector
    v_heads(%v: !delta.vec<value>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.scale_state' op operand #0 must be a state, but got '!delta.vec<value>'}}
  %S1 = delta.scale_state %v, %v
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @scale_by_state state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.scale_state' op operand #1 must be a scalar or a vector, but got '!delta.state<key, value>'}}
  %S1 = delta.scale_state %S, %S
  delta.yield states(%S1) outputs()
}

// -----

delta.recurrence @read_with_scalar
    v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.read' op reads a state with a vector, found '!delta.state<key, value>' and '!delta.scalar'}}
  %p = delta.read %S, %b
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @read_of_vector
    v_heads(%v: !delta.vec<value>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.read' op reads a state with a vector, found '!delta.vec<value>' and '!delta.vec<value>'}}
  %p = delta.read %v, %v
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @read_result
    qk_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+2 {{'delta.read' op inferred type(s) '!delta.vec<value>' are incompatible with return type(s) of operation '!delta.vec<key>'}}
  // expected-error@+1 {{'delta.read' op failed to infer returned types}}
  %p = "delta.read"(%S, %k) : (!delta.state<key, value>, !delta.vec<key>) -> !delta.vec<key>
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @write_scalar
    qk_heads(%k: !delta.vec<key>) v_heads(%b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.write' op operand #2 must be a vector along an axis, but got '!delta.scalar'}}
  %S1 = delta.write %S, %k, %b
  delta.yield states(%S1) outputs()
}

// -----

delta.recurrence @add_vector
    v_heads(%v: !delta.vec<value>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.add_states' op operand #1 must be a state, but got '!delta.vec<value>'}}
  %S1 = delta.add_states %S, %v
  delta.yield states(%S1) outputs()
}

// -----

// R10: a write's first vector runs along the rows, its second along the columns.

delta.recurrence @write_first
    v_heads(%v: !delta.vec<value>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.write' op the first vector runs along key, found value}}
  %S1 = delta.write %S, %v, %v
  delta.yield states(%S1) outputs()
}

// -----

delta.recurrence @write_second
    qk_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.write' op the second vector runs along value, found key}}
  %S1 = delta.write %S, %k, %k
  delta.yield states(%S1) outputs()
}

// -----

// R14: the operations of a step stand in a recurrence.

func.func @outside(%S: !delta.state<key, value>, %b: !delta.scalar) {
  // expected-error@+1 {{'delta.decay' op expects parent op 'delta.recurrence'}}
  %S1 = delta.decay %S, %b
  return
}

// -----

func.func @yield_outside(%S: !delta.state<key, value>) {
  // expected-error@+1 {{'delta.yield' op expects parent op to be one of 'delta.recurrence, delta.adjoint'}}
  delta.yield states(%S) outputs()
}
