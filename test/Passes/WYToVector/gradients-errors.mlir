// RUN: sluice-opt %s --split-input-file --verify-diagnostics --wy-to-vector='scan=last arg-types=f32,f32'

// What goes from scan to scan, and what only gradients need.

#cpu = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

wy.placed @tokens key(8) value(16) qk_heads(%k: !delta.vec<key>) -> (o: !delta.vec<key>) {
  wy.scan @pre chunk(4) key(8) value(16) schedule(#cpu) qk_heads(%k: !delta.vec<key>)
      -> () channels(c: tokens key tensor<4x8xf32>) {
    wy.yield %k : tensor<4x8xf32>
  }
  // expected-error@+1 {{'wy.scan' op is not lowered: channel 'c' is no state}}
  wy.scan @last chunk(4) key(8) value(16) schedule(#cpu) channels(%c: tokens key tensor<4x8xf32>)
      qk_heads(%k: !delta.vec<key>) -> (o: !delta.vec<key>) {
    wy.yield %c : tensor<4x8xf32>
  }
}

// -----

#cpu = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

wy.placed @behind key(8) value(16) qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.scan' op is not lowered: channel 'c' is not a state before the chunk}}
  wy.scan @last chunk(4) key(8) value(16) schedule(#cpu)
      qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
      state(%S: !delta.state<key, value>) -> () channels(c: state tensor<8x16xf32>) {
    %0 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
    wy.yield %0, %0 : tensor<8x16xf32>, tensor<8x16xf32>
  }
}

// -----

#cpu = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

wy.placed @no_tokens key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.scan' op is not lowered: it looks at no token, and has channels from chunk to chunk}}
  wy.scan @last chunk(4) key(8) value(16) schedule(#cpu)
      state(%S: !delta.state<key, value>) -> () channels(c: state tensor<8x16xf32>) {
    wy.yield %S, %S : tensor<8x16xf32>, tensor<8x16xf32>
  }
}

// -----

#cpu = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

// expected-error@+1 {{'wy.placed' op has no scan @last}}
wy.placed @nameless key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  wy.scan @first chunk(4) key(8) value(16) schedule(#cpu)
      state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<8x16xf32>
  }
}

// -----

#cpu = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

wy.scan @pairs chunk(4) key(8) value(16) schedule(#cpu)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>) -> (o: !delta.vec<value>) {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.apply_transposed' op is not lowered for pairs of tokens}}
  %B = wy.apply_transposed %A, %A : tensor<4x4xf32>, tensor<4x4xf32>
  %0 = wy.apply %B, %v : tensor<4x4xf32>, tensor<4x16xf32>
  wy.yield %0 : tensor<4x16xf32>
}

// -----

#cpu = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

wy.scan @joined chunk(4) key(8) value(16) schedule(#cpu)
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.join' op is not lowered: states are made by 'wy.update' alone}}
  %0 = wy.join left %S : tensor<8x16xf32>
  %1 = wy.update states(%0 : tensor<8x16xf32>) -> tensor<8x16xf32>
  wy.yield %1 : tensor<8x16xf32>
}

// -----

#cpu = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

wy.scan @added chunk(4) key(8) value(16) schedule(#cpu) qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{'wy.sum' op is not lowered: states are made by 'wy.update' alone}}
  %0 = wy.sum %S, %S : tensor<8x16xf32>
  %1 = wy.read left %0, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  wy.yield %S, %1 : tensor<8x16xf32>, tensor<4x16xf32>
}
