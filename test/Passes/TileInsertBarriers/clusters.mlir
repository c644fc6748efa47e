// RUN: sluice-opt %s --tile-insert-barriers | FileCheck %s

!buffer = memref<8xf32, #gpu.address_space<workgroup>>
!slots = memref<4x8xf32, #gpu.address_space<workgroup>>

// Nobody stores to a CTA that may not have begun, or may be gone; what others have
// stored is waited for.
// CHECK-LABEL: tile.kernel @straight
// CHECK:       tile.sync_cluster
// CHECK-NEXT:  tile.store
// CHECK-NEXT:  tile.sync_cluster
// CHECK-NEXT:  tile.load
// CHECK-NEXT:  tile.sync_cluster
// CHECK-NEXT:  tile.store
// CHECK-NEXT:  tile.sync_cluster
// CHECK-NEXT:  tile.return
tile.kernel @straight() warps(2) cluster(2) grid("2") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared multicast offset(0) : !buffer
  tile.store %x, %a[%c0] along [] : f32, !buffer
  %0 = tile.load %a[%c0] along [] : !buffer -> f32
  tile.store %0, %a[%c0] along [] : f32, !buffer
  tile.return
}

// A CTA's own memory is no concern of others.
// CHECK-LABEL: tile.kernel @own
// CHECK:       tile.store
// CHECK-NEXT:  gpu.barrier
// CHECK-NEXT:  tile.load
// CHECK-NEXT:  tile.return
tile.kernel @own() warps(2) cluster(2) grid("2") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !buffer
  tile.store %x, %a[%c0] along [] : f32, !buffer
  %0 = tile.load %a[%c0] along [] : !buffer -> f32
  tile.return
}

// Unless it lies where others store.
// CHECK-LABEL: tile.kernel @over
// CHECK:       tile.store
// CHECK-NEXT:  tile.sync_cluster
// CHECK-NEXT:  tile.store
tile.kernel @over() warps(2) cluster(2) grid("2") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !buffer
  %b = tile.shared multicast offset(16) : !buffer
  tile.sync_cluster
  tile.store %x, %a[%c0] along [] : f32, !buffer
  tile.store %x, %b[%c0] along [] : f32, !buffer
  tile.return
}

// The slot that the number of a warp in its cluster picks is stored to by this warp
// only. One that its number in the CTA picks is not.
// CHECK-LABEL: tile.kernel @picked
// CHECK:       tile.sync_cluster
// CHECK-NEXT:  tile.store
// CHECK-NEXT:  tile.sync_warp
// CHECK-NEXT:  tile.load
// CHECK-NEXT:  tile.store
// CHECK-NEXT:  tile.sync_cluster
// CHECK-NEXT:  tile.load
// CHECK-NEXT:  tile.return
tile.kernel @picked() warps(2) cluster(2) apart grid("2") {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %r = gpu.cluster_block_id x
  %w = gpu.subgroup_id : index
  %first = arith.muli %r, %c2 : index
  %maker = arith.addi %first, %w : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared multicast offset(0) : !slots
  %b = tile.shared multicast offset(128) : !slots
  tile.store %x, %a[%maker, %c0] along [] : f32, !slots
  %0 = tile.load %a[%maker, %c0] along [] : !slots -> f32
  tile.store %x, %b[%w, %c0] along [] : f32, !slots
  %1 = tile.load %b[%w, %c0] along [] : !slots -> f32
  tile.return
}

// What goes to different CTAs goes to different memory; to ranks of which nothing is
// known, perhaps not.
// CHECK-LABEL: tile.kernel @several
// CHECK:       tile.sync_cluster
// CHECK-NEXT:  tile.store
// CHECK-NEXT:  tile.store
// CHECK-NEXT:  tile.store
// CHECK-NEXT:  tile.sync_cluster
// CHECK-NEXT:  tile.store
// CHECK-NEXT:  tile.sync_cluster
// CHECK-NEXT:  tile.store
// CHECK-NEXT:  tile.sync_cluster
// CHECK-NEXT:  tile.return
tile.kernel @several(%n: index {tile.binding = #tile.binding<size "N">}) warps(2) cluster(4) grid("4") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %r = gpu.cluster_block_id x
  %r1 = arith.xori %r, %c1 : index
  %r2 = arith.xori %r, %c2 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared multicast offset(0) : !buffer
  tile.store %x, %a[%c0] along [] to(%r) : f32, !buffer
  tile.store %x, %a[%c0] along [] to(%r1) : f32, !buffer
  tile.store %x, %a[%c0] along [] to(%r2) : f32, !buffer
  tile.store %x, %a[%c0] along [] to(%n) : f32, !buffer
  tile.store %x, %a[%c0] along [] : f32, !buffer
  tile.return
}

// The two phases of a block: the cluster waits before each.
// CHECK-LABEL: tile.kernel @phases
// CHECK:       tile.sync_cluster
// CHECK-NEXT:  scf.for
// CHECK-NEXT:    tile.sync_cluster
// CHECK-NEXT:    tile.store
// CHECK-NEXT:    tile.sync_cluster
// CHECK-NEXT:    scf.for
// CHECK-NEXT:      tile.load
// CHECK-NEXT:    }
// CHECK-NEXT:  }
// CHECK-NEXT:  tile.return
tile.kernel @phases(%T: index {tile.binding = #tile.binding<size "T">}) warps(2) cluster(2) apart grid("2") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %r = gpu.cluster_block_id x
  %w = gpu.subgroup_id : index
  %first = arith.muli %r, %c2 : index
  %maker = arith.addi %first, %w : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared multicast offset(0) : !slots
  scf.for %block = %c0 to %T step %c4 {
    tile.store %x, %a[%maker, %c0] along [] : f32, !slots
    scf.for %i = %c0 to %c4 step %c1 {
      %0 = tile.load %a[%i, %c0] along [] : !slots -> f32
    }
  }
  tile.return
}
