// RUN: sluice-opt %s --tile-by-warps --canonicalize --cse | FileCheck %s

// Four warps make four chunks at a time: all that needs no state and has no value
// columns. Rows of values are loaded for all of them.
// CHECK-LABEL: tile.kernel @phases
// CHECK-SAME:  warps(4) apart grid("N * HV * 1")
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C4:.*]] = arith.constant 4 : index
// CHECK-DAG:     %[[C16:.*]] = arith.constant 16 : index
// CHECK-DAG:     %[[C64:.*]] = arith.constant 64 : index
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK:         %[[WARP:.*]] = gpu.subgroup_id : index
// Chunks are as long as a warp's columns are many.
// CHECK:         %[[COLUMN:.*]] = arith.muli %[[WARP]], %[[C16]]
// A slot for each tensor that is handed on and each chunk. Rows of matrices are
// longer by 16 bytes, so that they start in other banks.
// CHECK:         %[[DECAY:.*]] = tile.shared : memref<4x16xf32, #gpu
// CHECK:         %[[K:.*]] = tile.shared : memref<4x16x24xbf16, #gpu
// CHECK:         %[[V:.*]] = tile.shared : memref<4x16x72xbf16, #gpu
// CHECK:         %[[A:.*]] = tile.shared : memref<4x16x24xbf16, #gpu
// CHECK:         %[[S:.*]] = scf.for %[[BLOCK:.*]] = %[[C0]] to %[[T:.*]] step %[[C64]] iter_args(%[[S0:.*]] = %{{.*}}) -> (tensor<16x16xf32>) {
// CHECK:           %[[MINE:.*]] = arith.addi %[[BLOCK]], %[[COLUMN]]
// CHECK:           %[[K1:.*]] = tile.load %arg0[%{{.*}}, %[[MINE]], %{{.*}}] {{.*}} -> tensor<16x16xbf16>
// CHECK:           %[[V1:.*]] = tile.load %arg2[%{{.*}}, %[[MINE]], %[[C0]], %[[C0]]] {{.*}} -> tensor<16x64xbf16>
// Loads come first, and then what becomes of them.
// CHECK-NOT:       tile.store
// CHECK:           tile.load %arg1
// CHECK:           tile.store %[[K1]], %[[K]][%[[WARP]], %[[C0]], %[[C0]]] along [1, 2] in_bounds
// CHECK:           tile.store %[[V1]], %[[V]][%[[WARP]], %[[C0]], %[[C0]]]
// CHECK:           tile.reduce
// CHECK:           %[[E1:.*]] = math.exp
// CHECK:           tile.store %[[E1]], %[[DECAY]][%[[WARP]], %[[C0]]] along [1]
// CHECK:           tile.dot {{.*}} transpose_rhs
// CHECK:           %[[A1:.*]] = arith.truncf
// CHECK:           tile.store %[[A1]], %[[A]][%[[WARP]], %[[C0]], %[[C0]]]
// Then each goes through the chunks there are, on its 16 columns of the state.
// CHECK-NOT:       tile.store
// CHECK:           %[[LEFT:.*]] = arith.subi %[[T]], %[[BLOCK]]
// CHECK:           arith.divui
// CHECK:           %[[THERE:.*]] = arith.minui %{{.*}}, %[[C4]]
// CHECK:           scf.for %[[I:.*]] = %[[C0]] to %[[THERE]] step %[[C1]] iter_args(%[[S1:.*]] = %[[S0]]) -> (tensor<16x16xf32>) {
// CHECK:             %[[AWAY:.*]] = arith.muli %[[I]], %[[C16]]
// CHECK:             %[[FIRST:.*]] = arith.addi %[[BLOCK]], %[[AWAY]]
// What costs next to nothing is in both.
// CHECK:             %[[TOGO:.*]] = arith.subi %[[T]], %[[FIRST]]
// CHECK:             %[[VALID:.*]] = arith.minsi %[[TOGO]], %[[C16]]
// CHECK-NOT:         math.exp
// CHECK:             tile.load %[[DECAY]][%[[I]], %[[C0]]] along [1]
// CHECK:             %[[NEXT:.*]] = arith.mulf %[[S1]]
// CHECK:             %[[K2:.*]] = tile.load %[[K]][%[[I]], %[[C0]], %[[C0]]] {{.*}} -> tensor<16x16xbf16>
// CHECK:             %[[V2:.*]] = tile.load %[[V]][%[[I]], %[[C0]], %[[COLUMN]]] {{.*}} -> tensor<16x16xbf16>
// CHECK:             %[[S2:.*]] = tile.dot %[[K2]], %[[V2]] transpose_lhs into %[[NEXT]]
// CHECK:             %[[A2:.*]] = tile.load %[[A]][%[[I]], %[[C0]], %[[C0]]]
// CHECK:             %[[O:.*]] = tile.dot %[[A2]], %[[V2]]
// CHECK:             tile.store %[[O]], %arg3[%{{.*}}, %[[FIRST]], %[[C0]], %[[COLUMN]]] along [1, 3] valid(%[[VALID]]) in_bounds : tensor<16x16xf32>
// CHECK:             scf.yield %[[S2]]
// CHECK:         tile.store %[[S]], %arg4[%{{.*}}, %[[C0]], %[[C0]], %[[COLUMN]]] along [2, 3] in_bounds : tensor<16x16xf32>
tile.kernel @phases(%k: memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "k">},
               %g: memref<?x?x?x16xf32, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "g">},
               %v: memref<?x?x?x64xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "v">},
               %o: memref<?x?x?x64xf32, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<output "o">},
               %final: memref<?x?x16x64xf32, strided<[?, ?, 64, 1]>> {tile.binding = #tile.binding<final "S">},
               %T: index {tile.binding = #tile.binding<size "T">})
    warps(4) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x64xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x64xf32>) {
    %left = arith.subi %T, %first : index
    %count = arith.minsi %left, %c16 : index
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] valid(%count) in_bounds : memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] valid(%count) in_bounds : memref<?x?x?x64xbf16, strided<[?, ?, ?, 1]>> -> tensor<16x64xbf16>
    %2 = tile.load %g[%b, %first, %c0, %c0] along [1, 3] valid(%count) in_bounds : memref<?x?x?x16xf32, strided<[?, ?, ?, 1]>> -> tensor<16x16xf32>
    %3 = tile.reduce sum %2 axis(0) : tensor<16x16xf32> -> tensor<16xf32>
    %4 = math.exp %3 : tensor<16xf32>
    %5 = tile.broadcast %4 along [0] : tensor<16xf32> -> tensor<16x64xf32>
    %6 = arith.mulf %state, %5 : tensor<16x64xf32>
    %7 = tile.dot %0, %1 transpose_lhs into %6 : tensor<16x16xbf16>, tensor<16x64xbf16> -> tensor<16x64xf32>
    %8 = tile.place axis(0) : tensor<16x16xi32>
    %9 = tile.place axis(1) : tensor<16x16xi32>
    %10 = arith.cmpi sge, %8, %9 : tensor<16x16xi32>
    %11 = tile.dot %0, %0 transpose_rhs : tensor<16x16xbf16>, tensor<16x16xbf16> -> tensor<16x16xf32>
    %12 = arith.constant dense<0.0> : tensor<16x16xf32>
    %13 = arith.select %10, %11, %12 : tensor<16x16xi1>, tensor<16x16xf32>
    %14 = arith.truncf %13 : tensor<16x16xf32> to tensor<16x16xbf16>
    %15 = tile.dot %14, %1 : tensor<16x16xbf16>, tensor<16x64xbf16> -> tensor<16x64xf32>
    tile.store %15, %o[%b, %first, %c0, %c0] along [1, 3] valid(%count) in_bounds : tensor<16x64xf32>, memref<?x?x?x64xf32, strided<[?, ?, ?, 1]>>
    scf.yield %7 : tensor<16x64xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x64xf32>, memref<?x?x16x64xf32, strided<[?, ?, 64, 1]>>
  tile.return
}

// What is extended to float32 comes behind the first stores to slots, and so does
// what sums it up, even to one number.
// CHECK-LABEL: tile.kernel @extended
// CHECK:         scf.for
// CHECK-COUNT-3:   tile.load
// CHECK-NOT:       arith.extf
// CHECK-COUNT-2:   tile.store
// CHECK:           %[[G:.*]] = arith.extf %{{.*}} : tensor<16xbf16> to tensor<16xf32>
// CHECK:           %[[SUM:.*]] = tile.reduce sum %[[G]] axis(0) : tensor<16xf32> -> f32
// CHECK:           scf.for
tile.kernel @extended(%k: memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "k">},
               %g: memref<?x?x?xbf16, strided<[?, ?, 1]>> {tile.binding = #tile.binding<input "g">},
               %v: memref<?x?x?x64xbf16, strided<[?, ?, ?, 1]>> {tile.binding = #tile.binding<input "v">},
               %final: memref<?x?x16x64xf32, strided<[?, ?, 64, 1]>> {tile.binding = #tile.binding<final "S">},
               %T: index {tile.binding = #tile.binding<size "T">})
    warps(4) grid("N * HV * 1") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x64xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x64xf32>) {
    %left = arith.subi %T, %first : index
    %count = arith.minsi %left, %c16 : index
    %0 = tile.load %g[%b, %first, %c0] along [1] valid(%count) in_bounds : memref<?x?x?xbf16, strided<[?, ?, 1]>> -> tensor<16xbf16>
    %3 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] valid(%count) in_bounds : memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>> -> tensor<16x16xbf16>
    %4 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] valid(%count) in_bounds : memref<?x?x?x64xbf16, strided<[?, ?, ?, 1]>> -> tensor<16x64xbf16>
    %1 = arith.extf %0 : tensor<16xbf16> to tensor<16xf32>
    %2 = tile.reduce sum %1 axis(0) : tensor<16xf32> -> f32
    %5 = math.exp %2 : f32
    %6 = tile.broadcast %5 along [] : f32 -> tensor<16x64xf32>
    %7 = arith.mulf %state, %6 : tensor<16x64xf32>
    %8 = tile.dot %3, %4 transpose_lhs into %7 : tensor<16x16xbf16>, tensor<16x64xbf16> -> tensor<16x64xf32>
    scf.yield %8 : tensor<16x64xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x64xf32>, memref<?x?x16x64xf32, strided<[?, ?, 64, 1]>>
  tile.return
}
