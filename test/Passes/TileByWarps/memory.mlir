// RUN: sluice-opt %s --tile-by-warps='most-warps=8 most=51200' | FileCheck %s --check-prefix=EIGHT
// RUN: sluice-opt %s --tile-by-warps='most-warps=8 most=51199' | FileCheck %s --check-prefix=FOUR
// RUN: sluice-opt %s --tile-by-warps='most-warps=8 most=17407' | FileCheck %s --check-prefix=TWO
// RUN: sluice-opt %s --tile-by-warps='most-warps=8 most=6655' | FileCheck %s --check-prefix=ONE
// RUN: sluice-opt %s --tile-by-warps='most-warps=8 most=2304' | FileCheck %s --check-prefix=ONE
// RUN: sluice-opt %s --tile-by-warps='most-warps=8 most=2303' | FileCheck %s --check-prefix=NONE

// Slots of eight warps: 8 × 16 rows of 24 keys and of 136 values, in bf16; and for
// each warp's passages 16 columns of the state, in rows of 20. Fewer warps have fewer slots and shorter rows.
// Where no team has that, room for the squares of a chunk is enough.
// EIGHT: tile.kernel @f{{.*}} warps(8) apart grid("N")
// FOUR:  tile.kernel @f{{.*}} warps(4) apart grid("(N) * 2")
// TWO:   tile.kernel @f{{.*}} warps(2) apart grid("(N) * 4")
// ONE:   tile.kernel @f{{.*}} warps(1) apart grid("(N) * 8")
// NONE:  tile.kernel @f{{.*}} warps(8) grid("N")

!keys = memref<?x?x?x16xbf16, strided<[?, ?, ?, 1]>>
!values = memref<?x?x?x128xbf16, strided<[?, ?, ?, 1]>>
!state = memref<?x?x16x128xf32, strided<[?, ?, 128, 1]>>

tile.kernel @f(%k: !keys {tile.binding = #tile.binding<input "k">}, %v: !values {tile.binding = #tile.binding<input "v">},
    %final: !state {tile.binding = #tile.binding<final "S">}, %T: index {tile.binding = #tile.binding<size "T">})
    warps(8) grid("N") {
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
