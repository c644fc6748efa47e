// RUN: sluice-opt %s --choose-schedule='target=sm_80 key-dim=128 value-dim=128' | FileCheck %s --check-prefixes=CHECK,WIDE
// RUN: sluice-opt %s --choose-schedule='target=sm_90a key-dim=256 value-dim=128' | FileCheck %s --check-prefixes=CHECK,LONG
// RUN: sluice-opt %s --choose-schedule='target=sm_80 key-dim=60 value-dim=20' | FileCheck %s --check-prefixes=CHECK,SMALL

// A thread holds 64 elements, a warp 2048: 64 rows of 32 columns.
// CHECK-LABEL: delta.recurrence @one
// WIDE: #wy.gpu_schedule<warps = 2, value_block = 32>
// LONG: #wy.gpu_schedule<warps = 4, value_block = 32>
// SMALL: #wy.gpu_schedule<warps = 1, value_block = 20>
delta.recurrence @one qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = delta.read %S, %k
  %S1 = delta.write %S, %k, %v
  delta.yield states(%S1) outputs(%o)
}

// Of 256 threads, which have one key vector each, two CTAs have registers enough.
// CHECK-LABEL: delta.recurrence @two
// WIDE: #wy.gpu_schedule<warps = 4, value_block = 32>
// LONG: #wy.gpu_schedule<warps = 8, value_block = 32, ctas = 2>
// SMALL: #wy.gpu_schedule<warps = 2, value_block = 20>
delta.recurrence @two qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = delta.read %S, %k
  %M1 = delta.write %M, %k, %v
  %S1 = delta.add_states %S, %M1
  delta.yield states(%S1, %M1) outputs(%o)
}

// The read from the right needs all columns in one CTA.
// CHECK-LABEL: delta.recurrence @mixed
// WIDE: #wy.gpu_schedule<warps = 8, value_block = 128, ctas = 2>
// LONG: #wy.gpu_schedule<warps = 16, value_block = 128>
// SMALL: #wy.gpu_schedule<warps = 1, value_block = 20>
delta.recurrence @mixed qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<key>) {
  %o = delta.read %S, %v
  %S1 = delta.write %S, %k, %v
  delta.yield states(%S1) outputs(%o)
}
