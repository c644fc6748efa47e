// RUN: sluice-opt %s --sluice-cpu='key-dim=16 value-dim=64 target=x86-64-v3 schedule="#wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 32, registers = 16>>"' | FileCheck %s

// The output is a sum over all columns, so panels cannot run one after the
// other through many tokens: the function is not to be cut.
// CHECK-LABEL: func.func @mixes_columns
// CHECK-SAME:    sluice.panels = 1
delta.recurrence @mixes_columns
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.scalar) {
  %p = delta.read %S, %q
  %o = delta.reduce sum %p
  %S1 = delta.write %S, %k, %v
  delta.yield states(%S1) outputs(%o)
}

// A read whose vector is made of another read needs a sweep of its own.
// CHECK-LABEL: func.func @read_of_read
// CHECK-SAME:    sluice.panels = 1
// CHECK:         vector.reduction
delta.recurrence @read_of_read
    qk_heads(%q: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %a = delta.read %S, %v
  %o = delta.read %S, %a
  %S1 = delta.write %S, %q, %v
  delta.yield states(%S1) outputs(%o)
}
