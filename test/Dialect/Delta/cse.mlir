// RUN: sluice-opt %s -cse | FileCheck %s

// Operations without folds: equal ones become one, in either order of the
// operands where the order does not matter.

// CHECK-LABEL: @values
// CHECK: %[[C:.+]] = delta.scale
// CHECK-NEXT: %[[B:.+]] = delta.broadcast %[[C]] : !delta.vec<key>
// CHECK-NEXT: %[[D:.+]] = delta.dot %q, %k
// CHECK-NEXT: %[[R:.+]] = delta.reduce max %k
// CHECK-NEXT: %[[N:.+]] = delta.l2norm %k
// CHECK-NEXT: outputs(%[[B]], %[[B]], %[[D]], %[[D]], %[[R]], %[[R]], %[[N]], %[[N]])
delta.recurrence @values
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>)
    -> (b0: !delta.vec<key>, b1: !delta.vec<key>, d0: !delta.scalar,
        d1: !delta.scalar, r0: !delta.scalar, r1: !delta.scalar,
        n0: !delta.vec<key>, n1: !delta.vec<key>) {
  %c0 = delta.scale
  %c1 = delta.scale
  %b0 = delta.broadcast %c0 : !delta.vec<key>
  %b1 = delta.broadcast %c1 : !delta.vec<key>
  %d0 = delta.dot %q, %k
  %d1 = delta.dot %k, %q
  %r0 = delta.reduce max %k
  %r1 = delta.reduce max %k
  %n0 = delta.l2norm %k
  %n1 = delta.l2norm %k {epsilon = 1.0e-6 : f64}
  delta.yield states(%S)
    outputs(%b0, %b1, %d0, %d1, %r0, %r1, %n0, %n1)
}

// CHECK-LABEL: @states
// CHECK: %[[S1:.+]] = delta.add_states %S, %M
// CHECK-NEXT: %[[P:.+]] = delta.read %[[S1]], %k
// CHECK-NEXT: %[[S2:.+]] = delta.write %[[S1]], %k, %[[P]]
// CHECK-NEXT: delta.yield states(%[[S2]], %[[S2]]) outputs(%[[P]], %[[P]])
delta.recurrence @states
    qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>)
    -> (p0: !delta.vec<value>, p1: !delta.vec<value>) {
  %S1 = delta.add_states %S, %M
  %M1 = delta.add_states %M, %S
  %p0 = delta.read %S1, %k
  %p1 = delta.read %M1, %k
  %S2 = delta.write %S1, %k, %p0
  %M2 = delta.write %M1, %k, %p1
  delta.yield states(%S2, %M2) outputs(%p0, %p1)
}

// What differs in an attribute, a type or the order stays apart.
// CHECK-LABEL: @apart
// CHECK: delta.reduce max
// CHECK-NEXT: delta.reduce min
// CHECK-NEXT: delta.l2norm %k
// CHECK-NEXT: delta.l2norm %k {epsilon = 0.000000e+00 : f64}
// CHECK-NEXT: delta.sub %k, %q
// CHECK-NEXT: delta.sub %q, %k
delta.recurrence @apart
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>)
    -> (r0: !delta.scalar, r1: !delta.scalar, n0: !delta.vec<key>,
        n1: !delta.vec<key>, s0: !delta.vec<key>, s1: !delta.vec<key>) {
  %r0 = delta.reduce max %k
  %r1 = delta.reduce min %k
  %n0 = delta.l2norm %k
  %n1 = delta.l2norm %k {epsilon = 0.0 : f64}
  %s0 = delta.sub %k, %q
  %s1 = delta.sub %q, %k
  delta.yield states(%S) outputs(%r0, %r1, %n0, %n1, %s0, %s1)
}
