// RUN: sluice-opt %s --wy-decompose='leaf=1 solve=inverse' | FileCheck %s

// Only what the graph itself has is spelled out: a transposed system stays one,
// beside the inverse of the same scores, and sums have the gate that they have.

// CHECK-LABEL: wy.scan @gradients
// CHECK:         %[[N:.+]] = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated
// CHECK:         wy.inverse scores(%[[N]]
// CHECK:         %[[X:.+]] = wy.solve_transposed rhs(%{{.+}} : tensor<4x16xf32>) scores(%[[N]] : tensor<4x4xf32>) gates [0](log %h : tensor<4x16xf32>) terms {{\[\[}}0, 0]]
// CHECK-NEXT:    wy.apply_transposed %[[N]], %[[X]]
// CHECK-NEXT:    wy.token_sums after block(2) %k : tensor<4x8xf32> gate(factor %k : tensor<4x8xf32>)
wy.scan @gradients chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %h: !delta.vec<value>)
    -> (o: !delta.vec<value>, dv: !delta.vec<value>, dk: !delta.vec<key>) {
  %N = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %0 = wy.solve rhs(%v : tensor<4x16xf32>) scores(%N : tensor<4x4xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  %1 = wy.solve_transposed rhs(%0 : tensor<4x16xf32>) scores(%N : tensor<4x4xf32>) gates [0](log %h : tensor<4x16xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  %2 = wy.apply_transposed %N, %1 : tensor<4x4xf32>, tensor<4x16xf32>
  %3 = wy.token_sums after block(2) %k : tensor<4x8xf32> gate(factor %k : tensor<4x8xf32>) -> tensor<4x8xf32>
  wy.yield %0, %2, %3 : tensor<4x16xf32>, tensor<4x16xf32>, tensor<4x8xf32>
}
