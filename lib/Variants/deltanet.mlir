// DeltaNet as its layer trains it (arXiv:2406.06484, section 3.4): queries and keys
// pass SiLU and are brought to unit length, β = sigmoid(b):
//   k' = silu(k) ÷ |silu(k)|,  S_t = (I - β k' k'ᵀ) S_{t-1} + β k' vᵀ,  o_t = scale · q'ᵀ S_t
delta.recurrence @deltanet
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %qa = delta.silu %q
  %qn = delta.l2norm %qa
  %ka = delta.silu %k
  %kn = delta.l2norm %ka
  %beta = delta.sigmoid %b
  %p = delta.read %S, %kn
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S1 = delta.write %S, %kn, %u
  %c = delta.scale
  %qs = delta.mul %c, %qn
  %o = delta.read %S1, %qs
  delta.yield states(%S1) outputs(%o)
}
