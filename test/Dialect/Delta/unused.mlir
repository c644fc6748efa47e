// RUN: sluice-opt %s --split-input-file --verify-diagnostics

// What is computed for nothing is warned of where it is written, once for all
// that leads there.

delta.recurrence @state_value qk_heads(%k: !delta.vec<key>, %q: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %u = delta.neg %v
  // expected-warning@+1 {{the result '%S1' reaches no output and no next state}}
  %S1 = delta.write %S, %k, %u
  %o = delta.read %S, %q
  delta.yield states(%S) outputs(%o)
}

// -----

// expected-warning@+1 {{argument '%q' reaches no output and no next state}}
delta.recurrence @argument qk_heads(%k: !delta.vec<key>, %q: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %S1 = delta.write %S, %k, %v
  delta.yield states(%S1) outputs()
}

// -----

// A state that is forgotten.

delta.recurrence @state qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>,
          // expected-warning@+1 {{argument '%M' reaches no output and no next state}}
          %M: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = delta.read %S, %k
  delta.yield states(%S, %S) outputs(%o)
}

// -----

// Two ends of nothing.

delta.recurrence @two v_heads(%g: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  // expected-warning@+1 {{the result '%a' reaches no output and no next state}}
  %a = delta.exp %g
  // expected-warning@+1 {{the result reaches no output and no next state}}
  %0 = delta.neg %g
  %S1 = delta.decay %S, %g
  delta.yield states(%S1) outputs()
}

// -----

// Passes that leave something unused on their way are no matter of the spec's.

delta.recurrence @all_used qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %f = delta.exp %g
  %S1 = delta.scale_state %S, %f
  %S2 = delta.write %S1, %k, %v
  %o = delta.read %S2, %k
  delta.yield states(%S2) outputs(%o)
}
