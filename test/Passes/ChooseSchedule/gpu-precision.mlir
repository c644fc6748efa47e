// DEFINE: %{chunks} = sluice-opt %s --sluice-chunk='chunk=4 key-dim=8 value-dim=16'
// RUN: %{chunks} --choose-schedule='target=sm_80 output-type=bf16' | FileCheck %s
// RUN: %{chunks} --choose-schedule='target=sm_80 output-type=bf16 precision=auto' | FileCheck %s
// RUN: %{chunks} --choose-schedule='target=sm_80 output-type=bf16 precision=plain' | FileCheck %s --check-prefixes=ALL,PLAIN
// RUN: %{chunks} --choose-schedule='target=sm_80 output-type=bf16 precision=high' | FileCheck %s --check-prefixes=ALL,HIGH
// RUN: %{chunks} --choose-schedule='target=sm_90a output-type=f16' | FileCheck %s --check-prefixes=ALL,HIGH
// RUN: %{chunks} --choose-schedule='target=sm_80 output-type=f16 precision=plain' | FileCheck %s --check-prefixes=ALL,F16
// RUN: %{chunks} --choose-schedule=target=sm_80 | FileCheck %s --check-prefixes=ALL,F32
// RUN: %{chunks} --choose-schedule='target=sm_80 precision=plain' | FileCheck %s --check-prefixes=ALL,F32
// RUN: %{chunks} --choose-schedule='target=sm_80 output-type=f16 precision=bf16x3' | FileCheck %s --check-prefixes=ALL,THRICE
// RUN: %{chunks} --choose-schedule='target=x86-64-v3 output-type=bf16' | FileCheck %s --check-prefixes=ALL,F32

// Nothing is taken away.
// CHECK-LABEL: wy.scan @sum
// CHECK-SAME: precision = <scores = bf16, apply = bf16, solve = bf16, read = bf16, update = bf16, outputs = bf16>
// ALL-LABEL: wy.scan @sum
// PLAIN-SAME: precision = <scores = bf16, apply = bf16, solve = bf16, read = bf16, update = bf16, outputs = bf16>
// HIGH-SAME: precision = <scores = bf16x2, apply = bf16x2, solve = bf16x2, read = bf16x2, update = bf16x2, outputs = bf16x2>
// F16-SAME: precision = <scores = f16, apply = f16, solve = f16, read = f16, update = f16, outputs = f16>
// THRICE-SAME: precision = <scores = bf16x3, apply = bf16x3, solve = bf16x3, read = bf16x3, update = bf16x3, outputs = bf16x3>
// F32-SAME: schedule(#wy.schedule<chunk = 4, {{leaf = 4|solve = inverse}}, target
delta.recurrence @sum qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = delta.read %S, %k
  %S1 = delta.write %S, %k, %v
  delta.yield states(%S1) outputs(%o)
}

// Nothing is known of beta.
// CHECK-LABEL: wy.scan @argument
// CHECK-SAME: precision = <scores = bf16, apply = bf16x2, solve = bf16x2, read = bf16x2, update = bf16x2, outputs = bf16>
// ALL-LABEL: wy.scan @argument
// PLAIN-SAME: precision = <scores = bf16, apply = bf16, solve = bf16, read = bf16, update = bf16, outputs = bf16>
// F16-SAME: precision = <scores = f16, apply = f16, solve = f16, read = f16, update = f16, outputs = f16>
delta.recurrence @argument qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %beta: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %p = delta.read %S, %k
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S1 = delta.write %S, %k, %u
  %o = delta.read %S1, %k
  delta.yield states(%S1) outputs(%o)
}

// CHECK-LABEL: wy.scan @declared
// CHECK-SAME: precision = <scores = bf16, apply = bf16, solve = bf16, read = bf16, update = bf16, outputs = bf16>
delta.recurrence @declared qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %beta: !delta.scalar range(0.0, 1.0))
    state(%S: !delta.state<key, value>) -> () {
  %p = delta.read %S, %k
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S1 = delta.write %S, %k, %u
  delta.yield states(%S1) outputs()
}

// CHECK-LABEL: wy.scan @declared_wide
// CHECK-SAME: apply = bf16x2
delta.recurrence @declared_wide qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %beta: !delta.scalar range(0.0, 1.5))
    state(%S: !delta.state<key, value>) -> () {
  %p = delta.read %S, %k
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S1 = delta.write %S, %k, %u
  delta.yield states(%S1) outputs()
}

// A correction that adds what is read.
// CHECK-LABEL: wy.scan @declared_negative
// CHECK-SAME: apply = bf16x2
delta.recurrence @declared_negative qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %beta: !delta.scalar range(-1.0, 0.0))
    state(%S: !delta.state<key, value>) -> () {
  %p = delta.read %S, %k
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S1 = delta.write %S, %k, %u
  delta.yield states(%S1) outputs()
}

// The decay between the tokens is no part of beta.
// CHECK-LABEL: wy.scan @sigmoid
// CHECK-SAME: precision = <scores = bf16, apply = bf16, solve = bf16, read = bf16, update = bf16, outputs = bf16>
delta.recurrence @sigmoid qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>, %b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %beta = delta.sigmoid %b
  %kn = delta.l2norm %k
  %S1 = delta.decay %S, %g
  %p = delta.read %S1, %kn
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S2 = delta.write %S1, %kn, %u
  delta.yield states(%S2) outputs()
}

// CHECK-LABEL: wy.scan @factor
// CHECK-SAME: apply = bf16, solve
delta.recurrence @factor qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %f: !delta.scalar, %b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %beta = delta.sigmoid %b
  %S1 = delta.scale_state %S, %f
  %p = delta.read %S1, %k
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S2 = delta.write %S1, %k, %u
  delta.yield states(%S2) outputs()
}

// Beta up to 2: negative eigenvalues.
// CHECK-LABEL: wy.scan @twice
// CHECK-SAME: apply = bf16x2
delta.recurrence @twice qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %two = delta.constant 2.0
  %s = delta.sigmoid %b
  %beta = delta.mul %two, %s
  %p = delta.read %S, %k
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S1 = delta.write %S, %k, %u
  delta.yield states(%S1) outputs()
}

// A key of length 2.
// CHECK-LABEL: wy.scan @long_key
// CHECK-SAME: apply = bf16x2
delta.recurrence @long_key qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %two = delta.constant 2.0
  %kn = delta.l2norm %k
  %k2 = delta.mul %two, %kn
  %beta = delta.sigmoid %b
  %p = delta.read %S, %k2
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S1 = delta.write %S, %k2, %u
  delta.yield states(%S1) outputs()
}

// A factor for each column.
// CHECK-LABEL: wy.scan @columns
// CHECK-SAME: apply = bf16, solve
delta.recurrence @columns qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %b: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %beta = delta.sigmoid %b
  %p = delta.read %S, %k
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S1 = delta.write %S, %k, %u
  delta.yield states(%S1) outputs()
}

// CHECK-LABEL: wy.scan @another_key
// CHECK-SAME: apply = bf16x2
delta.recurrence @another_key qk_heads(%k: !delta.vec<key>, %a: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %beta: !delta.scalar range(0.0, 1.0))
    state(%S: !delta.state<key, value>) -> () {
  %p = delta.read %S, %a
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S1 = delta.write %S, %k, %u
  delta.yield states(%S1) outputs()
}

// Both read before both write: 2 is taken away along a key that is both.
// CHECK-LABEL: wy.scan @both
// CHECK-SAME: apply = bf16x2
delta.recurrence @both qk_heads(%k: !delta.vec<key>, %a: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %beta: !delta.scalar range(0.0, 1.0))
    state(%S: !delta.state<key, value>) -> () {
  %p = delta.read %S, %a
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %p2 = delta.read %S, %k
  %e2 = delta.sub %v, %p2
  %u2 = delta.mul %beta, %e2
  %S1 = delta.write %S, %a, %u
  %S2 = delta.write %S1, %k, %u2
  delta.yield states(%S2) outputs()
}
