// RUN: sluice-opt %s --tile-strips --split-input-file --verify-diagnostics
// RUN: not sluice-opt %s --tile-strips=width=0 --split-input-file 2>&1 | FileCheck %s

tile.kernel @layouts(%scale: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  // expected-error@+1 {{has a layout already: run tile-strips before tile-assign-layouts}}
  %0 = tile.broadcast %scale along [] : f32 -> tensor<64xf32, #tile.layout<register = [[32]], lane = [[1], [2], [4], [8], [16]], warp = []>>
  tile.return
}

// -----

// CHECK: error: 'tile.kernel' op is worked off in strips of one element at least, found 'width' 0
tile.kernel @nothing() warps(1) grid("1") {
  tile.return
}
