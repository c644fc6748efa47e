// RUN: sluice-opt %s --choose-schedule=target=sm_80 | FileCheck %s --check-prefixes=CHECK,PLAIN
// RUN: sluice-opt %s --choose-schedule='target=sm_90a' | FileCheck %s --check-prefixes=CHECK,PLAIN
// RUN: sluice-opt %s --choose-schedule='target=sm_80 key-dim=64 value-dim=24' | FileCheck %s --check-prefix=SMALL
// RUN: sluice-opt %s --choose-schedule='target=sm_80 key-dim=256 value-dim=300' | FileCheck %s --check-prefix=LARGE
// RUN: sluice-opt %s --choose-schedule='target=sm_80 key-dim=65536 value-dim=65536' | FileCheck %s --check-prefix=HUGE

// A CTA has a line of 32 columns, which is never longer than V, and more warps
// where a thread had more than 64 elements.
// CHECK-LABEL: delta.recurrence @independent
// PLAIN: #wy.gpu_schedule<warps = 2, value_block = 32>
// SMALL: #wy.gpu_schedule<warps = 1, value_block = 24>
// LARGE: #wy.gpu_schedule<warps = 4, value_block = 32>
// HUGE: #wy.gpu_schedule<warps = 32, value_block = 32>
delta.recurrence @independent
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %S1 = delta.write %S, %k, %v
  delta.yield states(%S1) outputs()
}

// What mixes columns has all of them in one CTA.
// CHECK-LABEL: delta.recurrence @mixed
// CHECK: #wy.gpu_schedule<warps = 8, value_block = 128, ctas = 2>
// LARGE-LABEL: delta.recurrence @mixed
// LARGE: #wy.gpu_schedule<warps = 32, value_block = 300>
// HUGE-LABEL: delta.recurrence @mixed
// HUGE: #wy.gpu_schedule<warps = 32, value_block = 65536>
delta.recurrence @mixed
    qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (n: !delta.scalar) {
  %p = delta.read %S, %k
  %n = delta.dot %p, %p
  delta.yield states(%S) outputs(%n)
}
