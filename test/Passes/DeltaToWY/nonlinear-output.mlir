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

// A read of the state that the token has written is one read, the write on the diagonal:
// maths of tokens neither read the state before it nor make the write's value again.
// CHECK-LABEL: wy.scan @after_write
// CHECK:         wy.solve
// CHECK:         wy.read left %S, %q
// CHECK-NOT:     wy.read
// CHECK:         wy.scores rows(%q : {{[^ ]+}}) columns(%k : {{[^ ]+}}) diagonal
// CHECK:         %[[Y:.+]] = wy.sum
// CHECK:         %[[O:.+]] = wy.tokens({{.*}} = %[[Y]] : tensor<4x16xf32>) ->
// CHECK-NEXT:      delta.l2norm
// CHECK-NEXT:      wy.yield
// CHECK:         wy.yield %{{.+}}, %[[O]] :
delta.recurrence @after_write
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %p = delta.read %S, %k
  %u = delta.sub %v, %p
  %S1 = delta.write %S, %k, %u
  %y = delta.read %S1, %q
  %o = delta.l2norm %y
  delta.yield states(%S1) outputs(%o)
}
