// RUN: sluice-opt %s --sluice-chunk='chunk=4 key-dim=8 value-dim=16' | FileCheck %s

// Oja's rule corrects keys: x = β (k − S v). The same system with the axes exchanged: the
// unknown is C × K, scores sum over value, the gate along key is the term's, and x, not y,
// is what the update decays to the chunk's end.

// CHECK-LABEL: wy.scan @right_corrections
// CHECK:         %[[T:.+]]:2 = wy.tokens(
// CHECK-DAG:       %[[F:.+]] = delta.exp %{{.+}}
// CHECK-DAG:       %[[NF:.+]] = delta.neg %[[F]]
// CHECK-DAG:       %[[BK:.+]] = delta.mul %[[BETA:.+]], %{{.+}}
// CHECK-DAG:       %[[NBF:.+]] = delta.mul %[[BETA]], %[[NF]]
// CHECK:           wy.yield %[[BK]], %[[NBF]] : !delta.vec<key>, !delta.vec<key>
// CHECK-DAG:     %[[BEFORE:.+]] = wy.accumulate before log %g :
// CHECK-DAG:     %[[AFTER:.+]] = wy.accumulate after log %g :
// CHECK-DAG:     %[[ALL:.+]] = wy.accumulate all log %g :
// CHECK:         %[[P:.+]] = wy.read right %S, %v : tensor<8x16xf32>, tensor<4x16xf32> -> tensor<4x8xf32>
// CHECK-NEXT:    %[[PB:.+]] = wy.tokens({{.*}} = %[[BEFORE]] : {{.*}} = %[[P]] :
// CHECK:         %[[WP:.+]] = wy.tokens({{.*}} = %[[T]]#1 : {{.*}} = %[[PB]] :
// CHECK:         %[[RHS:.+]] = wy.sum %[[T]]#0, %[[WP]] : tensor<4x8xf32>
// CHECK-NEXT:    %[[N:.+]] = wy.scores rows(%v : tensor<4x16xf32>) columns(%v : tensor<4x16xf32>) ungated
// CHECK-NEXT:    %[[X:.+]] = wy.solve rhs(%[[RHS]] : {{[^ ]+}}) scores(%[[N]] : {{[^ ]+}}) weights [0](%[[T]]#1 : tensor<4x8xf32>) gates [0](log %g : tensor<4x8xf32>) terms {{\[\[}}0, 0]] -> tensor<4x8xf32>
// CHECK:         %[[XA:.+]] = wy.tokens({{.*}} = %[[AFTER]] : {{.*}} = %[[X]] :
// CHECK:         wy.update states(%S : {{[^ ]+}}) decays(%[[ALL]] : tensor<8xf32>) writes(%[[XA]], %v :
delta.recurrence @right_corrections
    qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %beta: !delta.scalar, %g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> () {
  %S1 = delta.decay %S, %g
  %p = delta.read %S1, %v
  %e = delta.sub %k, %p
  %x = delta.mul %beta, %e
  %S2 = delta.write %S1, %x, %v
  delta.yield states(%S2) outputs()
}
