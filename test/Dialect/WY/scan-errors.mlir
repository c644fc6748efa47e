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
    value_dim = 16 : i64, arg_names = [], arg_kinds = [], arg_types = [],
    output_names = [], output_types = []}> ({
  wy.yield
}) : () -> ()

// -----

// W2: the lists of the generic form fit the arguments.

// expected-error@+1 {{'wy.scan' op has 1 arguments, but 2 names, 1 kinds and 0 types}}
"wy.scan"() <{sym_name = "lists", chunk = 4 : i64, key_dim = 8 : i64,
    value_dim = 16 : i64, arg_names = ["S", "M"],
    arg_kinds = [#delta.kind<state>], arg_types = [], output_names = [],
    output_types = []}> ({
^bb0(%S: tensor<8x16xf32>):
  wy.yield %S : tensor<8x16xf32>
}) : () -> ()

// -----

// expected-error@+1 {{'wy.scan' op has 1 output names, but 0 output types}}
"wy.scan"() <{sym_name = "outputs", chunk = 4 : i64, key_dim = 8 : i64,
    value_dim = 16 : i64, arg_names = [], arg_kinds = [], arg_types = [],
    output_names = ["o"], output_types = []}> ({
  wy.yield
}) : () -> ()

// -----

// W2: types of arguments and outputs.

// expected-error@+1 {{'wy.scan' op argument 'b' is a scalar, a vector or a state of the delta dialect, found 'f32'}}
wy.scan @foreign_type chunk(4) key(8) value(16) v_heads(%b: f32) -> () {
  wy.yield
}

// -----

// expected-error@+1 {{'wy.scan' op argument 'M' of type '!delta.state<key, value>' cannot stand in 'v_heads'}}
wy.scan @state_in_heads chunk(4) key(8) value(16)
    v_heads(%M: !delta.state<key, value>) -> () {
  wy.yield
}

// -----

// expected-error@+1 {{'wy.scan' op argument 'g' of type '!delta.vec<key>' cannot stand in 'state'}}
wy.scan @vector_in_state chunk(4) key(8) value(16)
    state(%g: !delta.vec<key>) -> () {
  wy.yield %g : tensor<8xf32>
}

// -----

// expected-error@+1 {{'wy.scan' op a chunk of argument 'k' is 'tensor<4x8xf32>', found 'tensor<5x8xf32>'}}
"wy.scan"() <{sym_name = "tensor", chunk = 4 : i64, key_dim = 8 : i64,
    value_dim = 16 : i64, arg_names = ["k"],
    arg_kinds = [#delta.kind<qk_heads>], arg_types = [!delta.vec<key>],
    output_names = [], output_types = []}> ({
^bb0(%k: tensor<5x8xf32>):
  wy.yield
}) : () -> ()

// -----

// expected-error@+1 {{'wy.scan' op output 'o' is a scalar or a vector, found '!delta.state<key, value>'}}
wy.scan @output_state chunk(4) key(8) value(16)
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

wy.scan @constant_output chunk(4) key(8) value(16)
    params(%A: !delta.scalar) -> (o: !delta.scalar) {
  // expected-error@+1 {{'wy.yield' op value 0 is 'tensor<f32>', expected 'tensor<4xf32>'}}
  wy.yield %A : tensor<f32>
}

// -----

// W20: names are identifiers, distinct, and none is reserved.

// expected-error@+1 {{'wy.scan' op argument name '0' is not an identifier (letters, digits and _, not starting with a digit)}}
wy.scan @numbered chunk(4) key(8) value(16) v_heads(%0: !delta.scalar) -> () {
  wy.yield
}

// -----

// expected-error@+1 {{'wy.scan' op argument name '' is not an identifier (letters, digits and _, not starting with a digit)}}
"wy.scan"() <{sym_name = "empty_name", chunk = 4 : i64, key_dim = 8 : i64,
    value_dim = 16 : i64, arg_names = [""], arg_kinds = [#delta.kind<v_heads>],
    arg_types = [!delta.scalar], output_names = [], output_types = []}> ({
^bb0(%b: tensor<4xf32>):
  wy.yield
}) : () -> ()

// -----

// expected-error@+1 {{'wy.scan' op argument name 'S' stands twice}}
"wy.scan"() <{sym_name = "argument_twice", chunk = 4 : i64, key_dim = 8 : i64,
    value_dim = 16 : i64, arg_names = ["S", "S"],
    arg_kinds = [#delta.kind<v_heads>, #delta.kind<state>],
    arg_types = [!delta.scalar, !delta.state<key, value>], output_names = [],
    output_types = []}> ({
^bb0(%b: tensor<4xf32>, %S: tensor<8x16xf32>):
  wy.yield %S : tensor<8x16xf32>
}) : () -> ()

// -----

// expected-error@+1 {{'wy.scan' op output name 'o' stands twice}}
wy.scan @output_twice chunk(4) key(8) value(16) v_heads(%b: !delta.scalar)
    -> (o: !delta.scalar, o: !delta.scalar) {
  wy.yield %b, %b : tensor<4xf32>, tensor<4xf32>
}

// -----

// expected-error@+1 {{'wy.scan' op output name 'final_state' is reserved for a tensor of the run}}
wy.scan @reserved chunk(4) key(8) value(16) v_heads(%b: !delta.scalar)
    -> (final_state: !delta.scalar) {
  wy.yield %b : tensor<4xf32>
}

// -----

// W20: ranges, as in a recurrence.

// expected-error@+1 {{'wy.scan' op argument 'S' is a state: scalars and vectors have ranges}}
wy.scan @range chunk(4) key(8) value(16)
    state(%S: !delta.state<key, value> range(-1.0, 1.0)) -> () {
  wy.yield %S : tensor<8x16xf32>
}

// -----

// R13: the clauses are a recurrence's.

// expected-error@+1 {{custom op 'wy.scan' unknown clause 'heads': expected qk_heads, v_heads, params or state}}
wy.scan @clause chunk(4) key(8) value(16) heads(%b: !delta.scalar) -> () {
}
