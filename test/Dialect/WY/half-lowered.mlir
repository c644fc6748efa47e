// RUN: sluice-opt %s --verify-roundtrip | FileCheck %s

// A graph that has been lowered in parts is legal: pure operations of other
// dialects between those of the chunk form.

// CHECK-LABEL: wy.scan @half_lowered
wy.scan @half_lowered chunk(4) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>) -> (o: !delta.vec<value>) {
  // CHECK: %[[C:.*]] = arith.constant dense<5.000000e-01> : tensor<4x8xf32>
  // CHECK: %[[Q:.*]] = arith.mulf %[[C]], %q : tensor<4x8xf32>
  // CHECK: %[[A:.*]] = wy.scores rows(%[[Q]] : tensor<4x8xf32>)
  // CHECK: %[[E:.*]] = tensor.extract_slice %[[A]][0, 0] [4, 4] [1, 1]
  // CHECK: wy.apply %[[E]], %v
  %c = arith.constant dense<0.5> : tensor<4x8xf32>
  %cq = arith.mulf %c, %q : tensor<4x8xf32>
  %A = wy.scores rows(%cq : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %E = tensor.extract_slice %A[0, 0] [4, 4] [1, 1] : tensor<4x4xf32> to tensor<4x4xf32>
  %o = wy.apply %E, %v : tensor<4x4xf32>, tensor<4x16xf32>
  wy.yield %o : tensor<4x16xf32>
}
