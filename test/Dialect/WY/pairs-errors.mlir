// RUN: sluice-opt %s -split-input-file -verify-diagnostics

// W22: sizes of masks.

// expected-error@+1 {{the size of a mask 'inside' is between 1 and 1048576, found 0}}
func.func private @no_block() attributes {m = #wy.mask<inside 0>}

// -----

// expected-error@+1 {{the size of a mask 'pairs' is between 0 and 1048576, found -1}}
func.func private @negative() attributes {m = #wy.mask<pairs -1>}

// -----

// W23: blocks of accumulated gates.

wy.scan @finer_without_block chunk(4) key(8) value(16) v_heads(%g: !delta.vec<key>) -> () {
  %0 = wy.accumulate before block(2) log %g : tensor<4x8xf32> -> tensor<4x8xf32>
  // expected-error@+1 {{'wy.accumulate' op is merged from finer products, so it says its block}}
  %1 = wy.accumulate before log %g from(%0 : tensor<4x8xf32>) : tensor<4x8xf32> -> tensor<4x8xf32>
  wy.yield
}

// -----

wy.scan @all_in_blocks chunk(4) key(8) value(16) v_heads(%g: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.accumulate' op a block is of 1 to 1048576 tokens, before or after each of them, found 'all' in blocks of 2}}
  %0 = wy.accumulate all block(2) log %g : tensor<4x8xf32> -> tensor<8xf32>
  wy.yield
}

// -----

wy.scan @empty_block chunk(4) key(8) value(16) v_heads(%g: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.accumulate' op a block is of 1 to 1048576 tokens, before or after each of them, found 'before' in blocks of 0}}
  %0 = wy.accumulate before block(0) log %g : tensor<4x8xf32> -> tensor<4x8xf32>
  wy.yield
}

// -----

wy.scan @other_half chunk(8) key(8) value(16) v_heads(%g: !delta.vec<key>) -> () {
  // expected-note@+1 {{found these}}
  %0 = wy.accumulate before block(2) log %g : tensor<8x8xf32> -> tensor<8x8xf32>
  // expected-error@+1 {{'wy.accumulate' op is merged from products of the same gate in blocks of half as many tokens}}
  %1 = wy.accumulate before block(8) log %g from(%0 : tensor<8x8xf32>) : tensor<8x8xf32> -> tensor<8x8xf32>
  wy.yield
}

// -----

wy.scan @other_range chunk(8) key(8) value(16) v_heads(%g: !delta.vec<key>) -> () {
  // expected-note@+1 {{found these}}
  %0 = wy.accumulate after block(2) log %g : tensor<8x8xf32> -> tensor<8x8xf32>
  // expected-error@+1 {{'wy.accumulate' op is merged from products of the same gate in blocks of half as many tokens}}
  %1 = wy.accumulate before block(4) log %g from(%0 : tensor<8x8xf32>) : tensor<8x8xf32> -> tensor<8x8xf32>
  wy.yield
}

// -----

wy.scan @other_value chunk(8) key(8) value(16) v_heads(%g: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.accumulate' op is merged from products of the same gate in blocks of half as many tokens}}
  %1 = wy.accumulate before block(4) log %g from(%g : tensor<8x8xf32>) : tensor<8x8xf32> -> tensor<8x8xf32>
  wy.yield
}

// -----

// W24: a mask and a scheme.

wy.scan @masked_dyadic chunk(4) key(8) value(16) v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scores' op scheme 'dyadic' is for whole chunks, and does not take a mask}}
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(log %k : tensor<4x8xf32>) mask(<inside 2>) dyadic -> tensor<4x4xf32>
  wy.yield
}

// -----

// W25: C × C, and C.

wy.scan @decays chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
  // expected-error@+1 {{'wy.decays' op a chunk has 4 tokens and as many rows as columns of pairs, found 'tensor<4x8xf32>'}}
  %0 = wy.decays log %b : tensor<4xf32> -> tensor<4x8xf32>
  wy.yield
}

// -----

wy.scan @scale chunk(4) key(8) value(16) params(%d: !delta.vec<key>) v_heads(%b: !delta.scalar) -> () {
  %0 = wy.decays log %b : tensor<4xf32> -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.scale' op a chunk has 4 tokens, found 'tensor<8xf32>'}}
  %1 = wy.scale %0 rows(%d : tensor<8xf32>) : tensor<4x4xf32>
  wy.yield
}

// -----

// W26: grids.

wy.scan @two_of_a_grid chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
  %0 = wy.decays log %b : tensor<4xf32> -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.product' op a grid is of 1, 4, 9, … right factors, found 2}}
  %1:2 = wy.product lhs(%0, %0 : tensor<4x4xf32>, tensor<4x4xf32>) rhs(%0, %0 : tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>, tensor<4x4xf32>
  wy.yield
}

// -----

wy.scan @too_few chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
  %0 = wy.decays log %b : tensor<4xf32> -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.product' op has 1 right factors, so as many results, found 0}}
  "wy.product"(%0, %0) <{operandSegmentSizes = array<i32: 1, 1>}> : (tensor<4x4xf32>, tensor<4x4xf32>) -> ()
  wy.yield
}

// -----

wy.scan @places_missing chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
  %0 = wy.decays log %b : tensor<4xf32> -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.product' op has 4 right factors and as many left ones, or 'entries' for these, found 1}}
  %1:4 = wy.product lhs(%0 : tensor<4x4xf32>) rhs(%0, %0, %0, %0 : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
  wy.yield
}

// -----

wy.scan @place_outside chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
  %0 = wy.decays log %b : tensor<4xf32> -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.inverse' op has 1 matrices in a grid, so as many rising places below 1, found [1]}}
  %1 = wy.inverse scores(%0 : tensor<4x4xf32>) at [1] block(2) -> tensor<4x4xf32>
  wy.yield
}

// -----

wy.scan @places_fall chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
  %0 = wy.decays log %b : tensor<4xf32> -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.inverse' op has 2 matrices in a grid, so as many rising places below 4, found [2, 2]}}
  %1:4 = wy.inverse scores(%0, %0 : tensor<4x4xf32>, tensor<4x4xf32>) at [2, 2] block(2) -> tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
  wy.yield
}

// -----

// W27: blocks of matrices.

wy.scan @no_tokens chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
  // expected-error@+1 {{'wy.inverse' op a block is of 1 to 1048576 tokens, found 0}}
  %1 = wy.inverse at [] block(0) -> tensor<4x4xf32>
  wy.yield
}

// -----

wy.scan @negative_block chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
  %0 = wy.decays log %b : tensor<4xf32> -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.product' op a block is of 1 to 1048576 tokens, found -4}}
  %1 = wy.product lhs(%0 : tensor<4x4xf32>) rhs(%0 : tensor<4x4xf32>) block(-4) -> tensor<4x4xf32>
  wy.yield
}
