// RUN: sluice-opt %s --delta-report-transition=format=text -o /dev/null | FileCheck %s
// RUN: sluice-opt %s --delta-report-transition -o /dev/null | FileCheck %s

// One line for the whole, one for each state, one for each state op in order,
// one for each output. The recurrences come in order.

// CHECK-LABEL: recurrence @kda: class delta, rank 1, micro-steps 1, writes 1
// CHECK-NEXT:    state S: decay key
// CHECK-NEXT:    decay at 1: key
// CHECK-NEXT:    read at 1: left
// CHECK-NEXT:    write at 2: left correction, micro-step 1, reads at 1
// CHECK-NEXT:    read at 2: left
// CHECK-NEXT:    output o: reads at 2
delta.recurrence @kda
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>, %beta: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %S1 = delta.decay %S, %g
  %p = delta.read %S1, %k
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S2 = delta.write %S1, %k, %u
  %c = delta.scale
  %qs = delta.mul %c, %q
  %o = delta.read %S2, %qs
  delta.yield states(%S2) outputs(%o)
}

// CHECK-LABEL: recurrence @constant_gate: class linear, rank 0, micro-steps 0, writes 1
// CHECK-NEXT:    state S: decay scalar (constant)
// CHECK-NEXT:    scale at 1: scalar (constant)
// CHECK-NEXT:    write at 2: plain
// CHECK-NOT:     reason
// CHECK-NEXT:    output a: no reads
delta.recurrence @constant_gate
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>)
    params(%f: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (a: !delta.scalar) {
  %S1 = delta.scale_state %S, %f
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%f)
}

// CHECK-LABEL: recurrence @coupled: class linear, rank 0, micro-steps 0, writes 0
// CHECK-NEXT:    state S: decay none, from M: value
// CHECK-NEXT:    state M: replaced, from S: identity
// CHECK-NEXT:    scale at 1: value
// CHECK-NEXT:    sum at 2: 0 (S) + 1
delta.recurrence @coupled
    v_heads(%f: !delta.vec<value>)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) -> () {
  %fM = delta.scale_state %M, %f
  %S1 = delta.add_states %S, %fM
  delta.yield states(%S1, %S) outputs()
}

// CHECK-LABEL: recurrence @mixed: class affine, rank 1, micro-steps 1, writes 1
// CHECK-NEXT:    reason: a correction mixes value columns: 'delta.dot' sums a read along value, at {{.*}}text.mlir:[[@LINE+11]]:8
// CHECK-NEXT:    state S: decay none
// CHECK-NEXT:    read at 0: left
// CHECK-NEXT:    write at 1: mixed correction, micro-step 1, reads at 0
// CHECK-NEXT:    decay at 2: key, for outputs only
// CHECK-NEXT:    read at 2: left, mixed
// CHECK-NEXT:    write at 3: plain, dead
// CHECK-NEXT:    output o: reads at 2, nonlinear
delta.recurrence @mixed v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %p = delta.read %S, %k
  %d = delta.dot %p, %v
  %u = delta.mul %d, %v
  %S1 = delta.write %S, %k, %u
  %S2 = delta.decay %S1, %k
  %r = delta.read %S2, %k
  %dead = delta.write %S2, %k, %v
  %o = delta.tanh %r
  delta.yield states(%S1) outputs(%o)
}
