// RUN: sluice-opt %s -split-input-file -verify-diagnostics

// T11: a place is along an axis.
tile.kernel @place() warps(1) grid("1") {
  // expected-error@+1 {{'tile.place' op is along one of the result's 1 axes, found 1}}
  %0 = tile.place axis(1) : tensor<8xi32>
  tile.return
}

// -----

// T12: the sizes of a product.
tile.kernel @depth(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  %a = tile.broadcast %x along [] : f32 -> tensor<4x8xf32>
  // expected-error@+1 {{'tile.dot' op multiplies m × k by k × n to m × n, found 4 × 8, 4 × 8 and 4 × 8}}
  %0 = tile.dot %a, %a : tensor<4x8xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  tile.return
}

// -----

tile.kernel @result(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  %a = tile.broadcast %x along [] : f32 -> tensor<4x8xf32>
  // expected-error@+1 {{'tile.dot' op multiplies m × k by k × n to m × n, found 8 × 4, 4 × 8 and 4 × 4}}
  %0 = tile.dot %a, %a transpose_lhs : tensor<4x8xf32>, tensor<4x8xf32> -> tensor<4x4xf32>
  tile.return
}

// -----

tile.kernel @types(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  %a = tile.broadcast %x along [] : f32 -> tensor<4x8xf32>
  %b = arith.truncf %a : tensor<4x8xf32> to tensor<4x8xbf16>
  // expected-error@+1 {{'tile.dot' op multiplies elements of one type, found 'tensor<4x8xf32>' and 'tensor<4x8xbf16>'}}
  %0 = tile.dot %a, %b transpose_rhs : tensor<4x8xf32>, tensor<4x8xbf16> -> tensor<4x4xf32>
  tile.return
}

// -----

tile.kernel @into(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  // expected-note@+1 {{prior use here}}
  %a = tile.broadcast %x along [] : f32 -> tensor<4x8xf32>
  // expected-error@+1 {{use of value '%a' expects different type than prior uses: 'tensor<4x4xf32>' vs 'tensor<4x8xf32>'}}
  %0 = tile.dot %a, %a transpose_rhs into %a : tensor<4x8xf32>, tensor<4x8xf32> -> tensor<4x4xf32>
  tile.return
}

// -----

tile.kernel @generic(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  %a = tile.broadcast %x along [] : f32 -> tensor<4x8xf32>
  // expected-error@+1 {{'tile.dot' op failed to verify that a product is added into one of its type}}
  %0 = "tile.dot"(%a, %a, %a) <{transpose_rhs}> : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x4xf32>
  tile.return
}

// -----

// T18: the matrix of an inverse, and its blocks.
tile.kernel @square(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  %a = tile.broadcast %x along [] : f32 -> tensor<4x8xf32>
  // expected-error@+1 {{'tile.inverse' op inverts blocks of a square matrix, found 'tensor<4x8xf32>'}}
  %0 = tile.inverse %a block(4) : tensor<4x8xf32>
  tile.return
}

// -----

tile.kernel @block(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  %a = tile.broadcast %x along [] : f32 -> tensor<8x8xf32>
  // expected-error@+1 {{'tile.inverse' op has blocks of a power of two of rows, at most 64, found 6}}
  %0 = tile.inverse %a block(6) : tensor<8x8xf32>
  tile.return
}

// -----

tile.kernel @large(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  %a = tile.broadcast %x along [] : f32 -> tensor<8x8xf32>
  // expected-error@+1 {{'tile.inverse' op has blocks of a power of two of rows, at most 64, found 128}}
  %0 = tile.inverse %a block(128) : tensor<8x8xf32>
  tile.return
}

// -----

tile.kernel @none(%x: f32 {tile.binding = #tile.binding<scale>}) warps(1) grid("1") {
  %a = tile.broadcast %x along [] : f32 -> tensor<8x8xf32>
  // expected-error@+1 {{attribute 'block' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %0 = tile.inverse %a block(0) : tensor<8x8xf32>
  tile.return
}
