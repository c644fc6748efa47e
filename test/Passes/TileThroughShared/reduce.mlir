// RUN: sluice-opt %s --tile-through-shared | FileCheck %s

#rows = #tile.layout<register = [[0, 1]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], warp = [[0, 2], [32, 0]]>
#row = #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = [[0], [32]]>
#all = #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = [[32], [64]]>

// Columns 2 and 3 are those of odd warps: each warp adds up its own, a place
// for each of the two goes through memory, and all who hold a row add them up.
// CHECK-DAG:   #[[APART:.*]] = #tile.layout<register = [], lane = {{\[\[}}1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], warp = {{\[\[}}0, 1], [32, 0]]>
// CHECK-DAG:   #[[GATHERED:.*]] = #tile.layout<register = {{\[\[}}0, 1]], lane = {{\[\[}}1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], warp = {{\[\[}}0, 0], [32, 0]]>
// CHECK-LABEL: tile.kernel @over_warps
// CHECK:       %[[P:.*]] = tile.reduce sum %{{.*}} axis(1) by_warp : {{.*}} -> tensor<64x2xf32, #[[APART]]>
// CHECK-NEXT:  %[[M:.*]] = tile.shared : memref<64x6xf32, #gpu.address_space<workgroup>>
// CHECK:       tile.store %[[P]], %[[M]][{{.*}}] along [0, 1] in_bounds
// CHECK-NEXT:  %[[G:.*]] = tile.load %[[M]][{{.*}}] along [0, 1] in_bounds : {{.*}} -> tensor<64x2xf32, #[[GATHERED]]>
// CHECK-NEXT:  %[[S:.*]] = tile.reduce sum %[[G]] axis(1) : {{.*}} -> tensor<64xf32
// CHECK-NEXT:  tile.store %[[S]]
tile.kernel @over_warps(%x: memref<64x4xf32> {tile.binding = #tile.binding<input "x">}) warps(4) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [0, 1] : memref<64x4xf32> -> tensor<64x4xf32, #rows>
  %1 = tile.reduce sum %0 axis(1) : tensor<64x4xf32, #rows> -> tensor<64xf32, #row>
  tile.store %1, %x[%c0, %c0] along [0] : tensor<64xf32, #row>, memref<64x4xf32>
  tile.return
}

// To one number, by the same kind.
// CHECK-LABEL: tile.kernel @to_a_number
// CHECK:       tile.reduce max %{{.*}} axis(0) by_warp : {{.*}} -> tensor<4xf32
// CHECK:       tile.reduce max %{{.*}} axis(0) : tensor<4xf32{{.*}}> -> f32
tile.kernel @to_a_number(%x: memref<128xf32> {tile.binding = #tile.binding<input "x">}) warps(4) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0] along [0] : memref<128xf32> -> tensor<128xf32, #all>
  %1 = tile.reduce max %0 axis(0) : tensor<128xf32, #all> -> f32
  tile.store %1, %x[%c0] along [] : f32, memref<128xf32>
  tile.return
}

// Along an axis that each warp holds whole nothing passes between warps.
// CHECK-LABEL: tile.kernel @within_warps
// CHECK-NOT:   tile.shared
// CHECK:       tile.reduce min %{{.*}} axis(0) : {{.*}} -> f32
tile.kernel @within_warps(%x: memref<32xf32> {tile.binding = #tile.binding<input "x">}) warps(4) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0] along [0] : memref<32xf32> -> tensor<32xf32, #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = [[0], [0]]>>
  %1 = tile.reduce min %0 axis(0) : tensor<32xf32, #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = [[0], [0]]>> -> f32
  tile.store %1, %x[%c0] along [] : f32, memref<32xf32>
  tile.return
}
