// RUN: sluice-opt %s --split-input-file --verify-diagnostics --wy-differentiate

// Nodes without an adjoint.

wy.scan @inverse chunk(4) key(8) value(16) qk_heads(%k: !delta.vec<key>) -> (o: !delta.vec<key>) {
  %N = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.inverse' op has no adjoint: differentiate the graph that delta-to-wy derives, or that wy-decompose has made of it with solve=substitution}}
  %T = wy.inverse scores(%N : tensor<4x4xf32>) at [0] block(4) -> tensor<4x4xf32>
  %0 = wy.apply %T, %k : tensor<4x4xf32>, tensor<4x8xf32>
  wy.yield %0 : tensor<4x8xf32>
}

// -----

wy.scan @product chunk(4) key(8) value(16) qk_heads(%k: !delta.vec<key>) -> (o: !delta.vec<key>) {
  %N = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.product' op has no adjoint: differentiate the graph}}
  %T = wy.product lhs(%N : tensor<4x4xf32>) rhs(%N : tensor<4x4xf32>) -> tensor<4x4xf32>
  %0 = wy.apply %T, %k : tensor<4x4xf32>, tensor<4x8xf32>
  wy.yield %0 : tensor<4x8xf32>
}

// -----

wy.scan @other_dialect chunk(4) key(8) value(16) v_heads(%v: !delta.vec<value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{'arith.negf' op has no adjoint: differentiate the graph}}
  %0 = arith.negf %v : tensor<4x16xf32>
  wy.yield %0 : tensor<4x16xf32>
}

// -----

// Second derivatives.

wy.scan @gradient chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>) -> (o: !delta.vec<value>) {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.apply_transposed' op has no adjoint: differentiate the graph}}
  %0 = wy.apply_transposed %A, %v : tensor<4x4xf32>, tensor<4x16xf32>
  wy.yield %0 : tensor<4x16xf32>
}

// -----

// expected-error@+1 {{'wy.scan' op runs backwards already, and is not differentiated once more}}
wy.scan @backwards chunk(4) key(8) value(16) reverse
    v_heads(%v: !delta.vec<value>) -> (o: !delta.vec<value>) {
  wy.yield %v : tensor<4x16xf32>
}

// -----

// What all tokens share has a gradient for each of them.

wy.scan @param_as_decay chunk(4) key(8) value(16)
    params(%u: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.update' op has no adjoint: 'u' is used by 'wy.tokens' alone, as every token has a gradient by it}}
  %0 = wy.update states(%S : tensor<8x16xf32>) decays(%u : tensor<8xf32>) -> tensor<8x16xf32>
  wy.yield %0 : tensor<8x16xf32>
}

// -----

// What is named as a gradient would be two tensors.

// expected-error@+1 {{recurrence @arguments has no adjoint: argument 'dt' has the name of the gradient by argument 't'}}
wy.scan @arguments chunk(4) key(8) value(16)
    v_heads(%t: !delta.scalar, %dt: !delta.scalar) -> (o: !delta.scalar, p: !delta.scalar) {
  wy.yield %t, %dt : tensor<4xf32>, tensor<4xf32>
}

// -----

// expected-error@+1 {{recurrence @outputs has no adjoint: argument 'do' has the name of the gradient by output 'o'}}
wy.scan @outputs chunk(4) key(8) value(16) v_heads(%do: !delta.scalar) -> (o: !delta.scalar) {
  wy.yield %do : tensor<4xf32>
}

// -----

// expected-error@+1 {{recurrence @tensors has no adjoint: argument 'dfinal_state' has the name of the gradient by 'final_state'}}
wy.scan @tensors chunk(4) key(8) value(16) v_heads(%dfinal_state: !delta.scalar) -> (o: !delta.scalar) {
  wy.yield %dfinal_state : tensor<4xf32>
}

// -----

// expected-error@+1 {{recurrence @twice has no adjoint: the gradients by state 'S' and output 'S' have one name}}
wy.scan @twice chunk(4) key(8) value(16)
    v_heads(%q: !delta.scalar) state(%S: !delta.state<key, value>) -> (S: !delta.scalar) {
  wy.yield %S, %q : tensor<8x16xf32>, tensor<4xf32>
}
