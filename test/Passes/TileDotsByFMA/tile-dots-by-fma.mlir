// RUN: sluice-opt %s --pass-pipeline='builtin.module(tile.kernel(tile-dots-by-fma))' | FileCheck %s

#layout = #tile.layout<register = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = []>
#square = #tile.layout<register = [], lane = [[0, 1], [0, 2], [1, 0], [2, 0], [0, 0]], warp = []>

// What one step of the sum needs is a row of either buffer, whichever way the
// operands are given.
// CHECK-LABEL: tile.kernel @rows
// CHECK:         %[[LHS:.*]] = tile.shared : memref<8x4xf32, #gpu.address_space<workgroup>>
// CHECK:         tile.store %{{.*}}, %[[LHS]][{{.*}}] along [1, 0]
// CHECK:         %[[RHS:.*]] = tile.shared : memref<8x4xf32, #gpu.address_space<workgroup>>
// CHECK:         tile.store %{{.*}}, %[[RHS]][{{.*}}] along [1, 0]
// CHECK:         %[[STEPS:.*]] = arith.constant 8 : index
// CHECK:         scf.for %[[STEP:.*]] = %{{.*}} to %[[STEPS]]
// CHECK:           %[[A:.*]] = tile.load %[[LHS]][%[[STEP]], %{{.*}}] along [1]
// CHECK:           tile.broadcast %[[A]] along [0]
// CHECK:           %[[B:.*]] = tile.load %[[RHS]][%[[STEP]], %{{.*}}] along [1]
// CHECK:           tile.broadcast %[[B]] along [1]
// CHECK:           arith.mulf
// CHECK:           arith.addf
tile.kernel @rows(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  %a = tile.broadcast %x along [] : f32 -> tensor<4x8xf32, #layout>
  %0 = tile.dot %a, %a transpose_rhs : tensor<4x8xf32, #layout>, tensor<4x8xf32, #layout> -> tensor<4x4xf32, #square>
  tile.return
}

// CHECK-LABEL: tile.kernel @columns
// CHECK:         tile.store %{{.*}} along [0, 1]
// CHECK:         tile.store %{{.*}} along [0, 1]
// CHECK:         %[[STEPS:.*]] = arith.constant 4 : index
// CHECK:         scf.for %{{.*}} = %{{.*}} to %[[STEPS]]
tile.kernel @columns(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  %a = tile.broadcast %x along [] : f32 -> tensor<4x8xf32, #layout>
  %0 = tile.dot %a, %a transpose_lhs : tensor<4x8xf32, #layout>, tensor<4x8xf32, #layout>
      -> tensor<8x8xf32, #tile.layout<register = [[4, 0]], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = []>>
  tile.return
}

// Tensor cores multiply what has 16 bits.
// CHECK-LABEL: tile.kernel @narrow
// CHECK:         tile.dot
tile.kernel @narrow(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  %a = tile.broadcast %x along [] : f32 -> tensor<4x8xf32, #layout>
  %b = arith.truncf %a : tensor<4x8xf32, #layout> to tensor<4x8xbf16, #layout>
  %0 = tile.dot %b, %b transpose_rhs : tensor<4x8xbf16, #layout>, tensor<4x8xbf16, #layout> -> tensor<4x4xf32, #square>
  tile.return
}
