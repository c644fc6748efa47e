// RWKV-7 (Goose, arXiv:2503.14456); a reads the state before the decay:
//   S_t = Diag(e^g) S_{t-1} + b (aᵀ S_{t-1}) + k vᵀ,  o_t = qᵀ S_t
delta.recurrence @rwkv7
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>,
             %a: !delta.vec<key>, %b: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %p = delta.read %S, %a
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %b, %p
  %S3 = delta.write %S2, %k, %v
  %o = delta.read %S3, %q
  delta.yield states(%S3) outputs(%o)
}
