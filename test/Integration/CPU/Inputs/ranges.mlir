// kda with a gate and a weight that are declared to lie in ranges.
delta.recurrence @ranges
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key> range(-5.0, -2.5),
            %beta: !delta.scalar range(0.5, inf))
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %S1 = delta.decay %S, %g
  %p = delta.read %S1, %k
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S2 = delta.write %S1, %k, %u
  %o = delta.read %S2, %q
  delta.yield states(%S2) outputs(%o)
}
