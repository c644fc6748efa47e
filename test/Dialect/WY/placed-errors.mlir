// RUN: sluice-opt %s -split-input-file -verify-diagnostics

// What a channel is.

wy.placed @kind key(8) value(16) -> () {
  // expected-error@+1 {{a channel is of tokens, pairs, constant or state, found 'numbers'}}
  wy.scan @a chunk(4) key(8) value(16) channels(%A: numbers tensor<4x4xf32>) -> () {
    wy.yield
  }
}

// -----

wy.placed @start key(8) value(16) -> () {
  // expected-error@+1 {{a segment starts from zero, identity, ones or (channels), found 'channels'}}
  wy.scan @a chunk(4) key(8) value(16) segments(8 from channels) -> () {
    wy.yield
  }
}

// -----

// W28: a channel's tensor is one of a chunk.

wy.placed @pairs key(8) value(16) -> () {
  // expected-error@+1 {{'wy.scan' op channel 'A' of 'pairs' is 'tensor<4x4xf32>', found 'tensor<4x8xf32>'}}
  wy.scan @a chunk(4) key(8) value(16) channels(%A: pairs tensor<4x8xf32>) -> () {
    wy.yield
  }
}

// -----

wy.placed @tokens key(8) value(16) -> () {
  // expected-error@+1 {{'wy.scan' op channel 'k' of 'tokens' is 'tensor<4x8xf32>', found 'tensor<4x16xf32>'}}
  wy.scan @a chunk(4) key(8) value(16) channels(%k: tokens key tensor<4x16xf32>) -> () {
    wy.yield
  }
}

// -----

wy.placed @constant key(8) value(16) v_heads(%g: !delta.vec<value>) -> () {
  // expected-error@+1 {{'wy.scan' op channel 'd' of 'constant' is 'tensor<16xf32>', found 'tensor<8xf32>'}}
  wy.scan @a chunk(4) key(8) value(16) v_heads(%g: !delta.vec<value>) -> () channels(d: constant value tensor<8xf32>) {
    %d = wy.accumulate all log %g : tensor<4x16xf32> -> tensor<16xf32>
    wy.yield %d : tensor<16xf32>
  }
}

// -----

wy.placed @axis key(8) value(16) -> () {
  // expected-error@+1 {{'wy.scan' op channel 'A' of 'pairs' is without an axis, found 'key' and 'tensor<4x4xf32>'}}
  wy.scan @a chunk(4) key(8) value(16) channels(%A: pairs key tensor<4x4xf32>) -> () {
    wy.yield
  }
}

// -----

wy.placed @state key(8) value(16) -> () {
  // expected-error@+1 {{'wy.scan' op channel 'S' of 'state' is a matrix of f32 without an axis, found 'tensor<8xf32>'}}
  wy.scan @a chunk(4) key(8) value(16) channels(%S: state tensor<8xf32>) -> () {
    wy.yield
  }
}

// -----

wy.placed @body key(8) value(16) -> () {
  // expected-error@+1 {{'wy.scan' op a chunk of channel 'A' is 'tensor<4x4xf32>', found 'tensor<4x8xf32>'}}
  "wy.scan"() ({
  ^bb0(%A: tensor<4x8xf32>):
    wy.yield
  }) {sym_name = "a", chunk = 4, key_dim = 8, value_dim = 16, signature = #delta.signature<-> ()>,
      in_channels = [#wy.channel<"A" pairs tensor<4x4xf32>>]} : () -> ()
}

// -----

wy.placed @count key(8) value(16) -> () {
  // expected-error@+1 {{'wy.scan' op has 0 arguments, but a signature of 0 and 1 channels}}
  "wy.scan"() ({
    wy.yield
  }) {sym_name = "a", chunk = 4, key_dim = 8, value_dim = 16, signature = #delta.signature<-> ()>,
      in_channels = [#wy.channel<"A" pairs tensor<4x4xf32>>]} : () -> ()
}

// -----

// W29: names of channels.

wy.placed @argument key(8) value(16) qk_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scan' op argument or channel name 'k' is used twice}}
  "wy.scan"() ({
  ^bb0(%0: tensor<4x8xf32>, %1: tensor<4x4xf32>):
    wy.yield
  }) {sym_name = "a", chunk = 4, key_dim = 8, value_dim = 16, signature = #delta.signature<qk_heads(k: !delta.vec<key>) -> ()>,
      in_channels = [#wy.channel<"k" pairs tensor<4x4xf32>>]} : () -> ()
}

// -----

wy.placed @twice key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.scan' op channel name 'S0' is used twice}}
  wy.scan @a chunk(4) key(8) value(16) segments(8 from zero to(S0))
      state(%S: !delta.state<key, value>) -> () channels(S0: state tensor<8x16xf32>) {
    wy.yield %S, %S : tensor<8x16xf32>, tensor<8x16xf32>
  }
}

// -----

wy.placed @reserved key(8) value(16) -> () {
  // expected-error@+1 {{'wy.scan' op argument or channel name 'final_state' is reserved for a tensor of the run}}
  wy.scan @a chunk(4) key(8) value(16) channels(%final_state: state tensor<8x16xf32>) -> () {
    wy.yield
  }
}

// -----

// W30: segments.

wy.placed @part_of_a_chunk key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.scan' op a segment has at most 1048576 tokens, and whole chunks of 4, found 6}}
  wy.scan @a chunk(4) key(8) value(16) segments(6 from zero)
      state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<8x16xf32>
  }
}

// -----

wy.placed @no_state key(8) value(16) -> () {
  // expected-error@+1 {{'wy.scan' op has segments, so states that start anew in each}}
  wy.scan @a chunk(4) key(8) value(16) segments(8 from zero) -> () {
    wy.yield
  }
}

// -----

wy.placed @starts key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.scan' op has 1 states, so the start of a segment is as many channels, found 2}}
  wy.scan @a chunk(4) key(8) value(16) segments(8 from(b, c))
      state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<8x16xf32>
  }
}

// -----

wy.placed @ends key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.scan' op has 1 states, so a segment's end goes to as many channels, or to none, found 2}}
  wy.scan @a chunk(4) key(8) value(16) segments(8 from zero to(b, c))
      state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<8x16xf32>
  }
}

// -----

wy.placed @which key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.scan' op a start 'ones' is of a state below 1, found 1}}
  wy.scan @a chunk(4) key(8) value(16) segments(8 from ones(1))
      state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<8x16xf32>
  }
}

// -----

wy.placed @no_square key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.scan' op an identity has as many rows as columns, found 8 and 16}}
  wy.scan @a chunk(4) key(8) value(16) segments(8 from identity(0))
      state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<8x16xf32>
  }
}

// -----

// W31: a scan of channels or segments is not alone.

// expected-error@+1 {{'wy.scan' op has channels or segments, so it stands in 'wy.placed'}}
wy.scan @a chunk(4) key(8) value(16) channels(%A: pairs tensor<4x4xf32>) -> () {
  wy.yield
}

// -----

// expected-error@+1 {{'wy.scan' op has channels or segments, so it stands in 'wy.placed'}}
wy.scan @a chunk(4) key(8) value(16) segments(8 from zero) state(%S: !delta.state<key, value>) -> () {
  wy.yield %S : tensor<8x16xf32>
}

// -----

// W32: what goes through a channel. Here C = K = V.

wy.placed @pairs_and_vectors key(4) value(4) qk_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scan' op channel 'A' is of 'pairs', found a value of 'tokens key'}}
  wy.scan @a chunk(4) key(4) value(4) qk_heads(%k: !delta.vec<key>) -> () channels(A: pairs tensor<4x4xf32>) {
    wy.yield %k : tensor<4x4xf32>
  }
}

// -----

wy.placed @another_axis key(4) value(4) qk_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scan' op channel 'v' is of 'tokens value', found a value of 'tokens key'}}
  wy.scan @a chunk(4) key(4) value(4) qk_heads(%k: !delta.vec<key>) -> () channels(v: tokens value tensor<4x4xf32>) {
    wy.yield %k : tensor<4x4xf32>
  }
}

// -----

wy.placed @no_value key(8) value(16) -> () {
  wy.scan @a chunk(4) key(8) value(16) -> () channels(A: pairs tensor<4x4xf32>) {
    // expected-error@+1 {{'wy.yield' op yields 0 values, expected 1: the states, then the outputs, then the channels}}
    wy.yield
  }
}

// -----

// W33: transitions.

wy.placed @transitions key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  wy.scan @a chunk(4) key(8) value(16) state(%S: !delta.state<key, value>) -> () {
    // expected-error@+1 {{'wy.join' op has 1 states, so as many transitions, found 0}}
    %0 = wy.join left %S states(%S : tensor<8x16xf32>) : tensor<8x16xf32>
    wy.yield %0 : tensor<8x16xf32>
  }
}

// -----

wy.placed @states key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  wy.scan @a chunk(4) key(8) value(16) state(%S: !delta.state<key, value>) -> () {
    %M = wy.update -> tensor<8x8xf32>
    // expected-error@+1 {{'wy.join' op states have one type, found 'tensor<8x16xf32>' and 'tensor<8x8xf32>'}}
    %0 = wy.join left %S states(%M : tensor<8x8xf32>) transitions(%M : tensor<8x8xf32>) : tensor<8x16xf32>
    wy.yield %0 : tensor<8x16xf32>
  }
}

// -----

wy.placed @side key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  wy.scan @a chunk(4) key(8) value(16) state(%S: !delta.state<key, value>) -> () {
    %M = wy.update -> tensor<8x8xf32>
    // expected-error@+1 {{'wy.join' op a transition 'right' does not multiply 'tensor<8x16xf32>' by 'tensor<8x8xf32>'}}
    %0 = wy.join right %S states(%S : tensor<8x16xf32>) transitions(%M : tensor<8x8xf32>) : tensor<8x16xf32>
    wy.yield %0 : tensor<8x16xf32>
  }
}

// -----

wy.placed @factors key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  wy.scan @a chunk(4) key(8) value(16) state(%S: !delta.state<key, value>) -> () {
    %M = wy.update -> tensor<8x8xf32>
    // expected-error@+1 {{'wy.join' op a transition 'elementwise' does not multiply 'tensor<8x16xf32>' by 'tensor<8x8xf32>'}}
    %0 = wy.join elementwise %S states(%S : tensor<8x16xf32>) transitions(%M : tensor<8x8xf32>) : tensor<8x16xf32>
    wy.yield %0 : tensor<8x16xf32>
  }
}

// -----

// R1, R2: a placement's signature is a recurrence's.

// expected-error@+1 {{custom op 'wy.placed' argument name 'initial_state' is reserved for a tensor of the run}}
wy.placed @name key(8) value(16) qk_heads(%initial_state: !delta.vec<key>) -> () {
}

// -----

// expected-error@+1 {{custom op 'wy.placed' argument 'S' of type '!delta.state<key, value>' cannot stand in 'qk_heads'}}
wy.placed @clause key(8) value(16) qk_heads(%S: !delta.state<key, value>) -> () {
}

// -----

// expected-error@+1 {{custom op 'wy.placed' argument name 'k' is used twice}}
wy.placed @twice key(8) value(16) qk_heads(%k: !delta.vec<key>, %k: !delta.vec<key>) -> () {
}

// -----

// W34: what a placement holds.

wy.placed @holds key(8) value(16) -> () {
  // expected-error@+1 {{'func.func' op cannot stand in 'wy.placed': only scans can}}
  func.func private @f()
}

// -----

// W35: arguments of scans.

wy.placed @unknown key(8) value(16) qk_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scan' op argument 'q' is not one of the recurrence's}}
  wy.scan @a chunk(4) key(8) value(16) qk_heads(%q: !delta.vec<key>) -> () {
    wy.yield
  }
}

// -----

wy.placed @other_clause key(8) value(16) qk_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scan' op has argument v_heads(%k: !delta.vec<key>), expected qk_heads(%k: !delta.vec<key>) as the recurrence has}}
  wy.scan @a chunk(4) key(8) value(16) v_heads(%k: !delta.vec<key>) -> () {
    wy.yield
  }
}

// -----

wy.placed @size key(8) value(16) v_heads(%v: !delta.vec<value>) -> () {
  // expected-error@+1 {{'wy.scan' op argument 'v' has 16 elements along value, found 8}}
  wy.scan @a chunk(4) key(8) value(8) v_heads(%v: !delta.vec<value>) -> () {
    wy.yield
  }
}

// -----

wy.placed @range key(8) value(16) v_heads(%b: !delta.scalar range(0.0, 1.0)) -> () {
  // expected-error@+1 {{'wy.scan' op has argument v_heads(%b: !delta.scalar), expected v_heads(%b: !delta.scalar range(0, 1)) as the recurrence has}}
  wy.scan @a chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
    wy.yield
  }
}

// -----

// W36: states.

// expected-error@+1 {{'wy.placed' op no scan carries state 'S'}}
wy.placed @nobody key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  wy.scan @a chunk(4) key(8) value(16) segments(8 from zero) state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<8x16xf32>
  }
}

// -----

wy.placed @twice key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  // expected-note@+1 {{here}}
  wy.scan @a chunk(4) key(8) value(16) state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<8x16xf32>
  }
  // expected-error@+1 {{'wy.scan' op carries state 'S', which another scan carries}}
  wy.scan @b chunk(4) key(8) value(16) state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<8x16xf32>
  }
}

// -----

wy.placed @large key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.scan' op argument 'S' has 8 elements along key, found 4}}
  wy.scan @a chunk(4) key(4) value(16) state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<4x16xf32>
  }
}

// -----

// W37: outputs.

// expected-error@+1 {{'wy.placed' op no scan makes output 'o'}}
wy.placed @nobody key(8) value(16) -> (o: !delta.scalar) {
}

// -----

wy.placed @unknown key(8) value(16) v_heads(%v: !delta.vec<value>) -> (o: !delta.scalar) {
  // expected-error@+1 {{'wy.scan' op has output v_heads(o: !delta.vec<value>), expected v_heads(o: !delta.scalar) as the recurrence has}}
  wy.scan @a chunk(4) key(8) value(16) v_heads(%v: !delta.vec<value>) -> (o: !delta.vec<value>) {
    wy.yield %v : tensor<4x16xf32>
  }
}

// -----

wy.placed @other_kind key(8) value(16) v_heads(%v: !delta.vec<value>) -> params(o: !delta.vec<value>) {
  // expected-error@+1 {{'wy.scan' op has output v_heads(o: !delta.vec<value>), expected params(o: !delta.vec<value>) as the recurrence has}}
  wy.scan @a chunk(4) key(8) value(16) v_heads(%v: !delta.vec<value>) -> (o: !delta.vec<value>) {
    wy.yield %v : tensor<4x16xf32>
  }
}

// -----

wy.placed @other_output key(8) value(16) v_heads(%v: !delta.vec<value>) -> () {
  // expected-error@+1 {{'wy.scan' op output 'o' is not one of the recurrence's}}
  wy.scan @a chunk(4) key(8) value(16) v_heads(%v: !delta.vec<value>) -> (o: !delta.vec<value>) {
    wy.yield %v : tensor<4x16xf32>
  }
}

// -----

wy.placed @twice key(8) value(16) v_heads(%v: !delta.vec<value>) -> (o: !delta.vec<value>) {
  // expected-note@+1 {{here}}
  wy.scan @a chunk(4) key(8) value(16) v_heads(%v: !delta.vec<value>) -> (o: !delta.vec<value>) {
    wy.yield %v : tensor<4x16xf32>
  }
  // expected-error@+1 {{'wy.scan' op makes output 'o', which another scan makes}}
  wy.scan @b chunk(4) key(8) value(16) v_heads(%v: !delta.vec<value>) -> (o: !delta.vec<value>) {
    wy.yield %v : tensor<4x16xf32>
  }
}

// -----

wy.placed @short key(8) value(16) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{'wy.scan' op output 'o' has 16 elements along value, found 8}}
  wy.scan @a chunk(4) key(8) value(8) -> (o: !delta.vec<value>) {
    %o = wy.tokens() -> tensor<4x8xf32> {
      %0 = delta.scale
      %1 = delta.broadcast %0 : !delta.vec<value>
      wy.yield %1 : !delta.vec<value>
    }
    wy.yield %o : tensor<4x8xf32>
  }
}

// -----

// W38: uses of channels.

wy.placed @later key(8) value(16) qk_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scan' op no scan before this one makes channel 'x'}}
  wy.scan @a chunk(4) key(8) value(16) channels(%x: tokens key tensor<4x8xf32>) -> () {
    wy.yield
  }
  wy.scan @b chunk(4) key(8) value(16) qk_heads(%k: !delta.vec<key>) -> () channels(x: tokens key tensor<4x8xf32>) {
    wy.yield %k : tensor<4x8xf32>
  }
}

// -----

wy.placed @something_else key(4) value(4) qk_heads(%k: !delta.vec<key>) -> () {
  // expected-note@+1 {{here}}
  wy.scan @a chunk(4) key(4) value(4) qk_heads(%k: !delta.vec<key>) -> () channels(x: tokens key tensor<4x4xf32>) {
    wy.yield %k : tensor<4x4xf32>
  }
  // expected-error@+1 {{'wy.scan' op channel 'x' is something else where it is made}}
  wy.scan @b chunk(4) key(4) value(4) channels(%x: tokens value tensor<4x4xf32>) -> () {
    wy.yield
  }
}

// -----

wy.placed @tokens key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  // expected-note@+1 {{here}}
  wy.scan @a chunk(4) key(8) value(16) state(%S: !delta.state<key, value>) -> () channels(S0: state tensor<8x16xf32>) {
    wy.yield %S, %S : tensor<8x16xf32>, tensor<8x16xf32>
  }
  // expected-error@+1 {{'wy.scan' op channel 'S0' has a tensor for 4 tokens, used for 8}}
  wy.scan @b chunk(4) key(8) value(16) segments(8 from(S0)) state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<8x16xf32>
  }
}

// -----

// W39: a channel is made once.

wy.placed @twice key(8) value(16) qk_heads(%k: !delta.vec<key>) -> () {
  // expected-note@+1 {{here}}
  wy.scan @a chunk(4) key(8) value(16) qk_heads(%k: !delta.vec<key>) -> () channels(x: tokens key tensor<4x8xf32>) {
    wy.yield %k : tensor<4x8xf32>
  }
  // expected-error@+1 {{'wy.scan' op makes channel 'x', which another scan makes}}
  wy.scan @b chunk(4) key(8) value(16) qk_heads(%k: !delta.vec<key>) -> () channels(x: tokens key tensor<4x8xf32>) {
    wy.yield %k : tensor<4x8xf32>
  }
}
