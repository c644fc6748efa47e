// Kernels of independent chunks: each is a warp's. And places along columns.
// RUN: sluice-opt %s --tile-by-warps --canonicalize --cse | FileCheck %s

!keys = memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>>
!values = memref<?x?x?x32xbf16, strided<[?, ?, ?, 1]>>
!state = memref<?x?x16x32xf32, strided<[?, ?, 32, 1]>>
!states = memref<?x?x128x128xf32, strided<[?, ?, 128, 1]>>
!rows = memref<?x?x?x128xf32, strided<[?, ?, ?, 1]>>
!reads = memref<?x?x?x128xbf16, strided<[?, ?, ?, 1]>>

// A warp holds all of its chunk.
// CHECK-LABEL: tile.kernel @small(
// CHECK-SAME:    warps(1) apart grid("(ceildiv(B * T, 16) + N) * HV * 1")
// CHECK:         scf.for
// CHECK:         tile.dot %{{.*}}, %{{.*}} transpose_rhs : tensor<16x16xbf16>, tensor<16x16xbf16>
tile.kernel @small(%k: !keys {tile.binding = #tile.binding<input "k">},
    %A: memref<?x?x16x16xf32, strided<[?, ?, 16, 1]>> {tile.binding = #tile.binding<workspace "A" rows "ceildiv(B * T, 16) + N">},
    %starts: memref<?xi64> {tile.binding = #tile.binding<sequences>},
    %T: index {tile.binding = #tile.binding<size "T">}, %N: index {tile.binding = #tile.binding<size "N">})
    warps(4) grid("(ceildiv(B * T, 16) + N) * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %n, %row, %begin, %end, %last = tile.piece %b of %starts tokens(%T) sequences(%N) size(16)
  scf.for %first = %begin to %end step %c16 {
    %0 = tile.load %k[%row, %first, %c0, %c0] along [1, 3] in_bounds : !keys -> tensor<16x16xbf16>
    %1 = tile.dot %0, %0 transpose_rhs : tensor<16x16xbf16>, tensor<16x16xbf16> -> tensor<16x16xf32>
    tile.store %1, %A[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x16xf32>, memref<?x?x16x16xf32, strided<[?, ?, 16, 1]>>
  }
  tile.return
}

// Of a large state it has some columns.
// CHECK-LABEL: tile.kernel @large(
// CHECK-SAME:    warps(1) apart grid("((ceildiv(B * T, 16) + N) * HV * 1) * 4")
// CHECK:         %[[BLOCK:.*]] = gpu.block_id x
// CHECK:         %[[CHUNK:.*]] = arith.divui %[[BLOCK]], %c4
// CHECK:         %[[PART:.*]] = arith.remui %[[BLOCK]], %c4
// CHECK:         %[[FIRST:.*]] = arith.muli %[[PART]], %c32
// CHECK:         tile.piece %[[CHUNK]]
// CHECK:         tile.load %{{.*}}[%{{.*}}, %c0, %c0, %[[FIRST]]] along [2, 3] in_bounds : {{.*}} -> tensor<128x32xf32>
// CHECK:         tile.store %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}, %c0, %[[FIRST]]] along [1, 3] in_bounds : tensor<16x32xf32>
tile.kernel @large(%q: !reads {tile.binding = #tile.binding<input "q">},
    %S: !states {tile.binding = #tile.binding<workspace "S" rows "ceildiv(B * T, 16) + N">},
    %o: !rows {tile.binding = #tile.binding<output "o">},
    %starts: memref<?xi64> {tile.binding = #tile.binding<sequences>},
    %T: index {tile.binding = #tile.binding<size "T">}, %N: index {tile.binding = #tile.binding<size "N">})
    warps(4) grid("(ceildiv(B * T, 16) + N) * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %n, %row, %begin, %end, %last = tile.piece %b of %starts tokens(%T) sequences(%N) size(16)
  scf.for %first = %begin to %end step %c16 {
    %0 = tile.load %q[%row, %first, %c0, %c0] along [1, 3] in_bounds : !reads -> tensor<16x128xbf16>
    %1 = tile.load %S[%b, %c0, %c0, %c0] along [2, 3] in_bounds : !states -> tensor<128x128xf32>
    %2 = arith.truncf %1 : tensor<128x128xf32> to tensor<128x128xbf16>
    %3 = tile.dot %0, %2 : tensor<16x128xbf16>, tensor<128x128xbf16> -> tensor<16x128xf32>
    tile.store %3, %o[%row, %first, %c0, %c0] along [1, 3] in_bounds : tensor<16x128xf32>, !rows
  }
  tile.return
}

// What sums over the columns keeps all of them, and all warps.
// CHECK-LABEL: tile.kernel @summed(
// CHECK-SAME:    warps(4) grid("(ceildiv(B * T, 16) + N) * HV * 1")
tile.kernel @summed(%v: !reads {tile.binding = #tile.binding<input "v">},
    %S: !states {tile.binding = #tile.binding<workspace "S" rows "ceildiv(B * T, 16) + N">},
    %o: !rows {tile.binding = #tile.binding<output "o">},
    %starts: memref<?xi64> {tile.binding = #tile.binding<sequences>},
    %T: index {tile.binding = #tile.binding<size "T">}, %N: index {tile.binding = #tile.binding<size "N">})
    warps(4) grid("(ceildiv(B * T, 16) + N) * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %n, %row, %begin, %end, %last = tile.piece %b of %starts tokens(%T) sequences(%N) size(16)
  scf.for %first = %begin to %end step %c16 {
    %0 = tile.load %v[%row, %first, %c0, %c0] along [1, 3] in_bounds : !reads -> tensor<16x128xbf16>
    %1 = tile.load %S[%b, %c0, %c0, %c0] along [2, 3] in_bounds : !states -> tensor<128x128xf32>
    %2 = arith.truncf %1 : tensor<128x128xf32> to tensor<128x128xbf16>
    %3 = tile.dot %0, %2 transpose_rhs : tensor<16x128xbf16>, tensor<128x128xbf16> -> tensor<16x128xf32>
    tile.store %3, %o[%row, %first, %c0, %c0] along [1, 3] in_bounds : tensor<16x128xf32>, !rows
  }
  tile.return
}

// Places along columns count from the warp's first one on.
// CHECK-LABEL: tile.kernel @place(
// CHECK-SAME:    warps(2) apart
// CHECK:         %[[WARP:.*]] = gpu.subgroup_id
// CHECK:         %[[COLUMN:.*]] = arith.muli %[[WARP]], %c16
// CHECK:         %[[PLACES:.*]] = tile.place axis(1) : tensor<16x16xi32>
// CHECK:         %[[NUMBER:.*]] = arith.index_cast %[[COLUMN]] : index to i32
// CHECK:         %[[SHIFT:.*]] = tile.broadcast %[[NUMBER]] along [] : i32 -> tensor<16x16xi32>
// CHECK:         %[[MOVED:.*]] = arith.addi %[[PLACES]], %[[SHIFT]]
// CHECK:         arith.sitofp %[[MOVED]]
tile.kernel @place(%k: !keys {tile.binding = #tile.binding<input "k">}, %v: !values {tile.binding = #tile.binding<input "v">},
    %final: !state {tile.binding = #tile.binding<final "S">}, %T: index {tile.binding = #tile.binding<size "T">})
    warps(2) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x32xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x32xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : !keys -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : !values -> tensor<16x32xbf16>
    %3 = tile.place axis(1) : tensor<16x32xi32>
    %4 = arith.sitofp %3 : tensor<16x32xi32> to tensor<16x32xf32>
    %5 = arith.addf %state, %4 : tensor<16x32xf32>
    %2 = tile.dot %0, %1 transpose_lhs into %5 : tensor<16x16xbf16>, tensor<16x32xbf16> -> tensor<16x32xf32>
    scf.yield %2 : tensor<16x32xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x32xf32>, !state
  tile.return
}
