wy.scan @levels chunk(8) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>) -> (o: !delta.vec<value>) {
  %A = wy.scores rows(%q : tensor<8x8xf32>) columns(%k : tensor<8x8xf32>) gate(log %g : tensor<8x8xf32>) dyadic -> tensor<8x8xf32>
  %o = wy.apply %A, %v : tensor<8x8xf32>, tensor<8x16xf32>
  wy.yield %o : tensor<8x16xf32>
}
