// RUN: sluice-opt %s -split-input-file -verify-diagnostics
// One case for each rule; the numbers are those of docs/spec.md.

// R11: the axes of types.

// expected-error@+1 {{the axes of a state are key, value in this order, found value, key}}
func.func private @transposed(!delta.state<value, key>)

// -----

// expected-error@+1 {{the axes of a state are key, value in this order, found key, key}}
func.func private @square(!delta.state<key, key>)

// -----

// expected-error@+1 {{expected one of [key, value] for an axis of the state, got: time}}
func.func private @axis(!delta.vec<time>)
