// RUN: sluice-opt %s --split-input-file --verify-diagnostics --delta-to-vector='key-dim=16 value-dim=16 arg-types=f32,i32'

#cpu = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 32, registers = 16>>

delta.recurrence @not_prepared
    v_heads(%g: !delta.scalar)
    state(%S: !delta.state<key, value>) -> ()
    attributes {wy.schedule = #cpu} {
  // expected-error @+1 {{'delta.decay' op is not in single-sweep form: run delta-single-sweep before delta-to-vector}}
  %S1 = delta.decay %S, %g
  delta.yield states(%S1) outputs()
}

// -----

#cpu = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 32, registers = 16>>

// expected-error @+1 {{unknown element type 'i32': expected f32, f16 or bf16}}
delta.recurrence @integers
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> ()
    attributes {wy.schedule = #cpu} {
  %S1 = delta.write %S, %k, %v
  delta.yield states(%S1) outputs()
}

// -----

// expected-error @+1 {{'delta.recurrence' op has no schedule for a processor: run choose-schedule before delta-to-vector}}
delta.recurrence @not_scheduled
    state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}
