// RUN: sluice-opt %s --wy-move-factors | FileCheck %s

// Factors do not leave for nodes that only gradients have, and what these look at
// has the value that it had.

// CHECK-LABEL: wy.scan @factors
// CHECK:         %[[BDO:.+]] = wy.tokens(%{{.+}}: !delta.scalar = %b : tensor<4xf32>, %{{.+}}: !delta.vec<value> = %do : tensor<4x16xf32>)
// CHECK:         %[[S:.+]] = wy.scores rows(%q
// CHECK-NEXT:    %[[A:.+]] = wy.scale %[[S]] rows(%b : tensor<4xf32>)
// CHECK-NEXT:    wy.apply_transposed %[[A]], %[[BDO]]
// CHECK-NEXT:    wy.apply %[[A]], %[[BDO]]
// CHECK-NEXT:    wy.solve_transposed rhs(%[[BDO]] : tensor<4x16xf32>) scores(%[[A]] : tensor<4x4xf32>)
// CHECK-NEXT:    wy.pair_sums between %[[A]]
wy.scan @factors chunk(4) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>) v_heads(%do: !delta.vec<value>, %b: !delta.scalar)
    -> (dv: !delta.vec<value>, du: !delta.vec<value>, ds: !delta.vec<value>, dp: !delta.scalar) {
  %x:2 = wy.tokens(%y: !delta.vec<key> = %q : tensor<4x8xf32>, %c: !delta.scalar = %b : tensor<4xf32>, %z: !delta.vec<value> = %do : tensor<4x16xf32>) -> (tensor<4x8xf32>, tensor<4x16xf32>) {
    %0 = delta.mul %c, %y
    %1 = delta.mul %c, %z
    wy.yield %0, %1 : !delta.vec<key>, !delta.vec<value>
  }
  %A = wy.scores rows(%x#0 : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %0 = wy.apply_transposed %A, %x#1 : tensor<4x4xf32>, tensor<4x16xf32>
  %1 = wy.apply %A, %x#1 : tensor<4x4xf32>, tensor<4x16xf32>
  %2 = wy.solve_transposed rhs(%x#1 : tensor<4x16xf32>) scores(%A : tensor<4x4xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  %3 = wy.pair_sums between %A : tensor<4x4xf32> -> tensor<4xf32>
  wy.yield %0, %1, %2, %3 : tensor<4x16xf32>, tensor<4x16xf32>, tensor<4x16xf32>, tensor<4xf32>
}
