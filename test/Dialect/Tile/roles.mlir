// RUN: sluice-opt %s | FileCheck %s
// RUN: sluice-opt %s --mlir-print-op-generic | sluice-opt | FileCheck %s

!slots = memref<4x16x8xf32, #gpu.address_space<workgroup>>
!gates = memref<4x8xf32, #gpu.address_space<workgroup>>

// Warps of any number, and two rings, each of several buffers.
// CHECK-LABEL: tile.kernel @roles
// CHECK-SAME:    warps(12) apart
// CHECK:         %[[R:.*]] = tile.ring "chunks" of %[[S:.*]], %[[G:.*]] from "make" each to "own" : memref<4x16x8xf32, #gpu.address_space<workgroup>>, memref<4x8xf32, #gpu.address_space<workgroup>>
// CHECK-NEXT:    tile.ring "rows" of %{{.*}} from "own" to "make" offset(64) : memref
// CHECK-NEXT:    tile.roles {
// CHECK-NEXT:      tile.role "own" warps(8) registers(208) (%{{.*}}) {
// CHECK-NEXT:        %[[FULL:.*]] = tile.wait %[[R]][%{{.*}}]
// CHECK-NEXT:        tile.load %[[G]][%[[FULL]], %{{.*}}]
// CHECK-NEXT:        tile.release %[[R]][%[[FULL]]]
// CHECK-NEXT:        tile.sync_role
// CHECK-NEXT:      }
// CHECK-NEXT:      tile.role "make" warps(4) registers(88) attributes {test.note} (%[[W:.*]]) {
// CHECK-NEXT:        %[[EMPTY:.*]] = tile.acquire %[[R]][%[[W]]]
// CHECK-NEXT:        tile.store %{{.*}}, %[[G]][%[[EMPTY]], %{{.*}}]
// CHECK-NEXT:        tile.commit %[[R]][%[[EMPTY]]]
// CHECK-NEXT:      }
// CHECK-NEXT:    }
tile.kernel @roles() warps(12) apart grid("1") {
  %c0 = arith.constant 0 : index
  %x = arith.constant 1.0 : f32
  %slots = tile.shared : !slots
  %gates = tile.shared : !gates
  %rows = tile.shared : !gates
  %chunks = tile.ring "chunks" of %slots, %gates from "make" each to "own" : !slots, !gates
  %other = tile.ring "rows" of %rows from "own" to "make" offset(64) : !gates
  tile.roles {
    tile.role "own" warps(8) registers(208) (%warp) {
      %slot = tile.wait %chunks[%c0]
      %0 = tile.load %gates[%slot, %c0] along [] : !gates -> f32
      tile.release %chunks[%slot]
      tile.sync_role
    }
    tile.role "make" warps(4) registers(88) attributes {test.note} (%warp) {
      %slot = tile.acquire %chunks[%warp]
      tile.store %x, %gates[%slot, %c0] along [] : f32, !gates
      tile.commit %chunks[%slot]
    }
  }
  tile.return
}

// Slots of two uses at a time: nothing orders them but their blocks. What a warp
// has is its own, and what nobody writes all may look at.
// CHECK-LABEL: tile.kernel @windows
tile.kernel @windows() warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %x = arith.constant 1.0 : f32
  %gates = tile.shared : !gates
  %own = tile.shared by_warp : memref<8xf32, #gpu.address_space<workgroup>>
  %all = tile.shared : memref<8xf32, #gpu.address_space<workgroup>>
  tile.store %x, %all[%c0] along [] : f32, memref<8xf32, #gpu.address_space<workgroup>>
  %ring = tile.ring "gates" of %gates from "make" to "own" : !gates
  tile.roles {
    tile.role "make" warps(1) (%warp) {
      %a = tile.acquire %ring[%c0]
      %b = tile.acquire %ring[%c1]
      tile.store %x, %gates[%a, %c0] along [] : f32, !gates
      %0 = tile.load %gates[%a, %c0] along [] : !gates -> f32
      tile.commit %ring[%a]
      tile.store %0, %gates[%b, %c0] along [] : f32, !gates
      tile.commit %ring[%b]
      %1 = tile.load %all[%c0] along [] : memref<8xf32, #gpu.address_space<workgroup>> -> f32
      tile.store %1, %own[%c0] along [] : f32, memref<8xf32, #gpu.address_space<workgroup>>
    }
    tile.role "own" warps(1) (%warp) {
      %2 = tile.load %all[%c0] along [] : memref<8xf32, #gpu.address_space<workgroup>> -> f32
      tile.store %2, %own[%c0] along [] : f32, memref<8xf32, #gpu.address_space<workgroup>>
    }
  }
  tile.return
}
