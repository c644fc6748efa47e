// RUN: sluice-opt %s -split-input-file -verify-diagnostics
// One case for each rule; the numbers are those of dialects/WY/WYScan.cpp.

// W1: sizes, before types are made of them.

// expected-error@+1 {{custom op 'wy.scan' the size 'chunk' is between 1 and 2^20, found 0}}
wy.scan @no_tokens chunk(0) key(8) value(16) -> () {
  wy.yield
}

// -----

// expected-error@+1 {{custom op 'wy.scan' the size 'key' is between 1 and 2^20, found -8}}
wy.scan @negative chunk(4) key(-8) value(16) -> () {
  wy.yield
}

// -----

// expected-error@+1 {{custom op 'wy.scan' the size 'value' is between 1 and 2^20, found 1048577}}
wy.scan @too_many chunk(4) key(8) value(1048577) -> () {
  wy.yield
}

// -----

// expected-error@+1 {{'wy.scan' op 'key_dim' is between 1 and 2^20, found 0}}
"wy.scan"() <{sym_name = "generic", chunk = 4 : i64, key_dim = 0 : i64,
    value_dim = 16 : i64, signature = #delta.signature<-> ()>}> ({
  wy.yield
}) : () -> ()

// -----

// W2: the generic form has a signature, of the graph's arguments.

// expected-error@+1 {{'wy.scan' op has 1 arguments, but a signature of 2}}
"wy.scan"() <{sym_name = "count", chunk = 4 : i64, key_dim = 8 : i64,
    value_dim = 16 : i64, signature = #delta.signature<
        v_heads(b: !delta.scalar) state(S: !delta.state<key, value>) -> ()>}> ({
^bb0(%S: tensor<8x16xf32>):
  wy.yield %S : tensor<8x16xf32>
}) : () -> ()

// -----

// expected-error@+1 {{'wy.scan' op requires attribute 'signature'}}
"wy.scan"() <{sym_name = "missing", chunk = 4 : i64, key_dim = 8 : i64,
    value_dim = 16 : i64}> ({
  wy.yield
}) : () -> ()

// -----

// R2, R4: types of arguments and outputs, as in a recurrence.

// expected-error@+1 {{custom op 'wy.scan' argument 'b' is a scalar, a vector or a state, found 'f32'}}
wy.scan @foreign_type chunk(4) key(8) value(16) v_heads(%b: f32) -> () {
  wy.yield
}

// -----

wy.scan @state_in_heads chunk(4) key(8) value(16)
    // expected-error@+1 {{custom op 'wy.scan' argument 'M' of type '!delta.state<key, value>' cannot stand in 'v_heads'}}
    v_heads(%M: !delta.state<key, value>) -> () {
  wy.yield
}

// -----

wy.scan @vector_in_state chunk(4) key(8) value(16)
    // expected-error@+1 {{custom op 'wy.scan' argument 'g' of type '!delta.vec<key>' cannot stand in 'state'}}
    state(%g: !delta.vec<key>) -> () {
  wy.yield %g : tensor<8xf32>
}

// -----

// W2: a chunk's tensor for each argument.

// expected-error@+1 {{'wy.scan' op a chunk of argument 'k' is 'tensor<4x8xf32>', found 'tensor<5x8xf32>'}}
"wy.scan"() <{sym_name = "tensor", chunk = 4 : i64, key_dim = 8 : i64,
    value_dim = 16 : i64,
    signature = #delta.signature<qk_heads(k: !delta.vec<key>) -> ()>}> ({
^bb0(%k: tensor<5x8xf32>):
  wy.yield
}) : () -> ()

// -----

wy.scan @output_state chunk(4) key(8) value(16)
    // expected-error@+1 {{custom op 'wy.scan' output 'o' is a scalar or a vector, found '!delta.state<key, value>'}}
    state(%S: !delta.state<key, value>) -> (o: !delta.state<key, value>) {
  wy.yield %S, %S : tensor<8x16xf32>, tensor<8x16xf32>
}

// -----

// W3: the body is a graph of wy operations, and of others that are pure.

wy.scan @effects chunk(4) key(8) value(16) -> () {
  // expected-error@+1 {{'memref.alloc' op cannot stand in a chunk's graph: only wy operations, and pure ones of other dialects, can}}
  %m = memref.alloc() : memref<4xf32>
  wy.yield
}

// -----

wy.scan @foreign_terminator chunk(4) key(8) value(16) -> () {
  // expected-error@+1 {{'llvm.unreachable' op cannot stand in a chunk's graph: only wy operations, and pure ones of other dialects, can}}
  llvm.unreachable
}

// -----

wy.scan @delta_op chunk(4) key(8) value(16) -> () {
  // expected-error@+1 {{'delta.scale' op expects parent op 'delta.recurrence', or another that holds a step}}
  %c = delta.scale
  wy.yield
}

// -----

wy.scan @nested chunk(4) key(8) value(16) -> () {
  // expected-error@+1 {{'wy.scan' op symbol's parent must have the SymbolTable trait}}
  wy.scan @inner chunk(4) key(8) value(16) -> () {
    wy.yield
  }
  wy.yield
}

// -----

wy.scan @no_yield chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
  // expected-error@+1 {{block with no terminator}}
  %0 = wy.sum %b : tensor<4xf32>
}

// -----

// expected-error@+1 {{'wy.scan' op expects a non-empty block}}
wy.scan @empty chunk(4) key(8) value(16) v_heads(%b: !delta.scalar) -> () {
}

// -----

// W4: the yield gives the states after the chunk, then the outputs.

wy.scan @outputs_missing chunk(4) key(8) value(16)
    state(%S: !delta.state<key, value>) -> (o: !delta.scalar) {
  // expected-error@+1 {{'wy.yield' op yields 1 values, expected 2: the states, then the outputs}}
  wy.yield %S : tensor<8x16xf32>
}

// -----

wy.scan @outputs_first chunk(4) key(8) value(16) v_heads(%b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.scalar) {
  // expected-error@+1 {{'wy.yield' op value 0 is 'tensor<4xf32>', expected 'tensor<8x16xf32>'}}
  wy.yield %b, %S : tensor<4xf32>, tensor<8x16xf32>
}

// -----

// Outputs of other kinds are what each token gives, too.

wy.scan @constant_output chunk(4) key(8) value(16)
    params(%A: !delta.scalar) -> params(o: !delta.scalar) {
  // expected-error@+1 {{'wy.yield' op value 0 is 'tensor<f32>', expected 'tensor<4xf32>'}}
  wy.yield %A : tensor<f32>
}

// -----

// R1: names are identifiers, distinct, and none is reserved.

// expected-error@+1 {{custom op 'wy.scan' argument name '0' is not an identifier (letters, digits and _, not starting with a digit)}}
wy.scan @numbered chunk(4) key(8) value(16) v_heads(%0: !delta.scalar) -> () {
  wy.yield
}

// -----

wy.scan @output_twice chunk(4) key(8) value(16) v_heads(%b: !delta.scalar)
    // expected-error@+1 {{custom op 'wy.scan' output name 'o' is used twice}}
    -> (o: !delta.scalar, o: !delta.scalar) {
  wy.yield %b, %b : tensor<4xf32>, tensor<4xf32>
}

// -----

wy.scan @reserved chunk(4) key(8) value(16) v_heads(%b: !delta.scalar)
    // expected-error@+1 {{custom op 'wy.scan' output name 'final_state' is reserved for a tensor of the run}}
    -> (final_state: !delta.scalar) {
  wy.yield %b : tensor<4xf32>
}

// -----

// R16: states have no range.

wy.scan @range chunk(4) key(8) value(16)
    // expected-error@+1 {{custom op 'wy.scan' argument 'S' is a state: scalars and vectors have ranges}}
    state(%S: !delta.state<key, value> range(-1.0, 1.0)) -> () {
  wy.yield %S : tensor<8x16xf32>
}

// -----

// R13: the clauses are a recurrence's.

// expected-error@+1 {{custom op 'wy.scan' unknown clause 'heads': expected qk_heads, v_heads, params or state}}
wy.scan @clause chunk(4) key(8) value(16) heads(%b: !delta.scalar) -> () {
}
