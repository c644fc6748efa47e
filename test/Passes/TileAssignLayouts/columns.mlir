// RUN: sluice-opt %s --tile-assign-layouts | FileCheck %s

// Rows are in registers, columns in lanes, then in warps.
// CHECK: #[[SMALL:.*]] = #tile.layout<register = {{\[\[}}1, 0], [2, 0], [4, 0], [8, 0]], lane = {{\[\[}}0, 1], [0, 2], [0, 4], [0, 8], [0, 0]], warp = {{\[\[}}0, 0]]>
// CHECK: #[[WIDE:.*]] = #tile.layout<register = {{\[\[}}1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [32, 0], [0, 64]], lane = {{\[\[}}0, 1], [0, 2], [0, 4], [0, 8], [0, 16]], warp = {{\[\[}}0, 32]]>
// Blocks of an inverse are a warp's: 64 columns are two registers.
// CHECK: #[[WHOLE:.*]] = #tile.layout<register = {{\[\[}}1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [32, 0], [64, 0], [0, 32]], lane = {{\[\[}}0, 1], [0, 2], [0, 4], [0, 8], [0, 16]], warp = {{\[\[}}0, 64]]>

// CHECK-LABEL: tile.kernel @columns
tile.kernel @columns(%x: f32 {tile.binding = #tile.binding<scale>}) warps(2) grid("1") {
  %n = tile.broadcast %x along [] : f32 -> tensor<16x16xf32>
  // CHECK: tile.inverse %{{.*}} block(16) : tensor<16x16xf32, #[[SMALL]]>
  %0 = tile.inverse %n block(16) : tensor<16x16xf32>
  %a = tile.broadcast %x along [] : f32 -> tensor<64x100xf32>
  // CHECK: tile.prefix sum %{{.*}} : tensor<64x100xf32, #[[WIDE]]>
  %1 = tile.prefix sum %a : tensor<64x100xf32>
  %m = tile.broadcast %x along [] : f32 -> tensor<100x100xf32>
  // CHECK: tile.inverse %{{.*}} block(64) : tensor<100x100xf32, #[[WHOLE]]>
  %2 = tile.inverse %m block(64) : tensor<100x100xf32>
  // What is elementwise with an inverse is held as it is.
  %o = tile.broadcast %x along [] : f32 -> tensor<12x12xf32>
  // CHECK: tile.inverse %{{.*}} block(64) : tensor<12x12xf32, #[[SMALL]]>
  %3 = tile.inverse %o block(64) : tensor<12x12xf32>
  // CHECK: arith.addf %{{.*}} : tensor<12x12xf32, #[[SMALL]]>
  %4 = arith.addf %3, %3 : tensor<12x12xf32>
  tile.return
}
