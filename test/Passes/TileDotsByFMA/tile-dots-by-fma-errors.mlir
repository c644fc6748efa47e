// RUN: sluice-opt %s --pass-pipeline='builtin.module(tile.kernel(tile-dots-by-fma))' -verify-diagnostics

tile.kernel @f(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  %a = tile.broadcast %x along [] : f32 -> tensor<4x8xf32>
  // expected-error@+1 {{'tile.dot' op has no layout: run tile-assign-layouts before tile-dots-by-fma}}
  %0 = tile.dot %a, %a transpose_rhs : tensor<4x8xf32>, tensor<4x8xf32> -> tensor<4x4xf32>
  tile.return
}
