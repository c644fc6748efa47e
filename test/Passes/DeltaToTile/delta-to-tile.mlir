// RUN: sluice-opt %s --delta-to-tile='key-dim=8 value-dim=32 arg-types=bf16,f16,f32,bf16' | FileCheck %s

#gpu = #wy.schedule<target = #wy.gpu_schedule<warps = 2, value_block = 32>>

// Arguments are the recurrence's, its outputs, its final states, then what a
// run says; a state is float32 whatever its argument's type is said to be. One
// walk over the sequence's tokens, with the state as what the loop carries.
// CHECK:      tile.kernel @rule(
// CHECK-SAME:   %[[K:[a-z0-9]+]]: memref<?x?x?x8xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "k">},
// CHECK-SAME:   %[[V:[a-z0-9]+]]: memref<?x?x?x32xf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "v">},
// CHECK-SAME:   %[[B:[a-z0-9]+]]: memref<?x?x?xf32, strided<[?, ?, 1]>> {tile.binding = #tile.binding<input "b">},
// CHECK-SAME:   %[[S:[a-z0-9]+]]: memref<?x?x8x32xf32, strided<[?, ?, 32, 1]>> {tile.binding = #tile.binding<input "S">},
// CHECK-SAME:   %[[O:[a-z0-9]+]]: memref<?x?x?x32xf32, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<output "o">},
// CHECK-SAME:   %[[SF:[a-z0-9]+]]: memref<?x?x8x32xf32, strided<[?, ?, 32, 1]>> {tile.binding = #tile.binding<final "S">},
// CHECK-SAME:   %[[STARTS:[a-z0-9]+]]: memref<?xi64> {tile.binding = #tile.binding<sequences>},
// CHECK-SAME:   %[[T:[a-z0-9]+]]: index {tile.binding = #tile.binding<size "T">},
// CHECK-SAME:   %[[H:[a-z0-9]+]]: index {tile.binding = #tile.binding<size "H">},
// CHECK-SAME:   %[[HV:[a-z0-9]+]]: index {tile.binding = #tile.binding<size "HV">},
// CHECK-SAME:   %{{[a-z0-9]+}}: f32 {tile.binding = #tile.binding<scale>})
// CHECK-SAME: warps(2) grid("N * HV * 1") attributes {delta.signature = #delta.signature<
// CHECK:      %[[ROW:.*]], %[[BEGIN:.*]], %[[END:.*]] = tile.sequence %{{.*}} of %[[STARTS]] tokens(%[[T]])
// CHECK:      %[[THERE:.*]] = tile.is_present %[[S]]
// CHECK:      %[[INITIAL:.*]] = scf.if %[[THERE]] -> (tensor<8x32xf32>) {
// CHECK-NEXT:   tile.load %[[S]][{{.*}}] along [2, 3] in_bounds
// CHECK:      } else {
// CHECK-NEXT:   arith.constant dense<0.000000e+00> : tensor<8x32xf32>
// CHECK:      %[[LAST:.*]] = scf.for %[[AT:.*]] = %[[BEGIN]] to %[[END]] step %{{.*}} iter_args(%[[STATE:.*]] = %[[INITIAL]])
// CHECK:        tile.load %[[K]][%[[ROW]], %[[AT]], %{{.*}}, %{{.*}}] along [3] in_bounds : {{.*}} -> tensor<8xbf16>
// CHECK:        arith.extf %{{.*}} : tensor<8xbf16> to tensor<8xf32>
// CHECK:        tile.load %[[V]]{{.*}} -> tensor<32xf16>
// CHECK:        tile.load %[[B]]{{.*}} along [] in_bounds : {{.*}} -> f32
// CHECK:        tile.store %{{.*}}, %[[O]][%[[ROW]], %[[AT]],
// CHECK:      tile.store %[[LAST]], %[[SF]][{{.*}}] along [2, 3] in_bounds
// CHECK-NEXT: tile.return
// CHECK-NOT:  delta.recurrence
delta.recurrence @rule
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>)
    attributes {wy.schedule = #gpu} {
  %S1 = delta.decay %S, %b
  %S2 = delta.write %S1, %k, %v
  %o = delta.read %S2, %k
  delta.yield states(%S2) outputs(%o)
}

// What does not depend on a token is loaded before the loop, by the head's
// number.
// CHECK:      tile.kernel @param(
// CHECK-SAME:   %[[A:[a-z0-9]+]]: memref<?xbf16, strided<[1]>> {tile.binding = #tile.binding<input "A">}
// CHECK:      %[[REST:.*]] = arith.remui
// CHECK:      %[[HEAD:.*]] = arith.index_cast %[[REST]] : i32 to index
// CHECK:      tile.load %[[A]][%[[HEAD]]] along [] in_bounds : memref<?xbf16
// CHECK:      scf.for
// CHECK-NOT:  tile.load %[[A]]
delta.recurrence @param
    params(%A: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () attributes {wy.schedule = #gpu} {
  %S1 = delta.decay %S, %A
  delta.yield states(%S1) outputs()
}
