// RUN: sluice-opt %s --tile-through-shared | FileCheck %s

#spread = #tile.layout<register = [[32]], lane = [[1], [2], [4], [8], [16]], warp = []>
#all = #tile.layout<register = [[1], [2], [4], [8], [16], [32]], lane = [[0], [0], [0], [0], [0]], warp = []>

#turned = #tile.layout<register = [[2], [1], [4], [8], [16], [32]], lane = [[0], [0], [0], [0], [0]], warp = []>
#half = #tile.layout<register = [[1], [2], [4], [8], [16]], lane = [[32], [0], [0], [0], [0]], warp = []>

!buffer = memref<64xf32, #gpu.address_space<workgroup>>

// Passages of warps that are apart are in memory of their own, and stay where
// they are: none is put before another's.
// CHECK-LABEL: tile.kernel @passages
// CHECK:       tile.shared by_warp : memref<64xf32
// CHECK:       tile.store
// CHECK-NEXT:  tile.load
// CHECK:       math.exp
// CHECK:       tile.shared by_warp : memref<64xf32
// CHECK:       tile.store
// CHECK-NEXT:  tile.load
tile.kernel @passages(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">}) warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0] along [0] : memref<64xf32> -> tensor<64xf32, #spread>
  %1 = tile.convert %0 : tensor<64xf32, #spread> -> tensor<64xf32, #all>
  tile.store %1, %x[%c0] along [0] : tensor<64xf32, #all>, memref<64xf32>
  %2 = math.exp %0 : tensor<64xf32, #spread>
  %3 = tile.convert %2 : tensor<64xf32, #spread> -> tensor<64xf32, #all>
  tile.store %3, %x[%c0] along [0] : tensor<64xf32, #all>, memref<64xf32>
  tile.return
}

// What was stored to a slot is loaded from there.
// CHECK-LABEL: tile.kernel @stored
// CHECK:       %[[I:.*]] = gpu.subgroup_id
// CHECK:       %[[M:.*]] = tile.shared : memref<2x64xf32
// CHECK-NOT:   tile.shared
// CHECK:       tile.store %{{.*}}, %[[M]][%[[I]], %[[C0:.*]]] along [1] in_bounds
// CHECK-NEXT:  %[[Y:.*]] = tile.load %[[M]][%[[I]], %[[C0]]] along [1] in_bounds : {{.*}} -> tensor<64xf32, #[[ALL:.*]]>
// CHECK-NEXT:  tile.store %[[Y]]
tile.kernel @stored(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">}) warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %w = gpu.subgroup_id : index
  %m = tile.shared : memref<2x64xf32, #gpu.address_space<workgroup>>
  %0 = tile.load %x[%c0] along [0] : memref<64xf32> -> tensor<64xf32, #spread>
  tile.store %0, %m[%w, %c0] along [1] in_bounds : tensor<64xf32, #spread>, memref<2x64xf32, #gpu.address_space<workgroup>>
  %1 = tile.convert %0 : tensor<64xf32, #spread> -> tensor<64xf32, #all>
  tile.store %1, %x[%c0] along [0] : tensor<64xf32, #all>, memref<64xf32>
  tile.return
}

// One load does for layouts that differ in the order of registers only.
// CHECK-LABEL: tile.kernel @renamed
// CHECK:       tile.shared by_warp
// CHECK:       tile.store
// CHECK-NEXT:  %[[Y:.*]] = tile.load
// CHECK-NOT:   tile.load
// CHECK:       %[[Z:.*]] = tile.convert %[[Y]]
// CHECK:       tile.load {{.*}} -> tensor<64xf32, #[[OTHER:.*]]>
tile.kernel @renamed(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">}) warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0] along [0] : memref<64xf32> -> tensor<64xf32, #spread>
  %1 = tile.convert %0 : tensor<64xf32, #spread> -> tensor<64xf32, #all>
  %2 = tile.convert %0 : tensor<64xf32, #spread> -> tensor<64xf32, #turned>
  %3 = tile.convert %0 : tensor<64xf32, #spread> -> tensor<64xf32, #half>
  tile.store %1, %x[%c0] along [0] : tensor<64xf32, #all>, memref<64xf32>
  tile.store %2, %x[%c0] along [0] : tensor<64xf32, #turned>, memref<64xf32>
  tile.store %3, %x[%c0] along [0] : tensor<64xf32, #half>, memref<64xf32>
  tile.return
}

// Not where something else is stored, too, in global memory, or not yet; nor a
// part of it, or what may lie beyond the end.
// CHECK-LABEL: tile.kernel @twice
// CHECK:       tile.store %[[X:.*]], %[[M:.*]][
// CHECK-NEXT:  %[[OWN:.*]] = tile.shared by_warp
// CHECK:       tile.store %[[X]], %[[OWN]]
// CHECK:       tile.load %[[OWN]]
tile.kernel @twice(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">}) warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %m = tile.shared : !buffer
  %0 = tile.load %x[%c0] along [0] : memref<64xf32> -> tensor<64xf32, #spread>
  tile.store %0, %m[%c0] along [0] in_bounds : tensor<64xf32, #spread>, !buffer
  %1 = tile.convert %0 : tensor<64xf32, #spread> -> tensor<64xf32, #all>
  %2 = math.exp %0 : tensor<64xf32, #spread>
  tile.store %2, %m[%c0] along [0] in_bounds : tensor<64xf32, #spread>, !buffer
  tile.store %1, %x[%c0] along [0] : tensor<64xf32, #all>, memref<64xf32>
  tile.return
}

// CHECK-LABEL: tile.kernel @elsewhere
// CHECK-COUNT-2: tile.store
// CHECK:       %[[OWN:.*]] = tile.shared by_warp
// CHECK:       tile.store %{{.*}}, %[[OWN]]
// CHECK:       tile.load %[[OWN]]
// CHECK:       tile.store
tile.kernel @elsewhere(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">},
                       %n: index {tile.binding = #tile.binding<size "N">}) warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %m0 = tile.shared : !buffer
  %m1 = tile.shared : !buffer
  %0 = tile.load %x[%c0] along [0] : memref<64xf32> -> tensor<64xf32, #spread>
  tile.store %0, %x[%c0] along [0] in_bounds : tensor<64xf32, #spread>, memref<64xf32>
  tile.store %0, %m0[%c0] along [0] valid(%n) in_bounds : tensor<64xf32, #spread>, !buffer
  %1 = tile.convert %0 : tensor<64xf32, #spread> -> tensor<64xf32, #all>
  tile.store %1, %x[%c0] along [0] : tensor<64xf32, #all>, memref<64xf32>
  tile.store %0, %m1[%c0] along [0] in_bounds : tensor<64xf32, #spread>, !buffer
  tile.return
}

// CHECK-LABEL: tile.kernel @bounds
// CHECK:       tile.store
// CHECK:       %[[OWN:.*]] = tile.shared by_warp
// CHECK:       tile.load %[[OWN]]
tile.kernel @bounds(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">},
                    %n: index {tile.binding = #tile.binding<size "N">}) warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %m = tile.shared : !buffer
  %0 = tile.load %x[%c0] along [0] : memref<64xf32> -> tensor<64xf32, #spread>
  tile.store %0, %m[%n] along [0] : tensor<64xf32, #spread>, !buffer
  %1 = tile.convert %0 : tensor<64xf32, #spread> -> tensor<64xf32, #all>
  tile.store %1, %x[%c0] along [0] : tensor<64xf32, #all>, memref<64xf32>
  tile.return
}

// What was loaded from shared memory is loaded again, as it is wanted, unless
// something is stored there meanwhile.
// CHECK-LABEL: tile.kernel @source
// CHECK:       %[[M:.*]] = tile.shared : memref<2x64xf32
// CHECK-NOT:   tile.shared
// CHECK:       %[[Y:.*]] = tile.load %[[M]][%[[I:.*]], %[[C0:.*]]] along [1] in_bounds : {{.*}} -> tensor<64xf32, #{{.*}}>
// CHECK-NEXT:  tile.store %[[Y]]
// CHECK:       %[[Z:.*]] = tile.load %[[M]]
// CHECK-NEXT:  tile.store %{{.*}}, %[[M]]
// CHECK:       tile.shared by_warp
// CHECK:       tile.store %[[Z]]
tile.kernel @source(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">}, %i: index {tile.binding = #tile.binding<size "I">}) warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %m = tile.shared : memref<2x64xf32, #gpu.address_space<workgroup>>
  %0 = tile.load %m[%i, %c0] along [1] in_bounds : memref<2x64xf32, #gpu.address_space<workgroup>> -> tensor<64xf32, #spread>
  %1 = tile.convert %0 : tensor<64xf32, #spread> -> tensor<64xf32, #all>
  tile.store %1, %x[%c0] along [0] : tensor<64xf32, #all>, memref<64xf32>
  %2 = tile.load %m[%i, %c0] along [1] in_bounds : memref<2x64xf32, #gpu.address_space<workgroup>> -> tensor<64xf32, #spread>
  tile.store %1, %m[%c0, %c0] along [1] in_bounds : tensor<64xf32, #all>, memref<2x64xf32, #gpu.address_space<workgroup>>
  %3 = tile.convert %2 : tensor<64xf32, #spread> -> tensor<64xf32, #all>
  tile.store %3, %x[%c0] along [0] : tensor<64xf32, #all>, memref<64xf32>
  tile.return
}
