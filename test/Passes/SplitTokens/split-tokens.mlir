// RUN: sluice-opt %s --split-input-file --wy-split-tokens | FileCheck %s

// A scalar that vectors of both axes need, then these.

// CHECK-LABEL: wy.scan @split
// CHECK:         %[[B:.*]] = wy.tokens({{.*}} = %b : tensor<4xf32>) -> tensor<4xf32>
// CHECK-NEXT:      %[[S:.*]] = delta.sigmoid
// CHECK-NEXT:      wy.yield %[[S]] : !delta.scalar
// CHECK:         %[[X:.*]] = wy.tokens({{.*}} = %k : {{.*}} = %[[B]] : tensor<4xf32>) -> tensor<4x8xf32>
// CHECK:         %[[Y:.*]] = wy.tokens({{.*}} = %v : {{.*}} = %[[B]] : tensor<4xf32>) -> tensor<4x16xf32>
// CHECK:         wy.update states(%S : tensor<8x16xf32>) writes(%[[X]], %[[Y]]
wy.scan @split chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %0:2 = wy.tokens(%arg0: !delta.scalar = %b : tensor<4xf32>, %arg1: !delta.vec<key> = %k : tensor<4x8xf32>, %arg2: !delta.vec<value> = %v : tensor<4x16xf32>) -> (tensor<4x8xf32>, tensor<4x16xf32>) {
    %2 = delta.sigmoid %arg0
    %3 = delta.mul %2, %arg1
    %4 = delta.mul %2, %arg2
    wy.yield %3, %4 : !delta.vec<key>, !delta.vec<value>
  }
  %1 = wy.update states(%S : tensor<8x16xf32>) writes(%0#0, %0#1 : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %1 : tensor<8x16xf32>
}

// -----

// The base keeps an exponential that a vector needs, too, and lets it compute a product
// again; a reduction that nothing waits for goes with the vectors.

// CHECK-LABEL: wy.scan @shared
// CHECK:         %[[BASE:.*]]:2 = wy.tokens({{.*}}) -> (tensor<4xf32>, tensor<4x8xf32>)
// CHECK:           %[[E:.*]] = delta.exp
// CHECK:           %[[P:.*]] = delta.mul
// CHECK:           %[[N:.*]] = delta.dot %[[E]], %[[P]]
// CHECK:           wy.yield %[[N]], %[[E]]
// CHECK:         %[[KEY:.*]]:2 = wy.tokens({{.*}} = %[[BASE]]#0 : tensor<4xf32>, {{.*}} = %[[BASE]]#1 : tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4xf32>)
// CHECK-NOT:       delta.exp
// CHECK:           delta.reduce max
// CHECK:         wy.yield %S, %[[KEY]]#0, %[[KEY]]#1
wy.scan @shared chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>, %q: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (a: !delta.vec<key>, m: !delta.scalar) {
  %0:2 = wy.tokens(%x: !delta.vec<key> = %k : tensor<4x8xf32>, %y: !delta.vec<key> = %q : tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4xf32>) {
    %1 = delta.exp %x
    %2 = delta.mul %x, %y
    %3 = delta.dot %1, %2
    %4 = delta.mul %3, %1
    %5 = delta.add %4, %2
    %6 = delta.reduce max %y
    wy.yield %5, %6 : !delta.vec<key>, !delta.scalar
  }
  wy.yield %S, %0#0, %0#1 : tensor<8x16xf32>, tensor<4x8xf32>, tensor<4xf32>
}

// -----

// One part is not split, nor is what depends on a state.

// CHECK-LABEL: wy.scan @kept
// CHECK:         wy.tokens({{.*}}) -> (tensor<4x8xf32>, tensor<4x8xf32>)
// CHECK:         wy.read
// CHECK:         wy.tokens({{.*}}) -> (tensor<4x16xf32>, tensor<4xf32>)
// CHECK-NOT:     wy.tokens
wy.scan @kept chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (a: !delta.vec<key>, o: !delta.vec<value>, m: !delta.scalar) {
  %0:2 = wy.tokens(%x: !delta.vec<key> = %k : tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
    %3 = delta.exp %x
    %4 = delta.mul %3, %x
    wy.yield %3, %4 : !delta.vec<key>, !delta.vec<key>
  }
  %1 = wy.read left %S, %0#0 : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %2:2 = wy.tokens(%x: !delta.vec<value> = %1 : tensor<4x16xf32>) -> (tensor<4x16xf32>, tensor<4xf32>) {
    %3 = delta.tanh %x
    %4 = delta.dot %x, %3
    %5 = delta.exp %4
    wy.yield %3, %5 : !delta.vec<value>, !delta.scalar
  }
  wy.yield %S, %0#1, %2#0, %2#1 : tensor<8x16xf32>, tensor<4x8xf32>, tensor<4x16xf32>, tensor<4xf32>
}

// -----

// Attributes stay with the parts.

// CHECK-LABEL: wy.scan @attributes
// CHECK:         wy.tokens({{.*}}) -> tensor<4x8xf32> attributes {note = "x"}
// CHECK:         wy.tokens({{.*}}) -> tensor<4x16xf32> attributes {note = "x"}
wy.scan @attributes chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (a: !delta.vec<key>, o: !delta.vec<value>) {
  %0:2 = wy.tokens(%x: !delta.vec<key> = %k : tensor<4x8xf32>, %y: !delta.vec<value> = %v : tensor<4x16xf32>) -> (tensor<4x8xf32>, tensor<4x16xf32>) attributes {note = "x"} {
    %1 = delta.exp %x
    %2 = delta.exp %y
    wy.yield %1, %2 : !delta.vec<key>, !delta.vec<value>
  }
  wy.yield %S, %0#0, %0#1 : tensor<8x16xf32>, tensor<4x8xf32>, tensor<4x16xf32>
}
