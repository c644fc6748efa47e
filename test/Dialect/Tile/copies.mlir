// RUN: sluice-opt %s | FileCheck %s
// RUN: sluice-opt %s --mlir-print-op-generic | sluice-opt | FileCheck %s

!global = memref<?x?x?x64xbf16, strided<[?, ?, ?, 1]>>
!slots = memref<2x16x72xbf16, #gpu.address_space<workgroup>>

// Axes of the region run along any of either memory; its rows are rows in both.
// CHECK-LABEL: tile.kernel @copies
// CHECK:         tile.copy %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}] along [1, 3] to %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] along [1, 2] shape [16, 64] valid(%{{.*}}) in_bounds : memref<?x?x?x64xbf16, strided<[?, ?, ?, 1]>>, memref<2x16x72xbf16, #gpu.address_space<workgroup>>
// CHECK-NEXT:    tile.copy %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}] along [3, 2] to %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}] along [2, 0] shape [64, 2] : memref<
// CHECK-NEXT:    tile.commit_copies
// CHECK-NEXT:    tile.wait_copies 3
// CHECK-NEXT:    tile.wait_copies 0
tile.kernel @copies(%x: !global {tile.binding = #tile.binding<input "x">}) warps(4) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.shared : !slots
  tile.copy %x[%c0, %c0, %c0, %c0] along [1, 3] to %0[%c0, %c0, %c0] along [1, 2] shape [16, 64] valid(%c0) in_bounds : !global, !slots
  tile.copy %x[%c0, %c0, %c0, %c0] along [3, 2] to %0[%c0, %c0, %c0] along [2, 0] shape [64, 2] : !global, !slots
  tile.commit_copies
  tile.wait_copies 3
  tile.wait_copies 0
  tile.return
}
