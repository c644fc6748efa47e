// RUN: sluice-opt %s --wy-to-tile=arg-types=f32,f32 -split-input-file -verify-diagnostics

// What only gradients need.

wy.scan @apply_transposed chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>) -> (o: !delta.vec<value>) {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{failed to legalize operation 'wy.apply_transposed' that was explicitly marked illegal}}
  %0 = wy.apply_transposed %A, %v : tensor<4x4xf32>, tensor<4x16xf32>
  wy.yield %0 : tensor<4x16xf32>
}

// -----

wy.scan @solve_transposed chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>) -> (o: !delta.vec<value>) {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{failed to legalize operation 'wy.solve_transposed' that was explicitly marked illegal}}
  %0 = wy.solve_transposed rhs(%v : tensor<4x16xf32>) scores(%A : tensor<4x4xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  wy.yield %0 : tensor<4x16xf32>
}

// -----

wy.scan @token_sums chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    qk_heads(%k: !delta.vec<key>) -> (o: !delta.vec<key>) {
  // expected-error@+1 {{failed to legalize operation 'wy.token_sums' that was explicitly marked illegal}}
  %0 = wy.token_sums after %k : tensor<4x8xf32> -> tensor<4x8xf32>
  wy.yield %0 : tensor<4x8xf32>
}

// -----

wy.scan @pair_sums chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    qk_heads(%k: !delta.vec<key>) -> (o: !delta.scalar) {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{failed to legalize operation 'wy.pair_sums' that was explicitly marked illegal}}
  %0 = wy.pair_sums rows %A : tensor<4x4xf32> -> tensor<4xf32>
  wy.yield %0 : tensor<4xf32>
}

// -----

wy.scan @dot_states chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{failed to legalize operation 'wy.dot_states' that was explicitly marked illegal}}
  %d = wy.dot_states key %S, %S : tensor<8x16xf32> -> tensor<8xf32>
  %0 = wy.update states(%S : tensor<8x16xf32>) decays(%d : tensor<8xf32>) -> tensor<8x16xf32>
  wy.yield %0 : tensor<8x16xf32>
}
