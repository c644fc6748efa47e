// RUN: sluice-opt %s --split-input-file --verify-diagnostics --delta-to-vector='key-dim=16 value-dim=16 arg-types=f32,i32'

delta.recurrence @not_prepared
    qk_heads(%k: !delta.vec<key>) v_heads(%g: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  // expected-error @+1 {{'delta.decay' op is not in single-sweep form: run delta-single-sweep before delta-to-vector}}
  %S1 = delta.decay %S, %g
  delta.yield states(%S1) outputs()
}

// -----

// expected-error @+1 {{unknown element type 'i32': expected f32, f16 or bf16}}
delta.recurrence @integers
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %S1 = delta.write %S, %k, %v
  delta.yield states(%S1) outputs()
}
