// RUN: sluice-opt %s --wy-place='placement=segments segment=8' --verify-roundtrip | FileCheck %s

// Corrections that are read from the left: M is K × K. Of the graph's linear part
// what is written plainly is gone, and the axis of values is as long as that of
// keys.

// CHECK-LABEL: wy.placed @delta key(8) value(16)

// CHECK: wy.scan @written chunk(4) key(8) value(16) segments(8 from zero to(R_S))
// CHECK-NEXT: qk_heads(%k: !delta.vec<key>)
// CHECK-NEXT: v_heads(%v: !delta.vec<value>, %beta: !delta.scalar)
// CHECK-NEXT: params(%f: !delta.vec<key>)
// CHECK-NEXT: state(%S: !delta.state<key, value>) -> () {
// CHECK-NOT: wy.read left %S, %q
// CHECK: wy.yield %{{.*}} : tensor<8x16xf32>
// CHECK-NEXT: }

// CHECK-NEXT: wy.scan @transition_S chunk(4) key(8) value(8) segments(8 from identity(0) to(M_S_S))
// CHECK-NEXT: qk_heads(%k: !delta.vec<key>)
// CHECK-NEXT: v_heads(%beta: !delta.scalar)
// CHECK-NEXT: params(%f: !delta.vec<key>)
// CHECK-NEXT: state(%S: !delta.state<key, value>) -> () {
// CHECK-NEXT: %[[P:.*]] = wy.read left %S, %k : tensor<8x8xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
// CHECK-NEXT: %[[E:.*]] = wy.tokens(%[[P1:.*]]: !delta.vec<value> = %[[P]] : tensor<4x8xf32>, %[[B:.*]]: !delta.scalar = %beta : tensor<4xf32>) -> tensor<4x8xf32> {
// CHECK-NEXT: %[[NEG:.*]] = delta.neg %[[P1]]
// CHECK-NEXT: %[[MUL:.*]] = delta.mul %[[B]], %[[NEG]]
// CHECK-NEXT: wy.yield %[[MUL]]
// CHECK-NEXT: }
// CHECK-NEXT: %[[N:.*]] = wy.scores
// CHECK-NEXT: %[[Y:.*]] = wy.solve rhs(%[[E]] : tensor<4x8xf32>) scores(%[[N]] : tensor<4x4xf32>)
// CHECK-NEXT: %[[S1:.*]] = wy.update states(%S : tensor<8x8xf32>) decays(%f : tensor<8xf32>) writes(%k, %[[Y]] : tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<8x8xf32>
// CHECK-NEXT: wy.yield %[[S1]] : tensor<8x8xf32>
// CHECK-NEXT: }

// CHECK-NEXT: wy.scan @join chunk(8) key(8) value(16)
// CHECK-NEXT: channels(%R_S: state tensor<8x16xf32>, %M_S_S: state tensor<8x8xf32>)
// CHECK-NEXT: state(%S: !delta.state<key, value>) -> () channels(start_S: state tensor<8x16xf32>) {
// CHECK-NEXT: %[[J:.*]] = wy.join left %R_S states(%S : tensor<8x16xf32>) transitions(%M_S_S : tensor<8x8xf32>) : tensor<8x16xf32>
// CHECK-NEXT: wy.yield %[[J]], %S : tensor<8x16xf32>, tensor<8x16xf32>
// CHECK-NEXT: }

// CHECK-NEXT: wy.scan @main chunk(4) key(8) value(16) segments(8 from(start_S))
// CHECK-NEXT: qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
// CHECK: state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
// CHECK: wy.read left %S, %q
wy.scan @delta chunk(4) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %beta: !delta.scalar)
    params(%f: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %p = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %e = wy.tokens(%p1: !delta.vec<value> = %p : tensor<4x16xf32>, %v1: !delta.vec<value> = %v : tensor<4x16xf32>,
                 %b1: !delta.scalar = %beta : tensor<4xf32>) -> tensor<4x16xf32> {
    %0 = delta.sub %v1, %p1
    %1 = delta.mul %b1, %0
    wy.yield %1 : !delta.vec<value>
  }
  %N = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %y = wy.solve rhs(%e : tensor<4x16xf32>) scores(%N : tensor<4x4xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  %o = wy.read left %S, %q : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %S1 = wy.update states(%S : tensor<8x16xf32>) decays(%f : tensor<8xf32>)
      writes(%k, %y, %k, %v : tensor<4x8xf32>, tensor<4x16xf32>, tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1, %o : tensor<8x16xf32>, tensor<4x16xf32>
}

// From the right: V × V, and M stands on the right.

// CHECK-LABEL: wy.placed @right
// CHECK: wy.scan @transition_S chunk(4) key(16) value(16) segments(8 from identity(0) to(M_S_S))
// CHECK: wy.read right %S, %v : tensor<16x16xf32>, tensor<4x16xf32> -> tensor<4x16xf32>
// CHECK: wy.join right %R_S states(%S : tensor<8x16xf32>) transitions(%M_S_S : tensor<16x16xf32>) : tensor<8x16xf32>
wy.scan @right chunk(4) key(8) value(16)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %p = wy.read right %S, %v : tensor<8x16xf32>, tensor<4x16xf32> -> tensor<4x8xf32>
  %S1 = wy.update states(%S : tensor<8x16xf32>) writes(%p, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1 : tensor<8x16xf32>
}

// States that only decay: as many numbers as the decays have.

// CHECK-LABEL: wy.placed @scalar_decay
// CHECK: wy.scan @transition_S chunk(4) key(1) value(1) segments(8 from ones(0) to(M_S_S))
// CHECK-NEXT: v_heads(%g: !delta.scalar)
// CHECK: wy.join elementwise %R_S states(%S : tensor<8x16xf32>) transitions(%M_S_S : tensor<1x1xf32>) : tensor<8x16xf32>
wy.scan @scalar_decay chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %g: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %d = wy.accumulate all log %g : tensor<4xf32> -> tensor<f32>
  %S1 = wy.update states(%S : tensor<8x16xf32>) decays(%d : tensor<f32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1 : tensor<8x16xf32>
}

// CHECK-LABEL: wy.placed @both_decays
// CHECK: wy.scan @transition_S chunk(4) key(8) value(16) segments(8 from ones(0) to(M_S_S))
// CHECK: wy.update states(%S : tensor<8x16xf32>) decays(%{{.*}} : tensor<8xf32>) value_decays(%{{.*}} : tensor<16xf32>) -> tensor<8x16xf32>
wy.scan @both_decays chunk(4) key(8) value(16)
    v_heads(%g: !delta.vec<key>, %h: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %d = wy.accumulate all log %g : tensor<4x8xf32> -> tensor<8xf32>
  %e = wy.accumulate all log %h : tensor<4x16xf32> -> tensor<16xf32>
  %S1 = wy.update states(%S : tensor<8x16xf32>) decays(%d : tensor<8xf32>) value_decays(%e : tensor<16xf32>)
      writes(%g, %h : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1 : tensor<8x16xf32>
}

// A scalar decay made of vectors along key keeps that axis.

// CHECK-LABEL: wy.placed @scalar_of_keys
// CHECK: wy.scan @transition_S chunk(4) key(8) value(1)
wy.scan @scalar_of_keys chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> () {
  %g = wy.tokens(%k1: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4xf32> {
    %0 = delta.dot %k1, %k1
    %1 = delta.neg %0
    wy.yield %1 : !delta.scalar
  }
  %d = wy.accumulate all log %g : tensor<4xf32> -> tensor<f32>
  %S1 = wy.update states(%S : tensor<8x16xf32>) decays(%d : tensor<f32>) -> tensor<8x16xf32>
  wy.yield %S1 : tensor<8x16xf32>
}

// S sees M, M does not see S: three matrices. From S nothing gets to M, so its
// scan has one state. T forgets, and has no transition but zero.

// CHECK-LABEL: wy.placed @coupled
// CHECK: wy.scan @written chunk(4) key(8) value(16) segments(8 from zero to(R_S, R_M, R_T))
// CHECK: wy.scan @transition_S chunk(4) key(8) value(8) segments(8 from identity(0) to(M_S_S))
// CHECK-NEXT: qk_heads(%k: !delta.vec<key>)
// CHECK-NEXT: state(%S: !delta.state<key, value>) -> () {
// CHECK: wy.scan @transition_M chunk(4) key(8) value(8) segments(8 from identity(1) to(M_S_M, M_M_M))
// CHECK-NEXT: qk_heads(%k: !delta.vec<key>)
// CHECK-NEXT: state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) -> () {
// CHECK: wy.scan @transition_T chunk(4) key(8) value(8) segments(8 from identity(0) to(M_T_T))
// CHECK-NEXT: state(%T: !delta.state<key, value>) -> () {
// CHECK-NEXT: %[[Z:.*]] = wy.update -> tensor<8x8xf32>
// CHECK-NEXT: wy.yield %[[Z]]
// CHECK: wy.scan @join
// CHECK: %[[S:.*]] = wy.join left %R_S states(%S, %M : tensor<8x16xf32>, tensor<8x16xf32>) transitions(%M_S_S, %M_S_M : tensor<8x8xf32>, tensor<8x8xf32>)
// CHECK-NEXT: %[[M:.*]] = wy.join left %R_M states(%M : tensor<8x16xf32>) transitions(%M_M_M : tensor<8x8xf32>)
// CHECK-NEXT: %[[T:.*]] = wy.join left %R_T states(%T : tensor<8x16xf32>) transitions(%M_T_T : tensor<8x8xf32>)
// CHECK-NEXT: wy.yield %[[S]], %[[M]], %[[T]], %S, %M, %T
// CHECK: wy.scan @main chunk(4) key(8) value(16) segments(8 from(start_S, start_M, start_T))
wy.scan @coupled chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>, %T: !delta.state<key, value>) -> () {
  %p = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %S1 = wy.update states(%S, %M : tensor<8x16xf32>, tensor<8x16xf32>) writes(%k, %p : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  %M1 = wy.update states(%M : tensor<8x16xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  %T1 = wy.update writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1, %M1, %T1 : tensor<8x16xf32>, tensor<8x16xf32>, tensor<8x16xf32>
}
