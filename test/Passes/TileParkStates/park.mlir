// RUN: sluice-opt %s --tile-park-states | FileCheck %s --check-prefixes=CHECK,PARKED
// RUN: sluice-opt %s --tile-park-states=most=192 | FileCheck %s --check-prefixes=CHECK,STAYS
// RUN: sluice-opt %s --tile-park-states=most=191 | FileCheck %s --check-prefixes=CHECK,PARKED

// The state takes 8704 bytes, and a matrix on its way from lane to lane 16640.
// RUN: sluice-opt %s --tile-park-states=most-bytes=25344 | FileCheck %s --check-prefixes=CHECK,PARKED
// RUN: sluice-opt %s --tile-park-states=most-bytes=25343 | FileCheck %s --check-prefixes=CHECK,STAYS

// A matrix of 16 × 256 is 128 registers of a lane, and the state 64. Columns of a state are rows
// in memory, 8 numbers longer than they need be.
// CHECK-LABEL:  tile.kernel @parked
// PARKED:         %[[ZERO:.*]] = arith.constant dense<0.000000e+00>
// PARKED:         %[[M:.*]] = tile.shared by_warp : memref<16x136xf32, #gpu.address_space<workgroup>>
// PARKED:         tile.store %[[ZERO]], %[[M]][{{.*}}] along [1, 0] in_bounds
// PARKED:         scf.for %{{.*}} = %{{.*}} to %{{.*}} step %{{[a-z0-9]+}} {
// PARKED:           math.exp
// PARKED:           %[[S:.*]] = tile.load %[[M]][{{.*}}] along [1, 0] in_bounds {{.*}} -> tensor<128x16xf32>
// PARKED:           %[[NEXT:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[S]])
// PARKED:           tile.store %[[NEXT]], %[[M]][{{.*}}] along [1, 0] in_bounds
// PARKED:         %[[LAST:.*]] = tile.load %[[M]]
// PARKED:         tile.store %[[LAST]], %arg1
// STAYS-NOT:      tile.shared
!rows = memref<?x256xf32, strided<[?, 1]>>
!state = memref<128x16xf32>
tile.kernel @parked(%x: !rows {tile.binding = #tile.binding<input "x">}, %final: !state {tile.binding = #tile.binding<final "S">},
                    %T: index {tile.binding = #tile.binding<size "T">}) warps(1) apart grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<128x16xf32>
  %0 = scf.for %block = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<128x16xf32>) {
    %1 = tile.load %x[%block, %c0] along [0, 1] : !rows -> tensor<16x256xf32>
    %2 = math.exp %1 : tensor<16x256xf32>
    tile.store %2, %x[%block, %c0] along [0, 1] : tensor<16x256xf32>, !rows
    %3 = scf.for %chunk = %c0 to %c1 step %c1 iter_args(%s = %state) -> (tensor<128x16xf32>) {
      %4 = arith.addf %s, %s : tensor<128x16xf32>
      scf.yield %4 : tensor<128x16xf32>
    }
    scf.yield %3 : tensor<128x16xf32>
  }
  tile.store %0, %final[%c0, %c0] along [0, 1] in_bounds : tensor<128x16xf32>, !state
  tile.return
}

// A state that the first phase looks at stays, and so do those of warps that have
// tensors together.
// CHECK-LABEL: tile.kernel @looked_at
// CHECK-NOT:     tile.shared
tile.kernel @looked_at(%x: !rows {tile.binding = #tile.binding<input "x">}, %T: index {tile.binding = #tile.binding<size "T">}) warps(1) apart grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x256xf32>
  %0 = scf.for %block = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x256xf32>) {
    %2 = math.exp %state : tensor<16x256xf32>
    tile.store %2, %x[%block, %c0] along [0, 1] : tensor<16x256xf32>, !rows
    %3 = scf.for %chunk = %c0 to %c1 step %c1 iter_args(%s = %state) -> (tensor<16x256xf32>) {
      %4 = arith.addf %s, %s : tensor<16x256xf32>
      scf.yield %4 : tensor<16x256xf32>
    }
    scf.yield %3 : tensor<16x256xf32>
  }
  tile.return
}

// CHECK-LABEL: tile.kernel @together
// CHECK-NOT:     tile.shared
tile.kernel @together(%x: !rows {tile.binding = #tile.binding<input "x">}, %T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<128x16xf32>
  %0 = scf.for %block = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<128x16xf32>) {
    %1 = tile.load %x[%block, %c0] along [0, 1] : !rows -> tensor<16x256xf32>
    %2 = math.exp %1 : tensor<16x256xf32>
    tile.store %2, %x[%block, %c0] along [0, 1] : tensor<16x256xf32>, !rows
    %3 = scf.for %chunk = %c0 to %c1 step %c1 iter_args(%s = %state) -> (tensor<128x16xf32>) {
      %4 = arith.addf %s, %s : tensor<128x16xf32>
      scf.yield %4 : tensor<128x16xf32>
    }
    scf.yield %3 : tensor<128x16xf32>
  }
  tile.return
}
