// RUN: sluice-opt %s --tile-insert-barriers | FileCheck %s

// Buffers conflict where their bytes do, whatever they are called: bytes 0 to
// 31, 16 to 47, 32 to 63.
!buffer = memref<8xf32, #gpu.address_space<workgroup>>
!halves = memref<8xbf16, #gpu.address_space<workgroup>>

// CHECK-LABEL: tile.kernel @overlap
// CHECK:       tile.store
// CHECK-NEXT:  tile.load
// CHECK-NEXT:  gpu.barrier
// CHECK-NEXT:  tile.load
tile.kernel @overlap() warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !buffer
  %b = tile.shared offset(16) : !buffer
  %c = tile.shared offset(32) : !buffer
  tile.store %x, %a[%c0] along [] : f32, !buffer
  %0 = tile.load %c[%c0] along [] : !buffer -> f32
  %1 = tile.load %b[%c0] along [] : !buffer -> f32
  tile.return
}

// CHECK-LABEL: tile.kernel @same
// CHECK:       tile.store
// CHECK-NEXT:  gpu.barrier
// CHECK-NEXT:  tile.store
tile.kernel @same() warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !buffer
  %b = tile.shared offset(0) : !buffer
  tile.store %x, %a[%c0] along [] : f32, !buffer
  tile.store %x, %b[%c0] along [] : f32, !buffer
  tile.return
}

// Eight elements of two bytes end at 16.
// CHECK-LABEL: tile.kernel @halves
// CHECK-NOT:   gpu.barrier
// CHECK:       tile.return
tile.kernel @halves() warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : bf16
  %a = tile.shared offset(0) : !halves
  %b = tile.shared offset(16) : !halves
  tile.store %x, %a[%c0] along [] : bf16, !halves
  tile.store %x, %b[%c0] along [] : bf16, !halves
  tile.return
}
