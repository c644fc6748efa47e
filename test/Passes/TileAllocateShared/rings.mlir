// RUN: sluice-opt %s --tile-allocate-shared='apart=0 most=336' | FileCheck %s

!buffer = memref<8xf32, #gpu.address_space<workgroup>>
!slots = memref<3x8xf32, #gpu.address_space<workgroup>>

// A ring's barriers, two of 8 bytes a slot, lie behind the CTA's buffers and
// before those of warps. Roles go on at the same time: what one has there, no
// other takes, but a warp's own places are taken again.
// CHECK-LABEL: tile.kernel @rings
// CHECK-SAME:    tile.shared_bytes = 336
// CHECK:         tile.shared offset(0) : memref<3x8xf32
// CHECK-NEXT:    tile.ring "r" of {{.*}} offset(160)
// CHECK:         tile.role "a"
// CHECK:           tile.shared offset(96) : memref<8xf32
// CHECK:           tile.shared by_warp offset(208) stride(32) : memref<8xf32
// CHECK:         tile.role "b"
// CHECK:           tile.shared offset(128) : memref<8xf32
// CHECK:           tile.shared by_warp offset(208) stride(32) : memref<8xf32
tile.kernel @rings() warps(4) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared : !slots
  %r = tile.ring "r" of %m from "a" to "b" : !slots
  tile.roles {
    tile.role "a" warps(2) (%warp) {
      %0 = tile.shared : !buffer
      %1 = tile.shared by_warp : !buffer
      %s = tile.acquire %r[%c0]
      tile.store %x, %m[%s, %c0] along [] : f32, !slots
      tile.commit %r[%s]
    }
    tile.role "b" warps(2) (%warp) {
      %0 = tile.shared : !buffer
      %1 = tile.shared by_warp : !buffer
    }
  }
  tile.return
}

// What is in flight may come at any time, so nobody else gets its place.
// CHECK-LABEL: tile.kernel @copies
// CHECK-SAME:    tile.shared_bytes = 64
// CHECK:         tile.shared offset(0) : memref<8xf32
// CHECK:         tile.copy
// CHECK:         tile.shared offset(32) : memref<8xf32
// CHECK:         tile.shared offset(32) : memref<8xf32
tile.kernel @copies(%x: memref<8xf32> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %a = tile.shared : !buffer
  tile.copy %x[%c0] along [0] to %a[%c0] along [0] shape [8] : memref<8xf32>, !buffer
  tile.commit_copies
  %b = tile.shared : !buffer
  %c = tile.shared : !buffer
  tile.return
}
