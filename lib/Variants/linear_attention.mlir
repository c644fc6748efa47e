// Linear attention (Transformers are RNNs, arXiv:2006.16236), no feature map:
//   S_t = S_{t-1} + k vᵀ,  o_t = scale · qᵀ S_t
delta.recurrence @linear_attention
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %S1 = delta.write %S, %k, %v
  %c = delta.scale
  %qs = delta.mul %c, %q
  %o = delta.read %S1, %qs
  delta.yield states(%S1) outputs(%o)
}
