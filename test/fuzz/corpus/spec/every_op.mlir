delta.recurrence @every
    qk_heads(%k: !delta.vec<key>, %x: !delta.scalar)
    v_heads(%v: !delta.vec<value>) params(%p: !delta.scalar)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>)
    -> (o: !delta.vec<value>, r: !delta.vec<key>, s: !delta.scalar)
    attributes {sluice.note = "every operation once"} {
  %0 = delta.decay %S, %x
  %1 = delta.scale_state %0, %k
  %2 = delta.write %1, %k, %v
  %3 = delta.add_states %2, %M
  %left = delta.read %3, %k
  %right = delta.read %3, %v
  %c = delta.scale
  %half = delta.constant 0.5
  %ones = delta.broadcast %half : !delta.vec<value>
  %a = delta.add %left, %ones
  %b = delta.sub %a, %c
  %d = delta.mul %b, %p
  %e = delta.div %d, %half
  %f = delta.max %e, %v
  %g = delta.min %f, %v
  %h = delta.neg %g
  %i = delta.abs %h
  %j = delta.exp %i
  %l = delta.expm1 %j
  %m = delta.log %l
  %n = delta.sqrt %m
  %q = delta.tanh %n
  %t = delta.sigmoid %q
  %u = delta.logsigmoid %t
  %w = delta.softplus %u
  %y = delta.silu %w
  %dot = delta.dot %k, %k
  %sum = delta.reduce sum %k
  %max = delta.reduce max %k
  %s1 = delta.add %dot, %sum
  %s2 = delta.add %s1, %max
  %norm = delta.l2norm %right {epsilon = 1.0e-5 : f64}
  %pick = delta.select %s1, %s2, %dot, %max
  %last = delta.chain %pick, %s2
  delta.yield states(%3, %2) outputs(%y, %norm, %last)
}
delta.adjoint @every_adjoint of @every
    qk_heads(%k: !delta.vec<key>) state(%S: !delta.state<key, value>)
    v_heads(%do: !delta.vec<value>)
    state(%dS: !delta.state<key, value>) -> qk_heads(dx: !delta.scalar) {
  %0 = delta.zero : !delta.state<key, value>
  %1 = delta.write %0, %k, %do
  %2 = delta.dot_states %1, %S : !delta.scalar
  delta.yield states(%dS) outputs(%2)
}
