// RUN: sluice-opt %s --tile-through-shared -split-input-file -verify-diagnostics

tile.kernel @no_layout(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.load' op gives a tensor without a layout: run tile-assign-layouts before tile-through-shared}}
  %0 = tile.load %x[%c0] along [0] : memref<64xf32> -> tensor<64xf32>
  %1 = tile.reduce sum %0 axis(0) : tensor<64xf32> -> f32
  tile.return
}

// -----

// Another encoding than a layout.

tile.kernel @note() warps(1) grid("1") {
  // expected-error@+1 {{'arith.constant' op gives a tensor without a layout}}
  %0 = arith.constant dense<0.0> : tensor<64xf32, "note">
  tile.return
}

// -----

// Warp 1 has other rows and other columns.

#skewed = #tile.layout<register = [[0, 1]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], warp = [[32, 1]]>
tile.kernel @skewed(%x: memref<64x2xf32> {tile.binding = #tile.binding<input "x">}) warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [0, 1] : memref<64x2xf32> -> tensor<64x2xf32, #skewed>
  // expected-error@+1 {{'tile.reduce' op is over warps that differ along another axis than 1, too: #tile.layout}}
  %1 = tile.reduce sum %0 axis(1) : tensor<64x2xf32, #skewed> -> tensor<64xf32, #tile.layout<register = [], lane = [[1], [2], [4], [8], [16]], warp = [[32]]>>
  tile.return
}

// -----

// 2^12 rows in a thread, and four columns of warps for each.

#full = #tile.layout<register = [[32, 0], [64, 0], [128, 0], [256, 0], [512, 0], [1024, 0], [2048, 0], [4096, 0], [8192, 0], [16384, 0], [32768, 0], [65536, 0]], lane = [[1, 0], [2, 0], [4, 0], [8, 0], [16, 0]], warp = [[0, 1], [0, 2]]>
#rest = #tile.layout<register = [[32], [64], [128], [256], [512], [1024], [2048], [4096], [8192], [16384], [32768], [65536]], lane = [[1], [2], [4], [8], [16]], warp = [[0], [0]]>
tile.kernel @full() warps(4) grid("1") {
  %0 = arith.constant dense<0.0> : tensor<131072x4xf32, #full>
  // expected-error@+1 {{'tile.reduce' op cannot gather what its warps hold: a layout has at most 12 places of registers and 5 of warps, found 14 and 2}}
  %1 = tile.reduce sum %0 axis(1) : tensor<131072x4xf32, #full> -> tensor<131072xf32, #rest>
  tile.return
}
