// RUN: sluice-opt %s --sluice-chunk='chunk=4 key-dim=8 value-dim=16' | FileCheck %s

// The output reads the incoming state: no part of its token's write, so there is no
// diagonal, and there is nothing to compute before the scores.

// CHECK-LABEL: wy.scan @output_before_update
// CHECK-NOT:     wy.tokens
// CHECK:         %[[R:.+]] = wy.read left %S, %q :
// CHECK-NEXT:    %[[A:.+]] = wy.scores rows(%q : {{[^ ]+}}) columns(%k : {{[^ ]+}}) ungated
// CHECK-NEXT:    %[[W:.+]] = wy.apply %[[A]], %v :
// CHECK-NEXT:    %[[O:.+]] = wy.sum %[[R]], %[[W]] :
// CHECK-NEXT:    %[[S1:.+]] = wy.update states(%S : {{[^ ]+}}) writes(%k, %v :
// CHECK-NEXT:    wy.yield %[[S1]], %[[O]] :
delta.recurrence @output_before_update
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = delta.read %S, %q
  %S1 = delta.write %S, %k, %v
  delta.yield states(%S1) outputs(%o)
}
