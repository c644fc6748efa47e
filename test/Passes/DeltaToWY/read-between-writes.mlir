// RUN: sluice-opt %s --sluice-chunk='chunk=4 key-dim=8 value-dim=16' | FileCheck %s

// Of its own token the output sees the first write (diagonal q·k0) and not the second
// (none); of earlier tokens it sees both.

// CHECK-LABEL: wy.scan @read_between_writes
// CHECK:         %[[D:.+]] = wy.tokens(%[[Q:.+]]: !delta.vec<key> = %q : {{[^ ]+}}, %[[K:.+]]: !delta.vec<key> = %k0 : {{[^ ]+}}) -> tensor<4xf32>
// CHECK-NEXT:      delta.dot %[[Q]], %[[K]]
// CHECK:         %[[R:.+]] = wy.read left %S, %q :
// CHECK-DAG:     %[[A0:.+]] = wy.scores rows(%q : {{[^ ]+}}) columns(%k0 : {{[^ ]+}}) diagonal(%[[D]] : {{[^ ]+}}) ungated
// CHECK-DAG:     %[[W0:.+]] = wy.apply %[[A0]], %v0 :
// CHECK-DAG:     %[[A1:.+]] = wy.scores rows(%q : {{[^ ]+}}) columns(%k1 : {{[^ ]+}}) ungated
// CHECK-DAG:     %[[W1:.+]] = wy.apply %[[A1]], %v1 :
// CHECK:         %[[O:.+]] = wy.sum %[[R]], %[[W0]], %[[W1]] :
// CHECK-NEXT:    %[[S1:.+]] = wy.update states(%S : {{[^ ]+}}) writes(%k0, %v0, %k1, %v1 :
// CHECK-NEXT:    wy.yield %[[S1]], %[[O]] :
delta.recurrence @read_between_writes
    qk_heads(%q: !delta.vec<key>, %k0: !delta.vec<key>, %k1: !delta.vec<key>)
    v_heads(%v0: !delta.vec<value>, %v1: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %S1 = delta.write %S, %k0, %v0
  %o = delta.read %S1, %q
  %S2 = delta.write %S1, %k1, %v1
  delta.yield states(%S2) outputs(%o)
}
