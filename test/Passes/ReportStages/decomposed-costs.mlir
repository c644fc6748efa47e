// RUN: sluice-opt %s --wy-report-stages -o /dev/null | FileCheck %s

// The formulas of lib/Analysis/ChunkCost.h for what wy-decompose spells out, by
// hand, FLOP and then exp. C = 6: of 15 pairs 4 are `pairs 2` and 7 `inside 4`.
// K = 3, V = 5.

// CHECK-LABEL: scan @masks:
// 4 · 2·3
// CHECK: 6x6 24 0 wy.scores
// 7 · 2·3, decays that grow and multiply 7 (3 + 3), an exponential for each of
// 6·3
// CHECK: 6x6 84 18 wy.scores
// A scalar gate: 15 · 2·3 + 2·15
// CHECK: 6x6 120 6 wy.scores
// Two states: 15 · 2·2·3 + 15 (3·4·3 + 3·2·3)
// CHECK: 6x6 990 0 wy.scores
// The diagonal: 6 · 2·5
// CHECK: 6x5 60 0 wy.apply
// 4 · 2·5
// CHECK: 6x5 40 0 wy.apply
// (7 + 6) · 2·5 + 7 (5 + 5)
// CHECK: 6x5 200 30 wy.apply
wy.scan @masks chunk(6) key(3) value(5)
    v_heads(%a: !delta.vec<key>, %g: !delta.vec<key>, %f: !delta.scalar, %v: !delta.vec<value>, %h: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %0 = wy.scores rows(%a : tensor<6x3xf32>) columns(%a : tensor<6x3xf32>) mask(<pairs 2>) ungated -> tensor<6x6xf32>
  %1 = wy.scores rows(%a : tensor<6x3xf32>) columns(%a : tensor<6x3xf32>) gate(log %g : tensor<6x3xf32>) mask(<inside 4>) pairwise -> tensor<6x6xf32>
  %2 = wy.scores rows(%a : tensor<6x3xf32>) columns(%a : tensor<6x3xf32>) gate(log %f : tensor<6xf32>) pairwise -> tensor<6x6xf32>
  %3 = wy.scores rows(%a, %a : tensor<6x3xf32>, tensor<6x3xf32>) columns(%a, %a : tensor<6x3xf32>, tensor<6x3xf32>)
      gate(factor %g, %g, %g, %g : tensor<6x3xf32>, tensor<6x3xf32>, tensor<6x3xf32>, tensor<6x3xf32>) pairwise -> tensor<6x6xf32>
  %4 = wy.apply %0, %v mask(<pairs 0>) : tensor<6x6xf32>, tensor<6x5xf32>
  %5 = wy.apply %0, %v mask(<pairs 2>) : tensor<6x6xf32>, tensor<6x5xf32>
  %6 = wy.apply %0, %v gate(log %h : tensor<6x5xf32>) mask(<inside 4>) : tensor<6x6xf32>, tensor<6x5xf32>
  wy.yield %S : tensor<3x5xf32>
}

// CHECK-LABEL: scan @pairs:
// 6·3
// CHECK: 6x3 18 18 wy.accumulate
// Merged, without exponentials.
// CHECK: 6x3 18 0 wy.accumulate
// 15, an exponential a token
// CHECK: 6x6 15 6 wy.decays
// CHECK: 6x6 15 0 wy.decays
// 21 elements, three factors
// CHECK: 6x6 63 0 wy.scale
// 2 (1 + 3 + 6 + 10 + 15 + 21)
// CHECK: 6x6 112 0 wy.product
// Rows 2 and 3 of the first block: 2 · 2 (1 + 2)
// CHECK: 6x6 12 0 wy.product
// Two matrices on the left, each with two on the right.
// CHECK: 6x6, 6x6, 6x6, 6x6 448 0 wy.product
// Rows 1, 2, 3 of the first block and 1 of the second: 2 (1 + 3 + 6 + 1)
// CHECK: 6x6 22 0 wy.inverse
// Three scores, each with two columns of the grid.
// CHECK: 6x6, 6x6, 6x6, 6x6 132 0 wy.inverse
wy.scan @pairs chunk(6) key(3) value(5)
    v_heads(%a: !delta.vec<key>, %g: !delta.vec<key>, %f: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %A = wy.scores rows(%a : tensor<6x3xf32>) columns(%a : tensor<6x3xf32>) ungated -> tensor<6x6xf32>
  %0 = wy.accumulate before block(2) log %g : tensor<6x3xf32> -> tensor<6x3xf32>
  %1 = wy.accumulate before block(4) log %g from(%0 : tensor<6x3xf32>) : tensor<6x3xf32> -> tensor<6x3xf32>
  %2 = wy.decays log %f : tensor<6xf32> -> tensor<6x6xf32>
  %3 = wy.decays factor %f : tensor<6xf32> -> tensor<6x6xf32>
  %4 = wy.scale %A by(%2 : tensor<6x6xf32>) rows(%f : tensor<6xf32>) columns(%f : tensor<6xf32>) : tensor<6x6xf32>
  %5 = wy.product lhs(%A : tensor<6x6xf32>) rhs(%4 : tensor<6x6xf32>) -> tensor<6x6xf32>
  %6 = wy.product lhs(%A : tensor<6x6xf32>) rhs(%4 : tensor<6x6xf32>) mask(<pairs 2>) block(4) -> tensor<6x6xf32>
  %7:4 = wy.product lhs(%A, %A : tensor<6x6xf32>, tensor<6x6xf32>) at [0, 3] rhs(%A, %4, %5, %6 : tensor<6x6xf32>, tensor<6x6xf32>, tensor<6x6xf32>, tensor<6x6xf32>)
      -> tensor<6x6xf32>, tensor<6x6xf32>, tensor<6x6xf32>, tensor<6x6xf32>
  %8 = wy.inverse scores(%A : tensor<6x6xf32>) at [0] block(4) -> tensor<6x6xf32>
  %9:4 = wy.inverse scores(%A, %A, %A : tensor<6x6xf32>, tensor<6x6xf32>, tensor<6x6xf32>) at [0, 2, 3] block(4)
      -> tensor<6x6xf32>, tensor<6x6xf32>, tensor<6x6xf32>, tensor<6x6xf32>
  wy.yield %S : tensor<3x5xf32>
}
