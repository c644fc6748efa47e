// RUN: sluice-opt %s --sluice-chunk='chunk=4 key-dim=8 value-dim=16' | FileCheck %s

// y = β ∘ (v − kᵀS) with β along value: −β cannot go into the rows of the scores as a
// scalar does. Scores are those of k itself, and −β weighs the read and the term.

// CHECK-LABEL: wy.scan @value_weights
// CHECK:         %[[T:.+]]:2 = wy.tokens(%[[BETA:.+]]: !delta.vec<value> = %beta : {{[^ ]+}}, %[[V:.+]]: !delta.vec<value> = %v :
// CHECK-DAG:       %[[BV:.+]] = delta.mul %[[BETA]], %[[V]]
// CHECK-DAG:       %[[NB:.+]] = delta.neg %[[BETA]]
// CHECK:           wy.yield %[[BV]], %[[NB]] :
// CHECK:         %[[P:.+]] = wy.read left %S, %k :
// CHECK-NEXT:    %[[WP:.+]] = wy.tokens({{.*}}: !delta.vec<value> = %[[T]]#1 : {{.*}}: !delta.vec<value> = %[[P]] :
// CHECK:         %[[RHS:.+]] = wy.sum %[[T]]#0, %[[WP]] :
// CHECK-NEXT:    %[[N:.+]] = wy.scores rows(%k : {{[^ ]+}}) columns(%k : {{[^ ]+}}) ungated
// CHECK-NEXT:    %[[Y:.+]] = wy.solve rhs(%[[RHS]] : {{[^ ]+}}) scores(%[[N]] : {{[^ ]+}}) weights [0](%[[T]]#1 : tensor<4x16xf32>) terms {{\[\[}}0, 0]] ->
// CHECK-NEXT:    wy.update states(%S : {{[^ ]+}}) writes(%k, %[[Y]] :
delta.recurrence @value_weights
    qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %beta: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %p = delta.read %S, %k
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S1 = delta.write %S, %k, %u
  delta.yield states(%S1) outputs()
}
