// RUN: sluice-opt %s --tile-insert-barriers | FileCheck %s

!buffer = memref<8xf32, #gpu.address_space<workgroup>>

// A body follows itself: what it loads at its end is stored at its beginning.
// CHECK-LABEL: tile.kernel @body
// CHECK:       scf.for
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    tile.store
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    tile.load
// CHECK-NEXT:  }
// CHECK-NEXT:  tile.return
tile.kernel @body(%T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !buffer
  scf.for %i = %c0 to %T step %c1 {
    tile.store %x, %a[%c0] along [] : f32, !buffer
    %0 = tile.load %a[%c0] along [] : !buffer -> f32
  }
  tile.return
}

// Two buffers in turn: one barrier an iteration is enough, since it stands
// between the loads of one iteration and the stores of the next.
// CHECK-LABEL: tile.kernel @turns
// CHECK:       scf.for
// CHECK-NEXT:    tile.store %{{.*}}, %[[A:.*]][
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    tile.load %[[A]][
// CHECK-NEXT:    tile.store %{{.*}}, %[[B:.*]][
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    tile.load %[[B]][
// CHECK-NEXT:  }
tile.kernel @turns(%T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !buffer
  %b = tile.shared offset(32) : !buffer
  scf.for %i = %c0 to %T step %c1 {
    tile.store %x, %a[%c0] along [] : f32, !buffer
    %0 = tile.load %a[%c0] along [] : !buffer -> f32
    tile.store %0, %b[%c0] along [] : f32, !buffer
    %1 = tile.load %b[%c0] along [] : !buffer -> f32
  }
  tile.return
}

// A loop may not run at all: its barriers are none for what stands around it.
// CHECK-LABEL: tile.kernel @around
// CHECK:       tile.store %{{.*}}, %[[A:.*]][
// CHECK-NEXT:  scf.for
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:  }
// CHECK-NEXT:  gpu.barrier
// CHECK-NEXT:  tile.load %[[A]][
tile.kernel @around(%T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !buffer
  tile.store %x, %a[%c0] along [] : f32, !buffer
  scf.for %i = %c0 to %T step %c1 {
    gpu.barrier
  }
  %0 = tile.load %a[%c0] along [] : !buffer -> f32
  tile.return
}

// The outer body follows itself, too, over the inner loop, before which one
// barrier serves all of its iterations.
// CHECK-LABEL: tile.kernel @nested
// CHECK:       scf.for
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    tile.store
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    scf.for
// CHECK-NEXT:      tile.load
// CHECK-NEXT:    }
// CHECK-NEXT:  }
tile.kernel @nested(%T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !buffer
  scf.for %i = %c0 to %T step %c1 {
    tile.store %x, %a[%c0] along [] : f32, !buffer
    scf.for %j = %c0 to %T step %c1 {
      %0 = tile.load %a[%c0] along [] : !buffer -> f32
    }
  }
  tile.return
}

// Loads alone follow themselves without a barrier.
// CHECK-LABEL: tile.kernel @loads
// CHECK-NOT:   gpu.barrier
// CHECK:       tile.return
tile.kernel @loads(%T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = tile.shared offset(0) : !buffer
  scf.for %i = %c0 to %T step %c1 {
    %0 = tile.load %a[%c0] along [] : !buffer -> f32
  }
  %1 = tile.load %a[%c0] along [] : !buffer -> f32
  tile.return
}
