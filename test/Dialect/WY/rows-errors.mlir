// RUN: sluice-opt %s -split-input-file -verify-diagnostics

// W21: a row for each token, or the same for all. With C = K, or C = V, the types are
// those of one and of the other.

wy.scan @scalars_as_vector chunk(8) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %b: !delta.scalar) -> (o: !delta.vec<key>) {
  // expected-error@+1 {{'wy.tokens' op operand #1 is the same for all tokens, found 'tensor<8xf32>' with a row for each}}
  %0 = wy.tokens(%x: !delta.vec<key> = %k : tensor<8x8xf32>, %y: !delta.vec<key> = %b : tensor<8xf32>) -> tensor<8x8xf32> {
    %1 = delta.mul %x, %y
    wy.yield %1 : !delta.vec<key>
  }
  wy.yield %0 : tensor<8x8xf32>
}

// -----

wy.scan @vector_as_scalars chunk(8) key(8) value(16)
    v_heads(%k: !delta.vec<key>) params(%u: !delta.vec<key>)
    -> (o: !delta.vec<key>) {
  // expected-error@+1 {{'wy.tokens' op operand #1 has a row for each token, found 'tensor<8xf32>' that is the same for all}}
  %0 = wy.tokens(%x: !delta.vec<key> = %k : tensor<8x8xf32>, %y: !delta.scalar = %u : tensor<8xf32>) -> tensor<8x8xf32> {
    %1 = delta.mul %x, %y
    wy.yield %1 : !delta.vec<key>
  }
  wy.yield %0 : tensor<8x8xf32>
}

// -----

wy.scan @parameter_as_gate chunk(8) key(8) value(16)
    params(%u: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.accumulate' op operand #0 has a row for each token, found 'tensor<8xf32>' that is the same for all}}
  %0 = wy.accumulate all log %u : tensor<8xf32> -> tensor<f32>
  %1 = wy.update states(%S : tensor<8x16xf32>) decays(%0 : tensor<f32>) -> tensor<8x16xf32>
  wy.yield %1 : tensor<8x16xf32>
}

// -----

wy.scan @decay_of_tokens chunk(16) key(8) value(16)
    v_heads(%g: !delta.scalar) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.update' op operand #1 is the same for all tokens, found 'tensor<16xf32>' with a row for each}}
  %0 = wy.update states(%S : tensor<8x16xf32>) value_decays(%g : tensor<16xf32>) -> tensor<8x16xf32>
  wy.yield %0 : tensor<8x16xf32>
}

// -----

wy.scan @decay_as_diagonal chunk(8) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>, %g: !delta.vec<key>)
    -> (o: !delta.vec<value>) {
  %0 = wy.accumulate all log %g : tensor<8x8xf32> -> tensor<8xf32>
  // expected-error@+1 {{'wy.scores' op operand #2 has a row for each token, found 'tensor<8xf32>' that is the same for all}}
  %1 = wy.scores rows(%k : tensor<8x8xf32>) columns(%k : tensor<8x8xf32>) diagonal(%0 : tensor<8xf32>) ungated -> tensor<8x8xf32>
  %2 = wy.apply %1, %v : tensor<8x8xf32>, tensor<8x16xf32>
  wy.yield %2 : tensor<8x16xf32>
}

// -----

wy.scan @sum_of_both chunk(8) key(8) value(16)
    v_heads(%b: !delta.scalar) params(%u: !delta.vec<key>) -> (o: !delta.scalar) {
  // expected-error@+1 {{'wy.sum' op operand #1 has a row for each token, found 'tensor<8xf32>' that is the same for all}}
  %0 = wy.sum %b, %u : tensor<8xf32>
  wy.yield %0 : tensor<8xf32>
}

// -----

wy.scan @constant_sum chunk(8) key(8) value(16)
    params(%u: !delta.vec<key>) -> (o: !delta.scalar) {
  %0 = wy.sum %u, %u : tensor<8xf32>
  // expected-error@+1 {{'wy.yield' op operand #0 has a row for each token, found 'tensor<8xf32>' that is the same for all}}
  wy.yield %0 : tensor<8xf32>
}

// -----

wy.scan @read_of_no_state chunk(8) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{'wy.read' op operand #0 is the same for all tokens, found 'tensor<8x16xf32>' with a row for each}}
  %0 = wy.read left %v, %k : tensor<8x16xf32>, tensor<8x8xf32> -> tensor<8x16xf32>
  wy.yield %0 : tensor<8x16xf32>
}

// -----

wy.scan @no_next_state chunk(8) key(8) value(16) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.yield' op operand #0 is the same for all tokens, found 'tensor<8x16xf32>' with a row for each}}
  wy.yield %v : tensor<8x16xf32>
}

// -----

wy.scan @sum_of_state chunk(8) key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.token_sums' op operand #0 has a row for each token, found 'tensor<8x16xf32>' that is the same for all}}
  %0 = wy.token_sums all %S : tensor<8x16xf32> -> tensor<16xf32>
  wy.yield %S : tensor<8x16xf32>
}

// -----

wy.scan @parameter_between_pairs chunk(8) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) params(%u: !delta.vec<key>) -> () {
  %0 = wy.scores rows(%k : tensor<8x8xf32>) columns(%k : tensor<8x8xf32>) ungated -> tensor<8x8xf32>
  // expected-error@+1 {{'wy.pair_sums' op operand #1 has a row for each token, found 'tensor<8xf32>' that is the same for all}}
  %1 = wy.pair_sums between %0 : tensor<8x8xf32> gate(factor %u : tensor<8xf32>) -> tensor<8xf32>
  wy.yield
}

// -----

wy.scan @transposed_state chunk(8) key(8) value(8)
    v_heads(%v: !delta.vec<value>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.apply_transposed' op operand #0 has a row for each token, found 'tensor<8x8xf32>' that is the same for all}}
  %0 = wy.apply_transposed %S, %v : tensor<8x8xf32>, tensor<8x8xf32>
  wy.yield %S : tensor<8x8xf32>
}

// -----

wy.scan @keys_as_state chunk(8) key(8) value(16) qk_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.dot_states' op operand #0 is the same for all tokens, found 'tensor<8x8xf32>' with a row for each}}
  %0 = wy.dot_states key %k, %k : tensor<8x8xf32> -> tensor<8xf32>
  wy.yield
}
