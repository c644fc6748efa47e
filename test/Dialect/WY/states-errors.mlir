// RUN: sluice-opt %s -split-input-file -verify-diagnostics
// One case for each rule; the numbers are those of dialects/WY/WYOps.cpp.

// W14: a read contracts one axis and keeps the other.

wy.scan @read_left chunk(4) key(8) value(16)
    v_heads(%v: !delta.vec<value>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.read' op reads from the left with vectors of 8, found 16}}
  %0 = wy.read left %S, %v : tensor<8x16xf32>, tensor<4x16xf32> -> tensor<4x16xf32>
  wy.yield %S : tensor<8x16xf32>
}

// -----

wy.scan @read_right chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.read' op reads from the right with vectors of 16, found 8}}
  %0 = wy.read right %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  wy.yield %S : tensor<8x16xf32>
}

// -----

wy.scan @read_result chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.read' op gives 4 × 16, found 'tensor<4x8xf32>'}}
  %0 = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  wy.yield %S : tensor<8x16xf32>
}

// -----

// W15: states of one type, and a decay for each or for none.

wy.scan @states chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.update' op states have one type, found 'tensor<8x16xf32>' and 'tensor<4x8xf32>'}}
  %0 = wy.update states(%S, %k : tensor<8x16xf32>, tensor<4x8xf32>) -> tensor<8x16xf32>
  wy.yield %S : tensor<8x16xf32>
}

// -----

wy.scan @decay_missing chunk(4) key(8) value(16)
    state(%S: !delta.state<key, value>) params(%d: !delta.vec<key>, %e: !delta.vec<value>) -> () {
  // expected-error@+1 {{'wy.update' op has a decay for each of its 2 states or for none, found 1}}
  %0 = wy.update states(%S, %S : tensor<8x16xf32>, tensor<8x16xf32>) decays(%d : tensor<8xf32>) -> tensor<8x16xf32>
  wy.yield %S : tensor<8x16xf32>
}

// -----

wy.scan @decay_axis chunk(4) key(8) value(16)
    state(%S: !delta.state<key, value>) params(%d: !delta.vec<key>, %e: !delta.vec<value>) -> () {
  // expected-error@+1 {{'wy.update' op a decay is one number or 8, found 'tensor<16xf32>'}}
  %0 = wy.update states(%S : tensor<8x16xf32>) decays(%e : tensor<16xf32>) -> tensor<8x16xf32>
  wy.yield %S : tensor<8x16xf32>
}

// -----

wy.scan @columns_axis chunk(4) key(8) value(16)
    state(%S: !delta.state<key, value>) params(%d: !delta.vec<key>, %e: !delta.vec<value>) -> () {
  // expected-error@+1 {{'wy.update' op the decay along value is one number or 16, found 'tensor<8xf32>'}}
  %0 = wy.update states(%S : tensor<8x16xf32>) value_decays(%d : tensor<8xf32>) -> tensor<8x16xf32>
  wy.yield %S : tensor<8x16xf32>
}

// -----

// W16: writes are pairs that make a state.

wy.scan @half_a_write chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.update' op a write is a pair of rows and columns}}
  %0 = wy.update states(%S : tensor<8x16xf32>) writes(%k : tensor<4x8xf32>) -> tensor<8x16xf32>
  wy.yield %S : tensor<8x16xf32>
}

// -----

wy.scan @write_order chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.update' op write 1 is of 'tensor<4x16xf32>' and 'tensor<4x8xf32>', which do not make 'tensor<8x16xf32>'}}
  %0 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v, %v, %k : tensor<4x8xf32>, tensor<4x16xf32>, tensor<4x16xf32>, tensor<4x8xf32>) -> tensor<8x16xf32>
  wy.yield %S : tensor<8x16xf32>
}
