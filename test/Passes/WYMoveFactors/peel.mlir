// RUN: sluice-opt %s --wy-move-factors | FileCheck %s

// Linear maths that tokens end with is taken out; what is not linear stays, and
// what follows it in the node.

// CHECK-LABEL: wy.scan @peel
// CHECK: %[[T:.+]]:2 = wy.tokens({{.*}} = %k {{.*}} = %f : tensor<4xf32>)
// CHECK: %[[N:.+]] = delta.l2norm
// CHECK: %[[E:.+]] = delta.sigmoid
// CHECK: %[[X:.+]] = wy.tokens({{.*}} = %[[T]]#{{[01]}} {{.*}} = %[[T]]#{{[01]}}
// CHECK-NEXT: delta.mul
// CHECK: wy.tokens({{.*}} = %[[X]] {{.*}} = %u
// CHECK-NEXT: delta.add
wy.scan @peel chunk(4) key(8) value(4)
    qk_heads(%k: !delta.vec<key>) v_heads(%f: !delta.scalar) params(%u: !delta.vec<key>)
    -> (o: !delta.vec<key>, p: !delta.vec<key>) {
  %0:2 = wy.tokens(%x: !delta.vec<key> = %k : tensor<4x8xf32>, %a: !delta.scalar = %f : tensor<4xf32>, %b: !delta.vec<key> = %u : tensor<8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
    %2 = delta.mul %a, %x
    %3 = delta.l2norm %2
    %4 = delta.sigmoid %a
    %5 = delta.mul %4, %3
    %6 = delta.add %5, %b
    wy.yield %6, %b : !delta.vec<key>, !delta.vec<key>
  }
  wy.yield %0#0, %0#1 : tensor<4x8xf32>, tensor<4x8xf32>
}

// A parameter has a row for every token only where a node made one.

// CHECK-LABEL: wy.scan @parameters
// CHECK: %[[N:.+]] = wy.tokens(%{{.+}} = %p : tensor<8xf32>) -> tensor<4x8xf32>
// CHECK-NEXT: delta.neg
// CHECK: %[[P:.+]] = wy.tokens({{.*}} = %p : tensor<8xf32>) -> tensor<4x8xf32>
// CHECK-NEXT: delta.mul
// CHECK: %[[A:.+]] = wy.tokens({{.*}} = %p : tensor<8xf32>) -> tensor<4x8xf32>
// CHECK-NEXT: delta.add
// CHECK: wy.read left %S, %[[N]]
// CHECK: wy.read left %S, %[[P]]
// CHECK: wy.read left %S, %[[A]]
wy.scan @parameters chunk(4) key(8) value(4)
    qk_heads(%k: !delta.vec<key>) params(%p: !delta.vec<key>)
    state(%S: !delta.state<key, value>)
    -> (n: !delta.vec<value>, s: !delta.vec<value>, a: !delta.vec<value>) {
  %0 = wy.tokens(%x: !delta.vec<key> = %p : tensor<8xf32>) -> tensor<4x8xf32> {
    %n = delta.neg %x
    wy.yield %n : !delta.vec<key>
  }
  %1 = wy.tokens(%x: !delta.vec<key> = %p : tensor<8xf32>) -> tensor<4x8xf32> {
    %n = delta.mul %x, %x
    wy.yield %n : !delta.vec<key>
  }
  %2 = wy.tokens(%x: !delta.vec<key> = %k : tensor<4x8xf32>, %y: !delta.vec<key> = %p : tensor<8xf32>) -> tensor<4x8xf32> {
    %n = delta.add %x, %y
    wy.yield %n : !delta.vec<key>
  }
  %3 = wy.read left %S, %0 : tensor<8x4xf32>, tensor<4x8xf32> -> tensor<4x4xf32>
  %4 = wy.read left %S, %1 : tensor<8x4xf32>, tensor<4x8xf32> -> tensor<4x4xf32>
  %5 = wy.read left %S, %2 : tensor<8x4xf32>, tensor<4x8xf32> -> tensor<4x4xf32>
  wy.yield %S, %3, %4, %5 : tensor<8x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
}
