// RUN: sluice-opt %s --sluice-chunk='chunk=4 key-dim=8 value-dim=16' | FileCheck %s

// A forget gate that is itself a factor, 0 and negative numbers legal, is multiplied
// and never becomes a logarithm. With a decay beside it both are factors.

// CHECK-LABEL: wy.scan @factor_gate
// CHECK-NOT:     delta.log
// CHECK:         wy.accumulate before factor %f :
// CHECK:         wy.accumulate after factor %f :
// CHECK:         wy.accumulate all factor %f :
// CHECK:         wy.scores {{.*}} gate(factor %f : tensor<4xf32>) after_product
delta.recurrence @factor_gate
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %f: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = delta.read %S, %q
  %S1 = delta.scale_state %S, %f
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o)
}

// CHECK-LABEL: wy.scan @decay_and_factor
// CHECK:         %[[T:.+]] = wy.tokens(
// CHECK:           %[[E:.+]] = delta.exp %{{.+}}
// CHECK:           %[[P:.+]] = delta.mul %[[E]], %{{.+}}
// CHECK:           wy.yield %[[P]] : !delta.vec<key>
// CHECK:         wy.accumulate before factor %[[T]] :
// CHECK:         wy.scores {{.*}} gate(factor %[[T]] : tensor<4x8xf32>) dyadic
delta.recurrence @decay_and_factor
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>, %f: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = delta.read %S, %q
  %S1 = delta.decay %S, %g
  %S2 = delta.scale_state %S1, %f
  %S3 = delta.write %S2, %k, %v
  delta.yield states(%S3) outputs(%o)
}
