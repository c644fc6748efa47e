// RUN: sluice-opt %s --wy-report-stages -o /dev/null | FileCheck %s

// The transition of a segment in time. C = 4, K = 8, V = 16.

// Decays along both axes and no read: their products, 8 + 16 numbers. To join: a
// product and a sum for each of 8·16.
// CHECK-LABEL: scan @decays:
// CHECK: segments of 16 chunks
// CHECK: transition of a segment: decays, 24 numbers; FLOP to form it: 24 a chunk, to join: 256 a segment
wy.scan @decays chunk(4) key(8) value(16)
    v_heads(%g: !delta.vec<key>, %h: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %d = wy.accumulate all log %g : tensor<4x8xf32> -> tensor<8xf32>
  %e = wy.accumulate all log %h : tensor<4x16xf32> -> tensor<16xf32>
  %S1 = wy.update states(%S : tensor<8x16xf32>) decays(%d : tensor<8xf32>) value_decays(%e : tensor<16xf32>)
      writes(%g, %h : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1 : tensor<8x16xf32>
}

// Two states, S fed by M: 2 x 2 factors a channel would be 4 tensors; here one
// update has two (2·2·3 FLOP, 2 numbers) and one has one. Three pairs to join.
// CHECK-LABEL: scan @coupled_decays:
// CHECK: transition of a segment: decays, 3 numbers; FLOP to form it: 7 a chunk, to join: 768 a segment
wy.scan @coupled_decays chunk(4) key(8) value(16)
    params(%f: !delta.scalar)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) -> () {
  %S1 = wy.update states(%S, %M : tensor<8x16xf32>, tensor<8x16xf32>) decays(%f, %f : tensor<f32>, tensor<f32>) -> tensor<8x16xf32>
  %M1 = wy.update states(%M : tensor<8x16xf32>) decays(%f : tensor<f32>) -> tensor<8x16xf32>
  wy.yield %S1, %M1 : tensor<8x16xf32>, tensor<8x16xf32>
}

// Reads from the right: 16 x 16. The scan stage with K = 16: the read and the
// write of what was read, 2·4·16·16 each, the decay 16·16, the product with a
// scalar 4·16; without the plain write. To join: 2·8·16·16.
// CHECK-LABEL: scan @right:
// CHECK: transition of a segment: 16x16; FLOP to form it: 4416 a chunk, to join: 4096 a segment
wy.scan @right chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>, %beta: !delta.scalar)
    params(%f: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %p = wy.read right %S, %v : tensor<8x16xf32>, tensor<4x16xf32> -> tensor<4x8xf32>
  %x = wy.tokens(%p1: !delta.vec<key> = %p : tensor<4x8xf32>,
                 %b1: !delta.scalar = %beta : tensor<4xf32>) -> tensor<4x8xf32> {
    %x1 = delta.mul %b1, %p1
    wy.yield %x1 : !delta.vec<key>
  }
  %S1 = wy.update states(%S : tensor<8x16xf32>) value_decays(%f : tensor<16xf32>)
      writes(%x, %v, %k, %v : tensor<4x8xf32>, tensor<4x16xf32>, tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1 : tensor<8x16xf32>
}

// S sees M and itself, M itself: an 8 x 8 matrix for each of three pairs. With
// the identity in S: the read of S (512) and the write (512); in M: both updates
// with nothing but a copy, and the addition's one term: 0.
// CHECK-LABEL: scan @coupled:
// CHECK: transition of a segment: 8x8 for each of 3 pairs of states; FLOP to form it: 1024 a chunk, to join: 6144 a segment
wy.scan @coupled chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) -> () {
  %p = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %S1 = wy.update states(%S, %M : tensor<8x16xf32>, tensor<8x16xf32>) writes(%k, %p : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  %M1 = wy.update states(%M : tensor<8x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1, %M1 : tensor<8x16xf32>, tensor<8x16xf32>
}

// What differs from column to column leaves no single matrix, and no placement.
// CHECK-LABEL: scan @gated_columns:
// CHECK-NOT: segments of
// CHECK: transition of a segment: none, 'wy.update' has a decay that differs along value: the transition is a matrix for each
wy.scan @gated_columns chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>)
    params(%f: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %p = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %S1 = wy.update states(%S : tensor<8x16xf32>) value_decays(%f : tensor<16xf32>) writes(%k, %p : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1 : tensor<8x16xf32>
}

// CHECK-LABEL: scan @weighted:
// CHECK: transition of a segment: none, 'wy.solve' has a weight that differs along value
wy.scan @weighted chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %w: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %p = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %Y = wy.solve rhs(%p : tensor<4x16xf32>) scores(%A : tensor<4x4xf32>) weights [0] (%w : tensor<4x16xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  %S1 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %Y : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1 : tensor<8x16xf32>
}

// CHECK-LABEL: scan @gated_solve:
// CHECK: transition of a segment: none, 'wy.solve' has a gate that differs along value
wy.scan @gated_solve chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %g: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %p = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %Y = wy.solve rhs(%p : tensor<4x16xf32>) scores(%A : tensor<4x4xf32>) gates [0] (log %g : tensor<4x16xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  %S1 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %Y : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1 : tensor<8x16xf32>
}

// CHECK-LABEL: scan @factor:
// CHECK: transition of a segment: none, 'delta.mul' has a factor that differs along value
wy.scan @factor chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %w: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %p = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %y = wy.tokens(%p1: !delta.vec<value> = %p : tensor<4x16xf32>,
                 %w1: !delta.vec<value> = %w : tensor<4x16xf32>) -> tensor<4x16xf32> {
    %e = delta.sub %w1, %p1
    %y1 = delta.mul %w1, %e
    wy.yield %y1 : !delta.vec<value>
  }
  %S1 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %y : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1 : tensor<8x16xf32>
}

// CHECK-LABEL: scan @sides:
// CHECK: transition of a segment: none, 'wy.read' meets one from the other side
wy.scan @sides chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) -> () {
  %p = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %x = wy.read right %M, %v : tensor<8x16xf32>, tensor<4x16xf32> -> tensor<4x8xf32>
  %S1 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %p : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  %M1 = wy.update states(%M : tensor<8x16xf32>) writes(%x, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1, %M1 : tensor<8x16xf32>, tensor<8x16xf32>
}

// Graphs that no derivation makes: they are not linear.

// CHECK-LABEL: scan @tanh:
// CHECK: transition of a segment: none, 'delta.tanh' is not linear in what was read from the states
wy.scan @tanh chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> () {
  %p = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %y = wy.tokens(%p1: !delta.vec<value> = %p : tensor<4x16xf32>) -> tensor<4x16xf32> {
    %y1 = delta.tanh %p1
    wy.yield %y1 : !delta.vec<value>
  }
  %S1 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %y : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1 : tensor<8x16xf32>
}

// CHECK-LABEL: scan @square:
// CHECK: transition of a segment: none, 'wy.update' multiplies two values that depend on the states
wy.scan @square chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %p = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %x = wy.tokens(%p1: !delta.vec<value> = %p : tensor<4x16xf32>, %k1: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    wy.yield %k1 : !delta.vec<key>
  }
  %S1 = wy.update states(%S : tensor<8x16xf32>) writes(%x, %p : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1 : tensor<8x16xf32>
}
