// RUN: sluice-opt %s --tile-insert-barriers | FileCheck %s

!buffer = memref<8xf32, #gpu.address_space<workgroup>>

// What one thread stores another loads: one barrier between, however many
// follow.
// CHECK-LABEL: tile.kernel @load_after_store
// CHECK:       tile.store
// CHECK-NEXT:  tile.store
// CHECK-NEXT:  gpu.barrier
// CHECK-NEXT:  tile.load
// CHECK-NEXT:  tile.load
// CHECK-NEXT:  tile.load
// CHECK-NEXT:  tile.return
tile.kernel @load_after_store() warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !buffer
  %b = tile.shared offset(32) : !buffer
  tile.store %x, %a[%c0] along [] : f32, !buffer
  tile.store %x, %b[%c0] along [] : f32, !buffer
  %0 = tile.load %a[%c0] along [] : !buffer -> f32
  %1 = tile.load %b[%c0] along [] : !buffer -> f32
  %2 = tile.load %a[%c0] along [] : !buffer -> f32
  tile.return
}

// Nobody stores before all have loaded.
// CHECK-LABEL: tile.kernel @store_after_load
// CHECK:       tile.load
// CHECK-NEXT:  gpu.barrier
// CHECK-NEXT:  tile.store
tile.kernel @store_after_load() warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %a = tile.shared offset(0) : !buffer
  %0 = tile.load %a[%c0] along [] : !buffer -> f32
  tile.store %0, %a[%c0] along [] : f32, !buffer
  tile.return
}

// The second store is the last.
// CHECK-LABEL: tile.kernel @store_after_store
// CHECK:       tile.store
// CHECK-NEXT:  gpu.barrier
// CHECK-NEXT:  tile.store
tile.kernel @store_after_store() warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !buffer
  tile.store %x, %a[%c0] along [] : f32, !buffer
  tile.store %x, %a[%c0] along [] : f32, !buffer
  tile.return
}

// A barrier that is there serves; loads alone need none.
// CHECK-LABEL: tile.kernel @there_already
// CHECK:       tile.store
// CHECK-NEXT:  gpu.barrier
// CHECK-NEXT:  tile.load
// CHECK-NEXT:  tile.load
// CHECK-NEXT:  tile.return
tile.kernel @there_already() warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !buffer
  tile.store %x, %a[%c0] along [] : f32, !buffer
  gpu.barrier
  %0 = tile.load %a[%c0] along [] : !buffer -> f32
  %1 = tile.load %a[%c0] along [] : !buffer -> f32
  tile.return
}

// Global memory is no matter of the CTA.
// CHECK-LABEL: tile.kernel @global
// CHECK-NOT:   gpu.barrier
// CHECK:       tile.return
tile.kernel @global(%x: memref<8xf32> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0] along [] : memref<8xf32> -> f32
  tile.store %0, %x[%c0] along [] : f32, memref<8xf32>
  %1 = tile.load %x[%c0] along [] : memref<8xf32> -> f32
  tile.return
}
