// RUN: sluice-opt %s --sluice-chunk='chunk=4 key-dim=8 value-dim=16' | FileCheck %s

// With corrections from the left (none here, but a read), an output S w from the right
// has the axes' parts exchanged: scores of w with v over value, without a gate, applied
// to k, and the gate along key between the tokens.

// CHECK-LABEL: wy.scan @right_output
// CHECK:         %[[BEFORE:.+]] = wy.accumulate before log %g :
// CHECK:         wy.read left %S, %{{.+}} :
// CHECK:         %[[P:.+]] = wy.read right %S, %w : tensor<8x16xf32>, tensor<4x16xf32> -> tensor<4x8xf32>
// CHECK-NEXT:    %[[R:.+]] = wy.tokens({{.*}} = %[[BEFORE]] : {{.*}} = %[[P]] :
// CHECK:         %[[A:.+]] = wy.scores rows(%w : tensor<4x16xf32>) columns(%v : tensor<4x16xf32>) ungated
// CHECK-NEXT:    %[[W:.+]] = wy.apply %[[A]], %k gate(log %g : tensor<4x8xf32>) : tensor<4x4xf32>, tensor<4x8xf32>
// CHECK-NEXT:    %[[O:.+]] = wy.sum %[[R]], %[[W]] : tensor<4x8xf32>
delta.recurrence @right_output
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %w: !delta.vec<value>, %g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>, r: !delta.vec<key>) {
  %o = delta.read %S, %q
  %r = delta.read %S, %w
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o, %r)
}
