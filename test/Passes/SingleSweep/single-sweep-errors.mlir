// RUN: sluice-opt %s --verify-diagnostics --pass-pipeline='builtin.module(delta.recurrence(delta-single-sweep))'

// Seven sums of states that decay differently along value: 128 products of
// gates, more than the pass is willing to write out.
delta.recurrence @too_many_ways
    qk_heads(%q: !delta.vec<key>)
    v_heads(%f0: !delta.vec<value>, %f1: !delta.vec<value>, %f2: !delta.vec<value>, %f3: !delta.vec<value>, %f4: !delta.vec<value>, %f5: !delta.vec<value>, %f6: !delta.vec<value>)
    state(%S0: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %F0 = delta.scale_state %S0, %f0
  %S1 = delta.add_states %S0, %F0
  %F1 = delta.scale_state %S1, %f1
  %S2 = delta.add_states %S1, %F1
  %F2 = delta.scale_state %S2, %f2
  %S3 = delta.add_states %S2, %F2
  %F3 = delta.scale_state %S3, %f3
  %S4 = delta.add_states %S3, %F3
  %F4 = delta.scale_state %S4, %f4
  %S5 = delta.add_states %S4, %F4
  %F5 = delta.scale_state %S5, %f5
  %S6 = delta.add_states %S5, %F5
  %F6 = delta.scale_state %S6, %f6
  %S7 = delta.add_states %S6, %F6
  // expected-error @+1 {{'delta.read' op reads a sum of states that decay along value in more than 64 different ways}}
  %o = delta.read %S7, %q
  delta.yield states(%S7) outputs(%o)
}
