// RUN: sluice-opt %s --pass-pipeline='builtin.module(delta.recurrence(clamp-ranges))' | FileCheck %s

// Every use of an argument with a range is a clamp: to the outer ends, the
// numbers of bf16 at or beyond −0.1 (hexadecimal below) and 0.

// CHECK-LABEL: delta.recurrence @both_ends
// CHECK-NEXT:      v_heads(%v: !delta.vec<value>, %g: !delta.vec<key> range(-1.000000e-01, 0.000000e+00))
// CHECK:         %[[UPPER:.+]] = delta.constant 0.000000e+00
// CHECK-NEXT:    %[[MIN:.+]] = delta.min %g, %[[UPPER]]
// CHECK-NEXT:    %[[LOWER:.+]] = delta.constant -0.10009765625
// CHECK-NEXT:    %[[G:.+]] = delta.max %[[MIN]], %[[LOWER]]
// CHECK-NEXT:    %[[S1:.+]] = delta.decay %S, %[[G]]
// CHECK-NEXT:    %[[S2:.+]] = delta.write %[[S1]], %[[G]], %v
// CHECK-NEXT:    delta.yield states(%[[S2]]) outputs(%[[G]])
delta.recurrence @both_ends
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key> range(-0.1, 0.0))
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<key>) {
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %g, %v
  delta.yield states(%S2) outputs(%g)
}

// What is infinite clamps nothing, and neither does what nobody uses.

// CHECK-LABEL: delta.recurrence @one_end
// CHECK:         %[[LOWER:.+]] = delta.constant 2.500000e-01
// CHECK-NEXT:    %[[A:.+]] = delta.max %a, %[[LOWER]]
// CHECK-NEXT:    %[[UPPER:.+]] = delta.constant 1.000000e+00
// CHECK-NEXT:    %[[B:.+]] = delta.min %b, %[[UPPER]]
// CHECK-NEXT:    delta.yield states(%S) outputs(%[[A]], %[[B]], %c)
delta.recurrence @one_end
    v_heads(%a: !delta.scalar range(0.25, inf),
            %b: !delta.scalar range(-inf, 1.0),
            %c: !delta.scalar range(-inf, inf),
            %unused: !delta.scalar range(0.0, 1.0))
    state(%S: !delta.state<key, value>)
    -> (x: !delta.scalar, y: !delta.scalar, z: !delta.scalar) {
  delta.yield states(%S) outputs(%a, %b, %c)
}
