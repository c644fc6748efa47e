// RUN: sluice-opt %s --verify-roundtrip | FileCheck %s
// RUN: sluice-opt %s --mlir-print-op-generic | sluice-opt | FileCheck %s

// Masks, blocks, and matrices with a number for each pair of tokens.

// CHECK-LABEL: wy.scan @pairs
wy.scan @pairs chunk(8) key(8) value(8)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>, %b: !delta.scalar) -> (o: !delta.vec<value>) {
  // CHECK: %[[L:.*]] = wy.scores rows(%q : tensor<8x8xf32>) columns(%k : tensor<8x8xf32>) gate(log %g : tensor<8x8xf32>) diagonal(%b : tensor<8xf32>) mask(<inside 4>) pairwise -> tensor<8x8xf32>
  %L = wy.scores rows(%q : tensor<8x8xf32>) columns(%k : tensor<8x8xf32>) gate(log %g : tensor<8x8xf32>) diagonal(%b : tensor<8xf32>) mask(<inside 4>) pairwise -> tensor<8x8xf32>
  // CHECK: %[[P2:.*]] = wy.accumulate before block(2) log %g : tensor<8x8xf32> -> tensor<8x8xf32>
  // CHECK: wy.accumulate before block(4) log %g from(%[[P2]] : tensor<8x8xf32>) : tensor<8x8xf32> -> tensor<8x8xf32>
  %P2 = wy.accumulate before block(2) log %g : tensor<8x8xf32> -> tensor<8x8xf32>
  %P4 = wy.accumulate before block(4) log %g from(%P2 : tensor<8x8xf32>) : tensor<8x8xf32> -> tensor<8x8xf32>
  // CHECK: wy.scores rows(%{{.*}} : tensor<8x8xf32>) columns(%k : tensor<8x8xf32>) mask(<pairs 4>) ungated -> tensor<8x8xf32>
  %A = wy.scores rows(%P4 : tensor<8x8xf32>) columns(%k : tensor<8x8xf32>) mask(<pairs 4>) ungated -> tensor<8x8xf32>
  // CHECK: %[[N:.*]] = wy.sum %[[L]], %{{.*}} : tensor<8x8xf32>
  %N = wy.sum %L, %A : tensor<8x8xf32>
  // CHECK: %[[D:.*]] = wy.decays factor %b : tensor<8xf32> -> tensor<8x8xf32>
  %D = wy.decays factor %b : tensor<8xf32> -> tensor<8x8xf32>
  // CHECK: wy.scale %[[N]] by(%[[D]], %[[D]] : tensor<8x8xf32>, tensor<8x8xf32>) rows(%b : tensor<8xf32>) columns(%b : tensor<8xf32>) : tensor<8x8xf32>
  %M = wy.scale %N by(%D, %D : tensor<8x8xf32>, tensor<8x8xf32>) rows(%b : tensor<8xf32>) columns(%b : tensor<8xf32>) : tensor<8x8xf32>
  // CHECK: %[[T:.*]] = wy.inverse scores(%{{.*}} : tensor<8x8xf32>) at [0] block(4) -> tensor<8x8xf32>
  %T = wy.inverse scores(%M : tensor<8x8xf32>) at [0] block(4) -> tensor<8x8xf32>
  // CHECK: wy.product lhs(%{{.*}} : tensor<8x8xf32>) rhs(%[[T]] : tensor<8x8xf32>) mask(<pairs 4>) block(8) -> tensor<8x8xf32>
  %X = wy.product lhs(%M : tensor<8x8xf32>) rhs(%T : tensor<8x8xf32>) mask(<pairs 4>) block(8) -> tensor<8x8xf32>
  // CHECK: wy.product lhs(%{{.*}}, %{{.*}} : tensor<8x8xf32>, tensor<8x8xf32>) at [0, 3] rhs(
  %Y:4 = wy.product lhs(%M, %T : tensor<8x8xf32>, tensor<8x8xf32>) at [0, 3] rhs(%T, %X, %X, %T : tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>
  // CHECK: wy.inverse at [] block(1) -> tensor<8x8xf32>
  %I = wy.inverse at [] block(1) -> tensor<8x8xf32>
  // A product of pairs is one of a matrix and its columns, too.
  // CHECK: wy.apply %{{.*}}, %{{.*}} mask(<pairs 0>) : tensor<8x8xf32>, tensor<8x8xf32>
  %Z = wy.apply %Y#3, %I mask(<pairs 0>) : tensor<8x8xf32>, tensor<8x8xf32>
  // CHECK: wy.apply %{{.*}}, %v gate(log %v : tensor<8x8xf32>) mask(<inside 2>)
  %o = wy.apply %Z, %v gate(log %v : tensor<8x8xf32>) mask(<inside 2>) : tensor<8x8xf32>, tensor<8x8xf32>
  wy.yield %o : tensor<8x8xf32>
}
