// RUN: sluice-opt %s -split-input-file -verify-diagnostics
// One case for each rule; the numbers are those of dialects/WY/WYTokens.cpp.

// W17: maths of the delta dialect, without states.

wy.scan @foreign_op chunk(4) key(8) value(16) -> () {
  wy.tokens() -> () {
    // expected-error@+1 {{'arith.constant' op cannot stand in 'wy.tokens': only delta operations without states can}}
    %0 = arith.constant 1.0 : f32
    wy.yield
  }
  wy.yield
}

// -----

wy.scan @write chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  wy.tokens(%x: !delta.vec<key> = %k : tensor<4x8xf32>,
            %y: !delta.vec<value> = %v : tensor<4x16xf32>,
            %s: !delta.state<key, value> = %S : tensor<8x16xf32>) -> () {
    // expected-error@+1 {{'delta.write' op cannot stand in 'wy.tokens': only delta operations without states can}}
    %0 = delta.write %s, %x, %y
    wy.yield
  }
  wy.yield %S : tensor<8x16xf32>
}

// -----

wy.scan @chunk_op chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
  wy.tokens(%x: !delta.scalar = %b : tensor<4xf32>) -> () {
    // expected-error@+1 {{'wy.inverse' op expects parent op 'wy.scan', or another that holds a chunk}}
    %1 = wy.inverse at [] block(2) -> tensor<4x4xf32>
    wy.yield
  }
  wy.yield
}

// -----

wy.scan @other_yield chunk(4) key(8) value(16) -> () {
  wy.tokens() -> () {
    // expected-error@+1 {{'delta.yield' op expects parent op to be one of 'delta.recurrence, delta.adjoint'}}
    delta.yield states() outputs()
  }
  wy.yield
}

// -----

wy.scan @other_terminator chunk(4) key(8) value(16) -> () {
  // expected-error@+1 {{'wy.tokens' op ends with wy.yield}}
  wy.tokens() -> () {
    llvm.unreachable
  }
  wy.yield
}

// -----

wy.scan @from_above chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
  %0 = wy.tokens() -> tensor<4xf32> {
    // expected-error@+1 {{use of undeclared SSA value name}}
    wy.yield %b : tensor<4xf32>
  }
  wy.yield
}

// -----

// W18: tensors, and what one token has of them.

wy.scan @arguments chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
  // expected-error@+1 {{'wy.tokens' op binds 2 tensors to 1 arguments and 1 values to 1 results}}
  %0 = "wy.tokens"(%b, %b) ({
  ^bb0(%x: !delta.scalar):
    wy.yield %x : !delta.scalar
  }) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  wy.yield
}

// -----

wy.scan @results chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
  // expected-error@+1 {{'wy.tokens' op binds 1 tensors to 1 arguments and 2 values to 1 results}}
  %0 = wy.tokens(%x: !delta.scalar = %b : tensor<4xf32>) -> tensor<4xf32> {
    wy.yield %x, %x : !delta.scalar, !delta.scalar
  }
  wy.yield
}

// -----

wy.scan @axis chunk(4) key(8) value(16) v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.tokens' op '!delta.vec<value>' of one token does not stand for 'tensor<4x8xf32>' of a chunk}}
  wy.tokens(%x: !delta.vec<value> = %k : tensor<4x8xf32>) -> () {
    wy.yield
  }
  wy.yield
}

// -----

wy.scan @state chunk(4) key(8) value(16)
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.tokens' op '!delta.state<key, value>' of one token does not stand for 'tensor<8x16xf32>' of a chunk}}
  wy.tokens(%x: !delta.state<key, value> = %S : tensor<8x16xf32>) -> () {
    wy.yield
  }
  wy.yield %S : tensor<8x16xf32>
}

// -----

wy.scan @chunk_argument chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.tokens' op 'tensor<4x8xf32>' of one token does not stand for 'tensor<4x8xf32>' of a chunk}}
  wy.tokens(%x: tensor<4x8xf32> = %k : tensor<4x8xf32>) -> () {
    wy.yield
  }
  wy.yield
}

// -----

wy.scan @result_axis chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.tokens' op '!delta.vec<key>' of one token does not stand for 'tensor<4x16xf32>' of a chunk}}
  %0 = wy.tokens(%x: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x16xf32> {
    wy.yield %x : !delta.vec<key>
  }
  wy.yield
}

// -----

// A result has a row for each token, even where all are equal.

wy.scan @constant_result chunk(4) key(8) value(16)
    params(%d: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.tokens' op '!delta.vec<key>' of one token does not stand for 'tensor<8xf32>' of a chunk}}
  %0 = wy.tokens(%x: !delta.vec<key> = %d : tensor<8xf32>) -> tensor<8xf32> {
    wy.yield %x : !delta.vec<key>
  }
  wy.yield
}

// -----

%x = arith.constant dense<1.0> : tensor<4xf32>
// expected-error@+1 {{'wy.tokens' op expects parent op 'wy.scan'}}
wy.tokens(%y: !delta.scalar = %x : tensor<4xf32>) -> () {
  wy.yield
}
