// RUN: sluice-opt %s --tile-insert-barriers | FileCheck %s

!slots = memref<4x8xf32, #gpu.address_space<workgroup>>
!buffer = memref<8xf32, #gpu.address_space<workgroup>>

// All wait until the ring is made. What is between roles, and between uses, is
// the ring's business; what a warp has stored in its slot itself, it waits for.
// CHECK-LABEL: tile.kernel @each
// CHECK:         tile.ring
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    tile.roles {
// CHECK-NEXT:      tile.role "make"
// CHECK-NEXT:        scf.for
// CHECK-NEXT:          tile.acquire
// CHECK-NEXT:          tile.store
// CHECK-NEXT:          tile.sync_warp
// CHECK-NEXT:          tile.load
// CHECK-NEXT:          tile.commit
// CHECK-NEXT:        }
// CHECK-NEXT:      }
// CHECK-NEXT:      tile.role "own"
// CHECK-NEXT:        scf.for
// CHECK-NEXT:          tile.wait
// CHECK-NEXT:          tile.load
// CHECK-NEXT:          tile.release
// CHECK-NEXT:        }
// CHECK-NEXT:      }
// CHECK-NEXT:    }
// CHECK-NEXT:    tile.return
tile.kernel @each(%T: index {tile.binding = #tile.binding<size "T">}) warps(4) apart grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared offset(0) : !slots
  %r = tile.ring "r" of %m from "make" each to "own" offset(128) : !slots
  tile.roles {
    tile.role "make" warps(2) (%warp) {
      scf.for %i = %warp to %T step %c1 {
        %s = tile.acquire %r[%i]
        tile.store %x, %m[%s, %c0] along [] : f32, !slots
        %0 = tile.load %m[%s, %c0] along [] : !slots -> f32
        tile.commit %r[%s]
      }
    }
    tile.role "own" warps(2) (%warp) {
      scf.for %i = %c0 to %T step %c1 {
        %s = tile.wait %r[%i]
        %0 = tile.load %m[%s, %c0] along [] : !slots -> f32
        tile.release %r[%s]
      }
    }
  }
  tile.return
}

// Where all warps of a role fill a slot, all of them wait.
// CHECK-LABEL: tile.kernel @together
// CHECK:           tile.acquire
// CHECK-NEXT:      tile.store
// CHECK-NEXT:      tile.sync_role
// CHECK-NEXT:      tile.load
// CHECK-NEXT:      tile.commit
tile.kernel @together() warps(3) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %m = tile.shared offset(0) : !slots
  %r = tile.ring "r" of %m from "make" to "own" offset(128) : !slots
  tile.roles {
    tile.role "make" warps(2) (%warp) {
      %s = tile.acquire %r[%c0]
      tile.store %x, %m[%s, %c0] along [] : f32, !slots
      %0 = tile.load %m[%s, %c0] along [] : !slots -> f32
      tile.commit %r[%s]
    }
    tile.role "own" warps(1) (%warp) {
    }
  }
  tile.return
}

// A role's own memory is for the role to wait for, behind it for all. What was
// before roles is waited for before them.
// CHECK-LABEL: tile.kernel @memory
// CHECK:         tile.store
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    tile.roles {
// CHECK-NEXT:      tile.role "a"
// CHECK-NEXT:        tile.load
// CHECK-NEXT:        tile.sync_role
// CHECK-NEXT:        tile.store
// CHECK-NEXT:        tile.sync_role
// CHECK-NEXT:        tile.load
// CHECK-NEXT:      }
// CHECK-NEXT:      tile.role "b"
// CHECK-NEXT:        tile.store
// CHECK-NEXT:        tile.sync_warp
// CHECK-NEXT:        tile.load
// CHECK-NEXT:      }
// CHECK-NEXT:    }
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    tile.load
// CHECK-NEXT:    tile.return
tile.kernel @memory() warps(4) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %a = tile.shared offset(0) : !buffer
  %b = tile.shared by_warp offset(32) stride(32) : !buffer
  tile.store %x, %a[%c0] along [] : f32, !buffer
  tile.roles {
    tile.role "a" warps(2) (%warp) {
      %0 = tile.load %a[%c0] along [] : !buffer -> f32
      tile.store %0, %a[%c0] along [] : f32, !buffer
      %1 = tile.load %a[%c0] along [] : !buffer -> f32
    }
    tile.role "b" warps(2) (%warp) {
      tile.store %x, %b[%c0] along [] : f32, !buffer
      %0 = tile.load %b[%c0] along [] : !buffer -> f32
    }
  }
  %2 = tile.load %a[%c0] along [] : !buffer -> f32
  tile.return
}
