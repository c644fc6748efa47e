// RUN: sluice-opt %s --tile-by-warps --canonicalize --cse | FileCheck %s

!keys = memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>>
!values = memref<?x?x?x32xbf16, strided<[?, ?, ?, 1]>>
!outputs = memref<?x?x?x32xf32, strided<[?, ?, ?, 1]>>
!state = memref<?x?x16x32xf32, strided<[?, ?, 32, 1]>>
!few = memref<?x?x16x24xf32, strided<[?, ?, 24, 1]>>

// Outputs are divided by the sum of a token's, over all values. All columns are one
// CTA's, though the kernel has one warp: each warp sums its own into its row of
// shared memory, and then all rows.
// CHECK-LABEL: tile.kernel @outputs
// CHECK-SAME:  warps(2) apart grid("N * HV * 1")
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C16:.*]] = arith.constant 16 : index
// CHECK:         %[[WARP:.*]] = gpu.subgroup_id : index
// CHECK:         %[[COLUMN:.*]] = arith.muli %[[WARP]], %[[C16]]
// CHECK:         %[[K:.*]] = tile.shared : memref<2x16x24xbf16, #gpu
// CHECK:         %[[V:.*]] = tile.shared : memref<2x16x40xbf16, #gpu
// CHECK:         %[[SUMS:.*]] = tile.shared : memref<2x16xf32, #gpu
// CHECK:         scf.for
// CHECK-NOT:       %z[
// CHECK:           scf.for
// What no state waits for each warp loads itself, for its columns.
// CHECK:             %[[Z:.*]] = tile.load %arg2[%{{.*}}, %{{.*}}, %{{.*}}, %[[COLUMN]]] {{.*}} -> tensor<16x16xf32>
// CHECK:             %[[O:.*]] = tile.dot
// CHECK-SAME:          -> tensor<16x16xf32>
// CHECK:             %[[MINE:.*]] = tile.reduce sum %[[O]] axis(1) : tensor<16x16xf32> -> tensor<16xf32>
// CHECK:             tile.store %[[MINE]], %[[SUMS]][%[[WARP]], %[[C0]]] along [1] in_bounds : tensor<16xf32>
// CHECK:             %[[ROWS:.*]] = tile.load %[[SUMS]][%[[C0]], %[[C0]]] along [0, 1] in_bounds : {{.*}} -> tensor<2x16xf32>
// CHECK:             %[[SUM:.*]] = tile.reduce sum %[[ROWS]] axis(0) : tensor<2x16xf32> -> tensor<16xf32>
// CHECK:             %[[ALL:.*]] = tile.broadcast %[[SUM]] along [0] : tensor<16xf32> -> tensor<16x16xf32>
// CHECK:             %[[Q:.*]] = arith.divf %[[O]], %[[ALL]]
// CHECK:             %[[QZ:.*]] = arith.mulf %[[Q]], %[[Z]]
// CHECK:             tile.store %[[QZ]], %arg3[%{{.*}}, %{{.*}}, %{{.*}}, %[[COLUMN]]] along [1, 3] in_bounds : tensor<16x16xf32>
tile.kernel @outputs(%k: !keys {tile.binding = #tile.binding<input "k">}, %v: !values {tile.binding = #tile.binding<input "v">},
    %z: !outputs {tile.binding = #tile.binding<input "z">}, %o: !outputs {tile.binding = #tile.binding<output "o">},
    %final: !state {tile.binding = #tile.binding<final "S">}, %T: index {tile.binding = #tile.binding<size "T">})
    warps(1) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x32xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : !keys -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : !values -> tensor<16x32xbf16>
    %2 = tile.load %z[%b, %first, %c0, %c0] along [1, 3] in_bounds : !outputs -> tensor<16x32xf32>
    %3 = arith.truncf %state : tensor<16x32xf32> to tensor<16x32xbf16>
    %4 = tile.dot %0, %3 : tensor<16x16xbf16>, tensor<16x32xbf16> -> tensor<16x32xf32>
    %5 = tile.reduce sum %4 axis(1) : tensor<16x32xf32> -> tensor<16xf32>
    %6 = tile.broadcast %5 along [0] : tensor<16xf32> -> tensor<16x32xf32>
    %7 = arith.divf %4, %6 : tensor<16x32xf32>
    %8 = arith.mulf %7, %2 : tensor<16x32xf32>
    tile.store %8, %o[%b, %first, %c0, %c0] along [1, 3] in_bounds : tensor<16x32xf32>, !outputs
    %9 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x32xbf16> -> tensor<16x32xf32>
    scf.yield %9 : tensor<16x32xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x32xf32>, !state
  tile.return
}

// A state may depend on its own sums, in the loop and before it. Of columns that do
// not exist the largest is that of nothing.
// CHECK-LABEL: tile.kernel @states
// CHECK-SAME:  warps(2) apart
// CHECK-DAG:     %[[LEAST:.*]] = arith.constant dense<0xFF800000> : tensor<16xf32>
// CHECK-DAG:     %[[LEASTS:.*]] = arith.constant dense<0xFF800000> : tensor<16x16xf32>
// CHECK-DAG:     %[[C24:.*]] = arith.constant 24 : index
// CHECK:         %[[COLUMN:.*]] = arith.muli
// CHECK:         %[[NUMBERS:.*]] = tile.shared : memref<2xf32, #gpu
// CHECK:         %[[SUMS:.*]] = tile.shared : memref<2x16xf32, #gpu
// CHECK:         %[[LEFT:.*]] = arith.subi %[[C24]], %[[COLUMN]]
// CHECK:         %[[BITS:.*]] = arith.index_cast %[[LEFT]] : index to i32
// CHECK:         %[[END:.*]] = tile.broadcast %[[BITS]] along [] : i32 -> tensor<16xi32>
// CHECK:         %[[PLACES:.*]] = tile.place axis(0) : tensor<16xi32>
// CHECK:         %[[EXIST:.*]] = arith.cmpi slt, %[[PLACES]], %[[END]]
// CHECK:         %[[MASKED:.*]] = arith.select %[[EXIST]], %{{.*}}, %[[LEAST]]
// CHECK:         %[[NUMBER:.*]] = tile.reduce max %[[MASKED]] axis(0) : tensor<16xf32> -> f32
// CHECK:         tile.store %[[NUMBER]], %[[NUMBERS]][%{{.*}}] along []
// CHECK:         tile.load %[[NUMBERS]]{{.*}} -> tensor<2xf32>
// CHECK:         scf.for
// CHECK:           scf.for {{.*}} iter_args(%[[S:.*]] = %{{.*}}) -> (tensor<16x16xf32>)
// CHECK:             tile.place axis(1) : tensor<16x16xi32>
// CHECK:             %[[OWN:.*]] = arith.select %{{.*}}, %[[S]], %[[LEASTS]]
// CHECK:             tile.reduce max %[[OWN]] axis(1)
tile.kernel @states(%x: !few {tile.binding = #tile.binding<input "x">}, %final: !few {tile.binding = #tile.binding<final "S">},
    %T: index {tile.binding = #tile.binding<size "T">})
    warps(2) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %0 = tile.load %x[%b, %c0, %c0, %c0] along [3] in_bounds : !few -> tensor<24xf32>
  %1 = tile.reduce max %0 axis(0) : tensor<24xf32> -> f32
  %2 = tile.broadcast %0 along [1] : tensor<24xf32> -> tensor<16x24xf32>
  %3 = tile.broadcast %1 along [] : f32 -> tensor<16x24xf32>
  %4 = arith.divf %2, %3 : tensor<16x24xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %4) -> (tensor<16x24xf32>) {
    %5 = tile.reduce max %state axis(1) : tensor<16x24xf32> -> tensor<16xf32>
    %6 = tile.broadcast %5 along [0] : tensor<16xf32> -> tensor<16x24xf32>
    %7 = arith.divf %state, %6 : tensor<16x24xf32>
    scf.yield %7 : tensor<16x24xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x24xf32>, !few
  tile.return
}
