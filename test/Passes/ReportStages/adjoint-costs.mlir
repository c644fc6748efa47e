// RUN: sluice-opt %s --wy-report-stages -o /dev/null | FileCheck %s

// What gradients need, as lib/Analysis/ChunkCost.h has it, by hand: FLOP and then
// exp. C = 6, so 15 pairs, of which 4 are `pairs 2`. K = 3, V = 5.

// CHECK-LABEL: scan @pairs:
// (15 + 6) · 2·5
// CHECK: 6x5 210 0 wy.apply_transposed
// 4 · 2·3
// CHECK: 6x3 24 0 wy.apply_transposed
// 15 + 6
// CHECK: 6 21 0 wy.pair_sums
// CHECK: 6 21 0 wy.pair_sums
// CHECK: 6 0 0 wy.pair_sums
// Twice 15; with a gate twice that, and its exponentials
// CHECK: 6 30 0 wy.pair_sums
// CHECK: 6 60 0 wy.pair_sums
// CHECK: 6 60 6 wy.pair_sums
wy.scan @pairs chunk(6) key(3) value(5)
    v_heads(%a: !delta.vec<key>, %v: !delta.vec<value>, %f: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %A = wy.scores rows(%a : tensor<6x3xf32>) columns(%a : tensor<6x3xf32>) ungated -> tensor<6x6xf32>
  %0 = wy.apply_transposed %A, %v : tensor<6x6xf32>, tensor<6x5xf32>
  %1 = wy.apply_transposed %A, %a mask(<pairs 2>) : tensor<6x6xf32>, tensor<6x3xf32>
  %2 = wy.pair_sums rows %A : tensor<6x6xf32> -> tensor<6xf32>
  %3 = wy.pair_sums columns %A : tensor<6x6xf32> -> tensor<6xf32>
  %4 = wy.pair_sums diagonal %A : tensor<6x6xf32> -> tensor<6xf32>
  %5 = wy.pair_sums between %A : tensor<6x6xf32> -> tensor<6xf32>
  %6 = wy.pair_sums between %A : tensor<6x6xf32> gate(factor %f : tensor<6xf32>) -> tensor<6xf32>
  %7 = wy.pair_sums between %A : tensor<6x6xf32> gate(log %f : tensor<6xf32>) -> tensor<6xf32>
  wy.yield %S : tensor<3x5xf32>
}

// As those of wy.solve.
// CHECK-LABEL: scan @systems:
// CHECK: 6x5 150 0 wy.solve_transposed
// CHECK: 6x5, 6x5 660 75 wy.solve_transposed
wy.scan @systems chunk(6) key(3) value(5)
    v_heads(%a: !delta.vec<key>, %v: !delta.vec<value>, %g: !delta.vec<value>, %f: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %A = wy.scores rows(%a : tensor<6x3xf32>) columns(%a : tensor<6x3xf32>) ungated -> tensor<6x6xf32>
  %0 = wy.solve_transposed rhs(%v : tensor<6x5xf32>) scores(%A : tensor<6x6xf32>) terms [[0, 0]] -> tensor<6x5xf32>
  %1:2 = wy.solve_transposed rhs(%v, %v : tensor<6x5xf32>, tensor<6x5xf32>)
      scores(%A, %A, %A : tensor<6x6xf32>, tensor<6x6xf32>, tensor<6x6xf32>)
      weights [0] (%v : tensor<6x5xf32>)
      gates [1, 2] (log %g, %f : tensor<6x5xf32>, tensor<6xf32>)
      terms [[0, 0], [1, 0], [1, 1]] -> tensor<6x5xf32>, tensor<6x5xf32>
  wy.yield %S : tensor<3x5xf32>
}

// CHECK-LABEL: scan @tokens:
// 6·3
// CHECK: 6x3 18 0 wy.token_sums
// CHECK: 3 18 0 wy.token_sums
// CHECK: 6x3 36 18 wy.token_sums
// Two states: 6 · 2·8
// CHECK: 6, 6, 6, 6 96 0 wy.token_sums
// 2·3·5
// CHECK: 3 30 0 wy.dot_states
wy.scan @tokens chunk(6) key(3) value(5)
    v_heads(%a: !delta.vec<key>, %f: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %0 = wy.token_sums before block(2) %a : tensor<6x3xf32> -> tensor<6x3xf32>
  %1 = wy.token_sums all %a : tensor<6x3xf32> -> tensor<3xf32>
  %2 = wy.token_sums after %a : tensor<6x3xf32> gate(log %a : tensor<6x3xf32>) -> tensor<6x3xf32>
  %3:4 = wy.token_sums after %f, %f, %f, %f : tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>
      gate(factor %f, %f, %f, %f : tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>)
      -> tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>
  %4 = wy.dot_states key %S, %S : tensor<3x5xf32> -> tensor<3xf32>
  wy.yield %S : tensor<3x5xf32>
}
