// RUN: sluice-opt %s --tile-allocate-shared | FileCheck %s
// RUN: not sluice-opt %s --tile-allocate-shared=most=319 -o /dev/null 2>&1 | FileCheck %s --check-prefix=MUCH

!buffer = memref<8xf32, #gpu.address_space<workgroup>>

// Behind what the CTA has each warp has a part of its own, in which places are
// taken again as soon as nobody needs what was there: a warp only waits for
// itself. The next warp's is a stride further.
// CHECK-LABEL: tile.kernel @parts
// CHECK-SAME:  tile.shared_bytes = 320
// CHECK:       %[[ALL:.*]] = tile.shared offset(0) : memref<8xf32
// CHECK:       tile.shared by_warp offset(64) stride(64) : memref<8xf32
// CHECK:       tile.shared by_warp offset(96) stride(64) : memref<8xf32
// CHECK:       tile.shared by_warp offset(64) stride(64) : memref<8xf32
// CHECK:       tile.shared offset(32) : memref<8xf32
// MUCH: 'tile.kernel' op needs 320 bytes of shared memory, and a CTA has at most 319
tile.kernel @parts() warps(4) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %all = tile.shared : !buffer
  %a = tile.shared by_warp : !buffer
  tile.store %x, %a[%c0] along [] : f32, !buffer
  %b = tile.shared by_warp : !buffer
  tile.store %x, %b[%c0] along [] : f32, !buffer
  %0 = tile.load %a[%c0] along [] : !buffer -> f32
  %c = tile.shared by_warp : !buffer
  tile.store %x, %c[%c0] along [] : f32, !buffer
  %1 = tile.load %b[%c0] along [] : !buffer -> f32
  %more = tile.shared : !buffer
  tile.return
}

// CHECK-LABEL: tile.kernel @only
// CHECK-SAME:  tile.shared_bytes = 64
// CHECK:       tile.shared by_warp offset(0) stride(32)
tile.kernel @only() warps(2) apart grid("1") {
  %a = tile.shared by_warp : !buffer
  tile.return
}
