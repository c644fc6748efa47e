// RUN: sluice-opt %s --sluice-chunk='chunk=4 key-dim=8 value-dim=16' | FileCheck %s

// An output may be any function of reads: the chunk makes the reads, and one wy.tokens
// behind them the function and what else it takes.

// CHECK-LABEL: wy.scan @nonlinear_output
// CHECK:         %[[R:.+]] = wy.read left %S, %q :
// CHECK:         %[[A:.+]] = wy.scores rows(%q : {{[^ ]+}}) columns(%k : {{[^ ]+}}) ungated
// CHECK:         %[[W:.+]] = wy.apply %[[A]], %v :
// CHECK:         %[[P:.+]] = wy.sum %[[R]], %[[W]] :
// CHECK:         %[[O:.+]] = wy.tokens({{.*}} = %[[P]] : {{.*}} = %z :
// CHECK:           delta.l2norm
// CHECK:           delta.silu
// CHECK:         wy.yield %{{.+}}, %[[O]] :
delta.recurrence @nonlinear_output
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %z: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %p = delta.read %S, %q
  %n = delta.l2norm %p
  %s = delta.silu %z
  %o = delta.mul %n, %s
  %S1 = delta.write %S, %k, %v
  delta.yield states(%S1) outputs(%o)
}
