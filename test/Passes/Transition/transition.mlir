// What a step adds goes: constants of corrections, plain writes, outputs and
// the arguments that only they used.
// RUN: sluice-opt %s --delta-transition --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: delta.recurrence @delta_rule
// CHECK-NEXT:      qk_heads(%k: !delta.vec<key>)
// CHECK-NEXT:      v_heads(%beta: !delta.scalar)
// CHECK-NEXT:      state(%S: !delta.state<key, value>) -> () {
// CHECK-DAG:     %[[P:.+]] = delta.read %S, %k
// CHECK-DAG:     %[[B:.+]] = delta.neg %beta
// CHECK:         %[[Y:.+]] = delta.mul %[[B]], %[[P]]
// CHECK:         %[[S:.+]] = delta.write %S, %k, %[[Y]]
// CHECK:         delta.yield states(%[[S]]) outputs()
delta.recurrence @delta_rule
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %beta: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %p = delta.read %S, %k
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S1 = delta.write %S, %k, %u
  %o = delta.read %S1, %q
  delta.yield states(%S1) outputs(%o)
}

// -----

// A linear step keeps its decay and nothing else.
// CHECK-LABEL: delta.recurrence @gla
// CHECK-NEXT:      v_heads(%g: !delta.vec<key>)
// CHECK:         %[[S:.+]] = delta.decay %S, %g
// CHECK-NEXT:    delta.yield states(%[[S]]) outputs()
delta.recurrence @gla
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  %o = delta.read %S2, %q
  delta.yield states(%S2) outputs(%o)
}

// -----

// States that feed each other stay together.
// CHECK-LABEL: delta.recurrence @coupled
// CHECK:         %[[D:.+]] = delta.decay %S, %g
// CHECK:         %[[A:.+]] = delta.add_states %[[D]], %M
// CHECK:         delta.yield states(%[[A]], %M) outputs()
delta.recurrence @coupled
    qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.scalar)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) -> () {
  %M1 = delta.write %M, %k, %v
  %S1 = delta.decay %S, %g
  %S2 = delta.add_states %S1, %M1
  delta.yield states(%S2, %M1) outputs()
}

// -----

// Ranges stay with the arguments that stay.
// CHECK-LABEL: delta.recurrence @ranges
// CHECK-NEXT:      v_heads(%f: !delta.vec<key>, %g: !delta.vec<key> range(-5.000000e+00, 0.000000e+00))
// CHECK-NEXT:      state
delta.recurrence @ranges
    v_heads(%v: !delta.vec<value> range(0.0, 1.0), %f: !delta.vec<key>,
            %x: !delta.vec<key>, %g: !delta.vec<key> range(-5.0, 0.0))
    state(%S: !delta.state<key, value>) -> () {
  %S1 = delta.decay %S, %g
  %S2 = delta.scale_state %S1, %f
  %S3 = delta.write %S2, %x, %v
  delta.yield states(%S3) outputs()
}

// -----

// And of none that has a range nothing is left.
// CHECK-LABEL: delta.recurrence @no_ranges
// CHECK-NEXT:      v_heads(%g: !delta.vec<key>)
// CHECK-NEXT:      state
delta.recurrence @no_ranges
    v_heads(%v: !delta.vec<value> range(0.0, 1.0), %x: !delta.vec<key>,
            %g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> () {
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %x, %v
  delta.yield states(%S2) outputs()
}
