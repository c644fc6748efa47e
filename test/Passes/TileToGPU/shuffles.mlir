// RUN: sluice-opt %s --tile-to-gpu --cse | FileCheck %s

#pairs = #tile.layout<register = [[0, 1]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], warp = []>
#turned = #tile.layout<register = [[1, 0]], lane = [[0, 1], [2, 0], [4, 0], [8, 0], [16, 0]], warp = []>
#all = #tile.layout<register = [[1], [2]], lane = [[0], [0], [0], [0], [0]], warp = []>
#spread = #tile.layout<register = [], lane = [[1], [2], [0], [0], [0]], warp = []>
#twice = #tile.layout<register = [[32], [64]], lane = [[1], [2], [4], [8], [16]], warp = []>
#once = #tile.layout<register = [[32]], lane = [[1], [2], [4], [8], [16]], warp = []>

// Two by two elements of two lanes change places: each lane keeps one and hands
// on the other, and chooses which by its lowest bit, before and behind.
// CHECK-LABEL: gpu.func @transpose
// CHECK:         %[[V:.*]] = llvm.load {{.*}} -> vector<2xf32>
// CHECK:         %[[X:.*]] = llvm.extractelement %[[V]]
// CHECK:         %[[Y:.*]] = llvm.extractelement %[[V]]
// CHECK:         %[[ODD:.*]] = arith.cmpi ne
// CHECK-DAG:     arith.select %[[ODD]], %[[Y]], %[[X]] : f32
// CHECK-DAG:     %[[GIVEN:.*]] = arith.select %[[ODD]], %[[X]], %[[Y]] : f32
// CHECK:         %[[TAKEN:.*]], %{{.*}} = gpu.shuffle xor %[[GIVEN]], %{{.*}}, %{{.*}} : f32
// CHECK-NOT:     gpu.shuffle
// CHECK-COUNT-2: arith.select %[[ODD]]
// CHECK:         gpu.return
tile.kernel @transpose(%x: memref<32x2xf32> {tile.binding = #tile.binding<input "x">},
                       %y: memref<32x2xf32> {tile.binding = #tile.binding<output "y">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [0, 1] in_bounds : memref<32x2xf32> -> tensor<32x2xf32, #pairs>
  %1 = tile.convert %0 : tensor<32x2xf32, #pairs> -> tensor<32x2xf32, #turned>
  tile.store %1, %y[%c0, %c0] along [0, 1] in_bounds : tensor<32x2xf32, #turned>, memref<32x2xf32>
  tile.return
}

// Halves of a word go by themselves where they are no word of the other side,
// too.
// CHECK-LABEL: gpu.func @halves
// CHECK:         gpu.shuffle xor %{{.*}}, %{{.*}}, %{{.*}} : i32
// CHECK-NOT:     gpu.shuffle
// CHECK:         gpu.return
tile.kernel @halves(%x: memref<32x2xbf16> {tile.binding = #tile.binding<input "x">},
                    %y: memref<32x2xbf16> {tile.binding = #tile.binding<output "y">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [0, 1] in_bounds : memref<32x2xbf16> -> tensor<32x2xbf16, #pairs>
  %1 = tile.convert %0 : tensor<32x2xbf16, #pairs> -> tensor<32x2xbf16, #turned>
  tile.store %1, %y[%c0, %c0] along [0, 1] in_bounds : tensor<32x2xbf16, #turned>, memref<32x2xbf16>
  tile.return
}

// Who has all of a vector picks his own: 1 of 2, 1 of 2, and of those.
// CHECK-LABEL: gpu.func @pick
// CHECK-NOT:     gpu.shuffle
// CHECK-COUNT-3: arith.select
// CHECK-NOT:     arith.select
// CHECK:         gpu.return
tile.kernel @pick(%x: memref<4xf32> {tile.binding = #tile.binding<input "x">},
                  %y: memref<4xf32> {tile.binding = #tile.binding<output "y">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0] along [0] in_bounds : memref<4xf32> -> tensor<4xf32, #all>
  %1 = tile.convert %0 : tensor<4xf32, #all> -> tensor<4xf32, #spread>
  tile.store %1, %y[%c0] along [0] in_bounds : tensor<4xf32, #spread>, memref<4xf32>
  tile.return
}

// Element 64 does not exist, so nobody has to have it.
// CHECK-LABEL: gpu.func @beyond
// CHECK-NOT:     gpu.shuffle
// CHECK:         gpu.return
tile.kernel @beyond(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">},
                    %y: memref<64xf32> {tile.binding = #tile.binding<output "y">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0] along [0] in_bounds : memref<64xf32> -> tensor<64xf32, #once>
  %1 = tile.convert %0 : tensor<64xf32, #once> -> tensor<64xf32, #twice>
  tile.store %1, %y[%c0] along [0] in_bounds : tensor<64xf32, #twice>, memref<64xf32>
  tile.return
}
