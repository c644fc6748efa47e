// RUN: sluice-opt %s --tile-to-gpu --cse | FileCheck %s

#byrow = #tile.layout<register = [[0, 1], [8, 0]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = []>
#left = #tile.layout<register = [[0, 1], [8, 0], [0, 8]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = []>
#right = #tile.layout<register = [[1, 0], [8, 0]], lane = [[2, 0], [4, 0], [0, 1], [0, 2], [0, 4]], warp = []>
#bycolumn = #tile.layout<register = [[1, 0], [0, 8]], lane = [[2, 0], [4, 0], [0, 1], [0, 2], [0, 4]], warp = []>
#leftT = #tile.layout<register = [[0, 1], [0, 8]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = []>
#rightT = #tile.layout<register = [[1, 0], [0, 8], [8, 0]], lane = [[2, 0], [4, 0], [0, 1], [0, 2], [0, 4]], warp = []>

// One instruction, whose left operand is the left one. Sums begin with what the
// product is added into; the columns that a thread has come in twos.
// CHECK-LABEL: gpu.func @rows
// CHECK-COUNT-2: llvm.load {{.*}} {alignment = 8 : i64} : !llvm.ptr<1> -> vector<2xf32>
// CHECK:         %[[MMA:.*]] = nvvm.mma.sync A[%{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}] B[%{{[^,]*}}, %{{[^,]*}}] C[%{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}]
// CHECK-COUNT-2: llvm.store {{.*}} : vector<2xf32>, !llvm.ptr<1>
// CHECK:         gpu.return
tile.kernel @rows(%x: memref<16x16xbf16> {tile.binding = #tile.binding<input "x">}, %y: memref<16x8xbf16> {tile.binding = #tile.binding<input "y">},
                  %z: memref<16x8xf32> {tile.binding = #tile.binding<input "z">}, %o: memref<16x8xf32> {tile.binding = #tile.binding<output "o">}) warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] along [0, 1] in_bounds : memref<16x16xbf16> -> tensor<16x16xbf16, #left>
  %b = tile.load %y[%c0, %c0] along [0, 1] in_bounds : memref<16x8xbf16> -> tensor<16x8xbf16, #right>
  %c = tile.load %z[%c0, %c0] along [0, 1] in_bounds : memref<16x8xf32> -> tensor<16x8xf32, #byrow>
  %0 = tile.dot %a, %b into %c : tensor<16x16xbf16, #left>, tensor<16x8xbf16, #right> -> tensor<16x8xf32, #byrow>
  tile.store %0, %o[%c0, %c0] along [0, 1] in_bounds : tensor<16x8xf32, #byrow>, memref<16x8xf32>
  tile.return
}

// Held by columns, (A B)ᵀ = Bᵀ Aᵀ: the right operand's four registers are the
// instruction's left ones, and the left one's two its right ones. A thread's two
// numbers of a row of the accumulator lie in two rows of memory.
// CHECK-LABEL: gpu.func @columns
// CHECK:         %[[L0:.*]] = llvm.load {{.*}} -> vector<2xbf16>
// CHECK:         %[[L00:.*]] = llvm.extractelement %[[L0]]
// CHECK:         %[[R0:.*]] = llvm.load {{.*}} -> bf16
// CHECK-COUNT-7: llvm.load {{.*}} -> bf16
// CHECK:         %[[C0:.*]] = llvm.load {{.*}} -> f32
// CHECK:         %[[C1:.*]] = llvm.load {{.*}} -> f32
// CHECK:         %[[C2:.*]] = llvm.load {{.*}} -> f32
// CHECK:         %[[C3:.*]] = llvm.load {{.*}} -> f32
// CHECK:         %[[A:.*]] = llvm.insertelement %[[R0]]
// CHECK:         %[[A2:.*]] = llvm.insertelement %{{.*}}, %[[A]]
// CHECK:         %[[A3:.*]] = llvm.bitcast %[[A2]]
// CHECK:         %[[B:.*]] = llvm.insertelement %[[L00]]
// CHECK:         %[[B2:.*]] = llvm.insertelement %{{.*}}, %[[B]]
// CHECK:         %[[B3:.*]] = llvm.bitcast %[[B2]]
// CHECK:         %[[D:.*]] = nvvm.mma.sync A[%[[A3]], %{{[^,]*}}, %{{[^,]*}}, %{{[^,]*}}] B[%[[B3]], %{{[^,]*}}] C[%[[C0]], %[[C1]], %[[C2]], %[[C3]]]
// CHECK:         %[[D0:.*]] = llvm.extractvalue %[[D]][0]
// CHECK:         llvm.store %[[D0]], %{{.*}} : f32, !llvm.ptr<1>
tile.kernel @columns(%x: memref<8x16xbf16> {tile.binding = #tile.binding<input "x">}, %y: memref<16x16xbf16> {tile.binding = #tile.binding<input "y">},
                     %z: memref<8x16xf32> {tile.binding = #tile.binding<input "z">}, %o: memref<8x16xf32> {tile.binding = #tile.binding<output "o">}) warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] along [0, 1] in_bounds : memref<8x16xbf16> -> tensor<8x16xbf16, #leftT>
  %b = tile.load %y[%c0, %c0] along [0, 1] in_bounds : memref<16x16xbf16> -> tensor<16x16xbf16, #rightT>
  %c = tile.load %z[%c0, %c0] along [0, 1] in_bounds : memref<8x16xf32> -> tensor<8x16xf32, #bycolumn>
  %0 = tile.dot %a, %b into %c : tensor<8x16xbf16, #leftT>, tensor<16x16xbf16, #rightT> -> tensor<8x16xf32, #bycolumn>
  tile.store %0, %o[%c0, %c0] along [0, 1] in_bounds : tensor<8x16xf32, #bycolumn>, memref<8x16xf32>
  tile.return
}
