// RUN: sluice-opt %s -cse | FileCheck %s

// Equal operations become one.

// CHECK-LABEL: @equal
// CHECK: %[[T:.+]] = wy.tokens(
// CHECK: %[[P:.+]] = wy.accumulate before log %[[T]] : tensor<4xf32> -> tensor<4xf32>
// CHECK-NEXT: %[[A:.+]] = wy.scores
// CHECK-NEXT: %[[Y:.+]] = wy.solve
// CHECK-NEXT: %[[O:.+]] = wy.apply %[[A]], %[[Y]]
// CHECK-NEXT: %[[R:.+]] = wy.read
// CHECK-NEXT: %[[U:.+]] = wy.sum %[[O]], %[[R]]
// CHECK-NEXT: %[[S:.+]] = wy.update
// CHECK-NEXT: wy.yield %[[S]], %[[S]], %[[P]], %[[P]], %[[U]], %[[U]]
wy.scan @equal chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>, %b: !delta.scalar)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>)
    -> (p0: !delta.scalar, p1: !delta.scalar, u0: !delta.vec<value>,
        u1: !delta.vec<value>) {
  %t0 = wy.tokens(%x: !delta.scalar = %b : tensor<4xf32>) -> tensor<4xf32> {
    %0 = delta.neg %x
    wy.yield %0 : !delta.scalar
  }
  %t1 = wy.tokens(%x: !delta.scalar = %b : tensor<4xf32>) -> tensor<4xf32> {
    %0 = delta.neg %x
    wy.yield %0 : !delta.scalar
  }
  %p0 = wy.accumulate before log %t0 : tensor<4xf32> -> tensor<4xf32>
  %p1 = wy.accumulate before log %t1 : tensor<4xf32> -> tensor<4xf32>
  %A0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(log %t0 : tensor<4xf32>) after_product -> tensor<4x4xf32>
  %A1 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(log %t1 : tensor<4xf32>) after_product -> tensor<4x4xf32>
  %y0 = wy.solve rhs(%v : tensor<4x16xf32>) scores(%A0 : tensor<4x4xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  %y1 = wy.solve rhs(%v : tensor<4x16xf32>) scores(%A1 : tensor<4x4xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  %o0 = wy.apply %A0, %y0 : tensor<4x4xf32>, tensor<4x16xf32>
  %o1 = wy.apply %A1, %y1 : tensor<4x4xf32>, tensor<4x16xf32>
  %r0 = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %r1 = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %u0 = wy.sum %o0, %r0 : tensor<4x16xf32>
  %u1 = wy.sum %o1, %r1 : tensor<4x16xf32>
  %S0 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %u0 : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  %S1 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %u1 : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S0, %S1, %p0, %p1, %u0, %u1 : tensor<8x16xf32>, tensor<8x16xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4x16xf32>, tensor<4x16xf32>
}

// What differs in an attribute or in the maths stays apart.
// CHECK-LABEL: @apart
// CHECK: delta.neg
// CHECK: delta.exp
// CHECK: wy.accumulate before log
// CHECK-NEXT: wy.accumulate before factor
// CHECK-NEXT: wy.accumulate after log
// CHECK-NEXT: wy.sum
wy.scan @apart chunk(4) key(8) value(16)
    v_heads(%b: !delta.scalar) -> (o: !delta.scalar) {
  %0 = wy.tokens(%x: !delta.scalar = %b : tensor<4xf32>) -> tensor<4xf32> {
    %6 = delta.neg %x
    wy.yield %6 : !delta.scalar
  }
  %1 = wy.tokens(%x: !delta.scalar = %b : tensor<4xf32>) -> tensor<4xf32> {
    %6 = delta.exp %x
    wy.yield %6 : !delta.scalar
  }
  %2 = wy.accumulate before log %b : tensor<4xf32> -> tensor<4xf32>
  %3 = wy.accumulate before factor %b : tensor<4xf32> -> tensor<4xf32>
  %4 = wy.accumulate after log %b : tensor<4xf32> -> tensor<4xf32>
  %5 = wy.sum %0, %1, %2, %3, %4 : tensor<4xf32>
  wy.yield %5 : tensor<4xf32>
}
