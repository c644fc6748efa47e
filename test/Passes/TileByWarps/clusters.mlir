// RUN: sluice-opt %s --tile-by-warps='most-ctas=8' --canonicalize --cse | FileCheck %s --check-prefixes=CHECK,EIGHT
// RUN: sluice-opt %s --tile-by-warps='most-ctas=2' --canonicalize --cse | FileCheck %s --check-prefix=TWO
// RUN: sluice-opt %s --tile-by-warps='most-ctas=8 most=17407' | FileCheck %s --check-prefix=TIGHT

!keys = memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>>
!values = memref<?x?x?x128xbf16, strided<[?, ?, ?, 1]>>
!state = memref<?x?x16x128xf32, strided<[?, ?, 128, 1]>>

// Two warps have 32 of 128 columns: four CTAs of a head are a cluster, each of whose
// eight warps makes a chunk of the block for all of them. Of the rows of values each
// CTA gets its columns.
// CHECK-LABEL: tile.kernel @parts
// EIGHT-SAME:  warps(2) cluster(4) apart grid("(N) * 4")
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[C1:.*]] = arith.constant 1 : index
// CHECK-DAG:     %[[C2:.*]] = arith.constant 2 : index
// CHECK-DAG:     %[[C8:.*]] = arith.constant 8 : index
// CHECK-DAG:     %[[C32:.*]] = arith.constant 32 : index
// CHECK-DAG:     %[[C128:.*]] = arith.constant 128 : index
// CHECK:         %[[WARP:.*]] = gpu.subgroup_id : index
// CHECK:         %[[OFCTA:.*]] = arith.muli %{{.*}}, %[[C32]]
// CHECK:         %[[RANK:.*]] = gpu.cluster_block_id x
// CHECK:         %[[FIRST:.*]] = arith.muli %[[RANK]], %[[C2]]
// CHECK:         %[[MAKER:.*]] = arith.addi %[[FIRST]], %[[WARP]]
// CHECK:         %[[K:.*]] = tile.shared multicast : memref<8x16x24xbf16
// CHECK:         %[[V:.*]] = tile.shared multicast : memref<8x16x40xbf16
// CHECK:         scf.for %{{.*}} = %[[C0]] to %{{.*}} step %[[C128]]
// CHECK:           %[[K1:.*]] = tile.load %arg0
// Its own columns, and those of the CTA of each other rank.
// CHECK:           %[[V1:.*]] = tile.load %arg1[%{{.*}}, %{{.*}}, %[[C0]], %[[OFCTA]]] {{.*}} -> tensor<16x32xbf16>
// CHECK:           %[[OTHER:.*]] = arith.xori %[[RANK]], %[[C1]]
// CHECK:           %[[BEHIND:.*]] = arith.subi %[[OTHER]], %[[RANK]]
// CHECK:           %[[AWAY:.*]] = arith.muli %[[BEHIND]], %[[C32]]
// CHECK:           %[[ITS:.*]] = arith.addi %[[OFCTA]], %[[AWAY]]
// CHECK:           %[[V2:.*]] = tile.load %arg1[%{{.*}}, %{{.*}}, %[[C0]], %[[ITS]]] {{.*}} -> tensor<16x32xbf16>
// CHECK-COUNT-2:   tile.load %arg1
// CHECK-NOT:       tile.load %arg1
// CHECK:           tile.store %[[K1]], %[[K]][%[[MAKER]], %[[C0]], %[[C0]]] along [1, 2] in_bounds
// CHECK:           tile.store %[[V1]], %[[V]][%[[MAKER]], %[[C0]], %[[C0]]] along [1, 2] to(%[[RANK]])
// CHECK:           tile.store %[[V2]], %[[V]][%[[MAKER]], %[[C0]], %[[C0]]] along [1, 2] to(%[[OTHER]])
// CHECK:           arith.minui %{{.*}}, %[[C8]]
// CHECK:           scf.for

// Half of a head's CTAs are a cluster, and two clusters make the same.
// TWO: tile.kernel @parts{{.*}} warps(2) cluster(2) apart grid("(N) * 4")
// TWO: tile.shared multicast : memref<4x16x24xbf16
// Slots of eight chunks do not fit, those of four do.
// TIGHT: tile.kernel @parts{{.*}} warps(2) cluster(2) apart
tile.kernel @parts(%k: !keys {tile.binding = #tile.binding<input "k">}, %v: !values {tile.binding = #tile.binding<input "v">},
    %final: !state {tile.binding = #tile.binding<final "S">}, %T: index {tile.binding = #tile.binding<size "T">})
    warps(2) grid("N") {
  %b = gpu.block_id x
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %zero = arith.constant dense<0.0> : tensor<16x128xf32>
  %S = scf.for %first = %c0 to %T step %c16 iter_args(%state = %zero) -> (tensor<16x128xf32>) {
    %0 = tile.load %k[%b, %first, %c0, %c0] along [1, 3] in_bounds : !keys -> tensor<16x16xbf16>
    %1 = tile.load %v[%b, %first, %c0, %c0] along [1, 3] in_bounds : !values -> tensor<16x128xbf16>
    %2 = tile.dot %0, %1 transpose_lhs into %state : tensor<16x16xbf16>, tensor<16x128xbf16> -> tensor<16x128xf32>
    scf.yield %2 : tensor<16x128xf32>
  }
  tile.store %S, %final[%b, %c0, %c0, %c0] along [2, 3] in_bounds : tensor<16x128xf32>, !state
  tile.return
}
