// RUN: sluice-opt %s --tile-allocate-shared | FileCheck %s --check-prefixes=CHECK,MUCH
// RUN: sluice-opt %s --tile-allocate-shared=most=255 | FileCheck %s --check-prefixes=CHECK,LITTLE

!buffer = memref<8xf32, #gpu.address_space<workgroup>>

// Of warps that are apart no two buffers in turn have the same place: while one is
// filled, what was loaded from the other may still be on its way. Where memory does
// not suffice for that, a place is taken again as soon as nobody needs what was there.
// CHECK-LABEL: tile.kernel @turns
// MUCH-SAME:   tile.shared_bytes = 256
// MUCH:        tile.shared by_warp offset(0) stride(64) : memref<8xf32
// MUCH:        tile.shared by_warp offset(32) stride(64) : memref<8xf32
// MUCH:        tile.shared by_warp offset(0) stride(64) : memref<8xf32
// LITTLE-SAME: tile.shared_bytes = 128
// LITTLE-COUNT-3: tile.shared by_warp offset(0) stride(32) : memref<8xf32
tile.kernel @turns() warps(4) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared by_warp : !buffer
  tile.store %x, %a[%c0] along [] : f32, !buffer
  %0 = tile.load %a[%c0] along [] : !buffer -> f32
  %b = tile.shared by_warp : !buffer
  tile.store %x, %b[%c0] along [] : f32, !buffer
  %1 = tile.load %b[%c0] along [] : !buffer -> f32
  %c = tile.shared by_warp : !buffer
  tile.store %x, %c[%c0] along [] : f32, !buffer
  %2 = tile.load %c[%c0] along [] : !buffer -> f32
  tile.return
}
