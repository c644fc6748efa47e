// RUN: sluice-opt %s --tile-to-gpu --canonicalize --cse | FileCheck %s

// A column in a lane: row 1 takes an entry of column 0, row 2 of columns 0 and
// 1, from lanes whose numbers are constants.
// CHECK-LABEL: gpu.func @lanes
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : i32
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : i32
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : i32
// CHECK:         %[[IS0:.*]] = arith.cmpi eq, %[[COLUMN:.*]], %[[C0]]
// CHECK:         %[[T0:.*]] = arith.select %[[IS0]], %[[ONE]], %[[ZERO]]
// CHECK:         %[[IS1:.*]] = arith.cmpi eq, %[[COLUMN]], %[[C1]]
// CHECK:         %[[I1:.*]] = arith.select %[[IS1]], %[[ONE]], %[[ZERO]]
// CHECK:         %[[IS2:.*]] = arith.cmpi eq, %[[COLUMN]], %[[C2]]
// CHECK:         %[[I2:.*]] = arith.select %[[IS2]], %[[ONE]], %[[ZERO]]
// CHECK:         %[[N10:.*]], %{{.*}} = gpu.shuffle idx %[[N1:.*]], %[[C0]]
// CHECK:         %[[T1:.*]] = math.fma %[[N10]], %[[T0]], %[[I1]]
// CHECK:         %[[N20:.*]], %{{.*}} = gpu.shuffle idx %[[N2:.*]], %[[C0]]
// CHECK:         %[[S2:.*]] = math.fma %[[N20]], %[[T0]], %[[I2]]
// CHECK:         %[[N21:.*]], %{{.*}} = gpu.shuffle idx %[[N2]], %[[C1]]
// CHECK:         math.fma %[[N21]], %[[T1]], %[[S2]]
// CHECK-NOT:     math.fma
// CHECK:         gpu.return
#lanes = #tile.layout<register = [[1, 0], [2, 0]], lane = [[0, 1], [0, 2], [0, 0], [0, 0], [0, 0]], warp = []>
tile.kernel @lanes(%x: memref<3x3xf32> {tile.binding = #tile.binding<input "x">},
                   %y: memref<3x3xf32> {tile.binding = #tile.binding<output "y">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %n = tile.load %x[%c0, %c0] along [0, 1] : memref<3x3xf32> -> tensor<3x3xf32, #lanes>
  %t = tile.inverse %n block(4) : tensor<3x3xf32, #lanes>
  tile.store %t, %y[%c0, %c0] along [0, 1] : tensor<3x3xf32, #lanes>, memref<3x3xf32>
  tile.return
}

// Two blocks in one warp, and two in each of two warps: all at once, each from
// lanes of its own.
// CHECK-LABEL: gpu.func @blocks
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : i32
// CHECK:         %[[THREAD:.*]] = arith.index_cast %thread_id_x
// CHECK:         %[[OWN:.*]] = arith.andi %[[THREAD]], %[[C2]] : i32
// CHECK:         arith.cmpi eq, {{.*}}
// CHECK:         arith.cmpi eq, {{.*}}
// CHECK-NEXT:    arith.select
// CHECK-NEXT:    %[[FIRST:.*]] = arith.select
// CHECK-NEXT:    %[[BEHIND:.*]] = arith.select
// CHECK-NEXT:    %[[ENTRY:.*]] = arith.select %{{.*}}, %[[BEHIND]], %[[FIRST]]
// CHECK-NEXT:    gpu.shuffle idx %[[ENTRY]], %[[OWN]]
// CHECK:         math.fma
// CHECK-NOT:     math.fma
// CHECK:         gpu.return
#blocks = #tile.layout<register = [[1, 0], [2, 0], [4, 0]], lane = [[0, 1], [0, 2], [0, 0], [0, 0], [0, 0]], warp = [[0, 4]]>
tile.kernel @blocks(%x: memref<8x8xf32> {tile.binding = #tile.binding<input "x">},
                    %y: memref<8x8xf32> {tile.binding = #tile.binding<output "y">}) warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  %n = tile.load %x[%c0, %c0] along [0, 1] : memref<8x8xf32> -> tensor<8x8xf32, #blocks>
  %t = tile.inverse %n block(2) : tensor<8x8xf32, #blocks>
  tile.store %t, %y[%c0, %c0] along [0, 1] : tensor<8x8xf32, #blocks>, memref<8x8xf32>
  tile.return
}

// Two registers a row: an entry of the column that a register has, for the
// columns of both. What other blocks have in registers is another round.
// CHECK-LABEL: gpu.func @registers
// CHECK-COUNT-2: gpu.shuffle idx
// CHECK-NOT:     gpu.shuffle
// CHECK:         gpu.return
#registers = #tile.layout<register = [[0, 1], [1, 0], [2, 0], [0, 2]], lane = [[0, 0], [0, 0], [0, 0], [0, 0], [0, 0]], warp = []>
tile.kernel @registers(%x: memref<4x4xf32> {tile.binding = #tile.binding<input "x">},
                       %y: memref<4x4xf32> {tile.binding = #tile.binding<output "y">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %n = tile.load %x[%c0, %c0] along [0, 1] : memref<4x4xf32> -> tensor<4x4xf32, #registers>
  %t = tile.inverse %n block(2) : tensor<4x4xf32, #registers>
  tile.store %t, %y[%c0, %c0] along [0, 1] : tensor<4x4xf32, #registers>, memref<4x4xf32>
  tile.return
}
