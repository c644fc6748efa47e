// The delta rule (DeltaNet, arXiv:2406.06484):
//   S_t = S_{t-1} + k (β (v − kᵀ S_{t-1}))ᵀ,  o_t = scale · qᵀ S_t
delta.recurrence @delta_rule
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %beta: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %p = delta.read %S, %k
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S1 = delta.write %S, %k, %u
  %c = delta.scale
  %qs = delta.mul %c, %q
  %o = delta.read %S1, %qs
  delta.yield states(%S1) outputs(%o)
}
