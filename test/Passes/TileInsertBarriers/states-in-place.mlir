// RUN: sluice-opt %s --pass-pipeline='builtin.module(tile.kernel(tile-insert-barriers))' | FileCheck %s
//
// A final state may be written where the initial one was read. Where two threads
// have the same element, one of them may store it before the other has loaded it.

#apart = #tile.layout<register = [], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [[4, 0]]>
#twice = #tile.layout<register = [[4, 0]], lane = [[0, 1], [0, 2], [0, 4], [1, 0], [2, 0]], warp = [[0, 0]]>
!state = memref<?x?x8x8xf32, strided<[?, ?, 8, 1]>>

// CHECK-LABEL: tile.kernel @apart
// CHECK-NOT: gpu.barrier
// CHECK-LABEL: tile.kernel @twice
// CHECK: tile.load
// CHECK-NEXT: gpu.barrier
// CHECK-NEXT: tile.store
// CHECK-LABEL: tile.kernel @moved
// CHECK: gpu.barrier
// CHECK-LABEL: tile.kernel @two
// CHECK-NOT: gpu.barrier
tile.kernel @apart(%S: !state {tile.binding = #tile.binding<input "S">}, %F: !state {tile.binding = #tile.binding<final "S">}) warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %S[%c0, %c0, %c0, %c0] along [2, 3] : !state -> tensor<8x8xf32, #apart>
  tile.store %0, %F[%c0, %c0, %c0, %c0] along [2, 3] : tensor<8x8xf32, #apart>, !state
  tile.return
}
tile.kernel @twice(%S: !state {tile.binding = #tile.binding<input "S">}, %F: !state {tile.binding = #tile.binding<final "S">}) warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %S[%c0, %c0, %c0, %c0] along [2, 3] : !state -> tensor<8x8xf32, #twice>
  tile.store %0, %F[%c0, %c0, %c0, %c0] along [2, 3] : tensor<8x8xf32, #twice>, !state
  tile.return
}
tile.kernel @moved(%S: !state {tile.binding = #tile.binding<input "S">}, %F: !state {tile.binding = #tile.binding<final "S">}, %x: f32 {tile.binding = #tile.binding<scale>}) warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %S[%c0, %c0, %c0, %c0] along [2, 3] : !state -> tensor<8x8xf32, #apart>
  %1 = tile.broadcast %x along [] : f32 -> tensor<8x8xf32, #twice>
  tile.store %1, %F[%c0, %c0, %c0, %c0] along [2, 3] : tensor<8x8xf32, #twice>, !state
  tile.return
}
tile.kernel @two(%S: !state {tile.binding = #tile.binding<input "S">}, %F: !state {tile.binding = #tile.binding<final "R">}) warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %S[%c0, %c0, %c0, %c0] along [2, 3] : !state -> tensor<8x8xf32, #twice>
  tile.store %0, %F[%c0, %c0, %c0, %c0] along [2, 3] : tensor<8x8xf32, #twice>, !state
  tile.return
}
