// RUN: sluice-opt %s --sluice-chunk='chunk=4 key-dim=8 value-dim=16' | FileCheck %s

// A gate behind the write is multiplied into it, x = e^g ∘ k, so that the write stands
// after its token's gate like any other. The output stands before the gate: q̃ = q, and
// its diagonal is q·k, not q·x.

// CHECK-LABEL: wy.scan @gate_after_write
// CHECK:         %[[T:.+]]:2 = wy.tokens(
// CHECK-DAG:       %[[QK:.+]] = delta.dot %[[Q:.+]], %[[K:.+]]
// CHECK-DAG:       %[[F:.+]] = delta.exp %{{.+}}
// CHECK-DAG:       %[[X:.+]] = delta.mul %[[F]], %[[K]]
// CHECK:           wy.yield %[[X]], %[[QK]] :
// CHECK-DAG:     %[[BEFORE:.+]] = wy.accumulate before log %g :
// CHECK-DAG:     %[[AFTER:.+]] = wy.accumulate after log %g :
// CHECK:         wy.tokens({{.*}} = %q : {{.*}} = %[[BEFORE]] :
// CHECK:         wy.scores rows(%q : {{[^ ]+}}) columns(%[[T]]#0 : {{[^ ]+}}) gate(log %g : {{[^ ]+}}) diagonal(%[[T]]#1 : {{[^ ]+}}) dyadic
// CHECK:         %[[XA:.+]] = wy.tokens({{.*}} = %[[AFTER]] : {{.*}} = %[[T]]#0 :
// CHECK:         wy.update {{.*}} writes(%[[XA]], %v :
delta.recurrence @gate_after_write
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %S1 = delta.write %S, %k, %v
  %o = delta.read %S1, %q
  %S2 = delta.decay %S1, %g
  delta.yield states(%S2) outputs(%o)
}
