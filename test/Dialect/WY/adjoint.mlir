// RUN: sluice-opt %s | sluice-opt | FileCheck %s
// RUN: sluice-opt %s --mlir-print-op-generic | sluice-opt | FileCheck %s

// CHECK-LABEL: wy.scan @pairs
wy.scan @pairs chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>, %g: !delta.scalar)
    v_heads(%y: !delta.vec<value>) -> () {
  // CHECK: %[[A:.+]] = wy.scores
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // CHECK-NEXT: wy.apply_transposed %[[A]], %y : tensor<4x4xf32>, tensor<4x16xf32>
  %0 = wy.apply_transposed %A, %y : tensor<4x4xf32>, tensor<4x16xf32>
  // CHECK-NEXT: wy.apply_transposed %[[A]], %k mask(<pairs 2>) : tensor<4x4xf32>, tensor<4x8xf32>
  %1 = wy.apply_transposed %A, %k mask(<pairs 2>) : tensor<4x4xf32>, tensor<4x8xf32>
  // CHECK-NEXT: wy.apply_transposed %[[A]], %y mask(<inside 2>) {tag = "kept"} : tensor<4x4xf32>, tensor<4x16xf32>
  %2 = wy.apply_transposed %A, %y mask(<inside 2>) {tag = "kept"} : tensor<4x4xf32>, tensor<4x16xf32>
  // CHECK-NEXT: wy.pair_sums rows %[[A]] : tensor<4x4xf32> -> tensor<4xf32>
  %3 = wy.pair_sums rows %A : tensor<4x4xf32> -> tensor<4xf32>
  // CHECK-NEXT: wy.pair_sums columns %[[A]] : tensor<4x4xf32> -> tensor<4xf32>
  %4 = wy.pair_sums columns %A : tensor<4x4xf32> -> tensor<4xf32>
  // CHECK-NEXT: wy.pair_sums diagonal %[[A]] : tensor<4x4xf32> -> tensor<4xf32>
  %5 = wy.pair_sums diagonal %A : tensor<4x4xf32> -> tensor<4xf32>
  // CHECK-NEXT: wy.pair_sums between %[[A]] : tensor<4x4xf32> -> tensor<4xf32>
  %6 = wy.pair_sums between %A : tensor<4x4xf32> -> tensor<4xf32>
  // CHECK-NEXT: wy.pair_sums between %[[A]] : tensor<4x4xf32> gate(factor %g : tensor<4xf32>) -> tensor<4xf32>
  %7 = wy.pair_sums between %A : tensor<4x4xf32> gate(factor %g : tensor<4xf32>) -> tensor<4xf32>
  // CHECK-NEXT: wy.pair_sums between %[[A]] : tensor<4x4xf32> gate(log %g : tensor<4xf32>) {tag} -> tensor<4xf32>
  %8 = wy.pair_sums between %A : tensor<4x4xf32> gate(log %g : tensor<4xf32>) {tag} -> tensor<4xf32>
  wy.yield
}

// CHECK-LABEL: wy.scan @systems
wy.scan @systems chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%r: !delta.vec<value>, %w: !delta.vec<value>,
    %g: !delta.vec<value>, %s: !delta.scalar) -> () {
  %N = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // CHECK: wy.solve_transposed rhs(%r : tensor<4x16xf32>) scores(%[[N:.+]] : tensor<4x4xf32>)
  // CHECK-SAME: terms {{\[\[}}0, 0]] -> tensor<4x16xf32>
  %0 = wy.solve_transposed rhs(%r : tensor<4x16xf32>) scores(%N : tensor<4x4xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  // CHECK-NEXT: wy.solve_transposed rhs(%r, %w : tensor<4x16xf32>, tensor<4x16xf32>) scores(%[[N]], %[[N]] : tensor<4x4xf32>, tensor<4x4xf32>)
  // CHECK-SAME: weights [1](%w : tensor<4x16xf32>) gates [0, 1](log %g, %s : tensor<4x16xf32>, tensor<4xf32>)
  // CHECK-SAME: terms {{\[\[}}0, 1], [1, 1]] -> tensor<4x16xf32>, tensor<4x16xf32>
  %1:2 = wy.solve_transposed rhs(%r, %w : tensor<4x16xf32>, tensor<4x16xf32>)
      scores(%N, %N : tensor<4x4xf32>, tensor<4x4xf32>) weights [1](%w : tensor<4x16xf32>)
      gates [0, 1](log %g, %s : tensor<4x16xf32>, tensor<4xf32>)
      terms [[0, 1], [1, 1]] -> tensor<4x16xf32>, tensor<4x16xf32>
  // CHECK-NEXT: wy.solve_transposed rhs(%r : tensor<4x16xf32>) terms [] -> tensor<4x16xf32>
  %2 = wy.solve_transposed rhs(%r : tensor<4x16xf32>) terms [] -> tensor<4x16xf32>
  wy.yield
}

// CHECK-LABEL: wy.scan @tokens
wy.scan @tokens chunk(4) key(8) value(16)
    v_heads(%x: !delta.vec<key>, %f: !delta.vec<key>, %a: !delta.scalar, %b: !delta.scalar)
    -> params(u: !delta.vec<key>) {
  // CHECK: wy.token_sums before %x : tensor<4x8xf32> -> tensor<4x8xf32>
  %0 = wy.token_sums before %x : tensor<4x8xf32> -> tensor<4x8xf32>
  // CHECK-NEXT: wy.token_sums after block(2) %a : tensor<4xf32> -> tensor<4xf32>
  %1 = wy.token_sums after block(2) %a : tensor<4xf32> -> tensor<4xf32>
  // CHECK-NEXT: wy.token_sums before block(3) %x : tensor<4x8xf32> gate(factor %f : tensor<4x8xf32>) -> tensor<4x8xf32>
  %2 = wy.token_sums before block(3) %x : tensor<4x8xf32> gate(factor %f : tensor<4x8xf32>) -> tensor<4x8xf32>
  // CHECK-NEXT: wy.token_sums after %a : tensor<4xf32> gate(log %b : tensor<4xf32>) -> tensor<4xf32>
  %3 = wy.token_sums after %a : tensor<4xf32> gate(log %b : tensor<4xf32>) -> tensor<4xf32>
  // CHECK-NEXT: wy.token_sums all %x : tensor<4x8xf32> -> tensor<8xf32>
  %4 = wy.token_sums all %x : tensor<4x8xf32> -> tensor<8xf32>
  // CHECK-NEXT: wy.token_sums all %a : tensor<4xf32> {tag} -> tensor<f32>
  %5 = wy.token_sums all %a : tensor<4xf32> {tag} -> tensor<f32>
  // CHECK-NEXT: wy.token_sums before %a, %b, %b, %a : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  // CHECK-SAME: gate(factor %b, %a, %a, %b : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
  // CHECK-SAME: -> tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  %6:4 = wy.token_sums before %a, %b, %b, %a : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
      gate(factor %b, %a, %a, %b : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
      -> tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  // The sum over the chunk has no rows, a sum of it has none.
  // CHECK-NEXT: wy.sum %{{.+}}, %{{.+}} : tensor<8xf32>
  %7 = wy.sum %4, %4 : tensor<8xf32>
  wy.yield %x : tensor<4x8xf32>
}

// CHECK-LABEL: wy.scan @states
wy.scan @states chunk(4) key(8) value(16)
    state(%S: !delta.state<key, value>, %dS: !delta.state<key, value>) -> () {
  // CHECK: %[[KEY:.+]] = wy.dot_states key %S, %dS : tensor<8x16xf32> -> tensor<8xf32>
  %0 = wy.dot_states key %S, %dS : tensor<8x16xf32> -> tensor<8xf32>
  // CHECK-NEXT: %[[VALUE:.+]] = wy.dot_states value %S, %dS : tensor<8x16xf32> -> tensor<16xf32>
  %1 = wy.dot_states value %S, %dS : tensor<8x16xf32> -> tensor<16xf32>
  // CHECK-NEXT: wy.dot_states %S, %dS {tag} : tensor<8x16xf32> -> tensor<f32>
  %2 = wy.dot_states %S, %dS {tag} : tensor<8x16xf32> -> tensor<f32>
  // What is the same for all tokens decays a state.
  // CHECK-NEXT: wy.update states(%S : tensor<8x16xf32>) decays(%[[KEY]] : tensor<8xf32>) value_decays(%[[VALUE]]
  %3 = wy.update states(%S : tensor<8x16xf32>) decays(%0 : tensor<8xf32>) value_decays(%1 : tensor<16xf32>) -> tensor<8x16xf32>
  wy.yield %3, %dS : tensor<8x16xf32>, tensor<8x16xf32>
}
