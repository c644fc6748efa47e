// RUN: sluice-opt %s --wy-place=placement=pre_scan_post | FileCheck %s
// RUN: sluice-opt %s --wy-report-stages -o /dev/null | FileCheck %s --check-prefix=STAGES
// RUN: not sluice-opt %s --wy-place='placement=segments segment=16' 2>&1 | FileCheck %s --check-prefix=SEGMENTS

// What gradients need is cut like all else: which node looks at the state, and what
// goes through channels. A sum over the chunk is the same for all tokens.

// CHECK-LABEL: wy.placed @gradients
// CHECK:       wy.scan @pre
// CHECK-SAME:    chunk(4)
// CHECK:         channels(pairs0: pairs tensor<4x4xf32>, value0: tokens value tensor<4x16xf32>, constant0: constant key tensor<8xf32>) {
// CHECK-NEXT:    %[[A:.+]] = wy.scores
// CHECK-NEXT:    %[[TO_DO:.+]] = wy.apply_transposed %[[A]], %do mask(<pairs 2>)
// CHECK-NEXT:    %[[DG:.+]] = wy.token_sums before block(2) %g : tensor<4x8xf32> gate(log %k : tensor<4x8xf32>)
// CHECK-NEXT:    %[[U:.+]] = wy.token_sums all %g
// CHECK-NEXT:    %[[DB:.+]] = wy.pair_sums between %[[A]] : tensor<4x4xf32> gate(log %b : tensor<4xf32>)
// CHECK-NEXT:    wy.yield %[[DG]], %[[DB]], %[[A]], %[[TO_DO]], %[[U]]
// CHECK:       wy.scan @scan
// CHECK:         %[[READ:.+]] = wy.read left %dS, %k
// CHECK-NEXT:    %[[RHS:.+]] = wy.sum %value0, %[[READ]]
// CHECK-NEXT:    wy.solve_transposed rhs(%[[RHS]] : tensor<4x16xf32>) scores(%pairs0 : tensor<4x4xf32>) terms {{\[\[}}0, 0]]
// CHECK:       wy.scan @post
// CHECK:         wy.dot_states key %dS_start, %dS_start

// The transition of a segment is known of what delta-to-wy derives.

// STAGES: pre   4x16 {{ *}}128 {{ *}}0 wy.apply_transposed
// STAGES: transition of a segment: none, 'wy.solve_transposed' is not linear in the states
// SEGMENTS: error: the transition of @gradients is not a matrix: 'wy.solve_transposed' is not linear in the states
wy.scan @gradients chunk(4) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%do: !delta.vec<value>, %r: !delta.vec<value>, %g: !delta.vec<key>, %b: !delta.scalar)
    state(%dS: !delta.state<key, value>)
    -> (dv: !delta.vec<value>, dg: !delta.vec<key>, db: !delta.scalar, dk: !delta.vec<key>) {
  %A = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %r0 = wy.read left %dS, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %0 = wy.apply_transposed %A, %do mask(<pairs 2>) : tensor<4x4xf32>, tensor<4x16xf32>
  %1 = wy.sum %0, %r0 : tensor<4x16xf32>
  %2 = wy.solve_transposed rhs(%1 : tensor<4x16xf32>) scores(%A : tensor<4x4xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  %3 = wy.token_sums before block(2) %g : tensor<4x8xf32> gate(log %k : tensor<4x8xf32>) -> tensor<4x8xf32>
  %u = wy.token_sums all %g : tensor<4x8xf32> -> tensor<8xf32>
  %4 = wy.pair_sums between %A : tensor<4x4xf32> gate(log %b : tensor<4xf32>) -> tensor<4xf32>
  %d = wy.dot_states key %dS, %dS : tensor<8x16xf32> -> tensor<8xf32>
  %5 = wy.tokens(%x: !delta.vec<key> = %k : tensor<4x8xf32>, %y: !delta.vec<key> = %d : tensor<8xf32>, %z: !delta.vec<key> = %u : tensor<8xf32>) -> tensor<4x8xf32> {
    %6 = delta.mul %x, %y
    %7 = delta.mul %6, %z
    wy.yield %7 : !delta.vec<key>
  }
  %n = wy.update states(%dS : tensor<8x16xf32>) writes(%q, %2 : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %n, %2, %3, %4, %5 : tensor<8x16xf32>, tensor<4x16xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<4x8xf32>
}
