// RUN: sluice-opt %s --wy-decompose=leaf=1 | FileCheck %s
// RUN: sluice-opt %s --wy-decompose=leaf=4 | FileCheck %s --check-prefix=LEAF
// RUN: sluice-opt %s --wy-decompose=leaf=8 | FileCheck %s --check-prefix=WHOLE

// Level by level, each with the factors since the later half's first token and
// to the earlier half's end, merged from those of half the block. The first
// level's are 1; the diagonal goes with it.

// CHECK-LABEL: wy.scan @dyadic
// CHECK: %[[A1:.+]] = wy.scores rows(%q {{.*}} columns(%k {{.*}} diagonal(%d {{.*}} mask(<pairs 1>) ungated
// CHECK-NEXT: %[[P2:.+]] = wy.accumulate before block(2) log %g : tensor
// CHECK-NEXT: %[[R2:.+]] = wy.tokens({{.*}} = %q {{.*}} = %[[P2]]
// CHECK: %[[U2:.+]] = wy.accumulate after block(2) log %g : tensor
// CHECK-NEXT: %[[C2:.+]] = wy.tokens({{.*}} = %k {{.*}} = %[[U2]]
// CHECK: %[[A2:.+]] = wy.scores rows(%[[R2]] {{.*}} columns(%[[C2]] : tensor<6x8xf32>) mask(<pairs 2>) ungated
// CHECK: %[[P4:.+]] = wy.accumulate before block(4) log %g from(%[[P2]]
// CHECK: %[[U4:.+]] = wy.accumulate after block(4) log %g from(%[[U2]]
// CHECK: %[[A4:.+]] = wy.scores {{.*}} mask(<pairs 4>) ungated
// CHECK-NEXT: %[[A:.+]] = wy.sum %[[A1]], %[[A2]], %[[A4]]
// CHECK-NEXT: wy.yield %[[A]]

// A leaf keeps its gate; blocks of its size start the chain.
// LEAF-LABEL: wy.scan @dyadic
// LEAF: %[[L:.+]] = wy.scores {{.*}} gate(log %g {{.*}} diagonal(%d {{.*}} mask(<inside 4>) pairwise
// LEAF-NEXT: %[[P2:.+]] = wy.accumulate before block(2)
// LEAF-NEXT: wy.accumulate before block(4) log %g from(%[[P2]]
// LEAF-NOT: mask(<pairs 1>)
// LEAF-NOT: mask(<pairs 2>)
// LEAF: mask(<pairs 4>)

// A chunk no longer than a leaf is one.
// WHOLE-LABEL: wy.scan @dyadic
// WHOLE-NEXT: qk_heads
// WHOLE-NEXT: v_heads
// WHOLE-NEXT: %[[A:.+]] = wy.scores {{.*}} gate(log %g {{.*}} diagonal(%d : tensor<6xf32>) pairwise
// WHOLE-NEXT: wy.yield %[[A]]
wy.scan @dyadic chunk(6) key(8) value(6)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%g: !delta.vec<key>, %d: !delta.scalar) -> (A: !delta.vec<value>) {
  %0 = wy.scores rows(%q : tensor<6x8xf32>) columns(%k : tensor<6x8xf32>) gate(log %g : tensor<6x8xf32>) diagonal(%d : tensor<6xf32>) dyadic -> tensor<6x6xf32>
  wy.yield %0 : tensor<6x6xf32>
}

// A scalar gate leaves the sum; the diagonal, whose decay is 1, stays inside.

// CHECK-LABEL: wy.scan @scalar
// CHECK: %[[D:.+]] = wy.decays factor %f
// CHECK-NEXT: %[[A:.+]] = wy.scores rows(%q {{.*}} columns(%k {{.*}} diagonal(%d : tensor<6xf32>) ungated
// CHECK-NEXT: %[[G:.+]] = wy.scale %[[A]] by(%[[D]]
// CHECK-NEXT: wy.yield %[[G]]
// WHOLE-LABEL: wy.scan @scalar
// WHOLE: wy.scores {{.*}} gate(factor %f : tensor<6xf32>) diagonal(%d : tensor<6xf32>) pairwise
wy.scan @scalar chunk(6) key(8) value(6)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%f: !delta.scalar, %d: !delta.scalar) -> (A: !delta.vec<value>) {
  %0 = wy.scores rows(%q : tensor<6x8xf32>) columns(%k : tensor<6x8xf32>) gate(factor %f : tensor<6xf32>) diagonal(%d : tensor<6xf32>) after_product -> tensor<6x6xf32>
  wy.yield %0 : tensor<6x6xf32>
}

// Of two states rows are sums over the rows of P, columns over those of U.

// CHECK-LABEL: wy.scan @coupled
// CHECK: %[[P:.+]]:4 = wy.accumulate before block(2) factor %c0, %c1, %c2, %c3
// CHECK-NEXT: %[[R0:.+]] = wy.tokens({{.*}} = %q {{.*}} = %[[P]]#0 {{.*}} = %k {{.*}} = %[[P]]#2
// CHECK-NEXT: %[[X:.+]] = delta.mul
// CHECK-NEXT: %[[Y:.+]] = delta.mul
// CHECK-NEXT: delta.add %[[X]], %[[Y]]
// CHECK: %[[R1:.+]] = wy.tokens({{.*}} = %q {{.*}} = %[[P]]#1 {{.*}} = %k {{.*}} = %[[P]]#3
// CHECK: %[[U:.+]]:4 = wy.accumulate after block(2) factor %c0, %c1, %c2, %c3
// CHECK-NEXT: %[[C0:.+]] = wy.tokens({{.*}} = %k {{.*}} = %[[U]]#0 {{.*}} = %q {{.*}} = %[[U]]#1
// CHECK: %[[C1:.+]] = wy.tokens({{.*}} = %k {{.*}} = %[[U]]#2 {{.*}} = %q {{.*}} = %[[U]]#3
// CHECK: wy.scores rows(%[[R0]], %[[R1]] {{.*}} columns(%[[C0]], %[[C1]] {{.*}} mask(<pairs 2>) ungated
wy.scan @coupled chunk(4) key(8) value(4)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%c0: !delta.scalar, %c1: !delta.scalar, %c2: !delta.scalar, %c3: !delta.scalar)
    -> (A: !delta.vec<value>) {
  %0 = wy.scores rows(%q, %k : tensor<4x8xf32>, tensor<4x8xf32>) columns(%k, %q : tensor<4x8xf32>, tensor<4x8xf32>) gate(factor %c0, %c1, %c2, %c3 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) dyadic -> tensor<4x4xf32>
  wy.yield %0 : tensor<4x4xf32>
}
