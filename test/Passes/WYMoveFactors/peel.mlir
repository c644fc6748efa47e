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
