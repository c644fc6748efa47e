// RUN: sluice-opt %s --tile-insert-barriers | FileCheck %s

!global = memref<?x8xf32, strided<[?, 1]>>
!buffer = memref<8xf32, #gpu.address_space<workgroup>>
!slots = memref<2x8xf32, #gpu.address_space<workgroup>>

// A copy waits for who was there before; who comes after waits for all threads
// behind the wait for the copy, not before it.
// CHECK-LABEL: tile.kernel @straight
// CHECK:         tile.load
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    tile.copy
// CHECK-NEXT:    tile.commit_copies
// CHECK-NEXT:    tile.store
// CHECK-NEXT:    tile.wait_copies 0
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    tile.load
// CHECK-NEXT:    tile.return
tile.kernel @straight(%x: !global {tile.binding = #tile.binding<input "x">}) warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  %a = tile.shared offset(0) : !buffer
  %b = tile.shared offset(32) : !buffer
  %0 = tile.load %a[%c0] along [] : !buffer -> f32
  tile.copy %x[%c0, %c0] along [1] to %a[%c0] along [0] shape [8] : !global, !buffer
  tile.commit_copies
  tile.store %0, %b[%c0] along [] : f32, !buffer
  tile.wait_copies 0
  %1 = tile.load %a[%c0] along [] : !buffer -> f32
  tile.return
}

// Only the groups that were waited for can be looked at, and nobody knows which
// those are: both are waited for by all, twice.
// CHECK-LABEL: tile.kernel @groups
// CHECK:         tile.wait_copies 1
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    tile.load
// CHECK-NEXT:    tile.wait_copies 0
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    tile.load
// CHECK-NEXT:    tile.return
tile.kernel @groups(%x: !global {tile.binding = #tile.binding<input "x">}) warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  %a = tile.shared offset(0) : !buffer
  %b = tile.shared offset(32) : !buffer
  tile.copy %x[%c0, %c0] along [1] to %a[%c0] along [0] shape [8] : !global, !buffer
  tile.commit_copies
  tile.copy %x[%c0, %c0] along [1] to %b[%c0] along [0] shape [8] : !global, !buffer
  tile.commit_copies
  tile.wait_copies 1
  %0 = tile.load %a[%c0] along [] : !buffer -> f32
  tile.wait_copies 0
  %1 = tile.load %b[%c0] along [] : !buffer -> f32
  tile.return
}

// Two slots by turns: one barrier each time round says that the copy is there,
// and that the slot of the next is free.
// CHECK-LABEL: tile.kernel @ahead
// CHECK-NOT:     gpu.barrier
// CHECK:         scf.for
// CHECK-NEXT:      tile.wait_copies 0
// CHECK-NEXT:      arith.subi
// CHECK-NEXT:      gpu.barrier
// CHECK-NEXT:      tile.copy
// CHECK-NEXT:      tile.commit_copies
// CHECK-NEXT:      tile.load
// CHECK-NEXT:      scf.yield
// CHECK-NEXT:    }
// CHECK-NEXT:    tile.wait_copies 0
// CHECK-NEXT:    tile.return
tile.kernel @ahead(%x: !global {tile.binding = #tile.binding<input "x">},
                   %T: index {tile.binding = #tile.binding<size "T">}) warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = tile.shared offset(0) : !slots
  tile.copy %x[%c0, %c0] along [1] to %a[%c0, %c0] along [1] shape [8] : !global, !slots
  tile.commit_copies
  %0 = scf.for %i = %c0 to %T step %c1 iter_args(%slot = %c0) -> (index) {
    tile.wait_copies 0
    %other = arith.subi %c1, %slot : index
    tile.copy %x[%i, %c0] along [1] to %a[%other, %c0] along [1] shape [8] : !global, !slots
    tile.commit_copies
    %1 = tile.load %a[%slot, %c0] along [] : !slots -> f32
    scf.yield %other : index
  }
  tile.wait_copies 0
  tile.return
}

// A warp's own copies are for the warp to wait for.
// CHECK-LABEL: tile.kernel @own
// CHECK:         tile.copy
// CHECK-NEXT:    tile.commit_copies
// CHECK-NEXT:    tile.wait_copies 0
// CHECK-NEXT:    tile.sync_warp
// CHECK-NEXT:    tile.load
// CHECK-NEXT:    tile.return
tile.kernel @own(%x: !global {tile.binding = #tile.binding<input "x">}) warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %a = tile.shared by_warp offset(0) stride(32) : !buffer
  tile.copy %x[%c0, %c0] along [1] to %a[%c0] along [0] shape [8] : !global, !buffer
  tile.commit_copies
  tile.wait_copies 0
  %0 = tile.load %a[%c0] along [] : !buffer -> f32
  tile.return
}
