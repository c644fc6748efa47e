// RUN: sluice-opt %s --tile-shorten-lives=most=192 | FileCheck %s --check-prefixes=CHECK,SHORT
// RUN: sluice-opt %s --tile-shorten-lives=most=256 | FileCheck %s --check-prefixes=CHECK,STAYS

!x = memref<64x128xf32>

// Two tensors of 128 registers are alive, unless the first is stored before the
// second is made.
// CHECK-LABEL: tile.kernel @two
// CHECK:         math.exp
// SHORT:         tile.store
// SHORT:         math.sqrt
// STAYS:         math.sqrt
// STAYS:         tile.store
// CHECK:         tile.store
tile.kernel @two(%x: !x {tile.binding = #tile.binding<input "x">}, %y: !x {tile.binding = #tile.binding<output "y">}) warps(1) apart grid("1") {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %0 = tile.load %x[%c0, %c0] along [0, 1] in_bounds : !x -> tensor<32x128xf32>
  %z = arith.constant dense<2.0> : tensor<32x128xf32>
  %1 = math.exp %0 : tensor<32x128xf32>
  %2 = math.sqrt %z : tensor<32x128xf32>
  tile.store %1, %y[%c0, %c0] along [0, 1] in_bounds : tensor<32x128xf32>, !x
  tile.store %2, %y[%c32, %c0] along [0, 1] in_bounds : tensor<32x128xf32>, !x
  tile.return
}

// What is loaded after a store to the same memory stays behind it.
// CHECK-LABEL: tile.kernel @memory
// CHECK:         tile.store
// CHECK:         tile.sync_warp
// CHECK:         tile.load
// CHECK:         math.exp
// CHECK:         tile.store
tile.kernel @memory(%x: !x {tile.binding = #tile.binding<input "x">}, %y: !x {tile.binding = #tile.binding<output "y">}) warps(1) apart grid("1") {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %m = tile.shared by_warp : memref<32x128xf32, #gpu.address_space<workgroup>>
  %0 = tile.load %x[%c0, %c0] along [0, 1] in_bounds : !x -> tensor<32x128xf32>
  %1 = tile.load %x[%c32, %c0] along [0, 1] in_bounds : !x -> tensor<32x128xf32>
  tile.store %1, %m[%c0, %c0] along [0, 1] in_bounds : tensor<32x128xf32>, memref<32x128xf32, #gpu.address_space<workgroup>>
  tile.sync_warp
  %2 = tile.load %m[%c0, %c0] along [0, 1] in_bounds : memref<32x128xf32, #gpu.address_space<workgroup>> -> tensor<32x128xf32>
  %3 = math.exp %2 : tensor<32x128xf32>
  %4 = arith.addf %3, %0 : tensor<32x128xf32>
  tile.store %4, %y[%c0, %c0] along [0, 1] in_bounds : tensor<32x128xf32>, !x
  tile.return
}
