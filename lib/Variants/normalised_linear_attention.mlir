// Linear attention with its normaliser (Transformers are RNNs, arXiv:2006.16236, eqs. 18
// to 20), φ(x) = elu(x) + 1 = max(x, 0) + e^min(x, 0):
//   S_t = S_{t-1} + φ(k) vᵀ,  z_t = z_{t-1} + φ(k),  o_t = φ(q)ᵀ S_t ÷ φ(q)ᵀ z_t
// States are matrices: z is every column of Z.
delta.recurrence @normalised_linear_attention
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>, %Z: !delta.state<key, value>)
    -> (o: !delta.vec<value>) {
  %zero = delta.constant 0.0
  %one = delta.constant 1.0
  %ones = delta.broadcast %one : !delta.vec<value>
  %q0 = delta.max %q, %zero
  %q1 = delta.min %q, %zero
  %q2 = delta.exp %q1
  %fq = delta.add %q0, %q2
  %k0 = delta.max %k, %zero
  %k1 = delta.min %k, %zero
  %k2 = delta.exp %k1
  %fk = delta.add %k0, %k2
  %S1 = delta.write %S, %fk, %v
  %Z1 = delta.write %Z, %fk, %ones
  %y = delta.read %S1, %fq
  %n = delta.read %Z1, %fq
  %o = delta.div %y, %n
  delta.yield states(%S1, %Z1) outputs(%o)
}
