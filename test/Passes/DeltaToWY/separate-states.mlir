// RUN: sluice-opt %s --sluice-chunk='chunk=4 key-dim=8 value-dim=16' | FileCheck %s

// Two states that do not feed each other have a gate each (S has none), though the
// correction y = −kᵀS − kᵀM reads both. What M gives is known, so it goes to the right
// side; the system is that of S alone.

// CHECK-LABEL: wy.scan @separate_states
// CHECK:         %[[BEFORE:.+]] = wy.accumulate before log %g : tensor<4xf32> -> tensor<4xf32>
// CHECK:         %[[S:.+]] = wy.read left %S, %[[NK:.+]] :
// CHECK:         %[[NKB:.+]] = wy.tokens({{.*}} = %[[BEFORE]] :
// CHECK:         %[[M:.+]] = wy.read left %M, %[[NKB]] :
// CHECK-NEXT:    %[[A:.+]] = wy.scores rows({{.*}}) columns(%k : {{[^ ]+}}) gate(log %g : {{[^ ]+}}) after_product
// CHECK-NEXT:    %[[W:.+]] = wy.apply %[[A]], %v :
// CHECK-NEXT:    %[[RHS:.+]] = wy.sum %[[S]], %[[M]], %[[W]] :
// CHECK-NEXT:    %[[N:.+]] = wy.scores rows(%[[NK]] : {{[^ ]+}}) columns(%k : {{[^ ]+}}) ungated
// CHECK-NEXT:    %[[Y:.+]] = wy.solve rhs(%[[RHS]] : {{[^ ]+}}) scores(%[[N]] : {{[^ ]+}}) terms {{\[\[}}0, 0]] ->
// CHECK:         wy.update states(%S : {{[^ ]+}}) writes(%k, %[[Y]] :
// CHECK:         wy.update states(%M : {{[^ ]+}}) decays(%{{.+}} : tensor<f32>) writes(%{{.+}}, %v :
delta.recurrence @separate_states
    qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.scalar)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) -> () {
  %p = delta.read %S, %k
  %r = delta.read %M, %k
  %e = delta.add %p, %r
  %u = delta.neg %e
  %S1 = delta.write %S, %k, %u
  %M1 = delta.decay %M, %g
  %M2 = delta.write %M1, %k, %v
  delta.yield states(%S1, %M2) outputs()
}
