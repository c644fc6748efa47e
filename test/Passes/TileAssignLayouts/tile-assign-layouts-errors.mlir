// RUN: sluice-opt %s --tile-assign-layouts -split-input-file -verify-diagnostics

tile.kernel @twice(%x: memref<32xf32> {tile.binding = #tile.binding<output "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'arith.constant' op has a layout already, or more axes than two: 'tensor<32xf32, #tile.layout}}
  %0 = arith.constant dense<0.0> : tensor<32xf32, #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = []>>
  tile.store %0, %x[%c0] along [0] : tensor<32xf32, #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = []>>, memref<32xf32>
  tile.return
}

// -----

tile.kernel @axes(%x: memref<2x2x2xf32> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.load' op has a layout already, or more axes than two: 'tensor<2x2x2xf32>'}}
  %0 = tile.load %x[%c0, %c0, %c0] along [0, 1, 2] : memref<2x2x2xf32> -> tensor<2x2x2xf32>
  tile.return
}

// -----

// 2^20 elements are 2^15 registers of a thread.

tile.kernel @vector(%x: memref<?xf32> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.load' op cannot be held by 1 warps: a layout has at most 12 places of registers and 5 of warps, found 15 and 0}}
  %0 = tile.load %x[%c0] along [0] : memref<?xf32> -> tensor<1048576xf32>
  tile.return
}

// -----

tile.kernel @matrix(%x: memref<?x1024xf32> {tile.binding = #tile.binding<input "x">}) warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.load' op cannot be held by 2 warps: a layout has at most 12 places of registers and 5 of warps, found 14 and 1}}
  %0 = tile.load %x[%c0, %c0] along [0, 1] : memref<?x1024xf32> -> tensor<1024x1024xf32>
  tile.return
}
