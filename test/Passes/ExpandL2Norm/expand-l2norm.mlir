// RUN: sluice-opt %s --split-input-file --expand-l2norm | FileCheck %s --implicit-check-not=delta.l2norm

// In a step,

// CHECK-LABEL: delta.recurrence @step
// CHECK:         %[[ONE:.*]] = delta.constant 1.0
// CHECK-NEXT:    %[[DOT:.*]] = delta.dot %k, %k
// CHECK-NEXT:    %[[EPS:.*]] = delta.constant 9.9999999999999995E-7
// CHECK-NEXT:    %[[SQUARE:.*]] = delta.add %[[DOT]], %[[EPS]]
// CHECK-NEXT:    %[[POWER:.*]] = delta.constant 8.271{{[0-9]*}}E-25
// CHECK-NEXT:    %[[SMALL:.*]] = delta.mul %[[POWER]], %k
// CHECK-NEXT:    %[[DOT2:.*]] = delta.dot %[[SMALL]], %[[SMALL]]
// CHECK-NEXT:    %[[LEAST:.*]] = delta.constant 8.673{{[0-9]*}}E-19
// CHECK-NEXT:    %[[SQUARE2:.*]] = delta.max %[[DOT2]], %[[LEAST]]
// CHECK-NEXT:    %[[LENGTH:.*]] = delta.sqrt %[[SQUARE]]
// CHECK-NEXT:    %[[FIRST:.*]] = delta.div %[[ONE]], %[[LENGTH]]
// CHECK-NEXT:    %[[LENGTH2:.*]] = delta.sqrt %[[SQUARE2]]
// CHECK-NEXT:    %[[SECOND:.*]] = delta.div %[[POWER]], %[[LENGTH2]]
// CHECK-NEXT:    %[[FACTOR:.*]] = delta.max %[[FIRST]], %[[SECOND]]
// CHECK-NEXT:    %[[NORM:.*]] = delta.mul %[[FACTOR]], %k
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
// CHECK:           delta.constant 1.000000e-05
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

// -----

// A scale of the step that multiplies the result multiplies the factor; another
// use keeps the result.

// CHECK-LABEL: delta.recurrence @scaled
// CHECK:         delta.max
// CHECK:         %[[FACTOR:.*]] = delta.max
// CHECK:         %[[N:.*]] = delta.mul %[[FACTOR]], %q
// CHECK:         %[[C:.*]] = delta.scale
// CHECK-NEXT:    %[[CF:.*]] = delta.mul %[[C]], %[[FACTOR]]
// CHECK-NEXT:    %[[Q:.*]] = delta.mul %[[CF]], %q
// CHECK-NEXT:    delta.read %S, %[[Q]]
// CHECK:         delta.mul %b, %[[N]]
delta.recurrence @scaled
    qk_heads(%q: !delta.vec<key>) v_heads(%b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %n = delta.l2norm %q
  %c = delta.scale
  %s = delta.mul %c, %n
  %o = delta.read %S, %s
  %m = delta.mul %b, %n
  %p = delta.read %S, %m
  %r = delta.add %o, %p
  delta.yield states(%S) outputs(%r)
}

// -----

// Also where that is the next operation.

// CHECK-LABEL: delta.recurrence @next
// CHECK:         %[[C:.*]] = delta.scale
// CHECK:         %[[CF:.*]] = delta.mul %[[C]], %{{.*}}
// CHECK-NEXT:    %[[Q:.*]] = delta.mul %[[CF]], %q
// CHECK-NEXT:    delta.read %S, %[[Q]]
delta.recurrence @next
    qk_heads(%q: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %c = delta.scale
  %n = delta.l2norm %q
  %s = delta.mul %n, %c
  %o = delta.read %S, %s
  delta.yield states(%S) outputs(%o)
}

// -----

// A constant does, too, unless the product of the two could leave float32.

// CHECK-LABEL: delta.recurrence @constants
// CHECK:         delta.max
// CHECK:         %[[FACTOR:.*]] = delta.max
// CHECK:         %[[N:.*]] = delta.mul %[[FACTOR]], %q
// CHECK:         %[[TWO:.*]] = delta.constant 2.0
// CHECK:         %[[TF:.*]] = delta.mul %[[TWO]], %[[FACTOR]]
// CHECK-NEXT:    delta.mul %[[TF]], %q
// CHECK:         %[[LARGE:.*]] = delta.constant 1.000000e+30
// CHECK:         delta.mul %[[LARGE]], %[[N]]
// CHECK:         %[[SMALL:.*]] = delta.constant 1.000000e-30
// CHECK:         delta.mul %[[SMALL]], %[[N]]
delta.recurrence @constants
    qk_heads(%q: !delta.vec<key>)
    state(%S: !delta.state<key, value>)
    -> (a: !delta.vec<key>, b: !delta.vec<key>, c: !delta.vec<key>) {
  %n = delta.l2norm %q
  %two = delta.constant 2.0
  %a = delta.mul %two, %n
  %large = delta.constant 1.0e30
  %b = delta.mul %large, %n
  %small = delta.constant 1.0e-30
  %c = delta.mul %small, %n
  delta.yield states(%S) outputs(%a, %b, %c)
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
