// RUN: sluice-opt %s --tile-insert-barriers | FileCheck %s

!buffer = memref<8xf32, #gpu.address_space<workgroup>>

// Whichever way was taken: the store of one branch is pending behind both.
// CHECK-LABEL: tile.kernel @behind
// CHECK:       scf.if
// CHECK-NEXT:    tile.store
// CHECK-NEXT:  }
// CHECK-NEXT:  gpu.barrier
// CHECK-NEXT:  tile.load
tile.kernel @behind(%T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !buffer
  %some = arith.cmpi sgt, %T, %c0 : index
  scf.if %some {
    tile.store %x, %a[%c0] along [] : f32, !buffer
  }
  %0 = tile.load %a[%c0] along [] : !buffer -> f32
  tile.return
}

// A barrier in one branch is none of the other way.
// CHECK-LABEL: tile.kernel @one_way
// CHECK:       tile.store
// CHECK-NEXT:  scf.if
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    tile.load
// CHECK-NEXT:  }
// CHECK-NEXT:  gpu.barrier
// CHECK-NEXT:  tile.load
tile.kernel @one_way(%T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !buffer
  %some = arith.cmpi sgt, %T, %c0 : index
  tile.store %x, %a[%c0] along [] : f32, !buffer
  scf.if %some {
    %0 = tile.load %a[%c0] along [] : !buffer -> f32
  }
  %1 = tile.load %a[%c0] along [] : !buffer -> f32
  tile.return
}

// Both ways have one: nothing is left for what follows.
// CHECK-LABEL: tile.kernel @both_ways
// CHECK:       tile.store
// CHECK-NEXT:  scf.if
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    tile.load
// CHECK-NEXT:  } else {
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    tile.load
// CHECK-NEXT:  }
// CHECK-NEXT:  tile.load
tile.kernel @both_ways(%T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !buffer
  %some = arith.cmpi sgt, %T, %c0 : index
  tile.store %x, %a[%c0] along [] : f32, !buffer
  scf.if %some {
    %0 = tile.load %a[%c0] along [] : !buffer -> f32
  } else {
    %1 = tile.load %a[%c0] along [] : !buffer -> f32
  }
  %2 = tile.load %a[%c0] along [] : !buffer -> f32
  tile.return
}

// Branches do not follow one another.
// CHECK-LABEL: tile.kernel @either
// CHECK-NOT:   gpu.barrier
// CHECK:       tile.return
tile.kernel @either(%T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !buffer
  %some = arith.cmpi sgt, %T, %c0 : index
  scf.if %some {
    tile.store %x, %a[%c0] along [] : f32, !buffer
  } else {
    %0 = tile.load %a[%c0] along [] : !buffer -> f32
  }
  tile.return
}
