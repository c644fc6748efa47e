// RUN: sluice-opt %s --wy-to-tile --canonicalize --cse | FileCheck %s

// Gates of two coupled states are 2 × 2 matrices, one a token; tokens that do not exist
// have the identity. In blocks of two the other token's gate is the product: it is
// handed on by a sum in which there is nothing else. The second half of a block of
// four has what is before it in the half, times all of the first half.
// CHECK-LABEL: tile.kernel @before
// CHECK-DAG:     %[[C1:.*]] = arith.constant dense<1> : tensor<4xi32>
// CHECK-DAG:     %[[C2:.*]] = arith.constant dense<2> : tensor<4xi32>
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant dense<0.0{{.*}}> : tensor<4xf32>
// CHECK-DAG:     %[[ONE:.*]] = arith.constant dense<1.0{{.*}}> : tensor<4xf32>
// CHECK-NOT:     tile.shared
// CHECK:         %[[A:.*]] = arith.select %{{.*}}, %{{.*}}, %[[ONE]]
// CHECK:         %[[D:.*]] = arith.select %{{.*}}, %{{.*}}, %[[ONE]]
// CHECK:         %[[A2:.*]] = arith.select %[[EVEN:.*]], %[[A]], %[[ZERO]]
// CHECK:         %[[FROM:.*]] = tile.prefix sum %[[A2]] block(2)
// CHECK-COUNT-3: tile.prefix sum %{{.*}} block(2)
// CHECK:         %[[AB:.*]] = arith.select %{{.*}}, %[[FROM]], %[[ONE]]
// CHECK:         arith.mulf %[[A]], %[[AB]]
// CHECK:         arith.remui %{{.*}}, %{{.*}} : tensor<4xi32>
// CHECK-COUNT-4: tile.prefix sum %{{.*}} block(4)
// CHECK:         arith.mulf
// CHECK-NOT:     tile.prefix
// CHECK:         tile.store
wy.scan @before chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    v_heads(%a: !delta.scalar, %b: !delta.scalar, %c: !delta.scalar, %d: !delta.scalar)
    -> (o: !delta.scalar, p: !delta.scalar, q: !delta.scalar, r: !delta.scalar) {
  %0:4 = wy.accumulate before factor %a, %b, %c, %d : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  wy.yield %0#0, %0#1, %0#2, %0#3 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// Of five tokens the last block of two has one, which nothing is after; of all tokens
// the product is at the last.
// CHECK-LABEL: tile.kernel @after
// CHECK-DAG:     %[[C4:.*]] = arith.constant 4 : i32
// CHECK:         tile.prefix sum %{{.*}} reverse block(2) : tensor<5x8xf32>
// CHECK:         %[[END:.*]] = tile.broadcast %[[C4]] along [] : i32 -> tensor<5x8xi32>
// CHECK:         %[[WHOLE:.*]] = arith.cmpi slt, %{{.*}}, %[[END]]
// CHECK:         arith.select %[[WHOLE]]
// CHECK:         tile.reduce sum %{{.*}} axis(0) : tensor<5x8xf32> -> tensor<8xf32>
wy.scan @after chunk(5) key(8) value(16)
    schedule(#wy.schedule<chunk = 5, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    v_heads(%a: !delta.vec<key>, %b: !delta.vec<key>, %c: !delta.vec<key>, %d: !delta.vec<key>)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) -> (o: !delta.vec<key>) {
  %0:4 = wy.accumulate after block(2) factor %a, %b, %c, %d : tensor<5x8xf32>, tensor<5x8xf32>, tensor<5x8xf32>, tensor<5x8xf32> -> tensor<5x8xf32>, tensor<5x8xf32>, tensor<5x8xf32>, tensor<5x8xf32>
  %1:4 = wy.accumulate all factor %a, %b, %c, %d : tensor<5x8xf32>, tensor<5x8xf32>, tensor<5x8xf32>, tensor<5x8xf32> -> tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
  %2 = wy.update states(%S, %M : tensor<8x16xf32>, tensor<8x16xf32>) decays(%1#0, %1#1 : tensor<8xf32>, tensor<8xf32>) -> tensor<8x16xf32>
  wy.yield %2, %M, %0#2 : tensor<8x16xf32>, tensor<8x16xf32>, tensor<5x8xf32>
}
