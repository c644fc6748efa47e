// RUN: sluice-opt %s --split-input-file --verify-diagnostics --delta-differentiate

// What is named as a gradient would be two tensors.

// expected-error@+1 {{recurrence @arguments has no adjoint: argument 'dt' has the name of the gradient by argument 't'}}
delta.recurrence @arguments
    v_heads(%t: !delta.scalar, %dt: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.scalar, p: !delta.scalar) {
  delta.yield states(%S) outputs(%t, %dt)
}

// -----

// expected-error@+1 {{recurrence @outputs has no adjoint: argument 'do' has the name of the gradient by output 'o'}}
delta.recurrence @outputs
    v_heads(%do: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.scalar) {
  delta.yield states(%S) outputs(%do)
}

// -----

// expected-error@+1 {{recurrence @states has no adjoint: argument 'dS' has the name of the gradient by argument 'S'}}
delta.recurrence @states
    v_heads(%dS: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.scalar) {
  delta.yield states(%S) outputs(%dS)
}

// -----

// expected-error@+1 {{recurrence @tensors has no adjoint: argument 'dfinal_state' has the name of the gradient by 'final_state'}}
delta.recurrence @tensors
    v_heads(%dfinal_state: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.scalar) {
  delta.yield states(%S) outputs(%dfinal_state)
}

// -----

// expected-error@+1 {{recurrence @twice has no adjoint: the gradients by state 'S' and output 'S' have one name}}
delta.recurrence @twice
    v_heads(%q: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (S: !delta.scalar) {
  delta.yield states(%S) outputs(%q)
}
