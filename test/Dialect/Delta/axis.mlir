// RUN: sluice-opt %s | sluice-opt | FileCheck %s
// RUN: sluice-opt %s --mlir-print-op-generic | sluice-opt | FileCheck %s

// CHECK-LABEL: delta.recurrence @along_an_axis
delta.recurrence @along_an_axis
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>)
    -> (r0: !delta.scalar, r1: !delta.scalar, r2: !delta.scalar,
        r3: !delta.scalar, r4: !delta.vec<key>, r5: !delta.vec<value>) {
  // CHECK: %[[R0:.+]] = delta.dot %q, %k{{$}}
  %r0 = delta.dot %q, %k
  // CHECK-NEXT: %[[R1:.+]] = delta.reduce sum %k{{$}}
  %r1 = delta.reduce sum %k
  // CHECK-NEXT: %[[R2:.+]] = delta.reduce max %v{{$}}
  %r2 = delta.reduce max %v
  // CHECK-NEXT: %[[R3:.+]] = delta.reduce min %v{{$}}
  %r3 = delta.reduce min %v
  // The default epsilon is not printed.
  // CHECK-NEXT: %[[R4:.+]] = delta.l2norm %k{{$}}
  %r4 = delta.l2norm %k {epsilon = 1.0e-6 : f64}
  // CHECK-NEXT: %[[R5:.+]] = delta.l2norm %v {epsilon = 0.000000e+00 : f64}{{$}}
  %r5 = delta.l2norm %v {epsilon = 0.0 : f64}
  // CHECK-NEXT: outputs(%[[R0]], %[[R1]], %[[R2]], %[[R3]], %[[R4]], %[[R5]])
  delta.yield states(%S) outputs(%r0, %r1, %r2, %r3, %r4, %r5)
}
