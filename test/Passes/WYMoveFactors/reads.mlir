// RUN: sluice-opt %s --wy-move-factors | FileCheck %s

// read(S, f ∘ x) = f ∘ read(S, x): x, an argument, is read as it is. Factors of
// several nodes leave together, an own sign with them.

// CHECK-LABEL: wy.scan @leaves
// CHECK: %[[E:.+]] = wy.accumulate
// CHECK-NEXT: %[[R:.+]] = wy.read left %S, %k
// CHECK-NEXT: %[[C:.+]] = wy.tokens({{.*}} = %f {{.*}} = %[[E]]
// CHECK-NEXT: %[[P:.+]] = delta.mul
// CHECK-NEXT: delta.neg %[[P]]
// CHECK: wy.tokens({{.*}} = %[[C]] {{.*}} = %[[R]]
wy.scan @leaves chunk(4) key(8) value(8)
    qk_heads(%k: !delta.vec<key>) v_heads(%f: !delta.scalar, %g: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %e = wy.accumulate before log %g : tensor<4xf32> -> tensor<4xf32>
  %0 = wy.tokens(%a: !delta.scalar = %f : tensor<4xf32>, %x: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %1 = delta.mul %a, %x
    %2 = delta.neg %1
    wy.yield %2 : !delta.vec<key>
  }
  %3 = wy.tokens(%a: !delta.vec<key> = %0 : tensor<4x8xf32>, %b: !delta.scalar = %e : tensor<4xf32>) -> tensor<4x8xf32> {
    %1 = delta.mul %a, %b
    wy.yield %1 : !delta.vec<key>
  }
  %4 = wy.read left %S, %3 : tensor<8x8xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  wy.yield %S, %4 : tensor<8x8xf32>, tensor<4x8xf32>
}

// A vector along the contracted axis stays, and the factor beside it: there is
// no argument to be had, and the result is as large.

// CHECK-LABEL: wy.scan @stays
// CHECK: wy.read left %S, %{{[0-9]}}
// CHECK-NEXT: wy.yield
wy.scan @stays chunk(4) key(8) value(8)
    qk_heads(%k: !delta.vec<key>) v_heads(%f: !delta.scalar, %g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %0 = wy.tokens(%a: !delta.scalar = %f : tensor<4xf32>, %x: !delta.vec<key> = %k : tensor<4x8xf32>, %b: !delta.vec<key> = %g : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %1 = delta.mul %b, %x
    %2 = delta.mul %a, %1
    wy.yield %2 : !delta.vec<key>
  }
  %1 = wy.read left %S, %0 : tensor<8x8xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  wy.yield %S, %1 : tensor<8x8xf32>, tensor<4x8xf32>
}

// Nor does a factor go where it costs more: 32 values for 8 keys, made or not.

// CHECK-LABEL: wy.scan @wide
// CHECK: %[[X:.+]] = wy.tokens
// CHECK: wy.read left %S, %[[X]]
// CHECK-NEXT: wy.yield
wy.scan @wide chunk(4) key(8) value(32)
    qk_heads(%k: !delta.vec<key>) v_heads(%f: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %0 = wy.tokens(%a: !delta.scalar = %f : tensor<4xf32>, %x: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %1 = delta.mul %a, %x
    wy.yield %1 : !delta.vec<key>
  }
  %1 = wy.read left %S, %0 : tensor<8x32xf32>, tensor<4x8xf32> -> tensor<4x32xf32>
  wy.yield %S, %1 : tensor<8x32xf32>, tensor<4x32xf32>
}

// A sum goes apart where that makes no more reads: k is read anyway.

// CHECK-LABEL: wy.scan @shares
// CHECK-DAG: %[[K:.+]] = wy.read left %S, %k :
// CHECK-DAG: %[[L:.+]] = wy.read left %S, %l :
// CHECK-NOT: wy.read
// CHECK: wy.sum
// CHECK-NOT: wy.read
wy.scan @shares chunk(4) key(8) value(8)
    qk_heads(%k: !delta.vec<key>, %l: !delta.vec<key>)
    v_heads(%f: !delta.scalar, %h: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>, p: !delta.vec<value>) {
  %0:2 = wy.tokens(%a: !delta.scalar = %f : tensor<4xf32>, %b: !delta.scalar = %h : tensor<4xf32>, %x: !delta.vec<key> = %k : tensor<4x8xf32>, %y: !delta.vec<key> = %l : tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
    %1 = delta.mul %a, %x
    %2 = delta.mul %b, %y
    %3 = delta.add %1, %2
    wy.yield %1, %3 : !delta.vec<key>, !delta.vec<key>
  }
  %1 = wy.read left %S, %0#0 : tensor<8x8xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  %2 = wy.read left %S, %0#1 : tensor<8x8xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  wy.yield %S, %1, %2 : tensor<8x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>
}

// Where neither is, the sum is read.

// CHECK-LABEL: wy.scan @together
// CHECK: wy.read left
// CHECK-NOT: wy.read
wy.scan @together chunk(4) key(8) value(8)
    qk_heads(%k: !delta.vec<key>, %l: !delta.vec<key>)
    v_heads(%f: !delta.scalar, %h: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %0 = wy.tokens(%a: !delta.scalar = %f : tensor<4xf32>, %b: !delta.scalar = %h : tensor<4xf32>, %x: !delta.vec<key> = %k : tensor<4x8xf32>, %y: !delta.vec<key> = %l : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %1 = delta.mul %a, %x
    %2 = delta.mul %b, %y
    %3 = delta.add %1, %2
    wy.yield %3 : !delta.vec<key>
  }
  %1 = wy.read left %S, %0 : tensor<8x8xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  wy.yield %S, %1 : tensor<8x8xf32>, tensor<4x8xf32>
}
