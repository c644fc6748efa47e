// A delta rule with momentum, o_t = scale · qᵀ S_t:
//   M_t = e^lm M_{t-1} − η k (v − S_{t-1}ᵀ (e^la p))ᵀ,  S_t = e^la S_{t-1} − β M_t
delta.recurrence @momentum_delta_rule
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>, %p: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %la: !delta.scalar, %lm: !delta.scalar,
            %beta: !delta.scalar, %eta: !delta.scalar)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %a = delta.exp %la
  %ap = delta.mul %a, %p
  %r = delta.read %S, %ap
  %e = delta.sub %v, %r
  %ne = delta.neg %eta
  %u = delta.mul %ne, %e
  %M1 = delta.decay %M, %lm
  %M2 = delta.write %M1, %k, %u
  %S1 = delta.decay %S, %la
  %nb = delta.neg %beta
  %bM = delta.scale_state %M2, %nb
  %S2 = delta.add_states %S1, %bM
  %c = delta.scale
  %qs = delta.mul %c, %q
  %o = delta.read %S2, %qs
  delta.yield states(%S2, %M2) outputs(%o)
}
