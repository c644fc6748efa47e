// RUN: sluice-opt %s --sluice-chunk='chunk=4 key-dim=8 value-dim=16' | FileCheck %s

// S' = k vᵀ, the state forgotten at every token: a gate of factor 0. D(t, s) is then 1 for
// t = s + 1 (no token lies between) and 0 else: each token reads the write before it.

// CHECK-LABEL: wy.scan @forgotten_state
// CHECK:         %[[Z:.+]] = wy.tokens() -> tensor<4xf32>
// CHECK-NEXT:      %[[ZERO:.+]] = delta.constant 0.0
// CHECK-NEXT:      wy.yield %[[ZERO]] : !delta.scalar
// CHECK-DAG:     %[[BEFORE:.+]] = wy.accumulate before factor %[[Z]] :
// CHECK-DAG:     %[[AFTER:.+]] = wy.accumulate after factor %[[Z]] :
// CHECK-DAG:     %[[ALL:.+]] = wy.accumulate all factor %[[Z]] :
// CHECK:         wy.scores rows(%q : {{[^ ]+}}) columns(%k : {{[^ ]+}}) gate(factor %[[Z]] : {{[^ ]+}}) after_product
// CHECK:         wy.update states(%S : {{[^ ]+}}) decays(%[[ALL]] : tensor<f32>) writes(
delta.recurrence @forgotten_state
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = delta.read %S, %q
  %zero = delta.constant 0.0
  %S1 = delta.scale_state %S, %zero
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o)
}
