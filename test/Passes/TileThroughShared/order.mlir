// RUN: sluice-opt %s --tile-through-shared --tile-allocate-shared --tile-insert-barriers | FileCheck %s

!a = tensor<64xf32, #tile.layout<register = [[32]], lane = [[1], [2], [4], [8], [16]], warp = []>>
!c = tensor<64xf32, #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = [[32]]>>
!d = tensor<64xf32, #tile.layout<register = [], lane = [[2], [4], [8], [16], [32]], warp = [[1]]>>
!b = tensor<64xf32, #tile.layout<register = [[1], [2], [4], [8], [16], [32]], lane = [[0], [0], [0], [0], [0]], warp = []>>

// Two conversions that do not wait for one another: both are stored before the
// first is loaded, and one barrier serves them.
// CHECK-LABEL: tile.kernel @together
// CHECK-COUNT-2: tile.store
// CHECK:       gpu.barrier
// CHECK-COUNT-2: tile.load %{{.*}} memref<64xf32, #gpu.address_space<workgroup>>
// CHECK-NOT:   gpu.barrier
// CHECK:       tile.return
tile.kernel @together(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">},
                      %y: memref<64xf32> {tile.binding = #tile.binding<output "y">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0] along [0] : memref<64xf32> -> !a
  %1 = tile.convert %0 : !a -> !b
  %2 = math.absf %1 : !b
  %3 = arith.negf %0 : !a
  %4 = tile.convert %3 : !a -> !b
  %5 = arith.addf %2, %4 : !b
  tile.store %5, %y[%c0] along [0] : !b, memref<64xf32>
  tile.return
}

// One that waits for another has a barrier of its own.
// CHECK-LABEL: tile.kernel @after_one_another
// CHECK:       tile.store
// CHECK:       gpu.barrier
// CHECK-NEXT:  %[[Y:.*]] = tile.load
// CHECK:       %[[Z:.*]] = math.absf %[[Y]]
// CHECK:       tile.store %[[Z]]
// CHECK:       gpu.barrier
// CHECK-NEXT:  tile.load
// CHECK-NOT:   gpu.barrier
// CHECK:       tile.return
tile.kernel @after_one_another(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">},
                               %y: memref<64xf32> {tile.binding = #tile.binding<output "y">}) warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0] along [0] : memref<64xf32> -> !c
  %1 = tile.convert %0 : !c -> !d
  %2 = math.absf %1 : !d
  %3 = tile.convert %2 : !d -> !c
  tile.store %3, %y[%c0] along [0] : !c, memref<64xf32>
  tile.return
}

// What a loop gives counts as what the loop waits for.
// CHECK-LABEL: tile.kernel @loop
// CHECK:       tile.store
// CHECK:       gpu.barrier
// CHECK-NEXT:  %[[Y:.*]] = tile.load %{{.*}} memref<64xf32, #gpu.address_space<workgroup>>
// CHECK:       scf.for {{.*}} iter_args(%{{.*}} = %[[Y]])
tile.kernel @loop(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">},
                  %T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = tile.load %x[%c0] along [0] : memref<64xf32> -> !a
  %1 = tile.convert %0 : !a -> !b
  %2 = scf.for %i = %c0 to %T step %c1 iter_args(%s = %1) -> !b {
    %3 = arith.addf %s, %s : !b
    scf.yield %3 : !b
  }
  tile.store %2, %x[%c0] along [0] : !b, memref<64xf32>
  tile.return
}
