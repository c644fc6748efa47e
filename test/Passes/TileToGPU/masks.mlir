// RUN: sluice-opt %s --tile-to-gpu | FileCheck %s

#four = #tile.layout<register = [[1], [2]], lane = [[4], [8], [16], [32], [0]], warp = []>
#rows = #tile.layout<register = [[0, 1], [0, 2]], lane = [[0, 4], [0, 8], [1, 0], [2, 0], [4, 0]], warp = []>
!keys = memref<?x60xf32, strided<[?, 1]>>

// 60 elements in the places of 64: those that do not exist are 0, and not
// touched. Four exist together or not at all.
// CHECK-LABEL: gpu.func @padded
// CHECK:         %[[END:.*]] = arith.constant 60 : index
// CHECK:         %[[PLACE:.*]] = arith.muli
// CHECK:         %[[EXISTS:.*]] = arith.cmpi slt, %{{.*}}, %[[END]]
// CHECK:         scf.if %[[EXISTS]] -> (vector<4xf32>) {
// CHECK:           llvm.load {{.*}} -> vector<4xf32>
// CHECK:         } else {
// CHECK:           arith.constant dense<0.000000e+00> : vector<4xf32>
tile.kernel @padded(%x: !keys {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [1] in_bounds : !keys -> tensor<60xf32, #four>
  tile.return
}

// The memory's end, unless the access promises to stay before it.
// CHECK-LABEL: gpu.func @beyond(
// CHECK-SAME:    %{{.*}}, %[[AT:[^:]*]]: index) kernel
// CHECK:         %[[END:.*]] = arith.constant 128 : index
// CHECK:         %[[LEFT:.*]] = arith.subi %[[END]], %[[AT]]
// CHECK:         arith.cmpi slt, %{{.*}}, %[[LEFT]]
// CHECK:         scf.if
// CHECK:           llvm.load
// CHECK:         llvm.load
// CHECK-NOT:     scf.if
// CHECK:         gpu.return
tile.kernel @beyond(%x: memref<128xf32> {tile.binding = #tile.binding<input "x">},
                    %T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %0 = tile.load %x[%T] along [0] : memref<128xf32> -> tensor<32xf32, #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = []>>
  %1 = tile.load %x[%T] along [0] in_bounds : memref<128xf32> -> tensor<32xf32, #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = []>>
  tile.return
}

// Only the rows that are valid; all columns of a row exist together.
// CHECK-LABEL: gpu.func @valid(
// CHECK-SAME:    %[[N:[^:]*]]: index) kernel
// CHECK:         %[[EXISTS:.*]] = arith.cmpi slt, %{{.*}}, %[[N]]
// CHECK:         scf.if %[[EXISTS]] -> (vector<4xf32>)
tile.kernel @valid(%x: memref<?x16xf32, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">},
                   %T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [0, 1] valid(%T) in_bounds : memref<?x16xf32, strided<[?, 1]>> -> tensor<8x16xf32, #rows>
  tile.return
}

// How many of a vector are valid may be any number: one by one.
// CHECK-LABEL: gpu.func @valid_elements
// CHECK-COUNT-4: scf.if %{{.*}} -> (f32)
tile.kernel @valid_elements(%x: memref<?x64xf32, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">},
                            %T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [1] valid(%T) in_bounds : memref<?x64xf32, strided<[?, 1]>> -> tensor<64xf32, #four>
  tile.return
}

// Of lanes that hold the same element the first stores it; of a number thread 0.
// CHECK-LABEL: gpu.func @stored_once
// CHECK:         %[[COPY:.*]] = arith.constant 16 : index
// CHECK:         %[[BITS:.*]] = arith.andi %{{.*}}, %[[COPY]]
// CHECK:         %[[FIRST:.*]] = arith.cmpi eq, %[[BITS]], %{{.*}}
// CHECK:         scf.if %[[FIRST]] {
// CHECK:           llvm.store {{.*}} vector<4xf32>
// CHECK:         %[[THREAD:.*]] = gpu.thread_id x
// CHECK:         %[[ZERO:.*]] = arith.cmpi eq, %[[THREAD]], %{{.*}}
// CHECK:         scf.if %[[ZERO]] {
// CHECK:           llvm.store {{.*}} f32
tile.kernel @stored_once(%y: memref<64xf32> {tile.binding = #tile.binding<output "y">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %one = arith.constant 1.0 : f32
  %0 = arith.constant dense<1.0> : tensor<64xf32, #four>
  tile.store %0, %y[%c0] along [0] : tensor<64xf32, #four>, memref<64xf32>
  tile.store %one, %y[%c0] along [] : f32, memref<64xf32>
  tile.return
}
