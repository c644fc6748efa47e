// Oja's rule: corrections from the right, S += β (k − S v) vᵀ.
delta.recurrence @oja
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %half = delta.constant 0.5
  %n = delta.l2norm %v
  %S1 = delta.decay %S, %g
  %p = delta.read %S1, %n
  %e = delta.sub %k, %p
  %u = delta.mul %half, %e
  %S2 = delta.write %S1, %u, %n
  %o = delta.read %S2, %q
  delta.yield states(%S2) outputs(%o)
}
