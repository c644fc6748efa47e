// RUN: sluice-opt %s --sluice-chunk='chunk=4 key-dim=8 value-dim=16' | FileCheck %s

// A gate that is constant in time has no row for every token: the first wy.tokens gives
// it one.

// CHECK-LABEL: wy.scan @param_gate
// CHECK:         %[[T:.+]] = wy.tokens(%[[G:.+]]: !delta.vec<key> = %g : tensor<8xf32>) -> tensor<4x8xf32>
// CHECK-NEXT:      wy.yield %[[G]] : !delta.vec<key>
// CHECK:         wy.accumulate before log %[[T]] : tensor<4x8xf32>
// CHECK:         wy.scores {{.*}} gate(log %[[T]] : tensor<4x8xf32>) dyadic
delta.recurrence @param_gate
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>) params(%g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = delta.read %S, %q
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o)
}
