// RUN: sluice-opt %s --wy-to-tile -split-input-file -verify-diagnostics

wy.scan @blocks chunk(4) key(8) value(16)
    schedule(#wy.schedule<chunk = 4, target = #wy.gpu_schedule<warps = 1, value_block = 16>>)
    v_heads(%a: !delta.scalar, %b: !delta.scalar, %c: !delta.scalar, %d: !delta.scalar) -> (o: !delta.scalar) {
  // expected-error@+2 {{'wy.accumulate' op of coupled states has blocks of a power of two of tokens on a GPU, found 3}}
  // expected-error@+1 {{failed to legalize operation 'wy.accumulate' that was explicitly marked illegal}}
  %0:4 = wy.accumulate before block(3) factor %a, %b, %c, %d : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32> -> tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  wy.yield %0#0 : tensor<4xf32>
}
