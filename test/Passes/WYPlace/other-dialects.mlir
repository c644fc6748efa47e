// RUN: sluice-opt %s --wy-place=placement=pre_scan_post -verify-diagnostics

// A channel says what goes through it.

wy.scan @half_lowered chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  // expected-error@+1 {{'arith.addf' op goes from one scan to another, but what it is cannot be told: an operation of another dialect makes it}}
  %x = arith.addf %k, %k : tensor<4x8xf32>
  %S1 = wy.update states(%S : tensor<8x16xf32>) writes(%x, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1 : tensor<8x16xf32>
}
