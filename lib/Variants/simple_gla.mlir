// Gated linear attention with a scalar gate:
//   S_t = e^g S_{t-1} + k vᵀ,  o_t = scale · qᵀ S_t
delta.recurrence @simple_gla
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  %c = delta.scale
  %qs = delta.mul %c, %q
  %o = delta.read %S2, %qs
  delta.yield states(%S2) outputs(%o)
}
