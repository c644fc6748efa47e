// RUN: sluice-opt %s -split-input-file -verify-diagnostics
// One case for each rule; the numbers are those of docs/spec.md.

// R11: the axes of types.

// expected-error@+1 {{the axes of a state are key, value in this order, found value, key}}
func.func private @transposed(!delta.state<value, key>)

// -----

// expected-error@+1 {{the axes of a state are key, value in this order, found key, key}}
func.func private @square(!delta.state<key, key>)

// -----

// expected-error@+2 {{expected ::sluice::delta::Axis to be one of: key, value}}
// expected-error@+1 {{failed to parse Delta_VecType parameter 'axis' which is to be a `::sluice::delta::Axis`}}
func.func private @axis(!delta.vec<time>)
