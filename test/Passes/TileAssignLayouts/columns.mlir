// RUN: sluice-opt %s --tile-assign-layouts | FileCheck %s

// Rows are in registers, columns in lanes, then in warps.
// CHECK: #[[SMALL:.*]] = #tile.layout<register = {{\[\[}}1, 0], [2, 0], [4, 0], [8, 0]], lane = {{\[\[}}0, 1], [0, 2], [0, 4], [0, 8], [0, 0]], warp = {{\[\[}}0, 0]]>
// Where a lane has several, these are neighbours.
// CHECK: #[[WIDE:.*]] = #tile.layout<register = {{\[\[}}0, 1], [1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [32, 0]], lane = {{\[\[}}0, 2], [0, 4], [0, 8], [0, 16], [0, 32]], warp = {{\[\[}}0, 64]]>
// Blocks of an inverse are a warp's: 64 columns are two registers.
// CHECK: #[[WHOLE:.*]] = #tile.layout<register = {{\[\[}}0, 1], [1, 0], [2, 0], [4, 0], [8, 0], [16, 0], [32, 0], [64, 0]], lane = {{\[\[}}0, 2], [0, 4], [0, 8], [0, 16], [0, 32]], warp = {{\[\[}}0, 64]]>

// CHECK-LABEL: tile.kernel @columns
tile.kernel @columns(%x: memref<128x128xf32> {tile.binding = #tile.binding<input "x">}) warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  %n = tile.load %x[%c0, %c0] along [0, 1] : memref<128x128xf32> -> tensor<16x16xf32>
  // CHECK: %[[N:.*]] = tile.convert %{{.*}} -> tensor<16x16xf32, #[[SMALL]]>
  // CHECK: tile.inverse %[[N]] block(16) : tensor<16x16xf32, #[[SMALL]]>
  %0 = tile.inverse %n block(16) : tensor<16x16xf32>
  %a = tile.load %x[%c0, %c0] along [0, 1] : memref<128x128xf32> -> tensor<64x100xf32>
  // CHECK: tile.prefix sum %{{.*}} : tensor<64x100xf32, #[[WIDE]]>
  %1 = tile.prefix sum %a : tensor<64x100xf32>
  %m = tile.load %x[%c0, %c0] along [0, 1] : memref<128x128xf32> -> tensor<100x100xf32>
  // CHECK: tile.inverse %{{.*}} block(64) : tensor<100x100xf32, #[[WHOLE]]>
  %2 = tile.inverse %m block(64) : tensor<100x100xf32>
  // What is elementwise with an inverse is held as it is, and what is inverted
  // as it was made.
  %o = tile.load %x[%c0, %c0] along [0, 1] : memref<128x128xf32> -> tensor<12x12xf32>
  // CHECK: tile.inverse %{{.*}} block(64) : tensor<12x12xf32, #[[SMALL]]>
  %3 = tile.inverse %o block(64) : tensor<12x12xf32>
  // CHECK: arith.addf %{{.*}} : tensor<12x12xf32, #[[SMALL]]>
  %4 = arith.addf %3, %3 : tensor<12x12xf32>
  // An inverse is added to a product where that is.
  %h = arith.truncf %n : tensor<16x16xf32> to tensor<16x16xbf16>
  // CHECK: %[[P:.*]] = tile.dot {{.*}} -> tensor<16x16xf32, #[[PRODUCT:.*]]>
  %5 = tile.dot %h, %h : tensor<16x16xbf16>, tensor<16x16xbf16> -> tensor<16x16xf32>
  // CHECK: %[[T:.*]] = tile.inverse %{{.*}} block(8) : tensor<16x16xf32, #[[SMALL]]>
  // CHECK: %[[MOVED:.*]] = tile.convert %[[T]] : {{.*}} -> tensor<16x16xf32, #[[PRODUCT]]>
  %6 = tile.inverse %5 block(8) : tensor<16x16xf32>
  // CHECK: arith.addf %[[P]], %[[MOVED]] : tensor<16x16xf32, #[[PRODUCT]]>
  %7 = arith.addf %5, %6 : tensor<16x16xf32>
  tile.return
}
