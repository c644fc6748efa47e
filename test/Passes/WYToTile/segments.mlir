// Time in segments: what they write and their transitions, the join of both, and the
// segments from where they start.
// RUN: sluice-opt %s --wy-place --wy-to-tile --canonicalize --cse --verify-roundtrip | FileCheck %s

wy.scan @delta chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, solve = inverse, placement = segments, segment = 8, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %0 = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %1 = wy.sum %0, %v : tensor<4x16xf32>
  %2 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %1 : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %2, %0 : tensor<8x16xf32>, tensor<4x16xf32>
}

// Of the last segment of a sequence nobody asks where it would end.
// CHECK-LABEL: tile.kernel @delta_written(
// CHECK-NOT:     "S"
// CHECK-SAME:    %[[R:[a-z0-9]+]]: memref<?x?x8x16xf32, {{[^%]*}}binding<workspace "R_S" rows "ceildiv(B * T, 8) + N">
// CHECK-SAME:    grid("(ceildiv(B * T, 8) + N) * HV * 1")
// CHECK:         %{{.*}}, %{{.*}}, %[[BEGIN:.*]], %[[END:.*]], %[[LAST:.*]] = tile.piece %{{.*}} size(8)
// CHECK:         %[[LIMIT:.*]] = arith.select %[[LAST]], %[[BEGIN]], %[[END]]
// CHECK:         scf.for %{{.*}} = %[[BEGIN]] to %[[LIMIT]] step %c4
// CHECK:         scf.if
// CHECK-NEXT:      arith.muli
// CHECK:           tile.store %{{.*}}, %[[R]]

// From the identity, and as wide as the keys.
// CHECK-LABEL: tile.kernel @delta_transition_S(
// CHECK-SAME:    %[[M:[a-z0-9]+]]: memref<?x?x8x8xf32, {{[^%]*}}binding<workspace "M_S_S"
// CHECK:         %[[ROWS:.*]] = tile.place axis(0) : tensor<8x8xi32>
// CHECK:         %[[COLUMNS:.*]] = tile.place axis(1) : tensor<8x8xi32>
// CHECK:         arith.cmpi eq, %[[ROWS]], %[[COLUMNS]]
// CHECK:         tile.store %{{.*}}, %[[M]]

// M is finite: infinity times 0 is 0.
// CHECK-LABEL: tile.kernel @delta_join(
// CHECK-SAME:    binding<input "S">
// CHECK-NOT:     binding<final
// CHECK-SAME:    %[[R:[a-z0-9]+]]: memref<{{[^%]*}}binding<workspace "R_S"
// CHECK-SAME:    %[[M:[a-z0-9]+]]: memref<{{[^%]*}}binding<workspace "M_S_S"
// CHECK-SAME:    %[[START:[a-z0-9]+]]: memref<{{[^%]*}}binding<workspace "start_S"
// CHECK-SAME:    warps(4) grid("N * HV * 1")
// CHECK:         scf.for {{.*}} iter_args(%[[STATE:.*]] = %{{.*}})
// CHECK:         tile.store %[[STATE]], %[[START]]
// CHECK:         %[[WRITTEN:.*]] = tile.load %[[R]]
// CHECK:         %[[BY:.*]] = tile.load %[[M]]
// CHECK:         %[[LEAST:.*]] = arith.minimumf %[[BY]]
// CHECK:         %[[FINITE:.*]] = arith.maximumf %[[LEAST]]
// CHECK:         tile.dot %[[FINITE]], %[[STATE]] into %[[WRITTEN]]
// CHECK:         tile.store %{{.*}}, %[[START]]

// What the last segment leaves are the final states.
// CHECK-LABEL: tile.kernel @delta_main(
// CHECK-SAME:    %[[FINAL:[a-z0-9]+]]: memref<{{[^%]*}}binding<final "S">
// CHECK-SAME:    %[[START:[a-z0-9]+]]: memref<{{[^%]*}}binding<workspace "start_S"
// CHECK:         %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %[[LAST:.*]] = tile.piece
// CHECK:         tile.load %[[START]]
// CHECK:         scf.for
// CHECK:         scf.if %[[LAST]] {
// CHECK:           tile.store %{{.*}}, %[[FINAL]]
