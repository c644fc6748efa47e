// Kimi Delta Attention (Kimi Linear, arXiv:2510.26692):
//   S_t = (I - β k kᵀ) Diag(e^g) S_{t-1} + β k vᵀ,  o_t = scale · qᵀ S_t
delta.recurrence @kda
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>, %beta: !delta.scalar)
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
