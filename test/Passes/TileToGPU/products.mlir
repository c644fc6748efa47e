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

// Of a long product every second part goes into a sum of its own, so that none
// waits for the one before; and so do tiles, of which there may be too many for that.
#leftLong = #tile.layout<register = [[0, 1], [8, 0], [0, 8], [0, 16], [0, 32]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = []>
#rightLong = #tile.layout<register = [[1, 0], [8, 0], [16, 0], [32, 0]], lane = [[2, 0], [4, 0], [0, 1], [0, 2], [0, 4]], warp = []>
// CHECK-LABEL: gpu.func @long
// CHECK:         %[[FIRST:.*]] = nvvm.mma.sync {{.*}} C[%{{[^,]*}}, %{{.*}}]
// CHECK:         %[[F0:.*]] = llvm.extractvalue %[[FIRST]][0]
// CHECK:         %[[SECOND:.*]] = nvvm.mma.sync {{.*}} C[%[[ZERO:[^,]*]], %[[ZERO]], %[[ZERO]], %[[ZERO]]]
// CHECK:         %[[S0:.*]] = llvm.extractvalue %[[SECOND]][0]
// CHECK:         %[[THIRD:.*]] = nvvm.mma.sync {{.*}} C[%[[F0]],
// CHECK:         %[[T0:.*]] = llvm.extractvalue %[[THIRD]][0]
// CHECK:         %[[FOURTH:.*]] = nvvm.mma.sync {{.*}} C[%[[S0]],
// CHECK:         %[[O0:.*]] = llvm.extractvalue %[[FOURTH]][0]
// CHECK:         arith.addf %[[T0]], %[[O0]] : f32
tile.kernel @long(%x: memref<16x64xbf16> {tile.binding = #tile.binding<input "x">}, %y: memref<64x8xbf16> {tile.binding = #tile.binding<input "y">},
                  %z: memref<16x8xf32> {tile.binding = #tile.binding<input "z">}, %o: memref<16x8xf32> {tile.binding = #tile.binding<output "o">}) warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] along [0, 1] in_bounds : memref<16x64xbf16> -> tensor<16x64xbf16, #leftLong>
  %b = tile.load %y[%c0, %c0] along [0, 1] in_bounds : memref<64x8xbf16> -> tensor<64x8xbf16, #rightLong>
  %c = tile.load %z[%c0, %c0] along [0, 1] in_bounds : memref<16x8xf32> -> tensor<16x8xf32, #byrow>
  %0 = tile.dot %a, %b into %c : tensor<16x64xbf16, #leftLong>, tensor<64x8xbf16, #rightLong> -> tensor<16x8xf32, #byrow>
  tile.store %0, %o[%c0, %c0] along [0, 1] in_bounds : tensor<16x8xf32, #byrow>, memref<16x8xf32>
  tile.return
}

// Two tiles over two steps take turns.
#leftTwo = #tile.layout<register = [[0, 1], [8, 0], [0, 8], [0, 16]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = []>
#rightTwo = #tile.layout<register = [[1, 0], [8, 0], [16, 0], [0, 8]], lane = [[2, 0], [4, 0], [0, 1], [0, 2], [0, 4]], warp = []>
#sumTwo = #tile.layout<register = [[0, 1], [8, 0], [0, 8]], lane = [[0, 2], [0, 4], [1, 0], [2, 0], [4, 0]], warp = []>
// CHECK-LABEL: gpu.func @turns
// CHECK:         %[[FIRST:.*]] = nvvm.mma.sync
// CHECK:         %[[F0:.*]] = llvm.extractvalue %[[FIRST]][0]
// CHECK:         %[[SECOND:.*]] = nvvm.mma.sync
// CHECK:         %[[S0:.*]] = llvm.extractvalue %[[SECOND]][0]
// CHECK:         nvvm.mma.sync {{.*}} C[%[[F0]],
// CHECK:         nvvm.mma.sync {{.*}} C[%[[S0]],
// CHECK-NOT:     arith.addf %{{.*}} : f32
// CHECK:         gpu.return
tile.kernel @turns(%x: memref<16x32xbf16> {tile.binding = #tile.binding<input "x">}, %y: memref<32x16xbf16> {tile.binding = #tile.binding<input "y">},
                   %o: memref<16x16xf32> {tile.binding = #tile.binding<output "o">}) warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] along [0, 1] in_bounds : memref<16x32xbf16> -> tensor<16x32xbf16, #leftTwo>
  %b = tile.load %y[%c0, %c0] along [0, 1] in_bounds : memref<32x16xbf16> -> tensor<32x16xbf16, #rightTwo>
  %0 = tile.dot %a, %b : tensor<16x32xbf16, #leftTwo>, tensor<32x16xbf16, #rightTwo> -> tensor<16x16xf32, #sumTwo>
  tile.store %0, %o[%c0, %c0] along [0, 1] in_bounds : tensor<16x16xf32, #sumTwo>, memref<16x16xf32>
  tile.return
}
