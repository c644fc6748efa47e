// RUN: sluice-opt %s --tile-strips='most-bytes=65536 unroll=0' | FileCheck %s --implicit-check-not='scf.for' --implicit-check-not='x64x'
// RUN: sluice-opt %s --tile-strips='least=0 most-bytes=65536 unroll=0' | FileCheck %s --check-prefix=SMALL
// RUN: sluice-opt %s --tile-strips=unroll=0 | FileCheck %s --check-prefix=MEMORY

!q = memref<?x128xf32, strided<[?, 1]>>

// A prefix runs along the axis.
// CHECK-LABEL: tile.kernel @prefix
tile.kernel @prefix(%q: memref<128x16xf32> {tile.binding = #tile.binding<input "q">},
                    %o: memref<128x16xf32> {tile.binding = #tile.binding<output "o">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %q[%c0, %c0] along [0, 1] in_bounds : memref<128x16xf32> -> tensor<128x16xf32>
  %1 = tile.prefix sum %0 : tensor<128x16xf32>
  tile.store %1, %o[%c0, %c0] along [0, 1] in_bounds : tensor<128x16xf32>, memref<128x16xf32>
  tile.return
}

// 127 has no divisor that is wide enough, and 60 is no longer than a strip.
// CHECK-LABEL: tile.kernel @prime
tile.kernel @prime(%q: memref<16x127xf32> {tile.binding = #tile.binding<input "q">},
                   %o: memref<16x127xf32> {tile.binding = #tile.binding<output "o">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %q[%c0, %c0] along [0, 1] in_bounds : memref<16x127xf32> -> tensor<16x127xf32>
  tile.store %0, %o[%c0, %c0] along [0, 1] in_bounds : tensor<16x127xf32>, memref<16x127xf32>
  tile.return
}

// CHECK-LABEL: tile.kernel @short
tile.kernel @short(%q: memref<64x60xf32> {tile.binding = #tile.binding<input "q">},
                   %o: memref<64x60xf32> {tile.binding = #tile.binding<output "o">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %q[%c0, %c0] along [0, 1] in_bounds : memref<64x60xf32> -> tensor<64x60xf32>
  tile.store %0, %o[%c0, %c0] along [0, 1] in_bounds : tensor<64x60xf32>, memref<64x60xf32>
  tile.return
}

// One warp holds 128 numbers in four registers of a thread.
// CHECK-LABEL: tile.kernel @small
// SMALL-LABEL: tile.kernel @small
// SMALL:       scf.for
tile.kernel @small(%q: memref<128xf32> {tile.binding = #tile.binding<input "q">},
                   %o: memref<128xf32> {tile.binding = #tile.binding<output "o">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %q[%c0] along [0] in_bounds : memref<128xf32> -> tensor<128xf32>
  tile.store %0, %o[%c0] along [0] in_bounds : tensor<128xf32>, memref<128xf32>
  tile.return
}

// The number of rows that exist counts along the axis.
// CHECK-LABEL: tile.kernel @valid
tile.kernel @valid(%q: memref<?x16xf32, strided<[?, 1]>> {tile.binding = #tile.binding<input "q">},
                   %o: memref<?x16xf32, strided<[?, 1]>> {tile.binding = #tile.binding<output "o">},
                   %T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %q[%c0, %c0] along [0, 1] valid(%T) in_bounds : memref<?x16xf32, strided<[?, 1]>> -> tensor<128x16xf32>
  tile.store %0, %o[%c0, %c0] along [0, 1] valid(%T) in_bounds : tensor<128x16xf32>, memref<?x16xf32, strided<[?, 1]>>
  tile.return
}

// The kernel has 68 KiB of shared memory already.
// CHECK-LABEL: tile.kernel @memory
// MEMORY-LABEL: tile.kernel @memory
// MEMORY:      scf.for
tile.kernel @memory(%q: memref<136x128xf32> {tile.binding = #tile.binding<input "q">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.shared : memref<136x128xf32, #gpu.address_space<workgroup>>
  %1 = tile.load %q[%c0, %c0] along [0, 1] in_bounds : memref<136x128xf32> -> tensor<136x128xf32>
  tile.store %1, %0[%c0, %c0] along [0, 1] in_bounds : tensor<136x128xf32>, memref<136x128xf32, #gpu.address_space<workgroup>>
  tile.return
}
