// RUN: sluice-opt %s --tile-allocate-shared=apart=95 | FileCheck %s
// RUN: sluice-opt %s --tile-allocate-shared=apart=96 | FileCheck %s --check-prefix=APART

!buffer = memref<8xf32, #gpu.address_space<workgroup>>
!small = memref<4xf32, #gpu.address_space<workgroup>>

// The third begins when the first is not needed any more, and takes its place.
// Up to `apart` bytes nothing is used twice.
// CHECK-LABEL: tile.kernel @later()
// CHECK-SAME:  tile.shared_bytes = 64
// CHECK:       tile.shared offset(0)
// CHECK:       tile.shared offset(32)
// CHECK:       tile.shared offset(0)
// APART-LABEL: tile.kernel @later()
// APART-SAME:  tile.shared_bytes = 96
// APART:       tile.shared offset(64)
tile.kernel @later() warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared : !buffer
  tile.store %x, %a[%c0] along [] : f32, !buffer
  %b = tile.shared : !buffer
  tile.store %x, %b[%c0] along [] : f32, !buffer
  %0 = tile.load %a[%c0] along [] : !buffer -> f32
  %c = tile.shared : !buffer
  tile.store %x, %c[%c0] along [] : f32, !buffer
  %1 = tile.load %b[%c0] along [] : !buffer -> f32
  tile.return
}

// The largest is placed first, at the bottom; a small one of before lies in it.
// CHECK-LABEL: tile.kernel @largest()
// CHECK-SAME:  tile.shared_bytes = 80
// CHECK:       tile.shared offset(0) : memref<4xf32
// CHECK:       tile.shared offset(0) : memref<16xf32
// CHECK:       tile.shared offset(64) : memref<4xf32
tile.kernel @largest() warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared : !small
  tile.store %x, %a[%c0] along [] : f32, !small
  %b = tile.shared : memref<16xf32, #gpu.address_space<workgroup>>
  tile.store %x, %b[%c0] along [] : f32, memref<16xf32, #gpu.address_space<workgroup>>
  %c = tile.shared : !small
  tile.store %x, %c[%c0] along [] : f32, !small
  %0 = tile.load %b[%c0] along [] : memref<16xf32, #gpu.address_space<workgroup>> -> f32
  tile.return
}

// What was there before a loop that looks at it is needed throughout: the
// buffers of the body have other places, and share one.
// CHECK-LABEL: tile.kernel @loop
// CHECK-SAME:  tile.shared_bytes = 64
// CHECK:       tile.shared offset(0)
// CHECK:       scf.for
// CHECK:         tile.shared offset(32)
// CHECK:         tile.shared offset(32)
tile.kernel @loop(%T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared : !buffer
  tile.store %x, %a[%c0] along [] : f32, !buffer
  scf.for %i = %c0 to %T step %c1 {
    %0 = tile.load %a[%c0] along [] : !buffer -> f32
    %b = tile.shared : !buffer
    tile.store %0, %b[%c0] along [] : f32, !buffer
    %1 = tile.load %b[%c0] along [] : !buffer -> f32
    %c = tile.shared : !buffer
    tile.store %1, %c[%c0] along [] : f32, !buffer
  }
  tile.return
}
