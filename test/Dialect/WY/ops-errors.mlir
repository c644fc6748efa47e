// RUN: sluice-opt %s -split-input-file -verify-diagnostics
// One case for each rule; the numbers are those of dialects/WY/WYOps.cpp.

// W5: a gate and its kind.

wy.scan @kind_missing chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %b: !delta.scalar) -> () {
  // expected-error@+1 {{'wy.scores' op has a gate and says its kind, or neither}}
  %0 = "wy.scores"(%k, %k, %b) <{scheme = 2 : i32, operandSegmentSizes = array<i32: 1, 1, 1, 0>}> : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4xf32>) -> tensor<4x4xf32>
  wy.yield
}

// -----

wy.scan @gate_missing chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scores' op has a gate and says its kind, or neither}}
  %0 = "wy.scores"(%k, %k) <{kind = 0 : i32, scheme = 0 : i32, operandSegmentSizes = array<i32: 1, 1, 0, 0>}> : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x4xf32>
  wy.yield
}

// -----

// W5: n states, n² tensors.

wy.scan @one_gate_for_two chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %b: !delta.scalar) -> () {
  // expected-error@+1 {{'wy.scores' op has 2 states, so a gate of 4 tensors, found 1}}
  %0 = wy.scores rows(%k, %k : tensor<4x8xf32>, tensor<4x8xf32>) columns(%k, %k : tensor<4x8xf32>, tensor<4x8xf32>) gate(factor %b : tensor<4xf32>) dyadic -> tensor<4x4xf32>
  wy.yield
}

// -----

wy.scan @gates_of_apply chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) -> () {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.apply' op has 1 states, so a gate of 1 tensors, found 2}}
  %0 = wy.apply %A, %v gate(factor %v, %v : tensor<4x16xf32>, tensor<4x16xf32>) : tensor<4x4xf32>, tensor<4x16xf32>
  wy.yield
}

// -----

wy.scan @logs_of_two chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %b: !delta.scalar) -> () {
  // expected-error@+1 {{'wy.accumulate' op a gate of several states is given as factors}}
  %0:4 = wy.accumulate all log %b, %b, %b, %b : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32> -> tensor<f32>, tensor<f32>, tensor<f32>, tensor<f32>
  wy.yield
}

// -----

wy.scan @gate_types chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %b: !delta.scalar) -> () {
  // expected-error@+1 {{'wy.accumulate' op the tensors of a gate have one type, found 'tensor<4xf32>' and 'tensor<4x8xf32>'}}
  %0:4 = wy.accumulate before factor %b, %k, %b, %b : tensor<4xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  wy.yield
}

// -----

wy.scan @gate_axis chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) -> () {
  // expected-error@+1 {{'wy.scores' op a gate has 4 rows of one number or of 8, found 'tensor<4x16xf32>'}}
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(log %v : tensor<4x16xf32>) dyadic -> tensor<4x4xf32>
  wy.yield
}

// -----

wy.scan @gate_rows chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.apply' op a gate has 4 rows of one number or of 8, found 'tensor<8x16xf32>'}}
  %0 = wy.apply %A, %k gate(log %S : tensor<8x16xf32>) : tensor<4x4xf32>, tensor<4x8xf32>
  wy.yield %S : tensor<8x16xf32>
}

// -----

// W6: a sum has a term.

wy.scan @no_term chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.sum' op expected 1 or more operands, but found 0}}
  %0 = "wy.sum"() : () -> tensor<4x8xf32>
  wy.yield
}

// -----

// The trait: all of one type.

wy.scan @sum_types chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) -> () {
  // expected-error@+1 {{'wy.sum' op requires the same type for all operands and results}}
  %0 = "wy.sum"(%k, %v) : (tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<4x8xf32>
  wy.yield
}

// -----

// W7: results as the gate and the range say.

wy.scan @three_gates chunk(4) key(8) value(16)
    v_heads(%b: !delta.scalar) -> () {
  // expected-error@+1 {{'wy.accumulate' op a gate is 1, 4, 9, … tensors, found 3}}
  %0:3 = wy.accumulate before factor %b, %b, %b : tensor<4xf32>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  wy.yield
}

// -----

wy.scan @no_gate chunk(4) key(8) value(16)
    v_heads(%b: !delta.scalar) -> () {
  // expected-error@+1 {{'wy.accumulate' op a gate is 1, 4, 9, … tensors, found 0}}
  "wy.accumulate"() <{kind = 1 : i32, range = 0 : i32}> : () -> ()
  wy.yield
}

// -----

wy.scan @results_missing chunk(4) key(8) value(16)
    v_heads(%b: !delta.scalar) -> () {
  // expected-error@+1 {{'wy.accumulate' op has 4 gate tensors, so as many results, found 1}}
  %0 = wy.accumulate before factor %b, %b, %b, %b : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>
  wy.yield
}

// -----

wy.scan @rows_of_all chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.accumulate' op gives 'tensor<8xf32>', found 'tensor<4x8xf32>'}}
  %0 = wy.accumulate all log %k : tensor<4x8xf32> -> tensor<4x8xf32>
  wy.yield
}

// -----

wy.scan @no_rows_of_before chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.accumulate' op gives 'tensor<4x8xf32>', found 'tensor<8xf32>'}}
  %0 = wy.accumulate before log %k : tensor<4x8xf32> -> tensor<8xf32>
  wy.yield
}

// -----

// W8: one row and one column tensor a state, of one type.

wy.scan @columns_missing chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scores' op has as many columns as rows, and at least one, found 1 and 2}}
  %0 = wy.scores rows(%k, %k : tensor<4x8xf32>, tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  wy.yield
}

// -----

wy.scan @no_rows chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scores' op has as many columns as rows, and at least one, found 0 and 0}}
  %0 = "wy.scores"() <{scheme = 0 : i32, operandSegmentSizes = array<i32: 0, 0, 0, 0>}> : () -> tensor<4x4xf32>
  wy.yield
}

// -----

wy.scan @rows_and_columns chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) -> () {
  // expected-error@+1 {{'wy.scores' op rows and columns have one type, found 'tensor<4x8xf32>' and 'tensor<4x16xf32>'}}
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%v : tensor<4x16xf32>) ungated -> tensor<4x4xf32>
  wy.yield
}

// -----

wy.scan @scores_result chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scores' op gives 4 × 4 scores, found 'tensor<4x8xf32>'}}
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x8xf32>
  wy.yield
}

// -----

wy.scan @diagonal chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) params(%d: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scores' op the diagonal has 4 elements, found 'tensor<8xf32>'}}
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) diagonal(%d : tensor<8xf32>) ungated -> tensor<4x4xf32>
  wy.yield
}

// -----

wy.scan @matrix_diagonal chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scores' op operand #2 must be 1D tensor of 32-bit float values, but got 'tensor<4x8xf32>'}}
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) diagonal(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  wy.yield
}

// -----

// W9: the scheme suits the gate.

wy.scan @ungated chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scores' op scheme 'ungated' does not suit gated scores}}
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(log %k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  wy.yield
}

// -----

// W9: a bound goes with the scheme that needs one, and is one that it can use.

wy.scan @unbounded chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scores' op scheme 'shifted' needs a bound on the gate}}
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(log %k : tensor<4x8xf32>) shifted -> tensor<4x4xf32>
  wy.yield
}

// -----

wy.scan @bounded_dyadic chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scores' op scheme 'dyadic' takes no bound on the gate}}
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(log %k : tensor<4x8xf32>) bound(<-5.0, 0.0>) dyadic -> tensor<4x4xf32>
  wy.yield
}

// -----

wy.scan @coupled chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scores' op scheme 'shifted' needs one gate}}
  %0 = wy.scores rows(%k, %k : tensor<4x8xf32>, tensor<4x8xf32>) columns(%k, %k : tensor<4x8xf32>, tensor<4x8xf32>) gate(factor %k, %k, %k, %k : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) bound(<0.5, 1.0>) shifted -> tensor<4x4xf32>
  wy.yield
}

// -----

wy.scan @growing chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scores' op a shifted gate is at most 0 and above -inf, found a bound of #delta.range<-1.000000e+00, 1.000000e+00>}}
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(log %k : tensor<4x8xf32>) bound(<-1.0, 1.0>) shifted -> tensor<4x4xf32>
  wy.yield
}

// -----

wy.scan @forgetting chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scores' op a shifted gate is at most 0 and above -inf, found a bound of #delta.range<-inf, 0.000000e+00>}}
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(log %k : tensor<4x8xf32>) bound(<-inf, 0.0>) shifted -> tensor<4x4xf32>
  wy.yield
}

// -----

wy.scan @zero_factor chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scores' op a shifted gate is above 0 and at most 1, found a bound of #delta.range<0.000000e+00, 1.000000e+00>}}
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(factor %k : tensor<4x8xf32>) bound(<0.0, 1.0>) shifted -> tensor<4x4xf32>
  wy.yield
}

// -----

wy.scan @dyadic chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scores' op scheme 'dyadic' does not suit scores without a gate}}
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) dyadic -> tensor<4x4xf32>
  wy.yield
}

// -----

wy.scan @after_product chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.scores' op scheme 'after_product' needs one scalar gate}}
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(log %k : tensor<4x8xf32>) after_product -> tensor<4x4xf32>
  wy.yield
}

// -----

wy.scan @unknown_scheme chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{custom op 'wy.scores' expected string or keyword containing one of the following enum values for attribute 'scheme' [ungated, after_product, dyadic, pairwise, shifted]}}
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) blocked -> tensor<4x4xf32>
  wy.yield
}

// -----

// W10: scores are C × C.

wy.scan @apply_scores chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) -> () {
  // expected-error@+1 {{'wy.apply' op scores are 4 × 4, found 'tensor<4x8xf32>'}}
  %0 = wy.apply %k, %v : tensor<4x8xf32>, tensor<4x16xf32>
  wy.yield
}

// -----

wy.scan @apply_result chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) -> () {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.apply' op failed to verify that all of {values, result} have same type}}
  %0 = "wy.apply"(%A, %v) : (tensor<4x4xf32>, tensor<4x16xf32>) -> tensor<4x8xf32>
  wy.yield
}

// -----

// W19: what has a row for each token has C of them.

wy.scan @tokens_of_accumulate chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.accumulate' op a chunk has 4 tokens, found 'tensor<8x16xf32>'}}
  %0 = wy.accumulate before log %S : tensor<8x16xf32> -> tensor<8x16xf32>
  wy.yield %S : tensor<8x16xf32>
}

// -----

wy.scan @tokens_of_scores chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.scores' op a chunk has 4 tokens, found 'tensor<8x16xf32>'}}
  %0 = wy.scores rows(%S : tensor<8x16xf32>) columns(%S : tensor<8x16xf32>) ungated -> tensor<8x8xf32>
  wy.yield %S : tensor<8x16xf32>
}

// -----

wy.scan @tokens_of_apply chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.apply' op a chunk has 4 tokens, found 'tensor<8x16xf32>'}}
  %0 = wy.apply %A, %S : tensor<4x4xf32>, tensor<8x16xf32>
  wy.yield %S : tensor<8x16xf32>
}

// -----

wy.scan @tokens_of_solve chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.solve' op a chunk has 4 tokens, found 'tensor<8x16xf32>'}}
  %0 = wy.solve rhs(%S : tensor<8x16xf32>) terms [] -> tensor<8x16xf32>
  wy.yield %S : tensor<8x16xf32>
}

// -----

wy.scan @tokens_of_read chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.read' op a chunk has 4 tokens, found 'tensor<8x16xf32>'}}
  %0 = wy.read right %S, %S : tensor<8x16xf32>, tensor<8x16xf32> -> tensor<8x8xf32>
  wy.yield %S : tensor<8x16xf32>
}

// -----

wy.scan @tokens_of_update chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.update' op a chunk has 4 tokens, found 'tensor<8x16xf32>'}}
  %0 = wy.update states(%S : tensor<8x16xf32>) writes(%S, %k : tensor<8x16xf32>, tensor<4x8xf32>) -> tensor<8x16xf32>
  wy.yield %S : tensor<8x16xf32>
}

// -----

// Traits and types.

wy.scan @result_rank chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>, %b: !delta.scalar) -> () {
  // expected-error@+1 {{'wy.read' op operand #0 must be 2D tensor of 32-bit float values, but got 'tensor<4xf32>'}}
  %0 = wy.read left %b, %k : tensor<4xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  wy.yield
}

// -----

wy.scan @element_type chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> () {
  // expected-error@+1 {{'wy.sum' op result #0 must be 0D/1D/2D tensor of 32-bit float values, but got 'tensor<4xf64>'}}
  %0 = "wy.sum"() : () -> tensor<4xf64>
  wy.yield
}

// -----

%x = arith.constant dense<1.0> : tensor<4xf32>
// expected-error@+1 {{'wy.sum' op expects parent op 'wy.scan'}}
%0 = wy.sum %x : tensor<4xf32>

// -----

func.func @yield_outside() {
  // expected-error@+1 {{'wy.yield' op expects parent op 'wy.scan', 'wy.tokens' or another that holds a chunk}}
  wy.yield
}
