// HGRN2 (arXiv:2404.07904): the key is what the gate lets go, k = 1 − e^g:
//   S_t = Diag(e^g) S_{t-1} + k vᵀ,  o_t = scale · qᵀ S_t
delta.recurrence @hgrn2
    qk_heads(%q: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %m = delta.expm1 %g
  %k = delta.neg %m
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  %c = delta.scale
  %qs = delta.mul %c, %q
  %o = delta.read %S2, %qs
  delta.yield states(%S2) outputs(%o)
}
