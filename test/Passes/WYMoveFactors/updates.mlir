// RUN: sluice-opt %s --wy-move-factors | FileCheck %s

// (f ∘ x)ᵀ y = xᵀ (f ∘ y): the sum is over tokens, of which f is a factor. What
// was read is made anyway, and k stays as it is.

// CHECK-LABEL: wy.scan @crosses
// CHECK: %[[Y:.+]] = wy.read
// CHECK: %[[U:.+]] = wy.tokens({{.*}} = %[[E:.+]] : tensor<4xf32>, {{.*}} = %[[Y]]
// CHECK: wy.update {{.*}} writes(%k, %[[U]]
wy.scan @crosses chunk(4) key(8) value(8)
    qk_heads(%k: !delta.vec<key>) v_heads(%g: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %e = wy.accumulate after log %g : tensor<4xf32> -> tensor<4xf32>
  %y = wy.read left %S, %k : tensor<8x8xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  %0 = wy.tokens(%a: !delta.scalar = %e : tensor<4xf32>, %x: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %1 = delta.mul %a, %x
    wy.yield %1 : !delta.vec<key>
  }
  %1 = wy.update states(%S : tensor<8x8xf32>) writes(%0, %y : tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<8x8xf32>
  wy.yield %1 : tensor<8x8xf32>
}

// Where a factor is multiplied already another one costs a number a token.

// CHECK-LABEL: wy.scan @joins
// CHECK: %[[F:.+]] = wy.tokens({{.*}} = %f {{.*}} = %[[E:.+]] : tensor<4xf32>)
// CHECK: %[[U:.+]] = wy.tokens({{.*}} = %[[F]] {{.*}} = %v
// CHECK: wy.update {{.*}} writes(%k, %[[U]]
wy.scan @joins chunk(4) key(8) value(64)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %g: !delta.scalar, %f: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %e = wy.accumulate after log %g : tensor<4xf32> -> tensor<4xf32>
  %0:2 = wy.tokens(%a: !delta.scalar = %e : tensor<4xf32>, %x: !delta.vec<key> = %k : tensor<4x8xf32>, %b: !delta.scalar = %f : tensor<4xf32>, %y: !delta.vec<value> = %v : tensor<4x64xf32>) -> (tensor<4x8xf32>, tensor<4x64xf32>) {
    %1 = delta.mul %a, %x
    %2 = delta.mul %b, %y
    wy.yield %1, %2 : !delta.vec<key>, !delta.vec<value>
  }
  %1 = wy.update states(%S : tensor<8x64xf32>) writes(%0#0, %0#1 : tensor<4x8xf32>, tensor<4x64xf32>) -> tensor<8x64xf32>
  wy.yield %1 : tensor<8x64xf32>
}

// Of two arguments the smaller one is made.

// CHECK-LABEL: wy.scan @smaller
// CHECK: wy.update {{.*}} writes(%{{[0-9]+}}, %v
wy.scan @smaller chunk(4) key(8) value(64)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %g: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %e = wy.accumulate after log %g : tensor<4xf32> -> tensor<4xf32>
  %0 = wy.tokens(%a: !delta.scalar = %e : tensor<4xf32>, %x: !delta.vec<value> = %v : tensor<4x64xf32>) -> tensor<4x64xf32> {
    %1 = delta.mul %a, %x
    wy.yield %1 : !delta.vec<value>
  }
  %1 = wy.update states(%S : tensor<8x64xf32>) writes(%k, %0 : tensor<4x8xf32>, tensor<4x64xf32>) -> tensor<8x64xf32>
  wy.yield %1 : tensor<8x64xf32>
}

// A gate that is given as a factor may be larger than 1, and y might not bear
// it: it stays with x.

// CHECK-LABEL: wy.scan @unbounded
// CHECK: wy.update {{.*}} writes(%{{[0-9]+}}, %v
wy.scan @unbounded chunk(4) key(8) value(8)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %g: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %e = wy.accumulate after factor %g : tensor<4xf32> -> tensor<4xf32>
  %0 = wy.tokens(%a: !delta.scalar = %e : tensor<4xf32>, %x: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %1 = delta.mul %a, %x
    wy.yield %1 : !delta.vec<key>
  }
  %1 = wy.update states(%S : tensor<8x8xf32>) writes(%0, %v : tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<8x8xf32>
  wy.yield %1 : tensor<8x8xf32>
}
