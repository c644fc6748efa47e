// RUN: sluice-opt %s --wy-to-tile=arg-types=f32,i8 -split-input-file -verify-diagnostics

// expected-error@+1 {{'wy.scan' op has no schedule for a GPU: run choose-schedule before wy-to-tile}}
wy.scan @not_scheduled chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  wy.yield %S : tensor<8x16xf32>
}

// -----

// expected-error@+1 {{'wy.scan' op is to be placed, or runs backwards: only scans that are placed become kernels of a GPU}}
wy.scan @backwards chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, target = #wy.gpu_schedule<warps = 1, value_block = 16>>) reverse
    qk_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  wy.yield %S : tensor<8x16xf32>
}

// -----

// expected-error@+1 {{unknown element type 'i8': expected f32, f16 or bf16}}
wy.scan @type chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    qk_heads(%k: !delta.vec<key>, %q: !delta.vec<key>) -> () {
  wy.yield
}

// -----

wy.scan @leaf chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, leaf = 4, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    qk_heads(%k: !delta.vec<key>) -> (o: !delta.vec<key>) {
  // expected-error@+2 {{'wy.scores' op has a gate for each pair of tokens: run wy-decompose with a leaf of one token before wy-to-tile}}
  // expected-error@+1 {{failed to legalize operation 'wy.scores' that was explicitly marked illegal}}
  %0 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(log %k : tensor<4x8xf32>) pairwise -> tensor<4x4xf32>
  %1 = wy.apply %0, %k : tensor<4x4xf32>, tensor<4x8xf32>
  wy.yield %1 : tensor<4x8xf32>
}

// -----

// expected-error@+1 {{'wy.scan' op is to be placed, or runs backwards: only scans that are placed become kernels of a GPU}}
wy.scan @to_be_placed chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, placement = pre_scan_post, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    qk_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  wy.yield %S : tensor<8x16xf32>
}

// -----

// Segments that leave something for each chunk.
wy.placed @each_chunk key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'wy.scan' op has segments, and channels from chunk to chunk: no GPU runs that}}
  wy.scan @states chunk(4) key(8) value(16)
      schedule(#wy.schedule<chunk = 4, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
      segments(8 from zero)
      state(%S: !delta.state<key, value>) -> () channels(S0: state tensor<8x16xf32>) {
    wy.yield %S, %S : tensor<8x16xf32>, tensor<8x16xf32>
  }
  wy.scan @all chunk(4) key(8) value(16) state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<8x16xf32>
  }
}

// -----

wy.placed @lengths key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  wy.scan @one chunk(4) key(8) value(16)
      schedule(#wy.schedule<chunk = 4, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
      segments(8 from zero to(R))
      state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<8x16xf32>
  }
  // expected-error@+1 {{'wy.scan' op has segments of another length than a scan before it: no GPU runs that}}
  wy.scan @two chunk(4) key(8) value(16)
      schedule(#wy.schedule<chunk = 4, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
      segments(16 from zero)
      state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<8x16xf32>
  }
  wy.scan @all chunk(8) key(8) value(16) state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<8x16xf32>
  }
}

// -----

wy.placed @more_than_a_join key(8) value(16) state(%S: !delta.state<key, value>) -> () {
  wy.scan @written chunk(4) key(8) value(16)
      schedule(#wy.schedule<chunk = 4, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
      segments(8 from zero to(R))
      state(%S: !delta.state<key, value>) -> () {
    wy.yield %S : tensor<8x16xf32>
  }
  // expected-error@+1 {{'wy.scan' op is behind segments and does more than join them: no GPU runs that}}
  wy.scan @forgets chunk(8) key(8) value(16) channels(%R: state tensor<8x16xf32>)
      state(%S: !delta.state<key, value>) -> () {
    wy.yield %R : tensor<8x16xf32>
  }
}
