// RUN: sluice-opt %s --tile-to-gpu --cse | FileCheck %s

!rows = memref<?x64xbf16, strided<[?, 1]>>
!buffer = memref<2x16x72xbf16, #gpu.address_space<workgroup>>

// 128 threads have 8 elements of 16 bits each: lanes 1, 2 and 4 along a row of 64,
// the others, and warps, from row to row. Rows that are not there arrive as zeros:
// of them no byte is read.
// CHECK-LABEL: gpu.func @copies
// CHECK-SAME:    %[[X:.*]]: !llvm.ptr<1>, %[[STRIDE:.*]]: index, %[[N:.*]]: index)
// CHECK:         %[[THREAD:.*]] = gpu.thread_id x
// CHECK:         %[[FROM:.*]] = llvm.getelementptr %[[X]][%{{.*}}]
// CHECK:         %[[TO:.*]] = llvm.getelementptr %{{.*}} -> !llvm.ptr<3>, bf16
// CHECK:         %[[EXISTS:.*]] = arith.cmpi slt, %{{.*}}, %[[N]]
// CHECK:         %[[SIZE:.*]] = arith.select %[[EXISTS]], %{{.*}}, %{{.*}} : i32
// CHECK:         nvvm.cp.async.shared.global %[[TO]], %[[FROM]], 16, cache =  cg, %[[SIZE]]
// CHECK-NEXT:    nvvm.cp.async.commit.group
// CHECK-NEXT:    nvvm.cp.async.wait.group 1
// CHECK-NEXT:    gpu.return
tile.kernel @copies(%x: !rows {tile.binding = #tile.binding<input "x">},
                    %n: index {tile.binding = #tile.binding<size "T">}) warps(4) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.shared offset(0) : !buffer
  tile.copy %x[%c0, %c0] along [0, 1] to %0[%c0, %c0, %c0] along [1, 2] shape [16, 64] valid(%n) : !rows, !buffer
  tile.commit_copies
  tile.wait_copies 1
  tile.return
}

// Rows of 6 elements are copied by words, of 4 bytes, by 24 of 32 lanes; those
// that have none do nothing.
// CHECK-LABEL: gpu.func @words
// CHECK:         scf.if
// CHECK:           nvvm.cp.async.shared.global %{{.*}}, %{{.*}}, 4, cache =  ca, %{{.*}} : !llvm.ptr<3>, !llvm.ptr<1>, i32
// CHECK-NOT:     nvvm.cp.async.shared.global
// CHECK:         gpu.return
tile.kernel @words(%x: memref<8x6xbf16> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.shared offset(0) : memref<8x6xbf16, #gpu.address_space<workgroup>>
  tile.copy %x[%c0, %c0] along [0, 1] to %0[%c0, %c0] along [0, 1] shape [8, 6] : memref<8x6xbf16>, memref<8x6xbf16, #gpu.address_space<workgroup>>
  tile.return
}

// Each warp copies by itself where they are apart: four pieces a lane.
// CHECK-LABEL: gpu.func @apart
// CHECK-COUNT-4: nvvm.cp.async.shared.global
// CHECK-NOT:     nvvm.cp.async.shared.global
// CHECK:         gpu.return
tile.kernel @apart(%x: memref<16x64xbf16> {tile.binding = #tile.binding<input "x">}) warps(3) apart grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.shared by_warp offset(0) stride(2304) : memref<16x72xbf16, #gpu.address_space<workgroup>>
  tile.copy %x[%c0, %c0] along [0, 1] to %0[%c0, %c0] along [0, 1] shape [16, 64] : memref<16x64xbf16>, memref<16x72xbf16, #gpu.address_space<workgroup>>
  tile.return
}
