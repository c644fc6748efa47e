// RUN: sluice-opt %s --wy-decompose="leaf=2 solve=inverse" | FileCheck %s
// RUN: sluice-opt %s --wy-decompose=leaf=2 | FileCheck %s --check-prefix=SUBST
// RUN: sluice-opt %s --wy-decompose="leaf=1 solve=inverse solve-leaf=4" | FileCheck %s --check-prefix=APART

// Blocks of the inverse double.

// SUBST-LABEL: wy.scan @one
// SUBST: wy.solve
// The inverse's blocks may start larger than a leaf.
// APART-LABEL: wy.scan @one
// APART: %[[T4:.+]] = wy.inverse {{.*}} block(4)
// APART-NEXT: %[[X8:.+]] = wy.product {{.*}} mask(<pairs 4>) block(8)
// APART-NEXT: wy.product {{.*}} mask(<inside 4>) block(8)
// APART-NOT: wy.product
// APART-LABEL: wy.scan @scheduled
// APART: wy.inverse {{.*}} block(8)
// APART-NOT: wy.product
// CHECK-LABEL: wy.scan @one
// CHECK: %[[N:.+]] = wy.scores
// CHECK-NEXT: %[[T2:.+]] = wy.inverse scores(%[[N]] : tensor<8x8xf32>) at [0] block(2)
// CHECK-NEXT: %[[X4:.+]] = wy.product lhs(%[[N]] {{.*}} at [0] rhs(%[[T2]] {{.*}} mask(<pairs 2>) block(4)
// CHECK-NEXT: %[[B4:.+]] = wy.product lhs(%[[T2]] {{.*}} rhs(%[[X4]] {{.*}} mask(<inside 2>) block(4)
// CHECK-NEXT: %[[T4:.+]] = wy.sum %[[T2]], %[[B4]]
// CHECK-NEXT: %[[X8:.+]] = wy.product lhs(%[[N]] {{.*}} rhs(%[[T4]] {{.*}} mask(<pairs 4>) block(8)
// CHECK-NEXT: %[[B8:.+]] = wy.product lhs(%[[T4]] {{.*}} rhs(%[[X8]] {{.*}} mask(<inside 4>) block(8)
// CHECK-NEXT: %[[T8:.+]] = wy.sum %[[T4]], %[[B8]]
// CHECK-NEXT: %[[Y:.+]] = wy.apply %[[T8]], %v
// CHECK-NEXT: wy.yield %[[Y]]
wy.scan @one chunk(8) key(4) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    -> (y: !delta.vec<value>) {
  %0 = wy.scores rows(%k : tensor<8x4xf32>) columns(%k : tensor<8x4xf32>) ungated -> tensor<8x8xf32>
  %1 = wy.solve rhs(%v : tensor<8x16xf32>) scores(%0 : tensor<8x8xf32>) terms [[0, 0]] -> tensor<8x16xf32>
  wy.yield %1 : tensor<8x16xf32>
}

// As a schedule says.

wy.scan @scheduled chunk(8) key(4) value(16)
    schedule(#wy.schedule<solve = inverse, solve_leaf = 16>)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    -> (y: !delta.vec<value>) {
  %0 = wy.scores rows(%k : tensor<8x4xf32>) columns(%k : tensor<8x4xf32>) ungated -> tensor<8x8xf32>
  %1 = wy.solve rhs(%v : tensor<8x16xf32>) scores(%0 : tensor<8x8xf32>) terms [[0, 0]] -> tensor<8x16xf32>
  wy.yield %1 : tensor<8x16xf32>
}

// Two writes a token, of which the first does not see the second: a grid. Two
// scores of one pair are added first.

// CHECK-LABEL: wy.scan @two
// CHECK: %[[N:.+]] = wy.scores
// CHECK: %[[N0:.+]] = wy.sum %[[N]], %[[N]]
// CHECK: %[[T:.+]]:4 = wy.inverse scores(%[[N0]], %[[N]], %[[N]] {{.*}} at [0, 2, 3] block(2)
// CHECK: wy.product lhs(%[[N0]], %[[N]], %[[N]] {{.*}} at [0, 2, 3] rhs(%[[T]]#0, %[[T]]#1, %[[T]]#2, %[[T]]#3 {{.*}} mask(<pairs 2>) block(4)
// CHECK-COUNT-4: wy.sum
// CHECK: wy.apply %{{.+}}, %v
// CHECK-NEXT: wy.apply %{{.+}}, %w
// CHECK-NEXT: %[[Y0:.+]] = wy.sum
// CHECK: %[[Y1:.+]] = wy.sum
// CHECK-NEXT: wy.yield %[[Y0]], %[[Y1]]
wy.scan @two chunk(4) key(4) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %w: !delta.vec<value>)
    -> (y0: !delta.vec<value>, y1: !delta.vec<value>) {
  %0 = wy.scores rows(%k : tensor<4x4xf32>) columns(%k : tensor<4x4xf32>) ungated -> tensor<4x4xf32>
  %1:2 = wy.solve rhs(%v, %w : tensor<4x16xf32>, tensor<4x16xf32>) scores(%0, %0, %0, %0 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) terms [[0, 0], [1, 0], [1, 1], [0, 0]] -> tensor<4x16xf32>, tensor<4x16xf32>
  wy.yield %1#0, %1#1 : tensor<4x16xf32>, tensor<4x16xf32>
}

// A matrix that differs from column to column is not formed.

// CHECK-LABEL: wy.scan @gated
// CHECK: wy.solve
// CHECK: wy.solve
// CHECK-NOT: wy.inverse
wy.scan @gated chunk(4) key(4) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %w: !delta.vec<value>)
    -> (y0: !delta.vec<value>, y1: !delta.vec<value>) {
  %0 = wy.scores rows(%k : tensor<4x4xf32>) columns(%k : tensor<4x4xf32>) ungated -> tensor<4x4xf32>
  %1 = wy.solve rhs(%v : tensor<4x16xf32>) scores(%0 : tensor<4x4xf32>) weights [0] (%w : tensor<4x16xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  %2 = wy.solve rhs(%v : tensor<4x16xf32>) scores(%0 : tensor<4x4xf32>) gates [0] (log %w : tensor<4x16xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  wy.yield %1, %2 : tensor<4x16xf32>, tensor<4x16xf32>
}
