// RUN: sluice-opt %s -split-input-file -verify-diagnostics

// R19: what only derivatives need stands in one.

delta.recurrence @zero_outside
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.zero' op stands in a delta.adjoint only}}
  %Z = delta.zero : !delta.state<key, value>
  delta.yield states(%Z) outputs()
}

// -----

delta.recurrence @dot_outside
    state(%S: !delta.state<key, value>) -> (o: !delta.scalar) {
  // expected-error@+1 {{'delta.dot_states' op stands in a delta.adjoint only}}
  %o = delta.dot_states %S, %S : !delta.scalar
  delta.yield states(%S) outputs(%o)
}

// -----

// R20: an adjoint is of a recurrence beside it.

// expected-error@+1 {{'delta.adjoint' op is the adjoint of a recurrence beside it, found '@missing'}}
delta.adjoint @a of @missing -> () {
  delta.yield states() outputs()
}

// -----

delta.recurrence @r state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}
// expected-error@+1 {{custom op 'delta.adjoint' expected 'of'}}
delta.adjoint @a @r -> () {
  delta.yield states() outputs()
}

// -----

// R21: what it takes and gives has the names, kinds and types of the recurrence's.

// expected-note@+1 {{the recurrence is here}}
delta.recurrence @r
    v_heads(%x: !delta.scalar) state(%S: !delta.state<key, value>)
    -> (o: !delta.scalar) {
  delta.yield states(%S) outputs(%x)
}
// expected-error@+1 {{'delta.adjoint' op argument 'dx' is none of '@r', and not the gradient by an output or state of it}}
delta.adjoint @a of @r v_heads(%dx: !delta.scalar) -> () {
  delta.yield states() outputs()
}

// -----

// expected-note@+1 {{the recurrence is here}}
delta.recurrence @r
    v_heads(%x: !delta.scalar) state(%S: !delta.state<key, value>)
    -> (o: !delta.scalar) {
  delta.yield states(%S) outputs(%x)
}
// expected-error@+1 {{'delta.adjoint' op argument 'x': expected v_heads(%x: !delta.scalar), found qk_heads(%x: !delta.scalar)}}
delta.adjoint @a of @r qk_heads(%x: !delta.scalar) -> () {
  delta.yield states() outputs()
}

// -----

// expected-note@+1 {{the recurrence is here}}
delta.recurrence @r
    v_heads(%x: !delta.scalar) state(%S: !delta.state<key, value>)
    -> params(o: !delta.scalar) {
  delta.yield states(%S) outputs(%x)
}
// expected-error@+1 {{'delta.adjoint' op argument 'do': expected params(%do: !delta.scalar), found v_heads(%do: !delta.scalar)}}
delta.adjoint @a of @r v_heads(%do: !delta.scalar) -> () {
  delta.yield states() outputs()
}

// -----

// expected-note@+1 {{the recurrence is here}}
delta.recurrence @r
    v_heads(%x: !delta.scalar) state(%S: !delta.state<key, value>)
    -> (o: !delta.scalar) {
  delta.yield states(%S) outputs(%x)
}
// expected-error@+1 {{'delta.adjoint' op output 'dS' is not the gradient by an argument of '@r' that is no state}}
delta.adjoint @a of @r v_heads(%x: !delta.scalar) -> (dS: !delta.scalar) {
  delta.yield states() outputs(%x)
}

// -----

// expected-note@+1 {{the recurrence is here}}
delta.recurrence @r
    v_heads(%x: !delta.scalar, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.scalar) {
  delta.yield states(%S) outputs(%x)
}
// expected-error@+1 {{'delta.adjoint' op output 'dk': expected v_heads(dk: !delta.vec<key>), found v_heads(dk: !delta.scalar)}}
delta.adjoint @a of @r v_heads(%x: !delta.scalar) -> (dk: !delta.scalar) {
  delta.yield states() outputs(%x)
}

// -----

// R6: the gradient by each state of which it has the one behind the token.

delta.recurrence @r state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}
// expected-note@+1 {{the states are declared here}}
delta.adjoint @a of @r
    state(%S: !delta.state<key, value>, %dS: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.yield' op yields 0 states, expected 1: 'dS' is missing}}
  delta.yield states() outputs()
}

// -----

delta.recurrence @r state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}
// expected-note@+1 {{the states are declared here}}
delta.adjoint @a of @r state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'delta.yield' op yields 1 states, expected 0: '%S' is one too many}}
  delta.yield states(%S) outputs()
}
