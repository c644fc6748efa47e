// RUN: sluice-opt %s --wy-decompose=leaf=1 | FileCheck %s
// RUN: sluice-opt %s --wy-decompose=leaf=2 | FileCheck %s --check-prefix=LEAF

// A scalar gate is one of the scores; without one there is nothing to spell.

// CHECK-LABEL: wy.scan @scalar
// CHECK: %[[A:.+]] = wy.scores
// CHECK-NEXT: %[[D:.+]] = wy.decays log %g
// CHECK-NEXT: %[[G:.+]] = wy.scale %[[A]] by(%[[D]]
// CHECK-NEXT: %[[Y0:.+]] = wy.apply %[[G]], %v : tensor
// CHECK-NEXT: %[[Y1:.+]] = wy.apply %[[A]], %v : tensor
// CHECK-NEXT: wy.yield %[[Y0]], %[[Y1]]
wy.scan @scalar chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %g: !delta.scalar)
    -> (o: !delta.vec<value>, p: !delta.vec<value>) {
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %1 = wy.apply %0, %v gate(log %g : tensor<4xf32>) : tensor<4x4xf32>, tensor<4x16xf32>
  %2 = wy.apply %0, %v : tensor<4x4xf32>, tensor<4x16xf32>
  wy.yield %1, %2 : tensor<4x16xf32>, tensor<4x16xf32>
}

// A gate along the result becomes a factor before and one behind each level's
// product. The diagonal decays by nothing.

// CHECK-LABEL: wy.scan @vector
// CHECK: %[[A:.+]] = wy.scores
// CHECK-NEXT: %[[Y0:.+]] = wy.apply %[[A]], %v mask(<pairs 0>)
// CHECK-NEXT: %[[Y1:.+]] = wy.apply %[[A]], %v mask(<pairs 1>)
// CHECK-NEXT: %[[U:.+]] = wy.accumulate after block(2) log %g
// CHECK-NEXT: %[[V:.+]] = wy.tokens({{.*}} = %[[U]] {{.*}} = %v
// CHECK: %[[Y2:.+]] = wy.apply %[[A]], %[[V]] mask(<pairs 2>)
// CHECK-NEXT: %[[P:.+]] = wy.accumulate before block(2) log %g
// CHECK-NEXT: %[[Z2:.+]] = wy.tokens({{.*}} = %[[P]] {{.*}} = %[[Y2]]
// CHECK: %[[Y:.+]] = wy.sum %[[Y0]], %[[Y1]], %[[Z2]]
// CHECK-NEXT: wy.yield %[[Y]]
// LEAF-LABEL: wy.scan @vector
// LEAF: wy.apply %{{.+}}, %v gate(log %g : tensor<4x16xf32>) mask(<inside 2>)
// LEAF-NOT: pairs 1
// LEAF: mask(<pairs 2>)
wy.scan @vector chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %g: !delta.vec<value>)
    -> (o: !delta.vec<value>) {
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %1 = wy.apply %0, %v gate(log %g : tensor<4x16xf32>) : tensor<4x4xf32>, tensor<4x16xf32>
  wy.yield %1 : tensor<4x16xf32>
}
