// RUN: sluice-opt %s --tile-to-gpu --cse | FileCheck %s

#two = #tile.layout<register = [[1]], lane = [[2], [4], [8], [16], [32]], warp = []>
#wide = #tile.layout<register = [[0, 1], [0, 2], [32, 0]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], warp = []>
#rows = #tile.layout<register = [[32]], lane = [[1], [2], [4], [8], [16]], warp = []>
#turned = #tile.layout<register = [[32, 0], [0, 2], [0, 1]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], warp = []>

// One operation for each register, with its attributes, or for two where there
// are instructions for words of two; constants are one number for all.
// CHECK-LABEL: gpu.func @elementwise
// CHECK:         %[[V:.*]] = llvm.load {{.*}} -> vector<2xf16>
// CHECK:         %[[A:.*]] = llvm.extractelement %[[V]]
// CHECK:         %[[B:.*]] = llvm.extractelement %[[V]]
// CHECK-DAG:     %[[C:.*]] = arith.constant 2.000000e+00 : f16
// CHECK:         %[[A1:.*]] = llvm.insertelement %[[A]]
// CHECK:         %[[AB:.*]] = llvm.insertelement %[[B]], %[[A1]]
// CHECK:         llvm.insertelement %[[C]]
// CHECK:         %[[CC:.*]] = llvm.insertelement %[[C]]
// CHECK:         arith.mulf %[[AB]], %[[CC]] fastmath<contract> : vector<2xf16>
// CHECK:         arith.cmpf olt, %{{.*}}, %{{.*}} : f16
// CHECK:         arith.cmpf olt, %{{.*}}, %{{.*}} : f16
// CHECK-COUNT-2: arith.select %{{.*}}, %{{.*}}, %{{.*}} : f16
// CHECK-NOT:     arith.select
// CHECK:         gpu.return
tile.kernel @elementwise(%x: memref<?x64xf16, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [1] : memref<?x64xf16, strided<[?, 1]>> -> tensor<64xf16, #two>
  %1 = arith.constant dense<2.0> : tensor<64xf16, #two>
  %2 = arith.mulf %0, %1 fastmath<contract> : tensor<64xf16, #two>
  %3 = arith.cmpf olt, %2, %0 : tensor<64xf16, #two>
  %4 = arith.select %3, %2, %0 : tensor<64xi1, #two>, tensor<64xf16, #two>
  tile.store %4, %x[%c0, %c0] along [1] : tensor<64xf16, #two>, memref<?x64xf16, strided<[?, 1]>>
  tile.return
}

// Loops and branches carry a thread's elements.
// CHECK-LABEL: gpu.func @control
// CHECK:         scf.for {{.*}} iter_args(%[[S:.*]] = %{{.*}}, %[[T:.*]] = %{{.*}}) -> (f32, f32) {
// CHECK:           scf.if %{{.*}} -> (f32, f32) {
// CHECK:             scf.yield %[[S]], %[[T]] : f32, f32
tile.kernel @control(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">},
                     %T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = tile.load %x[%c0] along [0] : memref<64xf32> -> tensor<64xf32, #two>
  %1 = scf.for %i = %c0 to %T step %c1 iter_args(%s = %0) -> tensor<64xf32, #two> {
    %first = arith.cmpi eq, %i, %c0 : index
    %2 = scf.if %first -> tensor<64xf32, #two> {
      scf.yield %s : tensor<64xf32, #two>
    } else {
      %3 = arith.addf %s, %0 : tensor<64xf32, #two>
      scf.yield %3 : tensor<64xf32, #two>
    }
    scf.yield %2 : tensor<64xf32, #two>
  }
  tile.store %1, %x[%c0] along [0] : tensor<64xf32, #two>, memref<64xf32>
  tile.return
}

// What is repeated, or has other numbers, is no operation at all: row 0's
// element is that of registers 0 to 3, row 32's of 4 to 7; then those of each
// row stand side by side.
// CHECK-LABEL: gpu.func @renamed
// CHECK:         %[[A:.*]] = llvm.load
// CHECK:         %[[B:.*]] = llvm.load
// CHECK-NOT:     gpu.shuffle
// CHECK-COUNT-4: llvm.insertelement %[[A]]
// CHECK:         llvm.store {{.*}} : vector<4xf32>
// CHECK-COUNT-4: llvm.insertelement %[[B]]
// CHECK:         llvm.store {{.*}} : vector<4xf32>
// CHECK-NOT:     llvm.store
// CHECK:         gpu.return
tile.kernel @renamed(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">},
                     %y: memref<64x4xf32> {tile.binding = #tile.binding<output "y">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0] along [0] : memref<64xf32> -> tensor<64xf32, #rows>
  %1 = tile.broadcast %0 along [0] : tensor<64xf32, #rows> -> tensor<64x4xf32, #wide>
  %2 = tile.convert %1 : tensor<64x4xf32, #wide> -> tensor<64x4xf32, #turned>
  tile.store %2, %y[%c0, %c0] along [0, 1] : tensor<64x4xf32, #turned>, memref<64x4xf32>
  tile.return
}

// Several tensors of a branch, each with its registers.
// CHECK-LABEL: gpu.func @branch
// CHECK:         scf.if {{.*}} -> (f32, f32, f32)
// CHECK-COUNT-3: llvm.store
#one = #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = []>
tile.kernel @branch(%x: memref<?x?x?x32xf32, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<output "x">}, %n: index {tile.binding = #tile.binding<size "N">},
                    %s: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %is = arith.cmpi eq, %n, %c0 : index
  %0:2 = scf.if %is -> (tensor<32xf32, #one>, tensor<64xf32, #two>) {
    %1 = tile.broadcast %s along [] : f32 -> tensor<32xf32, #one>
    %2 = tile.broadcast %s along [] : f32 -> tensor<64xf32, #two>
    scf.yield %1, %2 : tensor<32xf32, #one>, tensor<64xf32, #two>
  } else {
    %1 = arith.constant dense<0.0> : tensor<32xf32, #one>
    %2 = arith.constant dense<0.0> : tensor<64xf32, #two>
    scf.yield %1, %2 : tensor<32xf32, #one>, tensor<64xf32, #two>
  }
  %m = tile.shared offset(0) : memref<64x2xf32, #gpu.address_space<workgroup>>
  tile.store %0#0, %x[%c0, %c0, %c0, %c0] along [3] in_bounds : tensor<32xf32, #one>, memref<?x?x?x32xf32, strided<[?, ?, ?, 1]>>
  tile.store %0#1, %m[%c0, %c0] along [0] in_bounds : tensor<64xf32, #two>, memref<64x2xf32, #gpu.address_space<workgroup>>
  tile.return
}
