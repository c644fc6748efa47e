// RUN: sluice-opt %s -canonicalize | FileCheck %s

// CHECK-LABEL: @one_term
// CHECK-NEXT: v_heads
// CHECK-NEXT: wy.yield %b : tensor<4xf32>
wy.scan @one_term chunk(4) key(8) value(16)
    v_heads(%b: !delta.scalar) -> (o: !delta.scalar) {
  %0 = wy.sum %b : tensor<4xf32>
  %1 = wy.sum %0 : tensor<4xf32>
  wy.yield %1 : tensor<4xf32>
}

// CHECK-LABEL: @two_terms
// CHECK: wy.sum %b, %b : tensor<4xf32>
wy.scan @two_terms chunk(4) key(8) value(16)
    v_heads(%b: !delta.scalar) -> (o: !delta.scalar) {
  %0 = wy.sum %b, %b : tensor<4xf32>
  wy.yield %0 : tensor<4xf32>
}

// No operation of a chunk has effects: what nothing uses goes.
// CHECK-LABEL: @dead
// CHECK-NEXT: v_heads
// CHECK-NEXT: state
// CHECK-NEXT: wy.yield %S : tensor<8x16xf32>
wy.scan @dead chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>, %b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %0 = wy.tokens(%x: !delta.scalar = %b : tensor<4xf32>) -> tensor<4xf32> {
    %9 = delta.neg %x
    wy.yield %9 : !delta.scalar
  }
  %1 = wy.accumulate all log %0 : tensor<4xf32> -> tensor<f32>
  %2 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %3 = wy.solve rhs(%v : tensor<4x16xf32>) scores(%2 : tensor<4x4xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  %4 = wy.apply %2, %3 : tensor<4x4xf32>, tensor<4x16xf32>
  %5 = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %6 = wy.sum %4, %5 : tensor<4x16xf32>
  %7 = wy.update states(%S : tensor<8x16xf32>) decays(%1 : tensor<f32>) writes(%k, %6 : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S : tensor<8x16xf32>
}

// The maths of tokens is that of delta, with its folds.
// CHECK-LABEL: @folds
// CHECK: %[[T:.+]] = wy.tokens(%[[X:.+]]: !delta.scalar = %b : tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: wy.yield %[[X]] : !delta.scalar
wy.scan @folds chunk(4) key(8) value(16)
    v_heads(%b: !delta.scalar) -> (o: !delta.scalar) {
  %0 = wy.tokens(%x: !delta.scalar = %b : tensor<4xf32>) -> tensor<4xf32> {
    %1 = delta.constant 1.0
    %2 = delta.mul %x, %1
    wy.yield %2 : !delta.scalar
  }
  wy.yield %0 : tensor<4xf32>
}

// A result that nothing uses goes, then the maths and the inputs that only it
// needed.
// CHECK-LABEL: @unused_result
// CHECK: %[[T:.+]] = wy.tokens(%[[X:.+]]: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
// CHECK-NEXT: %[[Y:.+]] = delta.exp %[[X]]
// CHECK-NEXT: wy.yield %[[Y]] : !delta.vec<key>
// CHECK-NEXT: }
// CHECK-NEXT: wy.yield %[[T]] : tensor<4x8xf32>
wy.scan @unused_result chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %b: !delta.scalar) -> (o: !delta.vec<key>) {
  %0:2 = wy.tokens(%x: !delta.scalar = %b : tensor<4xf32>,
                   %y: !delta.vec<key> = %k : tensor<4x8xf32>)
      -> (tensor<4xf32>, tensor<4x8xf32>) {
    %1 = delta.neg %x
    %2 = delta.exp %y
    wy.yield %1, %2 : !delta.scalar, !delta.vec<key>
  }
  wy.yield %0#1 : tensor<4x8xf32>
}

// CHECK-LABEL: @unused_input
// CHECK: wy.tokens(%[[X:.+]]: !delta.scalar = %b : tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: delta.neg %[[X]]
wy.scan @unused_input chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %b: !delta.scalar) -> (o: !delta.scalar) {
  %0 = wy.tokens(%y: !delta.vec<key> = %k : tensor<4x8xf32>,
                 %x: !delta.scalar = %b : tensor<4xf32>) -> tensor<4xf32> {
    %1 = delta.neg %x
    wy.yield %1 : !delta.scalar
  }
  wy.yield %0 : tensor<4xf32>
}

// CHECK-LABEL: @input_twice
// CHECK: wy.tokens(%[[X:.+]]: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4xf32> {
// CHECK-NEXT: delta.dot %[[X]], %[[X]]
wy.scan @input_twice chunk(4) key(8) value(16)
    v_heads(%k: !delta.vec<key>) -> (o: !delta.scalar) {
  %0 = wy.tokens(%x: !delta.vec<key> = %k : tensor<4x8xf32>,
                 %y: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4xf32> {
    %1 = delta.dot %x, %y
    wy.yield %1 : !delta.scalar
  }
  wy.yield %0 : tensor<4xf32>
}

// With as many keys as values one tensor can stand for a vector along either.
// CHECK-LABEL: @input_of_two_meanings
// CHECK: wy.tokens(%[[X:.+]]: !delta.vec<key> = %k : tensor<4x8xf32>, %[[Y:.+]]: !delta.vec<value> = %k : tensor<4x8xf32>)
// CHECK-NEXT: delta.reduce sum %[[X]]
// CHECK-NEXT: delta.mul %{{.+}}, %[[Y]]
wy.scan @input_of_two_meanings chunk(4) key(8) value(8)
    v_heads(%k: !delta.vec<key>) -> (o: !delta.vec<value>) {
  %0 = wy.tokens(%x: !delta.vec<key> = %k : tensor<4x8xf32>,
                 %y: !delta.vec<value> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %1 = delta.reduce sum %x
    %2 = delta.mul %1, %y
    wy.yield %2 : !delta.vec<value>
  }
  wy.yield %0 : tensor<4x8xf32>
}

// CHECK-LABEL: @result_twice
// CHECK: %[[T:.+]] = wy.tokens(
// CHECK-NEXT: %[[Y:.+]] = delta.neg
// CHECK-NEXT: wy.yield %[[Y]] : !delta.scalar
// CHECK-NEXT: }
// CHECK-NEXT: wy.yield %[[T]], %[[T]] : tensor<4xf32>, tensor<4xf32>
wy.scan @result_twice chunk(4) key(8) value(16)
    v_heads(%b: !delta.scalar) -> (o: !delta.scalar, p: !delta.scalar) {
  %0:2 = wy.tokens(%x: !delta.scalar = %b : tensor<4xf32>)
      -> (tensor<4xf32>, tensor<4xf32>) {
    %1 = delta.neg %x
    wy.yield %1, %1 : !delta.scalar, !delta.scalar
  }
  wy.yield %0#0, %0#1 : tensor<4xf32>, tensor<4xf32>
}
