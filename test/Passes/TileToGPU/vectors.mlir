// RUN: sluice-opt %s --tile-to-gpu | FileCheck %s

// How many elements one access moves: those of a thread that follow one another,
// up to 16 bytes, where their address is a multiple of as many.
#four = #tile.layout<register = [[1], [2]], lane = [[4], [8], [16], [32], [64]], warp = []>
#eight = #tile.layout<register = [[1], [2], [4]], lane = [[8], [16], [32], [64], [128]], warp = []>
#mixed = #tile.layout<register = [[2], [128], [1]], lane = [[4], [8], [16], [32], [64]], warp = []>
#apart = #tile.layout<register = [[64]], lane = [[1], [2], [4], [8], [16]], warp = [[32]]>

// CHECK-LABEL: gpu.func @types
// CHECK:         llvm.load {{.*}} {alignment = 16 : i64} : !llvm.ptr<1> -> vector<4xf32>
// CHECK:         llvm.load {{.*}} {alignment = 8 : i64} : !llvm.ptr<1> -> vector<4xbf16>
// CHECK-COUNT-2: llvm.load {{.*}} {alignment = 16 : i64} : !llvm.ptr<1> -> vector<4xf32>
// CHECK:         llvm.load {{.*}} {alignment = 16 : i64} : !llvm.ptr<1> -> vector<8xbf16>
tile.kernel @types(%x: memref<?x256xf32, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">},
                   %y: memref<?x256xbf16, strided<[?, 1]>> {tile.binding = #tile.binding<input "y">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [1] : memref<?x256xf32, strided<[?, 1]>> -> tensor<128xf32, #four>
  %1 = tile.load %y[%c0, %c0] along [1] : memref<?x256xbf16, strided<[?, 1]>> -> tensor<128xbf16, #four>
  %2 = tile.load %x[%c0, %c0] along [1] : memref<?x256xf32, strided<[?, 1]>> -> tensor<256xf32, #eight>
  %3 = tile.load %y[%c0, %c0] along [1] : memref<?x256xbf16, strided<[?, 1]>> -> tensor<256xbf16, #eight>
  tile.return
}

// Rows of 6 elements begin at every second one, rows with a stride of 9 at
// every one; of a row of unknown length nothing is known.
// CHECK-LABEL: gpu.func @rows
// CHECK-COUNT-2: llvm.load {{.*}} {alignment = 8 : i64} : !llvm.ptr<1> -> vector<2xf32>
// CHECK-COUNT-4: llvm.load {{.*}} {alignment = 4 : i64} : !llvm.ptr<1> -> f32
// CHECK-COUNT-4: llvm.load {{.*}} {alignment = 4 : i64} : !llvm.ptr<1> -> f32
tile.kernel @rows(%x: memref<?x6xf32, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">},
                  %y: memref<?x8xf32, strided<[9, 1]>> {tile.binding = #tile.binding<input "y">},
                  %z: memref<?x?xf32, strided<[?, 1]>> {tile.binding = #tile.binding<input "z">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [1] : memref<?x6xf32, strided<[?, 1]>> -> tensor<128xf32, #four>
  %1 = tile.load %y[%c0, %c0] along [1] : memref<?x8xf32, strided<[9, 1]>> -> tensor<128xf32, #four>
  %2 = tile.load %z[%c0, %c0] along [1] : memref<?x?xf32, strided<[?, 1]>> -> tensor<128xf32, #four>
  tile.return
}

// Whatever the registers' numbers are.
// CHECK-LABEL: gpu.func @order
// CHECK:         %[[V:.*]] = llvm.load {{.*}} {alignment = 8 : i64} : !llvm.ptr<1> -> vector<4xf16>
// CHECK:         %[[W:.*]] = llvm.load {{.*}} -> vector<4xf16>
// CHECK:         %[[A:.*]] = llvm.extractelement %[[V]][%{{.*}} : i32]
// CHECK:         %[[B:.*]] = llvm.extractelement %[[V]][%{{.*}} : i32]
// CHECK:         %[[C:.*]] = llvm.extractelement %[[V]][%{{.*}} : i32]
// CHECK:         %[[D:.*]] = llvm.extractelement %[[V]][%{{.*}} : i32]
// CHECK:         %[[NEGA:.*]] = arith.negf %[[A]]
// CHECK:         %[[NEGC:.*]] = arith.negf %[[C]]
// CHECK-COUNT-2: arith.negf
// CHECK:         %[[NEGB:.*]] = arith.negf %[[B]]
// CHECK:         %[[NEGD:.*]] = arith.negf %[[D]]
// CHECK:         llvm.insertelement %[[NEGA]]
// CHECK:         llvm.insertelement %[[NEGB]]
// CHECK:         llvm.insertelement %[[NEGC]]
// CHECK:         llvm.insertelement %[[NEGD]]
// CHECK:         llvm.store %{{.*}} {alignment = 8 : i64} : vector<4xf16>
// CHECK:         llvm.store %{{.*}} {alignment = 8 : i64} : vector<4xf16>
tile.kernel @order(%x: memref<?x256xf16, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [1] : memref<?x256xf16, strided<[?, 1]>> -> tensor<256xf16, #mixed>
  %1 = arith.negf %0 : tensor<256xf16, #mixed>
  tile.store %1, %x[%c0, %c0] along [1] : tensor<256xf16, #mixed>, memref<?x256xf16, strided<[?, 1]>>
  tile.return
}

// What is known of the first column: a multiple of 8, of 2, nothing, a
// sum.
// CHECK-LABEL: gpu.func @columns
// CHECK:         llvm.load {{.*}} -> vector<4xf32>
// CHECK-COUNT-2: llvm.load {{.*}} -> vector<2xf32>
// CHECK-COUNT-4: llvm.load {{.*}} -> f32
// CHECK:         llvm.load {{.*}} -> vector<2xf32>
tile.kernel @columns(%x: memref<?x512xf32, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">},
                     %T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c8 = arith.constant 8 : index
  %j = arith.muli %T, %c8 : index
  %0 = tile.load %x[%c0, %j] along [1] in_bounds : memref<?x512xf32, strided<[?, 1]>> -> tensor<128xf32, #four>
  %1 = tile.load %x[%c0, %c2] along [1] in_bounds : memref<?x512xf32, strided<[?, 1]>> -> tensor<128xf32, #four>
  %2 = tile.load %x[%c0, %T] along [1] in_bounds : memref<?x512xf32, strided<[?, 1]>> -> tensor<128xf32, #four>
  %k = arith.addi %j, %c2 : index
  %3 = tile.load %x[%c0, %k] along [1] in_bounds : memref<?x512xf32, strided<[?, 1]>> -> tensor<128xf32, #four>
  tile.return
}

// Along another axis than the last, and of registers that do not follow one
// another, each by itself.
// CHECK-LABEL: gpu.func @one_by_one
// CHECK-COUNT-4: llvm.load {{.*}} -> f32
// CHECK-COUNT-2: llvm.load {{.*}} -> f32
// CHECK-NOT:     vector
// CHECK:         gpu.return
tile.kernel @one_by_one(%x: memref<256x128xf32> {tile.binding = #tile.binding<input "x">}) warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [0] : memref<256x128xf32> -> tensor<128xf32, #tile.layout<register = [[1], [2]], lane = [[4], [8], [16], [32], [64]], warp = [[0]]>>
  %1 = tile.load %x[%c0, %c0] along [1] : memref<256x128xf32> -> tensor<128xf32, #apart>
  tile.return
}

// Registers are as far apart as memory says: by a constant where the stride is
// one, by a product where it is not.
// CHECK-LABEL: gpu.func @strides(
// CHECK-SAME:    %[[X:.*]]: !llvm.ptr<1>, %[[S:[^:]*]]: index, %[[Y:.*]]: !llvm.ptr<1>
// CHECK:         llvm.load %[[P:.*]] {
// CHECK:         llvm.getelementptr %[[P]][64]
// CHECK:         %[[C:.*]] = arith.constant 64 : index
// CHECK:         %[[D:.*]] = arith.muli %[[C]], %[[S]]
// CHECK:         %[[E:.*]] = arith.index_cast %[[D]]
// CHECK:         llvm.getelementptr %{{.*}}[%[[E]]]
tile.kernel @strides(%x: memref<?x128xf32, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">},
                     %y: memref<128xf32> {tile.binding = #tile.binding<input "y">}) warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %y[%c0] along [0] : memref<128xf32> -> tensor<128xf32, #apart>
  %1 = tile.load %x[%c0, %c0] along [0] : memref<?x128xf32, strided<[?, 1]>> -> tensor<128xf32, #apart>
  tile.return
}
