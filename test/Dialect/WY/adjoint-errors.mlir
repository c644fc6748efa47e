// RUN: sluice-opt %s -split-input-file -verify-diagnostics

// W40: what is summed over a chunk's tokens has as many rows, and pairs.

wy.scan @values chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.apply_transposed' op a chunk has 4 tokens, found 'tensor<8x16xf32>'}}
  %1 = wy.apply_transposed %0, %S : tensor<4x4xf32>, tensor<8x16xf32>
  wy.yield %S : tensor<8x16xf32>
}

// -----

wy.scan @matrix chunk(4) key(8) value(16) qk_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.apply_transposed' op pairs of tokens are 4 × 4, found 'tensor<4x8xf32>'}}
  %0 = wy.apply_transposed %k, %k : tensor<4x8xf32>, tensor<4x8xf32>
  wy.yield
}

// -----

wy.scan @summands chunk(4) key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.token_sums' op a chunk has 4 tokens, found 'tensor<8x16xf32>'}}
  %0 = wy.token_sums all %S : tensor<8x16xf32> -> tensor<16xf32>
  wy.yield %S : tensor<8x16xf32>
}

// -----

wy.scan @pairs chunk(4) key(8) value(16) qk_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.pair_sums' op pairs of tokens are 4 × 4, found 'tensor<4x8xf32>'}}
  %0 = wy.pair_sums columns %k : tensor<4x8xf32> -> tensor<4xf32>
  wy.yield
}

// -----

wy.scan @numbers chunk(4) key(8) value(16) qk_heads(%k: !delta.vec<key>) -> () {
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.pair_sums' op a chunk has 4 tokens, found 'tensor<8xf32>'}}
  %1 = wy.pair_sums rows %0 : tensor<4x4xf32> -> tensor<8xf32>
  wy.yield
}

// -----

wy.scan @gate_of_pairs chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) params(%u: !delta.vec<key>) -> () {
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.pair_sums' op a chunk has 4 tokens, found 'tensor<8xf32>'}}
  %1 = wy.pair_sums between %0 : tensor<4x4xf32> gate(factor %u : tensor<8xf32>) -> tensor<4xf32>
  wy.yield
}

// -----

// W41: sums of tokens.

wy.scan @nothing chunk(4) key(8) value(16) -> () {
  // expected-error@+1 {{'wy.token_sums' op sums 1, 4, 9, … tensors, found 0}}
  "wy.token_sums"() <{operandSegmentSizes = array<i32: 0, 0>, range = 2 : i32}> : () -> ()
  wy.yield
}

// -----

wy.scan @no_square chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
  // expected-error@+1 {{'wy.token_sums' op sums 1, 4, 9, … tensors, found 2}}
  %0:2 = wy.token_sums before %b, %b : tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>, tensor<4xf32>
  wy.yield
}

// -----

wy.scan @two_types chunk(4) key(8) value(16)
    v_heads(%b: !delta.scalar, %g: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.token_sums' op the tensors have one type, found 'tensor<4xf32>' and 'tensor<4x8xf32>'}}
  %0:4 = wy.token_sums before %b, %b, %g, %b : tensor<4xf32>, tensor<4xf32>, tensor<4x8xf32>, tensor<4xf32>
      -> tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  wy.yield
}

// -----

wy.scan @rows_of_all chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
  // expected-error@+1 {{'wy.token_sums' op gives 1 times 'tensor<f32>', found 'tensor<4xf32>'}}
  %0 = wy.token_sums all %b : tensor<4xf32> -> tensor<4xf32>
  wy.yield
}

// -----

wy.scan @no_rows chunk(4) key(8) value(16) v_heads(%g: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.token_sums' op gives 1 times 'tensor<4x8xf32>', found 'tensor<8xf32>'}}
  %0 = wy.token_sums after %g : tensor<4x8xf32> -> tensor<8xf32>
  wy.yield
}

// -----

wy.scan @too_few chunk(4) key(8) value(16) v_heads(%g: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.token_sums' op gives 1 times 'tensor<4x8xf32>', found}}
  "wy.token_sums"(%g) <{operandSegmentSizes = array<i32: 1, 0>, range = 1 : i32}> : (tensor<4x8xf32>) -> ()
  wy.yield
}

// -----

// W42: their gates and blocks.

wy.scan @no_kind chunk(4) key(8) value(16) v_heads(%g: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.token_sums' op has a gate and says its kind, or neither}}
  %0 = "wy.token_sums"(%g, %g) <{operandSegmentSizes = array<i32: 1, 1>, range = 0 : i32}> : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  wy.yield
}

// -----

wy.scan @other_gates chunk(4) key(8) value(16) v_heads(%g: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.token_sums' op a gate stands between a token and others, with as many tensors as are summed (1), found 4 and 'before'}}
  %0 = wy.token_sums before %g : tensor<4x8xf32> gate(factor %g, %g, %g, %g : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  wy.yield
}

// -----

wy.scan @gate_of_all chunk(4) key(8) value(16) v_heads(%g: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.token_sums' op a gate stands between a token and others, with as many tensors as are summed (1), found 1 and 'all'}}
  %0 = wy.token_sums all %g : tensor<4x8xf32> gate(log %g : tensor<4x8xf32>) -> tensor<8xf32>
  wy.yield
}

// -----

wy.scan @logs_of_states chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
  // expected-error@+1 {{'wy.token_sums' op a gate of several states is given as factors}}
  %0:4 = wy.token_sums before %b, %b, %b, %b : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
      gate(log %b, %b, %b, %b : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>)
      -> tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  wy.yield
}

// -----

wy.scan @states_without_gate chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
  // expected-error@+1 {{'wy.token_sums' op a gate of several states is given as factors}}
  %0:4 = wy.token_sums before %b, %b, %b, %b : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
      -> tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  wy.yield
}

// -----

wy.scan @gate_of_numbers chunk(4) key(8) value(16)
    v_heads(%b: !delta.scalar, %g: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.token_sums' op a gate is of the tensors' type, 'tensor<4x8xf32>', found 'tensor<4xf32>'}}
  %0 = wy.token_sums after %g : tensor<4x8xf32> gate(log %b : tensor<4xf32>) -> tensor<4x8xf32>
  wy.yield
}

// -----

wy.scan @empty_block chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
  // expected-error@+1 {{'wy.token_sums' op a block is of 1 to 1048576 tokens, before or after each of them, found 'after' in blocks of 0}}
  %0 = wy.token_sums after block(0) %b : tensor<4xf32> -> tensor<4xf32>
  wy.yield
}

// -----

wy.scan @large_block chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
  // expected-error@+1 {{found 'before' in blocks of 1048577}}
  %0 = wy.token_sums before block(1048577) %b : tensor<4xf32> -> tensor<4xf32>
  wy.yield
}

// -----

wy.scan @all_in_blocks chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
  // expected-error@+1 {{found 'all' in blocks of 2}}
  %0 = wy.token_sums all block(2) %b : tensor<4xf32> -> tensor<f32>
  wy.yield
}

// -----

// W43: gates of sums over pairs.

wy.scan @pairs_without_kind chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%b: !delta.scalar) -> () {
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.pair_sums' op has a gate and says its kind, or neither}}
  %1 = "wy.pair_sums"(%0, %b) <{sum = 3 : i32}> : (tensor<4x4xf32>, tensor<4xf32>) -> tensor<4xf32>
  wy.yield
}

// -----

wy.scan @gated_rows chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%b: !delta.scalar) -> () {
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.pair_sums' op only sums 'between' have a gate, found 'rows'}}
  %1 = wy.pair_sums rows %0 : tensor<4x4xf32> gate(log %b : tensor<4xf32>) -> tensor<4xf32>
  wy.yield
}

// -----

// W44: numbers of a dot product.

wy.scan @along_value chunk(4) key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.dot_states' op gives 'tensor<16xf32>', found 'tensor<8xf32>'}}
  %0 = wy.dot_states value %S, %S : tensor<8x16xf32> -> tensor<8xf32>
  wy.yield %S : tensor<8x16xf32>
}

// -----

wy.scan @one_number chunk(4) key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.dot_states' op gives 'tensor<f32>', found 'tensor<8xf32>'}}
  %0 = wy.dot_states %S, %S : tensor<8x16xf32> -> tensor<8xf32>
  wy.yield %S : tensor<8x16xf32>
}

// -----

// W11: wy.solve_transposed has as many results as right sides.

wy.scan @transposed chunk(4) key(8) value(16) v_heads(%v: !delta.vec<value>) -> () {
  // expected-error@+1 {{'wy.solve_transposed' op has as many results as right sides, and at least one, found 2 and 1}}
  %0:2 = wy.solve_transposed rhs(%v : tensor<4x16xf32>) terms [] -> tensor<4x16xf32>, tensor<4x16xf32>
  wy.yield
}

// -----

// W12: its terms are pairs of unknowns.

wy.scan @transposed_terms chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>) -> () {
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.solve_transposed' op a term is a pair of unknowns below 1, found [0, 1]}}
  %1 = wy.solve_transposed rhs(%v : tensor<4x16xf32>) scores(%0 : tensor<4x4xf32>) terms [[0, 1]] -> tensor<4x16xf32>
  wy.yield
}
