// RUN: sluice-opt %s -split-input-file -verify-diagnostics
// One case for each rule; the numbers are those of dialects/WY/WYOps.cpp.

// W11: one type for all unknowns.

wy.scan @results_of_solve chunk(4) key(8) value(16)
    v_heads(%v: !delta.vec<value>) -> () {
  // expected-error@+1 {{'wy.solve' op has as many results as right sides, and at least one, found 1 and 2}}
  %0 = wy.solve rhs(%v, %v : tensor<4x16xf32>, tensor<4x16xf32>) terms [] -> tensor<4x16xf32>
  wy.yield
}

// -----

wy.scan @no_unknown chunk(4) key(8) value(16)
    v_heads(%v: !delta.vec<value>) -> () {
  // expected-error@+1 {{'wy.solve' op has as many results as right sides, and at least one, found 0 and 0}}
  "wy.solve"() <{terms = [], operandSegmentSizes = array<i32: 0, 0, 0, 0>}> : () -> ()
  wy.yield
}

// -----

wy.scan @unknowns chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) -> () {
  // expected-error@+1 {{'wy.solve' op right sides, weights and results have one type, found 'tensor<4x8xf32>' and 'tensor<4x16xf32>'}}
  %0:2 = wy.solve rhs(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) terms [] -> tensor<4x8xf32>, tensor<4x16xf32>
  wy.yield
}

// -----

wy.scan @weight chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) -> () {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.solve' op right sides, weights and results have one type, found 'tensor<4x16xf32>' and 'tensor<4x8xf32>'}}
  %0 = wy.solve rhs(%v : tensor<4x16xf32>) scores(%A : tensor<4x4xf32>) weights [0](%k : tensor<4x8xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  wy.yield
}

// -----

// W12: a term for each scores, a pair of unknowns.

wy.scan @terms_missing chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) -> () {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.solve' op has 2 scores, so as many terms, found 1}}
  %0 = wy.solve rhs(%v : tensor<4x16xf32>) scores(%A, %A : tensor<4x4xf32>, tensor<4x4xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  wy.yield
}

// -----

wy.scan @unknown_1 chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) -> () {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.solve' op a term is a pair of unknowns below 1, found [0, 1]}}
  %0 = wy.solve rhs(%v : tensor<4x16xf32>) scores(%A : tensor<4x4xf32>) terms [[0, 1]] -> tensor<4x16xf32>
  wy.yield
}

// -----

wy.scan @unknown_negative chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) -> () {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.solve' op a term is a pair of unknowns below 1, found [-1, 0]}}
  %0 = wy.solve rhs(%v : tensor<4x16xf32>) scores(%A : tensor<4x4xf32>) terms [[-1, 0]] -> tensor<4x16xf32>
  wy.yield
}

// -----

wy.scan @one_unknown chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) -> () {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.solve' op a term is a pair of unknowns below 1, found [0]}}
  %0 = wy.solve rhs(%v : tensor<4x16xf32>) scores(%A : tensor<4x4xf32>) terms [[0]] -> tensor<4x16xf32>
  wy.yield
}

// -----

wy.scan @no_pair chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) -> () {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.solve' op a term is a pair of unknowns below 1, found 0 : i64}}
  %0 = wy.solve rhs(%v : tensor<4x16xf32>) scores(%A : tensor<4x4xf32>) terms [0] -> tensor<4x16xf32>
  wy.yield
}

// -----

wy.scan @no_index chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) -> () {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.solve' op a term is a pair of unknowns below 1, found [0, 0.000000e+00]}}
  %0 = wy.solve rhs(%v : tensor<4x16xf32>) scores(%A : tensor<4x4xf32>) terms [[0, 0.0]] -> tensor<4x16xf32>
  wy.yield
}

// -----

wy.scan @narrow_index chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) -> () {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.solve' op a term is a pair of unknowns below 1, found [0, 0 : i32]}}
  %0 = wy.solve rhs(%v : tensor<4x16xf32>) scores(%A : tensor<4x4xf32>) terms [[0, 0 : i32]] -> tensor<4x16xf32>
  wy.yield
}

// -----

wy.scan @solve_scores chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) -> () {
  // expected-error@+1 {{'wy.solve' op scores are 4 × 4, found 'tensor<4x8xf32>'}}
  %0 = wy.solve rhs(%v : tensor<4x16xf32>) scores(%k : tensor<4x8xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  wy.yield
}

// -----

// W13: weights and gates belong to terms.

wy.scan @weight_1 chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) -> () {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.solve' op weights name one term each, found [1] for 1}}
  %0 = wy.solve rhs(%v : tensor<4x16xf32>) scores(%A : tensor<4x4xf32>) weights [1](%v : tensor<4x16xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  wy.yield
}

// -----

wy.scan @weight_twice chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) -> () {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.solve' op weights name one term each, found [0, 0] for 2}}
  %0 = wy.solve rhs(%v : tensor<4x16xf32>) scores(%A : tensor<4x4xf32>) weights [0, 0](%v, %v : tensor<4x16xf32>, tensor<4x16xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  wy.yield
}

// -----

wy.scan @gate_names chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>, %b: !delta.scalar) -> () {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.solve' op gates name one term each, found [0] for 2}}
  %0 = wy.solve rhs(%v : tensor<4x16xf32>) scores(%A : tensor<4x4xf32>) gates [0](log %b, %b : tensor<4xf32>, tensor<4xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  wy.yield
}

// -----

wy.scan @gate_without_kind chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>, %b: !delta.scalar) -> () {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.solve' op has gates and says their kind, or neither}}
  %0 = "wy.solve"(%v, %A, %b) <{terms = [[0, 0]], gated = array<i64: 0>, operandSegmentSizes = array<i32: 1, 1, 0, 1>}> : (tensor<4x16xf32>, tensor<4x4xf32>, tensor<4xf32>) -> tensor<4x16xf32>
  wy.yield
}

// -----

wy.scan @solve_gate_axis chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>) -> () {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.solve' op a gate has 4 rows of one number or of 16, found 'tensor<4x8xf32>'}}
  %0 = wy.solve rhs(%v : tensor<4x16xf32>) scores(%A : tensor<4x4xf32>) gates [0](log %k : tensor<4x8xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  wy.yield
}
