// RUN: sluice-opt %s --delta-to-tile='key-dim=8 value-dim=40' | FileCheck %s

// Three CTAs of 16 columns have the 40 of a head: which is the rest of a CTA's
// number by 3; what comes behind the last column is no promise any more.
// CHECK-LABEL: tile.kernel @spread
// CHECK-SAME:  grid("N * HV * 3")
// CHECK:         %[[CTA:.*]] = arith.index_cast %{{.*}} : index to i32
// CHECK:         %[[THREE:.*]] = arith.index_cast %{{.*}} : index to i32
// CHECK:         %[[PART:.*]] = arith.remui %[[CTA]], %[[THREE]]
// CHECK:         %[[COLUMN:.*]] = arith.muli
// CHECK:         %[[HEAD:.*]] = arith.divui %[[CTA]], %[[THREE]]
// CHECK:         tile.load %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}, %[[COLUMN]]] along [2, 3] : {{.*}} -> tensor<8x16xf32>
// CHECK:         tile.load %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}, %[[COLUMN]]] along [3] : {{.*}} -> tensor<16xf32>
// CHECK:         tile.store %{{.*}}[%{{.*}}, %{{.*}}, %{{.*}}, %[[COLUMN]]] along [2, 3] : tensor<8x16xf32>
delta.recurrence @spread
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> ()
    attributes {wy.schedule = #wy.schedule<target = #wy.gpu_schedule<warps = 1, value_block = 16>>} {
  %S1 = delta.write %S, %k, %v
  delta.yield states(%S1) outputs()
}

// A block is never more than there is.
// CHECK-LABEL: tile.kernel @one
// CHECK-SAME:  grid("N * HV * 1")
// CHECK:         tensor<8x40xf32>
delta.recurrence @one
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> ()
    attributes {wy.schedule = #wy.schedule<target = #wy.gpu_schedule<warps = 1, value_block = 128>>} {
  %S1 = delta.write %S, %k, %v
  delta.yield states(%S1) outputs()
}
