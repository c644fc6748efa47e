// RUN: sluice-opt %s --sluice-chunk='chunk=4 key-dim=8 value-dim=16' | FileCheck %s

// A decay along both axes is an outer product, and each of its two gates is accumulated
// by itself: that along key stands in the scores, that along value in apply.

// CHECK-LABEL: wy.scan @both_axes
// CHECK-DAG:     %[[GB:.+]] = wy.accumulate before log %g :
// CHECK-DAG:     %[[HB:.+]] = wy.accumulate before log %h :
// CHECK-DAG:     %[[GE:.+]] = wy.accumulate all log %g :
// CHECK-DAG:     %[[HE:.+]] = wy.accumulate all log %h :
// CHECK:         %[[K:.+]] = wy.tokens({{.*}} = %k : {{.*}} = %[[GB]] :
// CHECK:         %[[P:.+]] = wy.read left %S, %[[K]] :
// CHECK-NEXT:    wy.tokens({{.*}} = %[[HB]] : {{.*}} = %[[P]] :
// CHECK:         %[[A:.+]] = wy.scores rows(%k : {{[^ ]+}}) columns(%k : {{[^ ]+}}) gate(log %g : tensor<4x8xf32>) dyadic
// CHECK:         wy.apply %[[A]], %v gate(log %h : tensor<4x16xf32>) :
// CHECK:         wy.update states(%S : {{[^ ]+}}) decays(%[[GE]] : tensor<8xf32>) value_decays(%[[HE]] : tensor<16xf32>) writes(
delta.recurrence @both_axes
    qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>, %h: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = delta.read %S, %k
  %S1 = delta.decay %S, %g
  %S2 = delta.decay %S1, %h
  %S3 = delta.write %S2, %k, %v
  delta.yield states(%S3) outputs(%o)
}
