// RUN: sluice-opt %s --wy-move-factors | FileCheck %s

// apply(A, f ∘ y) = apply(scale(A, columns f), y), and
// f ∘ apply(A, y) = apply(scale(A, rows f), y), where no state reaches A; the
// scales become one.

// CHECK-LABEL: wy.scan @absorbs
// CHECK: %[[A:.+]] = wy.scores rows(%k
// CHECK: %[[B:.+]] = wy.scale %[[A]] rows(%[[F:.+]] : tensor<4xf32>) columns(%[[E:.+]] : tensor<4xf32>)
// CHECK: %[[O:.+]] = wy.apply %[[B]], %v
// CHECK-NEXT: wy.yield %[[O]]
wy.scan @absorbs chunk(4) key(8) value(8)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %g: !delta.scalar)
    -> (o: !delta.vec<value>) {
  %e = wy.accumulate after log %g : tensor<4xf32> -> tensor<4xf32>
  %f = wy.accumulate before log %g : tensor<4xf32> -> tensor<4xf32>
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %0 = wy.tokens(%a: !delta.scalar = %e : tensor<4xf32>, %x: !delta.vec<value> = %v : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %1 = delta.mul %a, %x
    wy.yield %1 : !delta.vec<value>
  }
  %1 = wy.apply %A, %0 : tensor<4x4xf32>, tensor<4x8xf32>
  %2 = wy.tokens(%a: !delta.scalar = %f : tensor<4xf32>, %x: !delta.vec<value> = %1 : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %3 = delta.mul %a, %x
    wy.yield %3 : !delta.vec<value>
  }
  wy.yield %2 : tensor<4x8xf32>
}

// What may be larger than 1 does not enter, nor does a vector.

// CHECK-LABEL: wy.scan @stays
// CHECK: wy.scores
// CHECK-NOT: wy.scale
// CHECK: wy.yield
wy.scan @stays chunk(4) key(8) value(8)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %f: !delta.scalar, %g: !delta.vec<value>)
    -> (o: !delta.vec<value>) {
  %e = wy.accumulate before log %g : tensor<4x8xf32> -> tensor<4x8xf32>
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %0 = wy.tokens(%a: !delta.scalar = %f : tensor<4xf32>, %x: !delta.vec<value> = %v : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %1 = delta.mul %a, %x
    wy.yield %1 : !delta.vec<value>
  }
  %1 = wy.apply %A, %0 : tensor<4x4xf32>, tensor<4x8xf32>
  %2 = wy.tokens(%a: !delta.vec<value> = %e : tensor<4x8xf32>, %x: !delta.vec<value> = %1 : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %3 = delta.mul %a, %x
    wy.yield %3 : !delta.vec<value>
  }
  wy.yield %2 : tensor<4x8xf32>
}

// A factor that all terms of a sum have enters too, where one of them becomes an
// argument by it: a weight of 0 to 1, of what is written and of what is read.

// CHECK-LABEL: wy.scan @common
// CHECK: %[[A:.+]] = wy.scores
// CHECK: %[[R:.+]] = wy.read
// CHECK: %[[P:.+]] = wy.tokens({{.*}} = %f {{.*}} = %[[R]]
// CHECK: %[[S:.+]] = wy.sum %v, %[[P]]
// CHECK: %[[B:.+]] = wy.scale %[[A]] columns(%b : tensor<4xf32>)
// CHECK: wy.apply %[[B]], %[[S]]
wy.scan @common chunk(4) key(8) value(8)
    qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %b: !delta.scalar range(0.0, 1.0), %f: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %R = wy.read left %S, %k : tensor<8x8xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  %0 = wy.tokens(%a: !delta.scalar = %b : tensor<4xf32>, %x: !delta.vec<value> = %v : tensor<4x8xf32>, %c: !delta.scalar = %f : tensor<4xf32>, %y: !delta.vec<value> = %R : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %1 = delta.mul %a, %x
    %2 = delta.mul %a, %c
    %3 = delta.mul %2, %y
    %4 = delta.add %1, %3
    wy.yield %4 : !delta.vec<value>
  }
  %1 = wy.apply %A, %0 : tensor<4x4xf32>, tensor<4x8xf32>
  wy.yield %S, %1 : tensor<8x8xf32>, tensor<4x8xf32>
}
