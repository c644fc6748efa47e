// RUN: sluice-opt %s --split-input-file --verify-diagnostics --delta-differentiate=gradients=q

// What is asked for is an argument,

// expected-error@+1 {{recurrence @unknown has no argument 'q' to differentiate by}}
delta.recurrence @unknown
    v_heads(%x: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.scalar) {
  delta.yield states(%S) outputs(%x)
}

// -----

// and influences something.

// expected-error@+1 {{argument 'q' of recurrence @unused has no gradient: no output and no next state depends on it}}
delta.recurrence @unused
    // expected-warning@+1 {{argument '%q' reaches no output and no next state}}
    v_heads(%q: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}
