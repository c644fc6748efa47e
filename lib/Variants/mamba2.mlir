// Mamba-2 (Transformers are SSMs, arXiv:2405.21060), D being the skip:
//   S_t = e^(−exp(A_log)·dt) S_{t-1} + B (dt·x)ᵀ,  o_t = Cᵀ S_t + D·x
delta.recurrence @mamba2
    v_heads(%x: !delta.vec<value>, %dt: !delta.scalar)
    qk_heads(%B: !delta.vec<key>, %C: !delta.vec<key>)
    params(%A_log: !delta.scalar, %D: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %a = delta.exp %A_log
  %ad = delta.mul %a, %dt
  %g = delta.neg %ad
  %S1 = delta.decay %S, %g
  %u = delta.mul %dt, %x
  %S2 = delta.write %S1, %B, %u
  %y = delta.read %S2, %C
  %Dx = delta.mul %D, %x
  %o = delta.add %y, %Dx
  delta.yield states(%S2) outputs(%o)
}
