// RUN: sluice-opt %s --tile-insert-barriers | FileCheck %s

!buffer = memref<8xf32, #gpu.address_space<workgroup>>
!slots = memref<2x8xf32, #gpu.address_space<workgroup>>

// Warps that are apart look at memory of their own without waiting for others;
// between what they store and load themselves only they wait.
// CHECK-LABEL: tile.kernel @own
// CHECK:       tile.store
// CHECK-NEXT:  tile.sync_warp
// CHECK-NEXT:  tile.load
// CHECK-NEXT:  tile.sync_warp
// CHECK-NEXT:  tile.store
// CHECK-NEXT:  tile.return
tile.kernel @own() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared by_warp offset(0) stride(32) : !buffer
  tile.store %x, %a[%c0] along [] : f32, !buffer
  %0 = tile.load %a[%c0] along [] : !buffer -> f32
  tile.store %0, %a[%c0] along [] : f32, !buffer
  tile.return
}

// What all have is for all to wait for.
// CHECK-LABEL: tile.kernel @all
// CHECK:       tile.store
// CHECK-NEXT:  gpu.barrier
// CHECK-NEXT:  tile.load
tile.kernel @all() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !buffer
  tile.store %x, %a[%c0] along [] : f32, !buffer
  %0 = tile.load %a[%c0] along [] : !buffer -> f32
  tile.return
}

// A barrier serves warps, too, and a warp's wait serves that warp only.
// CHECK-LABEL: tile.kernel @serves
// CHECK:       tile.store
// CHECK-NEXT:  tile.store
// CHECK-NEXT:  gpu.barrier
// CHECK-NEXT:  tile.load
// CHECK-NEXT:  tile.load
// CHECK-NEXT:  tile.store
// CHECK-NEXT:  tile.sync_warp
// CHECK-NEXT:  gpu.barrier
// CHECK-NEXT:  tile.load
// CHECK-NEXT:  tile.return
tile.kernel @serves() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !buffer
  %b = tile.shared by_warp offset(32) stride(32) : !buffer
  %c = tile.shared offset(96) : !buffer
  tile.store %x, %a[%c0] along [] : f32, !buffer
  tile.store %x, %b[%c0] along [] : f32, !buffer
  %0 = tile.load %a[%c0] along [] : !buffer -> f32
  %1 = tile.load %b[%c0] along [] : !buffer -> f32
  tile.store %x, %c[%c0] along [] : f32, !buffer
  tile.sync_warp
  %2 = tile.load %c[%c0] along [] : !buffer -> f32
  tile.return
}

// A slot that the warp's number picks is its own.
// CHECK-LABEL: tile.kernel @picked
// CHECK:       tile.store
// CHECK-NEXT:  tile.sync_warp
// CHECK-NEXT:  tile.load
// CHECK-NEXT:  tile.return
tile.kernel @picked() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %w = gpu.subgroup_id : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !slots
  tile.store %x, %a[%w, %c0] along [] : f32, !slots
  %0 = tile.load %a[%w, %c0] along [] : !slots -> f32
  tile.return
}

// One that anybody's number picks is not: others have stored there. Nor is one of
// another buffer in the same place, nor one from which the tensor goes on.
// CHECK-LABEL: tile.kernel @not_picked
// CHECK:       tile.store
// CHECK-NEXT:  gpu.barrier
// CHECK-NEXT:  tile.load
// CHECK-NEXT:  gpu.barrier
// CHECK-NEXT:  tile.store
// CHECK-NEXT:  gpu.barrier
// CHECK-NEXT:  tile.load
// CHECK:       tile.store
// CHECK-NEXT:  gpu.barrier
// CHECK-NEXT:  tile.load
// CHECK-NEXT:  tile.return
tile.kernel @not_picked() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %w = gpu.subgroup_id : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !slots
  %b = tile.shared offset(0) : memref<4x4xf32, #gpu.address_space<workgroup>>
  tile.store %x, %a[%w, %c0] along [] : f32, !slots
  %0 = tile.load %a[%c0, %c0] along [] : !slots -> f32
  tile.store %0, %a[%w, %c0] along [] : f32, !slots
  %1 = tile.load %b[%w, %c0] along [] : memref<4x4xf32, #gpu.address_space<workgroup>> -> f32
  %c = tile.shared offset(64) : !slots
  %v = tile.broadcast %x along [] : f32 -> tensor<2xf32>
  tile.store %v, %c[%w, %c0] along [0] : tensor<2xf32>, !slots
  %2 = tile.load %c[%w, %c0] along [] : !slots -> f32
  tile.return
}

// The two phases of a block: a barrier before each, one of them for the loop; in
// the inner loop nobody waits.
// CHECK-LABEL: tile.kernel @phases
// CHECK:       scf.for
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    tile.store %{{.*}}, %[[M:.*]][%{{.*}}, %{{.*}}] along []
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    scf.for
// CHECK-NEXT:      tile.load %[[M]]
// CHECK-NEXT:    }
// CHECK-NEXT:  }
// CHECK-NEXT:  tile.return
tile.kernel @phases(%T: index {tile.binding = #tile.binding<size "T">}) warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %w = gpu.subgroup_id : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !slots
  scf.for %block = %c0 to %T step %c2 {
    tile.store %x, %a[%w, %c0] along [] : f32, !slots
    scf.for %i = %c0 to %c2 step %c1 {
      %0 = tile.load %a[%i, %c0] along [] : !slots -> f32
    }
  }
  tile.return
}

// A warp's passage in a loop: one wait for the next time round, one within.
// CHECK-LABEL: tile.kernel @passage
// CHECK:       scf.for
// CHECK-NEXT:    tile.sync_warp
// CHECK-NEXT:    tile.store
// CHECK-NEXT:    tile.sync_warp
// CHECK-NEXT:    tile.load
// CHECK-NEXT:  }
tile.kernel @passage(%T: index {tile.binding = #tile.binding<size "T">}) warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared by_warp offset(0) stride(32) : !buffer
  scf.for %i = %c0 to %T step %c1 {
    tile.store %x, %a[%c0] along [] : f32, !buffer
    %0 = tile.load %a[%c0] along [] : !buffer -> f32
  }
  tile.return
}

// After a branch in which only a warp has waited, others are still waited for.
// CHECK-LABEL: tile.kernel @branch
// CHECK:       scf.if
// CHECK-NEXT:    tile.sync_warp
// CHECK-NEXT:    tile.load
// CHECK-NEXT:  }
// CHECK-NEXT:  gpu.barrier
// CHECK-NEXT:  tile.load
// CHECK-NEXT:  tile.return
tile.kernel @branch(%T: index {tile.binding = #tile.binding<size "T">}) warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %w = gpu.subgroup_id : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !slots
  %is = arith.cmpi eq, %T, %c0 : index
  tile.store %x, %a[%w, %c0] along [] : f32, !slots
  scf.if %is {
    %0 = tile.load %a[%w, %c0] along [] : !slots -> f32
  }
  %1 = tile.load %a[%c0, %c0] along [] : !slots -> f32
  tile.return
}
