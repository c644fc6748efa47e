// RUN: sluice-opt %s --delta-to-tile='key-dim=8 value-dim=16' --canonicalize | FileCheck %s

#gpu = #wy.schedule<target = #wy.gpu_schedule<warps = 1, value_block = 16>>

// Reads and decays by whichever axis a vector runs along; a write is an outer
// product.
// CHECK-LABEL: tile.kernel @states
// CHECK:       scf.for {{.*}} iter_args(%[[S:.*]] = %{{.*}}) -> (tensor<8x16xf32>)
// CHECK:         %[[K:.*]] = tile.load {{.*}} -> tensor<8xf32>
// CHECK:         %[[V:.*]] = tile.load {{.*}} -> tensor<16xf32>
// CHECK:         %[[KS:.*]] = tile.broadcast %[[K]] along [0] : tensor<8xf32> -> tensor<8x16xf32>
// CHECK:         %[[LEFT:.*]] = arith.mulf %[[S]], %[[KS]]
// CHECK:         tile.reduce sum %[[LEFT]] axis(0) : tensor<8x16xf32> -> tensor<16xf32>
// CHECK:         %[[VS:.*]] = tile.broadcast %[[V]] along [1] : tensor<16xf32> -> tensor<8x16xf32>
// CHECK:         %[[RIGHT:.*]] = arith.mulf %[[S]], %[[VS]]
// CHECK:         tile.reduce sum %[[RIGHT]] axis(1) : tensor<8x16xf32> -> tensor<8xf32>
// CHECK:         %[[E:.*]] = math.exp %[[K]]
// CHECK:         %[[ES:.*]] = tile.broadcast %[[E]] along [0]
// CHECK:         %[[S1:.*]] = arith.mulf %[[S]], %[[ES]]
// CHECK:         %[[VS1:.*]] = tile.broadcast %[[V]] along [1]
// CHECK:         %[[S2:.*]] = arith.mulf %[[S1]], %[[VS1]]
// CHECK:         %[[ROWS:.*]] = tile.broadcast %[[K]] along [0]
// CHECK:         %[[COLUMNS:.*]] = tile.broadcast %[[V]] along [1]
// CHECK:         %[[P:.*]] = arith.mulf %[[ROWS]], %[[COLUMNS]]
// CHECK:         %[[S3:.*]] = arith.addf %[[S2]], %[[P]]
// CHECK:         %[[S4:.*]] = arith.addf %[[S3]], %[[S3]]
// CHECK:         scf.yield %[[S4]]
delta.recurrence @states
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (l: !delta.vec<value>, r: !delta.vec<key>)
    attributes {wy.schedule = #gpu} {
  %l = delta.read %S, %k
  %r = delta.read %S, %v
  %S1 = delta.decay %S, %k
  %S2 = delta.scale_state %S1, %v
  %S3 = delta.write %S2, %k, %v
  %S4 = delta.add_states %S3, %S3
  delta.yield states(%S4) outputs(%l, %r)
}

// A gate that is one number.
// CHECK-LABEL: tile.kernel @scalars
// CHECK:         %[[E:.*]] = math.exp %{{.*}} : f32
// CHECK:         tile.broadcast %[[E]] along [] : f32 -> tensor<8x16xf32>
delta.recurrence @scalars
    v_heads(%g: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () attributes {wy.schedule = #gpu} {
  %S1 = delta.decay %S, %g
  delta.yield states(%S1) outputs()
}

// Sums along a vector; numbers stand for vectors; the scale is an argument.
// CHECK:       tile.kernel @values({{.*}}, %[[SCALE:[a-z0-9]+]]: f32 {tile.binding = #tile.binding<scale>})
// CHECK:         %[[K:.*]] = tile.load
// CHECK:         %[[P:.*]] = arith.mulf %[[K]], %[[K]]
// CHECK:         tile.reduce sum %[[P]] axis(0) : tensor<8xf32> -> f32
// CHECK:         %[[M:.*]] = tile.reduce max %[[K]] axis(0)
// CHECK:         tile.broadcast %[[SCALE]] along [] : f32 -> tensor<8xf32>
// CHECK:         arith.mulf
delta.recurrence @values
    v_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>)
    -> (d: !delta.scalar, m: !delta.scalar, s: !delta.vec<key>)
    attributes {wy.schedule = #gpu} {
  %d = delta.dot %k, %k
  %m = delta.reduce max %k
  %c = delta.scale
  %s = delta.mul %k, %c
  delta.yield states(%S) outputs(%d, %m, %s)
}
