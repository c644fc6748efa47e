// RUN: sluice-opt %s --tile-assign-layouts | FileCheck %s

// Four columns in a thread, eight threads a row; four rows in a thread, then
// the other lanes; warps share columns first, then rows; the rest lies in
// registers again.
// CHECK: #[[LARGE:.*]] = #tile.layout<register = {{\[\[}}0, 1], [0, 2], [1, 0], [2, 0], [16, 0], [32, 0], [64, 0]], lane = {{\[\[}}0, 4], [0, 8], [0, 16], [4, 0], [8, 0]], warp = {{\[\[}}0, 32], [0, 64]]>
// Few columns: rows take the lanes and warps that are left, unless there are too
// few for several in a thread.
// CHECK: #[[NARROW:.*]] = #tile.layout<register = {{\[\[}}0, 1], [0, 2], [1, 0], [2, 0]], lane = {{\[\[}}4, 0], [8, 0], [16, 0], [32, 0], [64, 0]], warp = {{\[\[}}0, 0], [0, 0]]>
// CHECK: #[[SHORT:.*]] = #tile.layout<register = {{\[\[}}0, 1], [0, 2]], lane = {{\[\[}}0, 4], [0, 8], [0, 16], [1, 0], [2, 0]], warp = {{\[\[}}4, 0], [0, 0]]>
// Fewer elements than threads: several threads hold the same.
// CHECK: #[[SMALL:.*]] = #tile.layout<register = {{\[\[}}0, 1]], lane = {{\[\[}}1, 0], [2, 0], [0, 0], [0, 0], [0, 0]], warp = {{\[\[}}0, 0], [0, 0]]>
// Sizes that are no powers of two are rounded up.
// CHECK: #[[ODD:.*]] = #tile.layout<register = {{\[\[}}0, 1], [0, 2]], lane = {{\[\[}}0, 4], [0, 8], [0, 16], [1, 0], [2, 0]], warp = {{\[\[}}0, 32], [0, 64]]>

// CHECK: tile.kernel @matrices
tile.kernel @matrices(%x: memref<512x512xf32> {tile.binding = #tile.binding<input "x">}) warps(4) grid("1") {
  %c0 = arith.constant 0 : index
  // CHECK: -> tensor<128x128xf32, #[[LARGE]]>
  %0 = tile.load %x[%c0, %c0] along [0, 1] : memref<512x512xf32> -> tensor<128x128xf32>
  // CHECK: -> tensor<128x4xf32, #[[NARROW]]>
  %1 = tile.load %x[%c0, %c0] along [0, 1] : memref<512x512xf32> -> tensor<128x4xf32>
  // CHECK: -> tensor<8x32xf32, #[[SHORT]]>
  %2 = tile.load %x[%c0, %c0] along [0, 1] : memref<512x512xf32> -> tensor<8x32xf32>
  // CHECK: -> tensor<4x2xf32, #[[SMALL]]>
  %3 = tile.load %x[%c0, %c0] along [0, 1] : memref<512x512xf32> -> tensor<4x2xf32>
  // CHECK: -> tensor<3x100xf32, #[[ODD]]>
  %4 = tile.load %x[%c0, %c0] along [0, 1] : memref<512x512xf32> -> tensor<3x100xf32>
  tile.return
}
