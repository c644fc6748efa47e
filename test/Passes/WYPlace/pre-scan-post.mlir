// RUN: sluice-opt %s --wy-place=placement=pre_scan_post --verify-roundtrip | FileCheck %s
// RUN: sluice-opt %s --wy-place=placement=one_kernel | FileCheck %s --check-prefix=ONE
// RUN: sluice-opt %s --wy-place=placement=pre_scan_post --wy-fuse | FileCheck %s --check-prefix=FUSED

// Channels of each kind: what pre makes of each token, of each pair and of the
// chunk; the state before the chunk; what the scan makes for post. An output
// that is an argument is copied by pre. Each scan lists what it looks at.

// CHECK-LABEL: wy.placed @delta key(8) value(16)
// CHECK-NEXT: qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
// CHECK-NEXT: v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
// CHECK-NEXT: params(%u: !delta.scalar)
// CHECK-NEXT: state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>, copy: !delta.vec<value>) {

// CHECK-NEXT: wy.scan @pre chunk(4) key(8) value(16)
// CHECK-NEXT: qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
// CHECK-NEXT: v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>) -> (copy: !delta.vec<value>)
// CHECK-SAME: channels(constant0: constant key tensor<8xf32>, key0: tokens key tensor<4x8xf32>, pairs0: pairs tensor<4x4xf32>) {
// CHECK-NEXT: %[[D:.*]] = wy.accumulate all
// CHECK-NEXT: %[[U:.*]] = wy.accumulate after
// CHECK-NEXT: %[[N:.*]] = wy.scores
// CHECK-NEXT: wy.yield %v, %[[D]], %[[U]], %[[N]] : tensor<4x16xf32>, tensor<8xf32>, tensor<4x8xf32>, tensor<4x4xf32>

// CHECK: wy.scan @scan chunk(4) key(8) value(16)
// CHECK-NEXT: channels(%pairs0: pairs tensor<4x4xf32>, %constant0: constant key tensor<8xf32>, %key0: tokens key tensor<4x8xf32>)
// CHECK-NEXT: qk_heads(%k: !delta.vec<key>)
// CHECK-NEXT: state(%S: !delta.state<key, value>) -> () channels(S_start: state tensor<8x16xf32>, value0: tokens value tensor<4x16xf32>) {
// CHECK-NEXT: %[[P:.*]] = wy.read left %S, %k
// CHECK-NEXT: %[[Y:.*]] = wy.solve rhs(%[[P]] : tensor<4x16xf32>) scores(%pairs0 : tensor<4x4xf32>)
// CHECK-NEXT: %[[S1:.*]] = wy.update states(%S : tensor<8x16xf32>) decays(%constant0 : tensor<8xf32>) writes(%key0, %[[Y]] : tensor<4x8xf32>, tensor<4x16xf32>)
// CHECK-NEXT: wy.yield %[[S1]], %S, %[[Y]] : tensor<8x16xf32>, tensor<8x16xf32>, tensor<4x16xf32>

// CHECK: wy.scan @post chunk(4) key(8) value(16)
// CHECK-NEXT: channels(%S_start: state tensor<8x16xf32>, %value0: tokens value tensor<4x16xf32>)
// CHECK-NEXT: qk_heads(%q: !delta.vec<key>)
// CHECK-NEXT: params(%u: !delta.scalar) -> (o: !delta.vec<value>) {
// CHECK: wy.read left %S_start, %q
// CHECK: wy.tokens

// ONE-LABEL: wy.placed @delta key(8) value(16)
// ONE: wy.scan @kernel chunk(4) key(8) value(16)
// ONE-NEXT: qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
// ONE-NEXT: v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
// ONE-NEXT: params(%u: !delta.scalar)
// ONE-NEXT: state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>, copy: !delta.vec<value>) {
// ONE-NOT: wy.scan
// ONE-LABEL: wy.placed @forgets

// FUSED-NOT: wy.placed
// FUSED-LABEL: wy.scan @delta chunk(4) key(8) value(16)
// FUSED-NEXT: qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
// FUSED-NEXT: v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
// FUSED-NEXT: params(%u: !delta.scalar)
// FUSED-NEXT: state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>, copy: !delta.vec<value>) {
// FUSED-NEXT: %[[D:.*]] = wy.accumulate all
// FUSED-NEXT: %[[U:.*]] = wy.accumulate after
// FUSED-NEXT: %[[N:.*]] = wy.scores
// FUSED-NEXT: %[[P:.*]] = wy.read left %S, %k
// FUSED-NEXT: %[[Y:.*]] = wy.solve rhs(%[[P]] : tensor<4x16xf32>) scores(%[[N]] : tensor<4x4xf32>)
// FUSED-NEXT: %[[S1:.*]] = wy.update states(%S : tensor<8x16xf32>) decays(%[[D]] : tensor<8xf32>) writes(%[[U]], %[[Y]]
// FUSED-NEXT: wy.read left %S, %q
// FUSED-NEXT: %[[O:.*]] = wy.tokens
// FUSED: wy.yield %[[S1]], %[[O]], %v : tensor<8x16xf32>, tensor<4x16xf32>, tensor<4x16xf32>
wy.scan @delta chunk(4) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
    params(%u: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>, copy: !delta.vec<value>) {
  %d = wy.accumulate all log %g : tensor<4x8xf32> -> tensor<8xf32>
  %x = wy.accumulate after log %g : tensor<4x8xf32> -> tensor<4x8xf32>
  %N = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %p = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %y = wy.solve rhs(%p : tensor<4x16xf32>) scores(%N : tensor<4x4xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  %r = wy.read left %S, %q : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %o = wy.tokens(%r1: !delta.vec<value> = %r : tensor<4x16xf32>, %y1: !delta.vec<value> = %y : tensor<4x16xf32>,
                 %u1: !delta.scalar = %u : tensor<f32>) -> tensor<4x16xf32> {
    %0 = delta.mul %u1, %r1
    %1 = delta.add %0, %y1
    wy.yield %1 : !delta.vec<value>
  }
  %S1 = wy.update states(%S : tensor<8x16xf32>) decays(%d : tensor<8xf32>) writes(%x, %y : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1, %o, %v : tensor<8x16xf32>, tensor<4x16xf32>, tensor<4x16xf32>
}

// A state that nothing before it feeds is made by pre; there is no post.

// CHECK-LABEL: wy.placed @forgets
// CHECK-NEXT: qk_heads
// CHECK-NEXT: v_heads
// CHECK-NEXT: state
// CHECK-NEXT: wy.scan @pre
// CHECK: channels(state0: state tensor<8x16xf32>) {
// CHECK: wy.scan @scan
// CHECK-NEXT: channels(%state0: state tensor<8x16xf32>)
// CHECK-NEXT: state(%S: !delta.state<key, value>) -> () {
// CHECK-NEXT: wy.yield %state0 : tensor<8x16xf32>
// CHECK-NOT: wy.scan
wy.scan @forgets chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %0 = wy.update writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %0 : tensor<8x16xf32>
}

// Without states everything is parallel over chunks.

// CHECK-LABEL: wy.placed @no_states
// CHECK: wy.scan @pre
// CHECK-NOT: wy.scan
wy.scan @no_states chunk(4) key(8) value(16) qk_heads(%k: !delta.vec<key>) -> (o: !delta.vec<key>) {
  wy.yield %k : tensor<4x8xf32>
}
