// RUN: sluice-opt %s | sluice-opt | FileCheck %s
// RUN: sluice-opt %s --mlir-print-op-generic | sluice-opt | FileCheck %s

// CHECK-LABEL: delta.recurrence @sources
delta.recurrence @sources
    state(%S: !delta.state<key, value>)
    -> (c: !delta.scalar, x: !delta.scalar, i: !delta.scalar,
        k: !delta.vec<key>, v: !delta.vec<value>) {
  // CHECK: %[[C:.+]] = delta.scale{{$}}
  %c = delta.scale
  // CHECK-NEXT: %[[X:.+]] = delta.constant -5.000000e-01{{$}}
  %x = delta.constant -0.5
  // Minus infinity has no decimal spelling.
  // CHECK-NEXT: %[[I:.+]] = delta.constant 0xFFF0000000000000{{$}}
  %i = delta.constant 0xFFF0000000000000
  // CHECK-NEXT: %[[K:.+]] = delta.broadcast %[[C]] : !delta.vec<key>
  %k = delta.broadcast %c : !delta.vec<key>
  // CHECK-NEXT: %[[V:.+]] = delta.broadcast %[[X]] : !delta.vec<value>
  %v = delta.broadcast %x : !delta.vec<value>
  // CHECK-NEXT: outputs(%[[C]], %[[X]], %[[I]], %[[K]], %[[V]])
  delta.yield states(%S) outputs(%c, %x, %i, %k, %v)
}
