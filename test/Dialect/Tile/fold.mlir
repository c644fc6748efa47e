// RUN: sluice-opt %s --canonicalize | FileCheck %s

#a = #tile.layout<register = [[32]], lane = [[1], [2], [4], [8], [16]], warp = []>
#b = #tile.layout<register = [[1]], lane = [[2], [4], [8], [16], [32]], warp = []>

// There and back is nothing; what goes on from there starts where it was.
// CHECK-LABEL: tile.kernel @back
// CHECK:       %[[X:.*]] = tile.load
// CHECK-NOT:   tile.convert
// CHECK:       tile.store %[[X]]
tile.kernel @back(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0] along [0] : memref<64xf32> -> tensor<64xf32, #a>
  %1 = tile.convert %0 : tensor<64xf32, #a> -> tensor<64xf32, #b>
  %2 = tile.convert %1 : tensor<64xf32, #b> -> tensor<64xf32, #a>
  %3 = tile.convert %2 : tensor<64xf32, #a> -> tensor<64xf32, #a>
  tile.store %3, %x[%c0] along [0] : tensor<64xf32, #a>, memref<64xf32>
  tile.return
}

// Loads that nobody looks at go, stores and those before them stay.
// CHECK-LABEL: tile.kernel @unused
// CHECK-NOT:   tile.load
// CHECK:       tile.store
tile.kernel @unused(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0] along [0] : memref<64xf32> -> tensor<64xf32>
  %1 = arith.constant dense<0.0> : tensor<64xf32>
  tile.store %1, %x[%c0] along [0] : tensor<64xf32>, memref<64xf32>
  tile.return
}
