// RUN: sluice-opt %s --split-input-file --expand-l2norm | FileCheck %s --implicit-check-not=delta.l2norm

// In a step,

// CHECK-LABEL: delta.recurrence @step
// CHECK:         %[[ABS:.*]] = delta.abs %k
// CHECK-NEXT:    %[[SUM:.*]] = delta.reduce sum %[[ABS]]
// CHECK-NEXT:    %[[LEAST:.*]] = delta.constant 1.000000e-03
// CHECK-NEXT:    %[[SUM1:.*]] = delta.max %[[SUM]], %[[LEAST]]
// CHECK-NEXT:    %[[MOST:.*]] = delta.constant 8.5070591730234615E+37
// CHECK-NEXT:    %[[SUM2:.*]] = delta.min %[[SUM1]], %[[MOST]]
// CHECK-NEXT:    %[[ONE:.*]] = delta.constant 1.0
// CHECK-NEXT:    %[[FACTOR:.*]] = delta.div %[[ONE]], %[[SUM2]]
// CHECK-NEXT:    %[[SCALED:.*]] = delta.mul %[[FACTOR]], %k
// CHECK-NEXT:    %[[DOT:.*]] = delta.dot %[[SCALED]], %[[SCALED]]
// CHECK-NEXT:    %[[ROOT:.*]] = delta.constant 1.000000e-03
// CHECK-NEXT:    %[[EPS:.*]] = delta.mul %[[FACTOR]], %[[ROOT]]
// CHECK-NEXT:    %[[EPS2:.*]] = delta.mul %[[EPS]], %[[EPS]]
// CHECK-NEXT:    %[[SQUARE:.*]] = delta.add %[[DOT]], %[[EPS2]]
// CHECK-NEXT:    %[[LENGTH:.*]] = delta.sqrt %[[SQUARE]]
// CHECK-NEXT:    %[[INVERSE:.*]] = delta.div %[[ONE]], %[[LENGTH]]
// CHECK-NEXT:    %[[NORM:.*]] = delta.mul %[[INVERSE]], %[[SCALED]]
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
// CHECK:           delta.abs %[[K]]
// CHECK:           delta.constant 0.0031622776601683794
// CHECK:         wy.read
// CHECK:         wy.tokens(%[[R:.*]]: !delta.vec<value>
// CHECK:           delta.abs %[[R]]
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

// -----

// Without an ε nothing is added to the squares; one that float32 has not keeps
// zeros from being divided by 0.

// CHECK-LABEL: delta.recurrence @epsilons
// CHECK:         %[[LEAST:.*]] = delta.constant 1.1754943508222875E-38
// CHECK:         %[[SQUARE:.*]] = delta.dot %[[K:.*]], %[[K]]
// CHECK-NEXT:    delta.sqrt %[[SQUARE]]
// CHECK:         %[[SQUARE:.*]] = delta.dot %[[V:.*]], %[[V]]
// CHECK:         %[[SUM:.*]] = delta.add %[[SQUARE]]
// CHECK:         %[[MOST:.*]] = delta.max %[[SUM]]
// CHECK-NEXT:    delta.sqrt %[[MOST]]
delta.recurrence @epsilons
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>)
    -> (a: !delta.vec<key>, b: !delta.vec<value>) {
  %a = delta.l2norm %k {epsilon = 0.0 : f64}
  %b = delta.l2norm %v {epsilon = 1.0e-80 : f64}
  delta.yield states(%S) outputs(%a, %b)
}
