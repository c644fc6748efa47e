// A decay along value: the transition differs from column to column.
delta.recurrence @value_decay
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  %o = delta.read %S2, %q
  delta.yield states(%S2) outputs(%o)
}
