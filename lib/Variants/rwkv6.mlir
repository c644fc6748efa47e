// RWKV-6 (Eagle and Finch, arXiv:2404.05892), the output before the update:
//   o_t = scale · qᵀ (S_{t-1} + Diag(u) k vᵀ),  S_t = Diag(e^g) S_{t-1} + k vᵀ
// qᵀ Diag(u) k is a number, so the bonus is that number times v.
delta.recurrence @rwkv6
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
    params(%u: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %c = delta.scale
  %qs = delta.mul %c, %q
  %r = delta.read %S, %qs
  %uk = delta.mul %u, %k
  %b = delta.dot %qs, %uk
  %bv = delta.mul %b, %v
  %o = delta.add %r, %bv
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o)
}
