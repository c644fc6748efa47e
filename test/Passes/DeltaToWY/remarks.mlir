// RUN: sluice-opt %s --split-input-file --delta-to-wy='chunk=4 key-dim=8 value-dim=16 remarks=true' --verify-diagnostics -o /dev/null

// One remark for every wy.scores: its scheme, and why.

// expected-remark@+1 {{scores take the scheme 'ungated': nothing decays}}
delta.recurrence @no_gate
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = delta.read %S, %q
  %S1 = delta.write %S, %k, %v
  delta.yield states(%S1) outputs(%o)
}

// -----

// expected-remark@+1 {{scores take the scheme 'after_product': the gate is a scalar, so it leaves the sum over channels}}
delta.recurrence @scalar_gate
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = delta.read %S, %q
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o)
}

// -----

// expected-remark@+1 {{scores take the scheme 'dyadic': the gate differs from channel to channel and no bound on it is declared}}
delta.recurrence @key_gate
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = delta.read %S, %q
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o)
}

// -----

// A gate along value is no gate of the scores.

// expected-remark@+1 {{scores take the scheme 'ungated': nothing decays}}
delta.recurrence @value_gate
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = delta.read %S, %q
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o)
}

// -----

// Without scores there is nothing to say.
delta.recurrence @only_decay
    v_heads(%g: !delta.scalar) state(%S: !delta.state<key, value>) -> () {
  %S1 = delta.decay %S, %g
  delta.yield states(%S1) outputs()
}
