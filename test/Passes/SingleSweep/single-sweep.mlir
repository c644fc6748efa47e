// RUN: sluice-opt %s --split-input-file --pass-pipeline='builtin.module(delta.recurrence(delta-single-sweep))' | FileCheck %s

// A read after a decay and a write becomes a read of the incoming state and a
// dot product. The gate's exponential serves the update and the read.

// CHECK-LABEL: delta.recurrence @decay_write_read
// CHECK:         %[[F:.*]] = delta.exp %g
// CHECK-NEXT:    %[[S1:.*]] = delta.scale_state %S, %[[F]]
// CHECK-NEXT:    %[[S2:.*]] = delta.write %[[S1]], %k, %v
// CHECK-NEXT:    %[[QK:.*]] = delta.dot %q, %k
// CHECK-NEXT:    %[[NEW:.*]] = delta.mul %[[QK]], %v
// CHECK-NEXT:    %[[A:.*]] = delta.mul %[[F]], %q
// CHECK-NEXT:    %[[OLD:.*]] = delta.read %S, %[[A]]
// CHECK-NEXT:    %[[O:.*]] = delta.add %[[NEW]], %[[OLD]]
// CHECK-NEXT:    delta.yield states(%[[S2]]) outputs(%[[O]])
delta.recurrence @decay_write_read
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  %o = delta.read %S2, %q
  delta.yield states(%S2) outputs(%o)
}

// -----

// A factor along the result's axis multiplies the read instead of its vector.

// CHECK-LABEL: delta.recurrence @value_decay
// CHECK:         %[[F:.*]] = delta.exp %g
// CHECK:         %[[R:.*]] = delta.read %S, %q
// CHECK-NEXT:    %[[O:.*]] = delta.mul %[[F]], %[[R]]
delta.recurrence @value_decay
    qk_heads(%q: !delta.vec<key>) v_heads(%g: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %S1 = delta.decay %S, %g
  %o = delta.read %S1, %q
  delta.yield states(%S1) outputs(%o)
}

// -----

// From the right the roles of the axes change.

// CHECK-LABEL: delta.recurrence @right_read
// CHECK:         %[[F:.*]] = delta.exp %g
// CHECK:         %[[DOT:.*]] = delta.dot %v, %v
// CHECK-NEXT:    %[[NEW:.*]] = delta.mul %[[DOT]], %k
// CHECK-NEXT:    %[[OLD:.*]] = delta.read %S, %v
// CHECK-NEXT:    %[[SCALED:.*]] = delta.mul %[[F]], %[[OLD]]
// CHECK-NEXT:    delta.add %[[NEW]], %[[SCALED]]
delta.recurrence @right_read
    qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<key>) {
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  %o = delta.read %S2, %v
  delta.yield states(%S2) outputs(%o)
}

// -----

// A state that is reached along two paths is read once.

// CHECK-LABEL: delta.recurrence @diamond
// CHECK-DAG:     %[[A:.*]] = delta.mul %f, %q
// CHECK-DAG:     %[[B:.*]] = delta.mul %h, %q
// CHECK:         %[[AB:.*]] = delta.add {{%[0-9]+, %[0-9]+}}
// CHECK-NEXT:    delta.read %S, %[[AB]]
// CHECK-NOT:     delta.read
delta.recurrence @diamond
    qk_heads(%q: !delta.vec<key>)
    v_heads(%f: !delta.vec<key>, %h: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %A = delta.scale_state %S, %f
  %B = delta.scale_state %S, %h
  %C = delta.add_states %A, %B
  %o = delta.read %C, %q
  delta.yield states(%C) outputs(%o)
}

// -----

// CHECK-LABEL: delta.recurrence @l2norm
// CHECK-NOT:     delta.l2norm
// CHECK:         %[[DOT:.*]] = delta.dot %q, %q
// CHECK:         %[[SUM:.*]] = delta.add %[[DOT]]
// CHECK:         %[[LEN:.*]] = delta.sqrt %[[SUM]]
// CHECK:         %[[INV:.*]] = delta.div %{{.*}}, %[[LEN]]
// CHECK:         %[[FACTOR:.*]] = delta.max %[[INV]]
// CHECK:         delta.mul %[[FACTOR]], %q
delta.recurrence @l2norm
    qk_heads(%q: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %n = delta.l2norm %q
  %o = delta.read %S, %n
  delta.yield states(%S) outputs(%o)
}
