// RUN: sluice-opt %s --split-input-file --expand-l2norm | FileCheck %s --implicit-check-not=delta.l2norm

// In a step,

// CHECK-LABEL: delta.recurrence @step
// CHECK:         %[[SQUARE:.*]] = delta.dot %k, %k
// CHECK-NEXT:    %[[EPS:.*]] = delta.constant {{1.000000e-06|9.99999.*E-7}}
// CHECK-NEXT:    %[[ONE:.*]] = delta.constant 1.0
// CHECK-NEXT:    %[[SUM:.*]] = delta.add %[[SQUARE]], %[[EPS]]
// CHECK-NEXT:    %[[LENGTH:.*]] = delta.sqrt %[[SUM]]
// CHECK-NEXT:    %[[INVERSE:.*]] = delta.div %[[ONE]], %[[LENGTH]]
// CHECK-NEXT:    %[[NORM:.*]] = delta.mul %[[INVERSE]], %k
// CHECK-NEXT:    delta.read %S, %[[NORM]]
delta.recurrence @step
    qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %n = delta.l2norm %k
  %o = delta.read %S, %n
  delta.yield states(%S) outputs(%o)
}

// -----

// and in a chunk's maths of tokens, with an ε of its own, before and behind a read.

// CHECK-LABEL: wy.scan @chunk
// CHECK:         wy.tokens(%[[K:.*]]: !delta.vec<key>
// CHECK:           delta.dot %[[K]], %[[K]]
// CHECK:           delta.constant {{1.000000e-05|1.*E-5}}
// CHECK:         wy.read
// CHECK:         wy.tokens(%[[R:.*]]: !delta.vec<value>
// CHECK:           delta.dot %[[R]], %[[R]]
wy.scan @chunk chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %n = wy.tokens(%x: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %0 = delta.l2norm %x {epsilon = 1.0e-5 : f64}
    wy.yield %0 : !delta.vec<key>
  }
  %r = wy.read left %S, %n : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %o = wy.tokens(%x: !delta.vec<value> = %r : tensor<4x16xf32>) -> tensor<4x16xf32> {
    %0 = delta.l2norm %x
    wy.yield %0 : !delta.vec<value>
  }
  wy.yield %S, %o : tensor<8x16xf32>, tensor<4x16xf32>
}
