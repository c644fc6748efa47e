// RUN: sluice-opt %s | sluice-opt | FileCheck %s
// RUN: sluice-opt %s --mlir-print-op-generic | sluice-opt | FileCheck %s

// CHECK-LABEL: delta.recurrence @states
delta.recurrence @states
    qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>, %beta: !delta.scalar)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>)
    -> (left: !delta.vec<value>, right: !delta.vec<key>) {
  // CHECK: %[[S0:.+]] = delta.decay %S, %beta{{$}}
  %S0 = delta.decay %S, %beta
  // CHECK-NEXT: %[[S1:.+]] = delta.decay %[[S0]], %g{{$}}
  %S1 = delta.decay %S0, %g
  // CHECK-NEXT: %[[S2:.+]] = delta.decay %[[S1]], %v{{$}}
  %S2 = delta.decay %S1, %v
  // CHECK-NEXT: %[[S3:.+]] = delta.scale_state %[[S2]], %beta{{$}}
  %S3 = delta.scale_state %S2, %beta
  // CHECK-NEXT: %[[S4:.+]] = delta.scale_state %[[S3]], %k{{$}}
  %S4 = delta.scale_state %S3, %k
  // CHECK-NEXT: %[[S5:.+]] = delta.scale_state %[[S4]], %v{{$}}
  %S5 = delta.scale_state %S4, %v
  // CHECK-NEXT: %[[LEFT:.+]] = delta.read %[[S5]], %k{{$}}
  %left = delta.read %S5, %k
  // CHECK-NEXT: %[[RIGHT:.+]] = delta.read %[[S5]], %v{{$}}
  %right = delta.read %S5, %v
  // CHECK-NEXT: %[[S6:.+]] = delta.write %[[S5]], %[[RIGHT]], %[[LEFT]]{{$}}
  %S6 = delta.write %S5, %right, %left
  // CHECK-NEXT: %[[S7:.+]] = delta.add_states %[[S6]], %M{{$}}
  %S7 = delta.add_states %S6, %M
  // CHECK-NEXT: delta.yield states(%[[S7]], %[[S0]]) outputs(%[[LEFT]], %[[RIGHT]])
  delta.yield states(%S7, %S0) outputs(%left, %right)
}
