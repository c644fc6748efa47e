// RUN: sluice-opt %s --tile-to-gpu --cse | FileCheck %s

// The number of a warp is that of its threads by 32. Its own memory is so many
// strides behind the first; its threads wait for one another.
// CHECK-LABEL: gpu.func @warps
// CHECK-SAME:    known_block_size = array<i32: 128, 1, 1>
// CHECK:         %[[THREAD:.*]] = gpu.thread_id x
// CHECK:         %[[C32:.*]] = arith.constant 32 : index
// CHECK:         %[[WARP:.*]] = arith.divui %[[THREAD]], %[[C32]]
// CHECK:         %[[S:.*]] = llvm.mlir.addressof @shared
// CHECK:         %[[M:.*]] = llvm.getelementptr %[[S]][512]
// CHECK:         %[[C48:.*]] = arith.constant 48 : index
// CHECK:         %[[AWAY:.*]] = arith.muli %[[WARP]], %[[C48]]
// CHECK:         %[[BYTES:.*]] = arith.index_cast %[[AWAY]] : index to i32
// CHECK:         %[[MINE:.*]] = llvm.getelementptr %[[M]][%[[BYTES]]]
// Everybody has the number; the first thread of each warp stores it.
// CHECK:         %[[LANE:.*]] = arith.remui %[[THREAD]], %[[C32]]
// CHECK:         %[[FIRST:.*]] = arith.cmpi eq, %[[LANE]], %{{.*}}
// CHECK:         scf.if %[[FIRST]] {
// CHECK:           llvm.store %{{.*}}, %[[MINE]]
// CHECK:         nvvm.bar.warp.sync %{{.*}} : i32
// CHECK-NOT:     gpu.barrier
// CHECK:         llvm.load %[[MINE]]
tile.kernel @warps(%x: memref<8xf32> {tile.binding = #tile.binding<output "x">},
                   %s: f32 {tile.binding = #tile.binding<scale>}) warps(4) apart grid("1") {
  %w = gpu.subgroup_id : index
  %c0 = arith.constant 0 : index
  %0 = tile.shared by_warp offset(512) stride(48) : memref<8xf32, #gpu.address_space<workgroup>>
  tile.store %s, %0[%c0] along [] : f32, memref<8xf32, #gpu.address_space<workgroup>>
  tile.sync_warp
  %1 = tile.load %0[%c0] along [] : memref<8xf32, #gpu.address_space<workgroup>> -> f32
  tile.store %1, %x[%w] along [] : f32, memref<8xf32>
  tile.return
}

// Where all have one number, thread 0 of the CTA stores it.
// CHECK-LABEL: gpu.func @together
// CHECK-NOT:     arith.remui
// CHECK:         %[[THREAD:.*]] = gpu.thread_id x
// CHECK:         %[[FIRST:.*]] = arith.cmpi eq, %[[THREAD]], %{{.*}}
// CHECK:         scf.if %[[FIRST]]
tile.kernel @together(%x: memref<8xf32> {tile.binding = #tile.binding<output "x">},
                      %s: f32 {tile.binding = #tile.binding<scale>}) warps(4) grid("1") {
  %c0 = arith.constant 0 : index
  tile.store %s, %x[%c0] along [] : f32, memref<8xf32>
  tile.return
}

// A layout's bits are those of a lane; what is above them is no place.
// CHECK-LABEL: gpu.func @places
// CHECK:         %[[THREAD:.*]] = gpu.thread_id x
// CHECK:         %[[C31:.*]] = arith.constant 31 : index
// CHECK:         %[[LANE:.*]] = arith.andi %[[THREAD]], %[[C31]]
// CHECK:         llvm.getelementptr
#row = #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = []>
tile.kernel @places(%x: memref<32xf32> {tile.binding = #tile.binding<input "x">},
                    %y: memref<32xf32> {tile.binding = #tile.binding<output "y">}) warps(4) apart grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0] along [0] in_bounds : memref<32xf32> -> tensor<32xf32, #row>
  tile.store %0, %y[%c0] along [0] in_bounds : tensor<32xf32, #row>, memref<32xf32>
  tile.return
}
