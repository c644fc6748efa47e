// RUN: sluice-opt %s --tile-to-gpu | FileCheck %s

#pairs = #tile.layout<register = [[1]], lane = [[2], [4], [8], [16], [32]], warp = []>
#copies = #tile.layout<register = [[0], [1]], lane = [[2], [4], [0], [0], [0]], warp = []>
#rows = #tile.layout<register = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = []>
#row = #tile.layout<register = [[8]], lane = [[0], [0], [1], [2], [4]], warp = []>
#column = #tile.layout<register = [[1]], lane = [[2], [4], [0], [0], [0]], warp = []>
#warps = #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = [[32]]>
#apart = #tile.layout<register = [], lane = [[0], [0], [0], [0], [0]], warp = [[1]]>

// Registers in their order, then the lanes, from the lowest bit on.
// CHECK-LABEL: gpu.func @number
// CHECK:         %[[V:.*]] = llvm.load
// CHECK:         %[[A:.*]] = llvm.extractelement
// CHECK:         %[[B:.*]] = llvm.extractelement
// CHECK:         %[[S:.*]] = arith.addf %[[A]], %[[B]] : f32
// CHECK:         %[[C1:.*]] = arith.constant 1 : i32
// CHECK:         %[[O1:.*]], %{{.*}} = gpu.shuffle xor %[[S]], %[[C1]]
// CHECK:         %[[S1:.*]] = arith.addf %[[S]], %[[O1]]
// CHECK:         %[[C2:.*]] = arith.constant 2 : i32
// CHECK:         gpu.shuffle xor %[[S1]], %[[C2]]
// CHECK:         arith.constant 4 : i32
// CHECK:         arith.constant 8 : i32
// CHECK:         arith.constant 16 : i32
// CHECK:         gpu.shuffle
// CHECK-NOT:     gpu.shuffle
// CHECK:         gpu.return
tile.kernel @number(%x: memref<?x64xf32, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [1] : memref<?x64xf32, strided<[?, 1]>> -> tensor<64xf32, #pairs>
  %1 = tile.reduce sum %0 axis(0) : tensor<64xf32, #pairs> -> f32
  tile.store %1, %x[%c0, %c0] along [] : f32, memref<?x64xf32, strided<[?, 1]>>
  tile.return
}

// What several registers or lanes hold counts once.
// CHECK-LABEL: gpu.func @copies
// CHECK:         arith.addf
// CHECK-NOT:     arith.addf
// CHECK-COUNT-2: gpu.shuffle
// CHECK-NOT:     gpu.shuffle
// CHECK:         gpu.return
tile.kernel @copies() warps(1) grid("1") {
  %0 = arith.constant dense<1.0> : tensor<8xf32, #copies>
  %1 = tile.reduce sum %0 axis(0) : tensor<8xf32, #copies> -> f32
  tile.return
}

// Along either axis of an accumulator: two registers and two bits of lanes for
// each row, two registers and three bits for each column.
// CHECK-LABEL: gpu.func @axes
// CHECK-COUNT-2: arith.maximumf
// CHECK-COUNT-2: gpu.shuffle
// CHECK-COUNT-2: gpu.shuffle
// CHECK-COUNT-2: arith.minimumf
// CHECK-COUNT-3: gpu.shuffle
// CHECK-COUNT-3: gpu.shuffle
// CHECK-NOT:     gpu.shuffle
// CHECK:         gpu.return
tile.kernel @axes(%x: memref<16x8xf32> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [0, 1] : memref<16x8xf32> -> tensor<16x8xf32, #rows>
  %1 = tile.reduce max %0 axis(1) : tensor<16x8xf32, #rows> -> tensor<16xf32, #row>
  %2 = tile.reduce min %0 axis(0) : tensor<16x8xf32, #rows> -> tensor<8xf32, #column>
  tile.return
}

// In the place of what does not exist stands what changes nothing.
// CHECK-LABEL: gpu.func @missing
// CHECK:         arith.constant 0.000000e+00 : f32
// CHECK:         arith.constant 60 : index
// CHECK:         arith.select
// CHECK:         arith.constant 59 : index
// CHECK:         arith.select
// CHECK:         arith.addf
// CHECK:         arith.constant 0xFF800000 : f32
// CHECK:         arith.maximumf
// CHECK:         arith.constant 0x7F800000 : f32
// CHECK:         arith.minimumf
tile.kernel @missing() warps(1) grid("1") {
  %0 = arith.constant dense<1.0> : tensor<60xf32, #pairs>
  %1 = tile.reduce sum %0 axis(0) : tensor<60xf32, #pairs> -> f32
  %2 = tile.reduce max %0 axis(0) : tensor<60xf32, #pairs> -> f32
  %3 = tile.reduce min %0 axis(0) : tensor<60xf32, #pairs> -> f32
  tile.return
}

// Warps that stay apart: lanes only.
// CHECK-LABEL: gpu.func @by_warp
// CHECK-COUNT-5: gpu.shuffle
// CHECK-NOT:     gpu.shuffle
// CHECK:         gpu.return
tile.kernel @by_warp() warps(2) grid("1") {
  %0 = arith.constant dense<1.0> : tensor<64xf32, #warps>
  %1 = tile.reduce sum %0 axis(0) by_warp : tensor<64xf32, #warps> -> tensor<2xf32, #apart>
  tile.return
}
