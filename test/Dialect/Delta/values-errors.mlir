// RUN: sluice-opt %s -split-input-file -verify-diagnostics
// One case for each rule; the numbers are those of docs/spec.md.

// R8: each operand has the kind that the operation asks for.

delta.recurrence @binary_state
    v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.add' op operand #0 must be a scalar or a vector, but got '!delta.state<key, value>'}}
  %r = delta.add %S, %b
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @unary_state state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.exp' op operand #0 must be a scalar or a vector, but got '!delta.state<key, value>'}}
  %r = delta.exp %S
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @unary_result
    v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.exp' op requires the same type for all operands and results}}
  %r = "delta.exp"(%b) : (!delta.scalar) -> !delta.vec<key>
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @dot_scalar
    v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.dot' op operand #0 must be a vector along an axis, but got '!delta.scalar'}}
  %r = delta.dot %b, %b
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @reduce_scalar
    v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.reduce' op operand #0 must be a vector along an axis, but got '!delta.scalar'}}
  %r = delta.reduce sum %b
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @l2norm_scalar
    v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.l2norm' op operand #0 must be a vector along an axis, but got '!delta.scalar'}}
  %r = delta.l2norm %b
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @broadcast_vector
    v_heads(%v: !delta.vec<value>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.broadcast' op operand #0 must be a scalar, but got '!delta.vec<value>'}}
  %r = delta.broadcast %v : !delta.vec<key>
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @broadcast_to_scalar
    v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.broadcast' op result #0 must be a vector along an axis, but got '!delta.scalar'}}
  %r = delta.broadcast %b : !delta.scalar
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @integer state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{expected '1.0', found '1': a number has a point, and digits on both sides of it}}
  %r = delta.constant 1
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @single_precision state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.constant' op attribute 'value' failed to satisfy constraint: 64-bit float attribute}}
  %r = "delta.constant"() <{value = 1.0 : f32}> : () -> !delta.scalar
  delta.yield states(%S) outputs()
}

// -----

// R9: two vectors run along one axis.

delta.recurrence @add_axes
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.add' op operands run along different axes: '!delta.vec<key>' and '!delta.vec<value>'}}
  %r = delta.add %k, %v
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @sub_axes
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.sub' op operands run along different axes: '!delta.vec<key>' and '!delta.vec<value>'}}
  %r = delta.sub %k, %v
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @mul_axes
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.mul' op operands run along different axes: '!delta.vec<key>' and '!delta.vec<value>'}}
  %r = delta.mul %k, %v
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @div_axes
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.div' op operands run along different axes: '!delta.vec<key>' and '!delta.vec<value>'}}
  %r = delta.div %k, %v
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @max_axes
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.max' op operands run along different axes: '!delta.vec<key>' and '!delta.vec<value>'}}
  %r = delta.max %k, %v
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @min_axes
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.min' op operands run along different axes: '!delta.vec<key>' and '!delta.vec<value>'}}
  %r = delta.min %k, %v
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @dot_axes
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.dot' op operands run along different axes: '!delta.vec<key>' and '!delta.vec<value>'}}
  %r = delta.dot %k, %v
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @result
    qk_heads(%k: !delta.vec<key>) v_heads(%b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+2 {{'delta.mul' op inferred type(s) '!delta.vec<key>' are incompatible with return type(s) of operation '!delta.scalar'}}
  // expected-error@+1 {{'delta.mul' op failed to infer returned types}}
  %r = "delta.mul"(%k, %b) : (!delta.vec<key>, !delta.scalar) -> !delta.scalar
  delta.yield states(%S) outputs()
}

// -----

// R12: ε is a number, and not negative.

delta.recurrence @epsilon
    qk_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.l2norm' op epsilon is not negative, found -1.000000e+00}}
  %r = delta.l2norm %k {epsilon = -1.0 : f64}
  delta.yield states(%S) outputs()
}

// -----

delta.recurrence @epsilon_nan
    qk_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.l2norm' op epsilon is not negative, found nan}}
  %r = delta.l2norm %k {epsilon = 0x7FF8000000000000 : f64}
  delta.yield states(%S) outputs()
}
