// RUN: sluice-opt %s --wy-differentiate > %t
// RUN: sluice-opt %t --wy-place=placement=pre_scan_post | diff %t -

// What stands in a wy.placed is in its place.

wy.scan @linear_attention chunk(4) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %0 = wy.read left %S, %q : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %1 = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %2 = wy.apply %1, %v : tensor<4x4xf32>, tensor<4x16xf32>
  %3 = wy.sum %0, %2 : tensor<4x16xf32>
  %4 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %4, %3 : tensor<8x16xf32>, tensor<4x16xf32>
}
