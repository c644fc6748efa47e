// RUN: sluice-opt %s --wy-move-factors | FileCheck %s

// A factor of unknown size enters the columns of an inverse if it is in the rows
// of what that is the inverse of: T f M is T − I.
// CHECK-LABEL: wy.scan @weights
// CHECK-SAME:  chunk(4)
// CHECK-DAG:   %[[M:.+]] = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated
// CHECK-DAG:   %[[N:.+]] = wy.scale %[[M]] rows(%beta : tensor<4xf32>)
// CHECK-DAG:   %[[T:.+]] = wy.inverse scores(%[[N]] : tensor<4x4xf32>)
// CHECK-DAG:   %[[TB:.+]] = wy.scale %[[T]] columns(%beta : tensor<4xf32>)
// CHECK-DAG:   %[[U:.+]] = wy.apply %[[TB]], %v
// CHECK:       wy.yield %[[U]]
wy.scan @weights chunk(4) key(8) value(8)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %beta: !delta.scalar)
    -> (o: !delta.vec<value>) {
  %0:2 = wy.tokens(%b: !delta.scalar = %beta : tensor<4xf32>, %x: !delta.vec<key> = %k : tensor<4x8xf32>, %y: !delta.vec<value> = %v : tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
    %1 = delta.mul %b, %x
    %2 = delta.mul %b, %y
    wy.yield %1, %2 : !delta.vec<key>, !delta.vec<value>
  }
  %1 = wy.scores rows(%0#0 : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %2 = wy.inverse scores(%1 : tensor<4x4xf32>) at [0] block(4) -> tensor<4x4xf32>
  %3 = wy.apply %2, %0#1 : tensor<4x4xf32>, tensor<4x8xf32>
  wy.yield %3 : tensor<4x8xf32>
}

// Not another factor, nor one that only some of the scores have.
// CHECK-LABEL: wy.scan @others
// CHECK-NOT:   columns(%beta
// CHECK-NOT:   columns(%other
// CHECK:       wy.yield
wy.scan @others chunk(4) key(8) value(8)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %beta: !delta.scalar, %other: !delta.scalar)
    -> (o: !delta.vec<value>, p: !delta.vec<value>) {
  %0:3 = wy.tokens(%b: !delta.scalar = %beta : tensor<4xf32>, %c: !delta.scalar = %other : tensor<4xf32>, %x: !delta.vec<key> = %k : tensor<4x8xf32>, %y: !delta.vec<value> = %v : tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) {
    %1 = delta.mul %b, %x
    %2 = delta.mul %b, %y
    %3 = delta.mul %c, %y
    wy.yield %1, %2, %3 : !delta.vec<key>, !delta.vec<value>, !delta.vec<value>
  }
  %1 = wy.scores rows(%0#0 : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) mask(<pairs 1>) ungated -> tensor<4x4xf32>
  %2 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) mask(<pairs 2>) ungated -> tensor<4x4xf32>
  %3 = wy.sum %1, %2 : tensor<4x4xf32>
  %4 = wy.inverse scores(%3 : tensor<4x4xf32>) at [0] block(4) -> tensor<4x4xf32>
  %5 = wy.apply %4, %0#1 : tensor<4x4xf32>, tensor<4x8xf32>
  %6 = wy.inverse scores(%1 : tensor<4x4xf32>) at [0] block(4) -> tensor<4x4xf32>
  %7 = wy.apply %6, %0#2 : tensor<4x4xf32>, tensor<4x8xf32>
  wy.yield %5, %7 : tensor<4x8xf32>, tensor<4x8xf32>
}

// Scores of one system leave the factor to their sum, which is scaled once.
// CHECK-LABEL: wy.scan @sum
// CHECK-DAG:   %[[A:.+]] = wy.scores rows(%k : {{.*}} mask(<pairs 1>)
// CHECK-DAG:   %[[B:.+]] = wy.scores rows(%k : {{.*}} mask(<pairs 2>)
// CHECK-DAG:   %[[AB:.+]] = wy.sum %[[A]], %[[B]]
// CHECK-DAG:   %[[C:.+]] = wy.scores rows(%k : {{.*}} mask(<pairs 0>)
// CHECK-DAG:   %[[S:.+]] = wy.scale %[[AB]] rows(%f : tensor<4xf32>)
// CHECK-DAG:   %[[ALL:.+]] = wy.sum %[[C]], %[[S]]
// CHECK:       wy.yield %[[ALL]]
wy.scan @sum chunk(4) key(8) value(4)
    qk_heads(%k: !delta.vec<key>) v_heads(%f: !delta.scalar, %d: !delta.scalar)
    -> (o: !delta.vec<value>) {
  %0 = wy.tokens(%a: !delta.scalar = %f : tensor<4xf32>, %x: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %1 = delta.mul %a, %x
    wy.yield %1 : !delta.vec<key>
  }
  %1 = wy.scores rows(%0 : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) mask(<pairs 1>) ungated -> tensor<4x4xf32>
  %2 = wy.scores rows(%0 : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) mask(<pairs 2>) ungated -> tensor<4x4xf32>
  %3 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) diagonal(%d : tensor<4xf32>) mask(<pairs 0>) ungated -> tensor<4x4xf32>
  %4 = wy.sum %1, %3, %2 : tensor<4x4xf32>
  wy.yield %4 : tensor<4x4xf32>
}

// A vector that a read takes with its factor is made once: scores of its products
// with gates keep the factor.
// CHECK-LABEL: wy.scan @shared
// CHECK-NOT:   wy.scale
// CHECK:       wy.yield
wy.scan @shared chunk(4) key(8) value(4)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>) v_heads(%f: !delta.scalar, %g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>, p: !delta.vec<value>) {
  %e = wy.accumulate before log %g : tensor<4x8xf32> -> tensor<4x8xf32>
  %b = wy.accumulate before block(2) log %g : tensor<4x8xf32> -> tensor<4x8xf32>
  %0 = wy.tokens(%a: !delta.scalar = %f : tensor<4xf32>, %x: !delta.vec<key> = %q : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %1 = delta.mul %a, %x
    wy.yield %1 : !delta.vec<key>
  }
  %1 = wy.tokens(%x: !delta.vec<key> = %0 : tensor<4x8xf32>, %y: !delta.vec<key> = %e : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %5 = delta.mul %x, %y
    wy.yield %5 : !delta.vec<key>
  }
  %2 = wy.read left %S, %1 : tensor<8x4xf32>, tensor<4x8xf32> -> tensor<4x4xf32>
  %3 = wy.tokens(%x: !delta.vec<key> = %0 : tensor<4x8xf32>, %y: !delta.vec<key> = %b : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %5 = delta.mul %x, %y
    wy.yield %5 : !delta.vec<key>
  }
  %4 = wy.scores rows(%3 : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) mask(<pairs 2>) ungated -> tensor<4x4xf32>
  wy.yield %S, %2, %4 : tensor<8x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
}
