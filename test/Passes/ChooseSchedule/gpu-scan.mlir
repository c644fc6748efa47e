// RUN: sluice-opt %s --choose-schedule=target=sm_80 | FileCheck %s

// One unknown a token: blocks of the system are inverted in registers.
// CHECK-LABEL: wy.scan @one
// CHECK-SAME: schedule(#wy.schedule<chunk = 8, solve = inverse, solve_leaf = 16, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
wy.scan @one chunk(8) key(4) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    -> (y: !delta.vec<value>) {
  %0 = wy.scores rows(%k : tensor<8x4xf32>) columns(%k : tensor<8x4xf32>) ungated -> tensor<8x8xf32>
  %1 = wy.solve rhs(%v : tensor<8x16xf32>) scores(%0 : tensor<8x8xf32>) terms [[0, 0]] -> tensor<8x16xf32>
  wy.yield %1 : tensor<8x16xf32>
}

// Of several, or of none, there is nothing to invert that way.
// CHECK-LABEL: wy.scan @two
// CHECK-SAME: schedule(#wy.schedule<chunk = 8, solve = inverse, target
wy.scan @two chunk(8) key(4) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %w: !delta.vec<value>)
    -> (y: !delta.vec<value>, z: !delta.vec<value>) {
  %0 = wy.scores rows(%k : tensor<8x4xf32>) columns(%k : tensor<8x4xf32>) ungated -> tensor<8x8xf32>
  %1:2 = wy.solve rhs(%v, %w : tensor<8x16xf32>, tensor<8x16xf32>) scores(%0 : tensor<8x8xf32>) terms [[1, 0]] -> tensor<8x16xf32>, tensor<8x16xf32>
  wy.yield %1#0, %1#1 : tensor<8x16xf32>, tensor<8x16xf32>
}

// CHECK-LABEL: wy.scan @none
// CHECK-SAME: schedule(#wy.schedule<chunk = 8, solve = inverse, target
wy.scan @none chunk(8) key(4) value(16)
    v_heads(%v: !delta.vec<value>) -> (y: !delta.vec<value>) {
  wy.yield %v : tensor<8x16xf32>
}
