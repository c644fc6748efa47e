// RUN: sluice-opt %s --wy-place='placement=segments segment=8' -split-input-file -verify-diagnostics
// RUN: not sluice-opt %s --wy-place=placement=kernels 2>&1 | FileCheck %s
// CHECK: error: a placement is 'one_kernel', 'pre_scan_post' or 'segments', found 'kernels'

// The transition differs from column to column: at what is the reason.

wy.scan @value_decay chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%h: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %e = wy.accumulate all log %h : tensor<4x16xf32> -> tensor<16xf32>
  %p = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  // expected-error@+1 {{the transition of @value_decay is not a matrix: 'wy.update' has a decay that differs along value: the transition is a matrix for each}}
  %S1 = wy.update states(%S : tensor<8x16xf32>) value_decays(%e : tensor<16xf32>) writes(%k, %p : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1 : tensor<8x16xf32>
}

// -----

wy.scan @factor chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%b: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %p = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %y = wy.tokens(%p1: !delta.vec<value> = %p : tensor<4x16xf32>, %b1: !delta.vec<value> = %b : tensor<4x16xf32>) -> tensor<4x16xf32> {
    // expected-error@+1 {{the transition of @factor is not a matrix: 'delta.mul' has a factor that differs along value}}
    %0 = delta.mul %b1, %p1
    wy.yield %0 : !delta.vec<value>
  }
  %S1 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %y : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1 : tensor<8x16xf32>
}

// -----

// What the linear part looks at may not run along the axis that it has resized.

wy.scan @scalar_of_values chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{the transition of @scalar_of_values is not a matrix: 'wy.tokens' has a vector along value that does not depend on the states}}
  %b = wy.tokens(%v1: !delta.vec<value> = %v : tensor<4x16xf32>) -> tensor<4xf32> {
    %0 = delta.dot %v1, %v1
    wy.yield %0 : !delta.scalar
  }
  %p = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %y = wy.tokens(%p1: !delta.vec<value> = %p : tensor<4x16xf32>, %b1: !delta.scalar = %b : tensor<4xf32>) -> tensor<4x16xf32> {
    %0 = delta.mul %b1, %p1
    wy.yield %0 : !delta.vec<value>
  }
  %S1 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %y : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1 : tensor<8x16xf32>
}

// -----

wy.scan @scalar_inside chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %p = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  // expected-error@+1 {{the transition of @scalar_inside is not a matrix: 'wy.tokens' has a vector along value that does not depend on the states}}
  %y = wy.tokens(%p1: !delta.vec<value> = %p : tensor<4x16xf32>, %v1: !delta.vec<value> = %v : tensor<4x16xf32>) -> tensor<4x16xf32> {
    %0 = delta.dot %v1, %v1
    %1 = delta.mul %0, %p1
    wy.yield %1 : !delta.vec<value>
  }
  %S1 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %y : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1 : tensor<8x16xf32>
}

// -----

wy.scan @vector_inside chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %p = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %y = wy.tokens(%p1: !delta.vec<value> = %p : tensor<4x16xf32>, %b1: !delta.scalar = %b : tensor<4xf32>) -> tensor<4x16xf32> {
    // expected-error@+1 {{the transition of @vector_inside is not a matrix: 'delta.broadcast' has a vector along value that does not depend on the states}}
    %0 = delta.broadcast %b1 : !delta.vec<value>
    %1 = delta.reduce sum %0
    %2 = delta.mul %1, %p1
    wy.yield %2 : !delta.vec<value>
  }
  %S1 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %y : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1 : tensor<8x16xf32>
}

// -----

// expected-error@+1 {{a segment has at most 1048576 tokens, and whole chunks of 3, found 8}}
wy.scan @part_of_a_chunk chunk(3) key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  wy.yield %S : tensor<8x16xf32>
}

// -----

// expected-error@+1 {{has no states, so nothing joins segments: its chunks may run at the same time as they are}}
wy.scan @no_states chunk(4) key(8) value(16) -> () {
  wy.yield
}
