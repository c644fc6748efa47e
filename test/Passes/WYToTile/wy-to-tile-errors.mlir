// RUN: sluice-opt %s --wy-to-tile=arg-types=f32,i8 -split-input-file -verify-diagnostics

// expected-error@+1 {{'wy.scan' op has no schedule for a GPU: run choose-schedule before wy-to-tile}}
wy.scan @not_scheduled chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>) -> () {
  wy.yield %S : tensor<8x16xf32>
}

// -----

// expected-error@+1 {{'wy.scan' op is a part of a placement, or runs backwards: only whole scans become kernels of a GPU}}
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
