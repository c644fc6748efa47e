// Kimi Delta Attention as a layer has it: with normalised keys and queries, and gates
// computed from projections and parameters.
delta.recurrence @kda_layer
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %a: !delta.vec<key>, %b: !delta.scalar)
    params(%A_log: !delta.scalar, %bias: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %qn = delta.l2norm %q
  %kn = delta.l2norm %k
  %biased = delta.add %a, %bias
  %dt = delta.softplus %biased
  %A = delta.exp %A_log
  %nA = delta.neg %A
  %nAv = delta.broadcast %nA : !delta.vec<key>
  %g = delta.mul %nAv, %dt
  %beta = delta.sigmoid %b
  %S1 = delta.decay %S, %g
  %p = delta.read %S1, %kn
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S2 = delta.write %S1, %kn, %u
  %c = delta.scale
  %qs = delta.mul %c, %qn
  %o = delta.read %S2, %qs
  delta.yield states(%S2) outputs(%o)
}
