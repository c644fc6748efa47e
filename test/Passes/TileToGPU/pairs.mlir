// RUN: sluice-opt %s --tile-to-gpu | FileCheck %s

#pairs = #tile.layout<register = [[1], [64]], lane = [[2], [4], [8], [16], [32]], warp = []>
#single = #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = []>
#four = #tile.layout<register = [[1], [2]], lane = [[4], [8], [16], [32], [64]], warp = []>

// Registers that follow one another are rounded together, the first to the lower
// half. What is rounded to other types, or alone, is not.
// CHECK-LABEL: gpu.func @round
// CHECK:         %[[V:.*]] = llvm.load {{.*}} -> vector<2xf32>
// CHECK:         %[[A:.*]] = llvm.extractelement %[[V]][%{{.*}} : i32]
// CHECK:         %[[B:.*]] = llvm.extractelement %[[V]][%{{.*}} : i32]
// CHECK:         %[[P:.*]] = nvvm.convert.f32x2.to.bf16x2 %[[B]], %[[A]] {rnd = #nvvm.fp_rnd_mode<rn>} : vector<2xbf16>
// CHECK:         llvm.extractelement %[[P]][%{{.*}} : i32]
// CHECK:         llvm.extractelement %[[P]][%{{.*}} : i32]
// CHECK:         nvvm.convert.f32x2.to.bf16x2
// CHECK-COUNT-2: nvvm.convert.f32x2.to.f16x2 {{.*}} {rnd = #nvvm.fp_rnd_mode<rn>} : vector<2xf16>
// CHECK-NOT:     nvvm
// CHECK:         arith.truncf {{.*}} : f32 to bf16
// CHECK-NOT:     nvvm
// CHECK-COUNT-4: arith.truncf {{.*}} toward_zero : f32 to bf16
tile.kernel @round(%x: memref<?x128xf32, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [1] : memref<?x128xf32, strided<[?, 1]>> -> tensor<128xf32, #pairs>
  %1 = arith.truncf %0 : tensor<128xf32, #pairs> to tensor<128xbf16, #pairs>
  %2 = arith.truncf %0 : tensor<128xf32, #pairs> to tensor<128xf16, #pairs>
  %3 = tile.load %x[%c0, %c0] along [1] : memref<?x128xf32, strided<[?, 1]>> -> tensor<32xf32, #single>
  %4 = arith.truncf %3 : tensor<32xf32, #single> to tensor<32xbf16, #single>
  %5 = arith.truncf %0 toward_zero : tensor<128xf32, #pairs> to tensor<128xbf16, #pairs>
  tile.return
}

// An element of a word is extended by a shift or a mask, one that memory gave
// alone, or in f16, by a conversion.
// CHECK-LABEL: gpu.func @extend
// CHECK:         %[[V:.*]] = llvm.load {{.*}} -> vector<4xbf16>
// CHECK:         %[[W:.*]] = llvm.bitcast %[[V]] : vector<4xbf16> to vector<2xi32>
// CHECK:         %[[L:.*]] = llvm.extractelement %[[W]][%{{.*}} : i32]
// CHECK:         %[[A:.*]] = llvm.shl %[[L]], %{{.*}} : i32
// CHECK:         llvm.bitcast %[[A]] : i32 to f32
// CHECK:         %[[MASK:.*]] = llvm.mlir.constant(-65536 : i32)
// CHECK:         %[[B:.*]] = llvm.and %{{.*}}, %[[MASK]]
// CHECK:         llvm.bitcast %[[B]] : i32 to f32
// CHECK:         %[[H:.*]] = llvm.extractelement %{{.*}} : vector<2xi32>
// CHECK:         llvm.shl %[[H]], %{{.*}} : i32
// CHECK:         llvm.and
// CHECK-NOT:     llvm.{{shl|and}}
// CHECK:         arith.extf {{.*}} : bf16 to f32
// CHECK-COUNT-4: arith.extf {{.*}} : f16 to f32
// CHECK:         %[[P:.*]] = nvvm.convert.f32x2.to.bf16x2
// CHECK:         %[[Q:.*]] = llvm.bitcast %[[P]] : vector<2xbf16> to i32
// CHECK:         llvm.shl %[[Q]], %{{.*}}
// CHECK:         llvm.and
tile.kernel @extend(%x: memref<?x128xbf16, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">},
                    %y: memref<?x128xf16, strided<[?, 1]>> {tile.binding = #tile.binding<input "y">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [1] : memref<?x128xbf16, strided<[?, 1]>> -> tensor<128xbf16, #four>
  %1 = arith.extf %0 : tensor<128xbf16, #four> to tensor<128xf32, #four>
  %2 = tile.load %x[%c0, %c0] along [1] : memref<?x128xbf16, strided<[?, 1]>> -> tensor<32xbf16, #single>
  %3 = arith.extf %2 : tensor<32xbf16, #single> to tensor<32xf32, #single>
  %4 = tile.load %y[%c0, %c0] along [1] : memref<?x128xf16, strided<[?, 1]>> -> tensor<128xf16, #four>
  %5 = arith.extf %4 : tensor<128xf16, #four> to tensor<128xf32, #four>
  %6 = arith.truncf %5 : tensor<128xf32, #four> to tensor<128xbf16, #four>
  %7 = arith.extf %6 : tensor<128xbf16, #four> to tensor<128xf32, #four>
  tile.return
}
