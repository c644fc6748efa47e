// RUN: sluice-opt %s --wy-move-factors | FileCheck %s

// scores(f ∘ x, h ∘ y; a scalar g) = scale(scores(x, y), decays(g), f, h). The
// diagonal has a token's own factors already, and is added; both scores share
// the product and the decays.

// CHECK-LABEL: wy.scan @scalar
// CHECK-DAG: %[[A:.+]] = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated
// CHECK-DAG: %[[D:.+]] = wy.decays log %g
// CHECK-DAG: %[[B:.+]] = wy.scale %[[A]] by(%[[D]] : tensor<4x4xf32>) rows(%f : tensor<4xf32>) columns(%h : tensor<4xf32>)
// CHECK-DAG: %[[I:.+]] = wy.scores rows(%q {{.*}} columns(%k {{.*}} diagonal(%d : tensor<4xf32>) mask(<pairs 0>) ungated
// CHECK-DAG: %[[S:.+]] = wy.sum %[[B]], %[[I]]
// CHECK-DAG: %[[C:.+]] = wy.scale %[[A]] by(%[[D]] : tensor<4x4xf32>) :
// CHECK: wy.yield %[[S]], %[[C]]
wy.scan @scalar chunk(4) key(8) value(4)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%f: !delta.scalar, %h: !delta.scalar, %g: !delta.scalar, %d: !delta.scalar)
    -> (o: !delta.vec<value>, p: !delta.vec<value>) {
  %0:2 = wy.tokens(%a: !delta.scalar = %f : tensor<4xf32>, %b: !delta.scalar = %h : tensor<4xf32>, %x: !delta.vec<key> = %q : tensor<4x8xf32>, %y: !delta.vec<key> = %k : tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
    %1 = delta.mul %a, %x
    %2 = delta.mul %b, %y
    wy.yield %1, %2 : !delta.vec<key>, !delta.vec<key>
  }
  %1 = wy.scores rows(%0#0 : tensor<4x8xf32>) columns(%0#1 : tensor<4x8xf32>) gate(log %g : tensor<4xf32>) diagonal(%d : tensor<4xf32>) after_product -> tensor<4x4xf32>
  %2 = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(log %g : tensor<4xf32>) after_product -> tensor<4x4xf32>
  wy.yield %1, %2 : tensor<4x4xf32>, tensor<4x4xf32>
}

// A gate along the vectors stays in the sum.

// CHECK-LABEL: wy.scan @vector
// CHECK: %[[A:.+]] = wy.scores rows(%q {{.*}} columns(%k {{.*}} gate(log %g : tensor<4x8xf32>) dyadic
// CHECK: %[[B:.+]] = wy.scale %[[A]] rows(%f : tensor<4xf32>)
// CHECK: wy.yield %[[B]]
wy.scan @vector chunk(4) key(8) value(4)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%f: !delta.scalar, %g: !delta.vec<key>) -> (o: !delta.vec<value>) {
  %0 = wy.tokens(%a: !delta.scalar = %f : tensor<4xf32>, %x: !delta.vec<key> = %q : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %1 = delta.mul %a, %x
    wy.yield %1 : !delta.vec<key>
  }
  %1 = wy.scores rows(%0 : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(log %g : tensor<4x8xf32>) dyadic -> tensor<4x4xf32>
  wy.yield %1 : tensor<4x4xf32>
}

// 32 tokens have more pairs than numbers of two keys: factors stay.

// CHECK-LABEL: wy.scan @narrow
// CHECK: %[[X:.+]] = wy.tokens
// CHECK: %[[A:.+]] = wy.scores rows(%[[X]]
// CHECK-NOT: wy.scale
// CHECK: wy.yield %[[A]]
wy.scan @narrow chunk(32) key(2) value(32)
    qk_heads(%q: !delta.vec<key>) v_heads(%f: !delta.scalar) -> (o: !delta.vec<value>) {
  %0 = wy.tokens(%a: !delta.scalar = %f : tensor<32xf32>, %x: !delta.vec<key> = %q : tensor<32x2xf32>) -> tensor<32x2xf32> {
    %1 = delta.mul %a, %x
    wy.yield %1 : !delta.vec<key>
  }
  %1 = wy.scores rows(%0 : tensor<32x2xf32>) columns(%q : tensor<32x2xf32>) ungated -> tensor<32x32xf32>
  wy.yield %1 : tensor<32x32xf32>
}

// A sum goes apart where that makes no more scores.

// CHECK-LABEL: wy.scan @shares
// CHECK-DAG: %[[A:.+]] = wy.scores rows(%q {{.*}} columns(%q
// CHECK-DAG: %[[B:.+]] = wy.scores rows(%k {{.*}} columns(%q
// CHECK-NOT: wy.scores
// CHECK: wy.yield
wy.scan @shares chunk(4) key(8) value(4)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%f: !delta.scalar, %h: !delta.scalar) -> (o: !delta.vec<value>, p: !delta.vec<value>) {
  %0:2 = wy.tokens(%a: !delta.scalar = %f : tensor<4xf32>, %b: !delta.scalar = %h : tensor<4xf32>, %x: !delta.vec<key> = %q : tensor<4x8xf32>, %y: !delta.vec<key> = %k : tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
    %1 = delta.mul %a, %x
    %2 = delta.mul %b, %y
    %3 = delta.sub %1, %2
    wy.yield %1, %3 : !delta.vec<key>, !delta.vec<key>
  }
  %1 = wy.scores rows(%0#0 : tensor<4x8xf32>) columns(%q : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %2 = wy.scores rows(%0#1 : tensor<4x8xf32>) columns(%q : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  wy.yield %1, %2 : tensor<4x4xf32>, tensor<4x4xf32>
}

// Nor is anything saved where maths of tokens needs the vectors as they are.

// CHECK-LABEL: wy.scan @made
// CHECK: %[[X:.+]] = wy.tokens({{.*}} = %f {{.*}} = %q
// CHECK: wy.scores rows(%[[X]]
// CHECK-NOT: wy.scale
// CHECK: wy.yield
wy.scan @made chunk(4) key(8) value(4)
    qk_heads(%q: !delta.vec<key>) v_heads(%f: !delta.scalar) -> (o: !delta.vec<value>, p: !delta.vec<key>) {
  %0 = wy.tokens(%a: !delta.scalar = %f : tensor<4xf32>, %x: !delta.vec<key> = %q : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %1 = delta.mul %a, %x
    wy.yield %1 : !delta.vec<key>
  }
  %1 = wy.scores rows(%0 : tensor<4x8xf32>) columns(%q : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %2 = wy.tokens(%x: !delta.vec<key> = %0 : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %3 = delta.l2norm %x
    wy.yield %3 : !delta.vec<key>
  }
  wy.yield %1, %2 : tensor<4x4xf32>, tensor<4x8xf32>
}

// A dot product of one token is a product like any other.

// CHECK-LABEL: wy.scan @dot
// CHECK: %[[P:.+]] = wy.tokens({{.*}} = %q {{.*}} = %k
// CHECK-NEXT: delta.dot
// CHECK: wy.tokens({{.*}} = %f {{.*}} = %[[P]]
// CHECK-NEXT: delta.mul
wy.scan @dot chunk(4) key(8) value(4)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%f: !delta.scalar) -> (o: !delta.scalar) {
  %0 = wy.tokens(%a: !delta.scalar = %f : tensor<4xf32>, %x: !delta.vec<key> = %q : tensor<4x8xf32>, %y: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4xf32> {
    %1 = delta.mul %a, %x
    %2 = delta.dot %1, %y
    wy.yield %2 : !delta.scalar
  }
  wy.yield %0 : tensor<4xf32>
}
