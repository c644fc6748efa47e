// RUN: sluice-opt %s --wy-move-factors | FileCheck %s

// Of factors of unknown size one leaves after the other: f h may be larger than
// anything that is computed for a small k. What a sigmoid gives leaves with one.

// CHECK-LABEL: wy.scan @two
// CHECK: %[[R:.+]] = wy.read left %S, %k
// CHECK-NEXT: %[[X:.+]] = wy.tokens({{.*}} = %h {{.*}} = %[[R]]
// CHECK: wy.tokens({{.*}} = %f {{.*}} = %[[X]]
wy.scan @two chunk(4) key(8) value(4)
    qk_heads(%k: !delta.vec<key>) v_heads(%f: !delta.scalar, %h: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %0 = wy.tokens(%a: !delta.scalar = %f : tensor<4xf32>, %b: !delta.scalar = %h : tensor<4xf32>, %x: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %1 = delta.mul %b, %x
    %2 = delta.mul %a, %1
    wy.yield %2 : !delta.vec<key>
  }
  %1 = wy.read left %S, %0 : tensor<8x4xf32>, tensor<4x8xf32> -> tensor<4x4xf32>
  wy.yield %S, %1 : tensor<8x4xf32>, tensor<4x4xf32>
}

// CHECK-LABEL: wy.scan @sigmoid
// CHECK: %[[R:.+]] = wy.read left %S, %k
// CHECK: delta.mul
// CHECK: wy.tokens({{.*}} = %[[R]]
wy.scan @sigmoid chunk(4) key(8) value(4)
    qk_heads(%k: !delta.vec<key>) v_heads(%f: !delta.scalar, %h: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %0 = wy.tokens(%a: !delta.scalar = %f : tensor<4xf32>, %b: !delta.scalar = %h : tensor<4xf32>, %x: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %s = delta.sigmoid %b
    %1 = delta.mul %s, %x
    %2 = delta.mul %a, %1
    wy.yield %2 : !delta.vec<key>
  }
  %1 = wy.read left %S, %0 : tensor<8x4xf32>, tensor<4x8xf32> -> tensor<4x4xf32>
  wy.yield %S, %1 : tensor<8x4xf32>, tensor<4x4xf32>
}

// What is declared counts: a weight of at most 1 crosses to what was read.

// CHECK-LABEL: wy.scan @declared
// CHECK: wy.update {{.*}} writes(%k, %{{[0-9]+}}
wy.scan @declared chunk(4) key(8) value(8)
    qk_heads(%k: !delta.vec<key>) v_heads(%b: !delta.scalar range(0.0, 1.0))
    state(%S: !delta.state<key, value>) -> () {
  %y = wy.read left %S, %k : tensor<8x8xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  %0 = wy.tokens(%a: !delta.scalar = %b : tensor<4xf32>, %x: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %1 = delta.mul %a, %x
    wy.yield %1 : !delta.vec<key>
  }
  %1 = wy.update states(%S : tensor<8x8xf32>) writes(%0, %y : tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<8x8xf32>
  wy.yield %1 : tensor<8x8xf32>
}
