// RUN: sluice-opt %s --verify-roundtrip | FileCheck %s
// RUN: sluice-opt %s --mlir-print-op-generic | sluice-opt | FileCheck %s

// CHECK-LABEL: wy.placed @stages key(8) value(16)
// CHECK-NEXT: qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
// CHECK-NEXT: v_heads(%v: !delta.vec<value>, %g: !delta.vec<key> range(-5.0{{.*}}, 0.0{{.*}}))
// CHECK-NEXT: state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
wy.placed @stages key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key> range(-5.0, 0.0))
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // CHECK: wy.scan @pre chunk(4) key(8) value(16)
  // CHECK-NEXT: qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
  // CHECK-NEXT: v_heads(%g: !delta.vec<key> range(-5.0{{.*}}, 0.0{{.*}})) -> () channels(A: pairs tensor<4x4xf32>, p: tokens key tensor<4x8xf32>, d: constant key tensor<8xf32>) {
  wy.scan @pre chunk(4) key(8) value(16)
      qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
      v_heads(%g: !delta.vec<key> range(-5.0, 0.0))
      -> () channels(A: pairs tensor<4x4xf32>, p: tokens key tensor<4x8xf32>, d: constant key tensor<8xf32>) {
    %A = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(log %g : tensor<4x8xf32>) dyadic -> tensor<4x4xf32>
    %p = wy.accumulate before log %g : tensor<4x8xf32> -> tensor<4x8xf32>
    %d = wy.accumulate all log %g : tensor<4x8xf32> -> tensor<8xf32>
    wy.yield %A, %p, %d : tensor<4x4xf32>, tensor<4x8xf32>, tensor<8xf32>
  }
  // CHECK: wy.scan @scan chunk(4) key(8) value(16)
  // CHECK-NEXT: channels(%d: constant key tensor<8xf32>)
  // CHECK-NEXT: qk_heads(%k: !delta.vec<key>)
  // CHECK-NEXT: v_heads(%v: !delta.vec<value>)
  // CHECK-NEXT: state(%S: !delta.state<key, value>) -> () channels(S0: state tensor<8x16xf32>) {
  wy.scan @scan chunk(4) key(8) value(16)
      channels(%d: constant key tensor<8xf32>)
      qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
      state(%S: !delta.state<key, value>) -> () channels(S0: state tensor<8x16xf32>) {
    // CHECK: wy.update states(%S : tensor<8x16xf32>) decays(%d : tensor<8xf32>)
    %S1 = wy.update states(%S : tensor<8x16xf32>) decays(%d : tensor<8xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
    // CHECK: wy.yield %{{.*}}, %S : tensor<8x16xf32>, tensor<8x16xf32>
    wy.yield %S1, %S : tensor<8x16xf32>, tensor<8x16xf32>
  }
  // CHECK: wy.scan @post chunk(4) key(8) value(16)
  // CHECK-NEXT: channels(%A: pairs tensor<4x4xf32>, %p: tokens key tensor<4x8xf32>, %S0: state tensor<8x16xf32>)
  wy.scan @post chunk(4) key(8) value(16)
      channels(%A: pairs tensor<4x4xf32>, %p: tokens key tensor<4x8xf32>, %S0: state tensor<8x16xf32>)
      v_heads(%v: !delta.vec<value>) -> (o: !delta.vec<value>) {
    %0 = wy.read left %S0, %p : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
    %1 = wy.apply %A, %v : tensor<4x4xf32>, tensor<4x16xf32>
    %2 = wy.sum %0, %1 : tensor<4x16xf32>
    wy.yield %2 : tensor<4x16xf32>
  }
}

// A reverse scan, and a scan over segments, whose chunks they are.

// CHECK-LABEL: wy.placed @segments
wy.placed @segments key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // CHECK: wy.scan @written chunk(4) key(8) value(16) reverse segments(8 from zero to(R))
  wy.scan @written chunk(4) key(8) value(16) reverse segments(8 from zero to(R))
      qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
      state(%S: !delta.state<key, value>) -> () {
    %S1 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
    wy.yield %S1 : tensor<8x16xf32>
  }
  // CHECK: wy.scan @transition chunk(4) key(8) value(8) reverse segments(8 from identity(0) to(M))
  wy.scan @transition chunk(4) key(8) value(8) reverse segments(8 from identity(0) to(M))
      state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<8x8xf32>
  }
  // CHECK: wy.scan @factor chunk(4) key(1) value(1) reverse segments(8 from ones(0) to(F))
  wy.scan @factor chunk(4) key(1) value(1) reverse segments(8 from ones(0) to(F))
      state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<1x1xf32>
  }
  // CHECK: wy.scan @join chunk(8) key(8) value(16) reverse
  // CHECK-NEXT: channels(%R: state tensor<8x16xf32>, %M: state tensor<8x8xf32>, %F: state tensor<1x1xf32>)
  // CHECK-NEXT: state(%S: !delta.state<key, value>) -> () channels(start: state tensor<8x16xf32>) {
  wy.scan @join chunk(8) key(8) value(16) reverse
      channels(%R: state tensor<8x16xf32>, %M: state tensor<8x8xf32>, %F: state tensor<1x1xf32>)
      state(%S: !delta.state<key, value>) -> () channels(start: state tensor<8x16xf32>) {
    // CHECK: %[[L:.*]] = wy.join left %R states(%S : tensor<8x16xf32>) transitions(%M : tensor<8x8xf32>) : tensor<8x16xf32>
    %0 = wy.join left %R states(%S : tensor<8x16xf32>) transitions(%M : tensor<8x8xf32>) : tensor<8x16xf32>
    // CHECK: wy.join elementwise %[[L]] states(%S : tensor<8x16xf32>) transitions(%F : tensor<1x1xf32>) : tensor<8x16xf32>
    %1 = wy.join elementwise %0 states(%S : tensor<8x16xf32>) transitions(%F : tensor<1x1xf32>) : tensor<8x16xf32>
    // CHECK: wy.join right %{{.*}} : tensor<8x16xf32>
    %2 = wy.join right %1 : tensor<8x16xf32>
    wy.yield %2, %S : tensor<8x16xf32>, tensor<8x16xf32>
  }
  // CHECK: wy.scan @main chunk(4) key(8) value(16) reverse segments(8 from(start))
  wy.scan @main chunk(4) key(8) value(16) reverse segments(8 from(start))
      qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
      state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
    %0 = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
    wy.yield %S, %0 : tensor<8x16xf32>, tensor<4x16xf32>
  }
}

// A scan may run backwards by itself.

// CHECK-LABEL: wy.scan @alone chunk(4) key(8) value(16) reverse
// CHECK-NEXT: state(%S: !delta.state<key, value>) -> () {
wy.scan @alone chunk(4) key(8) value(16) reverse state(%S: !delta.state<key, value>) -> () {
  wy.yield %S : tensor<8x16xf32>
}
