// RUN: sluice-opt %s --sluice-chunk='chunk=4 key-dim=8 value-dim=16' | FileCheck %s

// y = v − e^g ∘ kᵀS: the token's own gate along value is the coefficient of its read, so a
// weight −e^g of the right side and of the system's term; the gates between two tokens
// are the term's gate. The triangular matrix, which differs from column to column, is
// never formed.

// CHECK-LABEL: wy.scan @value_decay_corrections
// CHECK:         %[[T:.+]]{{(:[0-9])?}} = wy.tokens(%[[G:.+]]: !delta.vec<value> = %g :
// CHECK:           %[[F:.+]] = delta.exp %[[G]]
// CHECK:           %[[NF:.+]] = delta.neg %[[F]]
// CHECK:           wy.yield %[[NF]]
// CHECK:         %[[BEFORE:.+]] = wy.accumulate before log %g :
// CHECK:         %[[P:.+]] = wy.read left %S, %k :
// CHECK-NEXT:    %[[PB:.+]] = wy.tokens({{.*}} = %[[BEFORE]] : {{.*}} = %[[P]] :
// CHECK:         %[[WP:.+]] = wy.tokens({{.*}} = %[[T]]{{(#0)?}} : {{.*}} = %[[PB]] :
// CHECK:         %[[RHS:.+]] = wy.sum %v, %[[WP]] :
// CHECK-NEXT:    %[[N:.+]] = wy.scores rows(%k : {{[^ ]+}}) columns(%k : {{[^ ]+}}) ungated
// CHECK-NEXT:    %[[Y:.+]] = wy.solve rhs(%[[RHS]] : {{[^ ]+}}) scores(%[[N]] : {{[^ ]+}}) weights [0](%[[T]]{{(#0)?}} : tensor<4x16xf32>) gates [0](log %g : tensor<4x16xf32>) terms {{\[\[}}0, 0]] ->
// CHECK:         wy.update states(%S : {{[^ ]+}}) value_decays(%{{.+}} : tensor<16xf32>) writes(%k,
delta.recurrence @value_decay_corrections
    qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %S1 = delta.decay %S, %g
  %p = delta.read %S1, %k
  %u = delta.sub %v, %p
  %S2 = delta.write %S1, %k, %u
  delta.yield states(%S2) outputs()
}
