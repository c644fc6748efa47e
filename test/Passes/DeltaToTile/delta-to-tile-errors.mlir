// RUN: split-file %s %t
// RUN: sluice-opt %t/specs.mlir --delta-to-tile='key-dim=8 value-dim=64 arg-types=f32,f32,i32' -split-input-file -verify-diagnostics
// DEFINE: %{empty} = not sluice-opt %t/empty.mlir
// RUN: %{empty} --delta-to-tile=key-dim=0 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: %{empty} --delta-to-tile=value-dim=-1 2>&1 | FileCheck %s --check-prefix=SIZE
// SIZE: error: key-dim and value-dim are positive

//--- empty.mlir
module {}
//--- specs.mlir
// expected-error@+1 {{'delta.recurrence' op has no schedule for a GPU: run choose-schedule before delta-to-tile}}
delta.recurrence @not_scheduled
    state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}

// -----

// expected-error@+1 {{'delta.recurrence' op has no schedule for a GPU: run choose-schedule before delta-to-tile}}
delta.recurrence @of_a_processor
    state(%S: !delta.state<key, value>) -> ()
    attributes {wy.schedule = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 32, registers = 16>>} {
  delta.yield states(%S) outputs()
}

// -----

// expected-error@+1 {{unknown element type 'i32': expected f32, f16 or bf16}}
delta.recurrence @integers
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> ()
    attributes {wy.schedule = #wy.schedule<target = #wy.gpu_schedule<warps = 1, value_block = 64>>} {
  %S1 = delta.write %S, %k, %v
  delta.yield states(%S1) outputs()
}

// -----

// expected-error@+1 {{'delta.recurrence' op mixes columns, so all 64 are one CTA's, but the schedule gives it 32}}
delta.recurrence @mixed
    qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (n: !delta.scalar)
    attributes {wy.schedule = #wy.schedule<target = #wy.gpu_schedule<warps = 1, value_block = 32>>} {
  %p = delta.read %S, %k
  // expected-note@+1 {{here}}
  %n = delta.dot %p, %p
  delta.yield states(%S) outputs(%n)
}
