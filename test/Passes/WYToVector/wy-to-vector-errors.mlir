// RUN: sluice-opt %s --split-input-file --verify-diagnostics --wy-to-vector='arg-types=f32,f32,f32'

#cpu = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

// Scans that no recurrence gives.

// expected-error@+1 {{'wy.scan' op is not lowered: a next state is not a 'wy.update' of its states}}
wy.scan @exchanged chunk(4) key(8) value(16) schedule(#cpu)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) -> () {
  wy.yield %M, %S : tensor<8x16xf32>, tensor<8x16xf32>
}

// -----

#cpu = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

wy.scan @used_update chunk(4) key(8) value(16) schedule(#cpu) qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{'wy.update' op is not lowered: only the scan's carry may use it}}
  %S1 = wy.update states(%S : tensor<8x16xf32>) -> tensor<8x16xf32>
  %o = wy.read left %S1, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  wy.yield %S1, %o : tensor<8x16xf32>, tensor<4x16xf32>
}

// -----

#cpu = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

wy.scan @norm chunk(4) key(8) value(16) schedule(#cpu) qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<key>) {
  %n = wy.tokens(%x: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    // expected-error@+1 {{'delta.l2norm' op is not lowered: run expand-l2norm before wy-to-vector}}
    %0 = delta.l2norm %x
    wy.yield %0 : !delta.vec<key>
  }
  wy.yield %S, %n : tensor<8x16xf32>, tensor<4x8xf32>
}

// -----

// expected-error@+1 {{'wy.scan' op has no schedule for a processor: run choose-schedule before wy-to-vector}}
wy.scan @not_scheduled chunk(4) key(8) value(16) schedule(#wy.schedule<leaf = 4>)
    state(%S: !delta.state<key, value>) -> () {
  wy.yield %S : tensor<8x16xf32>
}

// -----

// Of more tokens than a leaf has a gate is spelt out before.
wy.scan @whole chunk(8) key(8) value(16) schedule(#wy.schedule<leaf = 4, target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{'wy.scores' op has a gate over more than 4 tokens: run wy-decompose with a leaf of at most 4 before wy-to-vector}}
  %A = wy.scores rows(%k : tensor<8x8xf32>) columns(%k : tensor<8x8xf32>) gate(log %g : tensor<8x8xf32>) dyadic -> tensor<8x8xf32>
  %o = wy.apply %A, %v : tensor<8x8xf32>, tensor<8x16xf32>
  wy.yield %S, %o : tensor<8x16xf32>, tensor<8x16xf32>
}

// -----

wy.scan @large_leaf chunk(16) key(8) value(16) schedule(#wy.schedule<leaf = 4, target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %g: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %A = wy.scores rows(%k : tensor<16x8xf32>) columns(%k : tensor<16x8xf32>) ungated -> tensor<16x16xf32>
  // expected-error@+1 {{'wy.apply' op has a gate over more than 4 tokens: run wy-decompose with a leaf of at most 4 before wy-to-vector}}
  %o = wy.apply %A, %v gate(log %g : tensor<16x16xf32>) mask(<inside 8>) : tensor<16x16xf32>, tensor<16x16xf32>
  wy.yield %S, %o : tensor<8x16xf32>, tensor<16x16xf32>
}

// -----

wy.scan @other_dialect chunk(4) key(8) value(16) schedule(#wy.schedule<leaf = 4, target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>)
    qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-error@+1 {{'arith.addf' op is not lowered by wy-to-vector, which takes operations of 'wy' alone}}
  %x = arith.addf %k, %k : tensor<4x8xf32>
  %o = wy.read left %S, %x : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  wy.yield %S, %o : tensor<8x16xf32>, tensor<4x16xf32>
}

// -----

wy.scan @apply_of_pairs chunk(4) key(8) value(16) schedule(#wy.schedule<leaf = 4, target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  // expected-error@+1 {{'wy.apply' op is not lowered for pairs of tokens: 'wy.product' multiplies these}}
  %B = wy.apply %A, %A : tensor<4x4xf32>, tensor<4x4xf32>
  %o = wy.apply %B, %v : tensor<4x4xf32>, tensor<4x16xf32>
  wy.yield %S, %o : tensor<8x16xf32>, tensor<4x16xf32>
}

// -----

// expected-error@+1 {{'wy.scan' op is not lowered: output 'o' has a number for each pair of tokens}}
wy.scan @output_of_pairs chunk(4) key(8) value(4) schedule(#wy.schedule<leaf = 4, target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>)
    qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %A = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  wy.yield %S, %A : tensor<8x4xf32>, tensor<4x4xf32>
}
