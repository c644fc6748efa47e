// RUN: sluice-opt %s -canonicalize | FileCheck %s

// CHECK-LABEL: @nothing_done
// CHECK-NEXT: qk_heads
// CHECK-NEXT: v_heads
// CHECK-NEXT: state
// CHECK-NEXT: delta.yield states(%S) outputs()
delta.recurrence @nothing_done
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %zero = delta.constant 0.0
  %one = delta.constant 1.0
  %zero_key = delta.broadcast %zero : !delta.vec<key>
  %zero_value = delta.broadcast %zero : !delta.vec<value>
  %one_key = delta.broadcast %one : !delta.vec<key>
  %S1 = delta.decay %S, %zero
  %S2 = delta.decay %S1, %zero_value
  %S3 = delta.scale_state %S2, %one
  %S4 = delta.scale_state %S3, %one_key
  %S5 = delta.write %S4, %zero_key, %v
  %S6 = delta.write %S5, %k, %zero_value
  delta.yield states(%S6) outputs()
}

// Logs add.
// CHECK-LABEL: @merge_decays
// CHECK: %[[SUM:.+]] = delta.add %g, %h
// CHECK-NEXT: %[[S:.+]] = delta.decay %S, %[[SUM]]
// CHECK-NEXT: delta.yield states(%[[S]])
delta.recurrence @merge_decays
    v_heads(%g: !delta.vec<key>, %h: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> () {
  %S1 = delta.decay %S, %g
  %S2 = delta.decay %S1, %h
  delta.yield states(%S2) outputs()
}

// A scalar gate apart from a vector's is cheaper than a vector gate.
// CHECK-LABEL: @keep_decays_of_two_kinds
// CHECK: %[[S1:.+]] = delta.decay %S, %g
// CHECK-NEXT: %[[S2:.+]] = delta.decay %[[S1]], %h
// CHECK-NEXT: delta.yield states(%[[S2]])
delta.recurrence @keep_decays_of_two_kinds
    v_heads(%g: !delta.vec<key>, %h: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %S1 = delta.decay %S, %g
  %S2 = delta.decay %S1, %h
  delta.yield states(%S2) outputs()
}

// The state between the two is read.
// CHECK-LABEL: @keep_decays_with_a_read_between
// CHECK: %[[S1:.+]] = delta.decay %S, %g
// CHECK-NEXT: %[[O:.+]] = delta.read %[[S1]], %q
// CHECK-NEXT: %[[S2:.+]] = delta.decay %[[S1]], %g
// CHECK-NEXT: delta.yield states(%[[S2]]) outputs(%[[O]])
delta.recurrence @keep_decays_with_a_read_between
    qk_heads(%q: !delta.vec<key>) v_heads(%g: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %S1 = delta.decay %S, %g
  %o = delta.read %S1, %q
  %S2 = delta.decay %S1, %g
  delta.yield states(%S2) outputs(%o)
}

// A log is kept where there is one.
// CHECK-LABEL: @scale_by_exp
// CHECK-NEXT: v_heads
// CHECK-NEXT: state
// CHECK-NEXT: %[[S:.+]] = delta.decay %S, %g
// CHECK-NEXT: delta.yield states(%[[S]])
delta.recurrence @scale_by_exp
    v_heads(%g: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  %f = delta.exp %g
  %S1 = delta.scale_state %S, %f
  delta.yield states(%S1) outputs()
}

// CHECK-LABEL: @drop_broadcast
// CHECK-NEXT: v_heads
// CHECK-NEXT: state
// CHECK-NEXT: %[[S1:.+]] = delta.decay %S, %b
// CHECK-NEXT: %[[S2:.+]] = delta.scale_state %[[S1]], %b
// CHECK-NEXT: delta.yield states(%[[S2]])
delta.recurrence @drop_broadcast
    v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>) -> () {
  %x = delta.broadcast %b : !delta.vec<key>
  %y = delta.broadcast %b : !delta.vec<value>
  %S1 = delta.decay %S, %x
  %S2 = delta.scale_state %S1, %y
  delta.yield states(%S2) outputs()
}

// CHECK-LABEL: @read_of_scaled
// CHECK: %[[R:.+]] = delta.read %S, %q
// CHECK-NEXT: %[[O:.+]] = delta.mul %b, %[[R]]
// CHECK-NEXT: delta.yield states(%S) outputs(%[[O]])
delta.recurrence @read_of_scaled
    qk_heads(%q: !delta.vec<key>) v_heads(%b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %S1 = delta.scale_state %S, %b
  %o = delta.read %S1, %q
  delta.yield states(%S) outputs(%o)
}

// The factor is a vector, or the scaled state is needed anyway.
// CHECK-LABEL: @keep_read_of_scaled
// CHECK: %[[S1:.+]] = delta.scale_state %S, %f
// CHECK-NEXT: %[[O:.+]] = delta.read %[[S1]], %q
// CHECK-NEXT: %[[S2:.+]] = delta.scale_state %S, %b
// CHECK-NEXT: %[[P:.+]] = delta.read %[[S2]], %q
// CHECK-NEXT: delta.yield states(%[[S2]]) outputs(%[[O]], %[[P]])
delta.recurrence @keep_read_of_scaled
    qk_heads(%q: !delta.vec<key>)
    v_heads(%b: !delta.scalar, %f: !delta.vec<key>)
    state(%S: !delta.state<key, value>)
    -> (o: !delta.vec<value>, p: !delta.vec<value>) {
  %S1 = delta.scale_state %S, %f
  %o = delta.read %S1, %q
  %S2 = delta.scale_state %S, %b
  %p = delta.read %S2, %q
  delta.yield states(%S2) outputs(%o, %p)
}

// CHECK-LABEL: @add_self
// CHECK: %[[TWO:.+]] = delta.constant 2.000000e+00
// CHECK-NEXT: %[[S:.+]] = delta.scale_state %S, %[[TWO]]
// CHECK-NEXT: delta.yield states(%[[S]])
delta.recurrence @add_self state(%S: !delta.state<key, value>) -> () {
  %S1 = delta.add_states %S, %S
  delta.yield states(%S1) outputs()
}

// CHECK-LABEL: @add_other
// CHECK: %[[S1:.+]] = delta.add_states %S, %M
// CHECK-NEXT: delta.yield states(%[[S1]], %M)
delta.recurrence @add_other
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) -> () {
  %S1 = delta.add_states %S, %M
  delta.yield states(%S1, %M) outputs()
}
