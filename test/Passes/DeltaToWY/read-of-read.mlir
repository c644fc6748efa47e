// RUN: sluice-opt %s --sluice-chunk='chunk=4 key-dim=8 value-dim=16' | FileCheck %s

// An output may read with what another read gave, a = S v: rows of scores that are
// known after the first read.

// CHECK-LABEL: wy.scan @read_of_read
// CHECK:         wy.read right %S, %v :
// CHECK:         wy.scores rows(%v : {{[^ ]+}}) columns(%v :
// CHECK:         wy.sum
// CHECK:         %[[P:.+]] = wy.read left %S, %[[A:.+]] : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
// CHECK-NEXT:    %[[N:.+]] = wy.scores rows(%[[A]] : {{[^ ]+}}) columns(%k : {{[^ ]+}}) ungated
// CHECK-NEXT:    %[[W:.+]] = wy.apply %[[N]], %v :
// CHECK-NEXT:    %[[O:.+]] = wy.sum %[[P]], %[[W]] :
// CHECK:         wy.yield %{{.+}}, %[[O]] :
delta.recurrence @read_of_read
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %a = delta.read %S, %v
  %o = delta.read %S, %a
  %S1 = delta.write %S, %k, %v
  delta.yield states(%S1) outputs(%o)
}
