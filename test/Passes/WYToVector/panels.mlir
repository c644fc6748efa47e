// RUN: sluice-opt %s --expand-l2norm --wy-to-vector | FileCheck %s

#cpu = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

// `sluice.panels` says in how many pieces a head may be cut, each for another thread.

// Columns of the state along value, 16 in a panel.
// CHECK-LABEL: func.func @columns
// CHECK-SAME:    sluice.panels = 4
wy.scan @columns chunk(4) key(32) value(64) schedule(#cpu)
    qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = wy.read left %S, %k : tensor<32x64xf32>, tensor<4x32xf32> -> tensor<4x64xf32>
  %S1 = wy.update states(%S : tensor<32x64xf32>) -> tensor<32x64xf32>
  wy.yield %S1, %o : tensor<32x64xf32>, tensor<4x64xf32>
}

// Reads from the right run along key, and so do panels.
// CHECK-LABEL: func.func @rows
// CHECK-SAME:    sluice.panels = 2
wy.scan @rows chunk(4) key(32) value(64) schedule(#cpu)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<key>) {
  %o = wy.read right %S, %v : tensor<32x64xf32>, tensor<4x64xf32> -> tensor<4x32xf32>
  %S1 = wy.update states(%S : tensor<32x64xf32>) -> tensor<32x64xf32>
  wy.yield %S1, %o : tensor<32x64xf32>, tensor<4x32xf32>
}

// The last panel may be narrower.
// CHECK-LABEL: func.func @ragged
// CHECK-SAME:    sluice.panels = 3
wy.scan @ragged chunk(4) key(32) value(33) schedule(#cpu)
    qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = wy.read left %S, %k : tensor<32x33xf32>, tensor<4x32xf32> -> tensor<4x33xf32>
  %S1 = wy.update states(%S : tensor<32x33xf32>) -> tensor<32x33xf32>
  wy.yield %S1, %o : tensor<32x33xf32>, tensor<4x33xf32>
}

// Maths of what was read, element by element, stays in its columns.
// CHECK-LABEL: func.func @elementwise
// CHECK-SAME:    sluice.panels = 4
wy.scan @elementwise chunk(4) key(32) value(64) schedule(#cpu)
    qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %r = wy.read left %S, %k : tensor<32x64xf32>, tensor<4x32xf32> -> tensor<4x64xf32>
  %o = wy.tokens(%x: !delta.vec<value> = %r : tensor<4x64xf32>) -> tensor<4x64xf32> {
    %0 = delta.tanh %x
    wy.yield %0 : !delta.vec<value>
  }
  %S1 = wy.update states(%S : tensor<32x64xf32>) -> tensor<32x64xf32>
  wy.yield %S1, %o : tensor<32x64xf32>, tensor<4x64xf32>
}

// A graph that mixes columns is not cut: a sum over what was read,
// CHECK-LABEL: func.func @norm
// CHECK-SAME:    sluice.panels = 1
wy.scan @norm chunk(4) key(32) value(64) schedule(#cpu)
    qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %r = wy.read left %S, %k : tensor<32x64xf32>, tensor<4x32xf32> -> tensor<4x64xf32>
  %o = wy.tokens(%x: !delta.vec<value> = %r : tensor<4x64xf32>) -> tensor<4x64xf32> {
    %0 = delta.l2norm %x
    wy.yield %0 : !delta.vec<value>
  }
  %S1 = wy.update states(%S : tensor<32x64xf32>) -> tensor<32x64xf32>
  wy.yield %S1, %o : tensor<32x64xf32>, tensor<4x64xf32>
}

// reads from both sides,
// CHECK-LABEL: func.func @sides
// CHECK-SAME:    sluice.panels = 1
wy.scan @sides chunk(4) key(32) value(64) schedule(#cpu)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>)
    -> (o: !delta.vec<value>, p: !delta.vec<key>) {
  %o = wy.read left %S, %k : tensor<32x64xf32>, tensor<4x32xf32> -> tensor<4x64xf32>
  %p = wy.read right %S, %v : tensor<32x64xf32>, tensor<4x64xf32> -> tensor<4x32xf32>
  %S1 = wy.update states(%S : tensor<32x64xf32>) -> tensor<32x64xf32>
  wy.yield %S1, %o, %p : tensor<32x64xf32>, tensor<4x64xf32>, tensor<4x32xf32>
}

// scores of what was read.
// CHECK-LABEL: func.func @scores
// CHECK-SAME:    sluice.panels = 1
wy.scan @scores chunk(4) key(32) value(64) schedule(#cpu)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %r = wy.read left %S, %k : tensor<32x64xf32>, tensor<4x32xf32> -> tensor<4x64xf32>
  %A = wy.scores rows(%r : tensor<4x64xf32>) columns(%v : tensor<4x64xf32>) ungated -> tensor<4x4xf32>
  %o = wy.apply %A, %v : tensor<4x4xf32>, tensor<4x64xf32>
  %S1 = wy.update states(%S : tensor<32x64xf32>) -> tensor<32x64xf32>
  wy.yield %S1, %o : tensor<32x64xf32>, tensor<4x64xf32>
}
