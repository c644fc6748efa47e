// RUN: sluice-opt %s --tile-assign-layouts | FileCheck %s

// A vector that meets no matrix: a thread an element, over all warps.
// CHECK: #[[EXACT:.*]] = #tile.layout<register = [], lane = {{\[\[}}1], [2], [4], [8], [16]], warp = {{\[\[}}32]]>
// More elements than threads: those of a thread follow one another.
// CHECK: #[[LONG:.*]] = #tile.layout<register = {{\[\[}}1], [2]], lane = {{\[\[}}4], [8], [16], [32], [64]], warp = {{\[\[}}128]]>
// Fewer: the rest hold the same again.
// CHECK: #[[SHORT:.*]] = #tile.layout<register = [], lane = {{\[\[}}1], [2], [0], [0], [0]], warp = {{\[\[}}0]]>
// CHECK: #[[ONE:.*]] = #tile.layout<register = [], lane = {{\[\[}}0], [0], [0], [0], [0]], warp = {{\[\[}}0]]>

// CHECK: tile.kernel @vectors
tile.kernel @vectors(%x: memref<512xbf16> {tile.binding = #tile.binding<input "x">}) warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  // CHECK: -> tensor<64xbf16, #[[EXACT]]>
  %0 = tile.load %x[%c0] along [0] : memref<512xbf16> -> tensor<64xbf16>
  // CHECK: -> tensor<200xbf16, #[[LONG]]>
  %1 = tile.load %x[%c0] along [0] : memref<512xbf16> -> tensor<200xbf16>
  // CHECK: -> tensor<3xbf16, #[[SHORT]]>
  %2 = tile.load %x[%c0] along [0] : memref<512xbf16> -> tensor<3xbf16>
  // CHECK: -> tensor<1xbf16, #[[ONE]]>
  %3 = tile.load %x[%c0] along [0] : memref<512xbf16> -> tensor<1xbf16>
  tile.return
}
