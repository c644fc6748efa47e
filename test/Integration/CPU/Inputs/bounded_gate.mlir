// kda with the gate that a bounded activation gives: −5 sigmoid(x).
delta.recurrence @bounded_gate
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %x: !delta.vec<key>, %beta: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %act = delta.sigmoid %x
  %c = delta.constant -5.0
  %g = delta.mul %c, %act
  %S1 = delta.decay %S, %g
  %p = delta.read %S1, %k
  %e = delta.sub %v, %p
  %u = delta.mul %beta, %e
  %S2 = delta.write %S1, %k, %u
  %o = delta.read %S2, %q
  delta.yield states(%S2) outputs(%o)
}
