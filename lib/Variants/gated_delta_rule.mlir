// The gated delta rule (Gated Delta Networks, arXiv:2412.06464):
//   S' = e^g S_{t-1},  S_t = S' + k (β (v − kᵀ S'))ᵀ,  o_t = scale · qᵀ S_t
delta.recurrence @gated_delta_rule
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.scalar, %beta: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %S1 = delta.decay %S, %g
  %p = delta.read %S1, %k
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S2 = delta.write %S1, %k, %u
  %c = delta.scale
  %qs = delta.mul %c, %q
  %o = delta.read %S2, %qs
  delta.yield states(%S2) outputs(%o)
}
