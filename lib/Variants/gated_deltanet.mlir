// Gated DeltaNet with its gates and output norm (arXiv:2412.06464, eq. 10 and section 3.4):
//   g = −exp(A_log) · softplus(a + dt_bias),  β = sigmoid(b),  k' = k ÷ |k|,  q' = q ÷ |q|
//   S_t = e^g (I - β k' k'ᵀ) S_{t-1} + β k' vᵀ,  y_t = scale · q'ᵀ S_t
//   o_t = w ∘ y_t ÷ |y_t| ∘ silu(z),  w being √V times the weight of the RMS norm
delta.recurrence @gated_deltanet
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %z: !delta.vec<value>, %a: !delta.scalar, %b: !delta.scalar)
    params(%A_log: !delta.scalar, %dt_bias: !delta.scalar, %w: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %rate = delta.exp %A_log
  %biased = delta.add %a, %dt_bias
  %dt = delta.softplus %biased
  %step = delta.mul %rate, %dt
  %g = delta.neg %step
  %beta = delta.sigmoid %b
  %kn = delta.l2norm %k
  %qn = delta.l2norm %q
  %S1 = delta.decay %S, %g
  %p = delta.read %S1, %kn
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S2 = delta.write %S1, %kn, %u
  %c = delta.scale
  %qs = delta.mul %c, %qn
  %y = delta.read %S2, %qs
  %yn = delta.l2norm %y
  %yw = delta.mul %w, %yn
  %gate = delta.silu %z
  %o = delta.mul %yw, %gate
  delta.yield states(%S2) outputs(%o)
}
