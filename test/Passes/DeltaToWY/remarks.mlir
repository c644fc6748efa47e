// RUN: sluice-opt %s --split-input-file --delta-to-wy='chunk=4 key-dim=8 value-dim=16' --remarks-filter=delta-to-wy --remark-format=emitRemark --verify-diagnostics -o /dev/null

// One remark for every wy.scores: its scheme, and why.

delta.recurrence @no_gate
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-remark@+1 {{[Passed] Scheme | Category:delta-to-wy | Reason="nothing decays", Remark="scores take the scheme 'ungated'"}}
  %o = delta.read %S, %q
  %S1 = delta.write %S, %k, %v
  delta.yield states(%S1) outputs(%o)
}

// -----

delta.recurrence @scalar_gate
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-remark@+1 {{[Passed] Scheme | Category:delta-to-wy | Reason="the gate is a scalar, so it leaves the sum over channels", Remark="scores take the scheme 'after_product'"}}
  %o = delta.read %S, %q
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o)
}

// -----

delta.recurrence @key_gate
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-remark@+1 {{[Missed] Scheme | Category:delta-to-wy | Reason="the gate differs from channel to channel and no bound on it is known", Remark="scores take the scheme 'dyadic'"}}
  %o = delta.read %S, %q
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o)
}

// -----

// A gate along value is not a gate of the scores.

delta.recurrence @value_gate
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-remark@+1 {{[Passed] Scheme | Category:delta-to-wy | Reason="nothing decays", Remark="scores take the scheme 'ungated'"}}
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

// -----

// A function that keeps limits bounds the gate, whatever it is given.

delta.recurrence @inferred
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %x: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %s = delta.sigmoid %x
  %c = delta.constant -5.0
  %g = delta.mul %c, %s
  // expected-remark@+1 {{[Passed] Scheme | Category:delta-to-wy | Reason="the gate lies in [-5, 0]: inferred, so a leaf may have 16 tokens", Remark="scores take the scheme 'shifted'"}}
  %o = delta.read %S, %q
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o)
}

// -----

// And without the function nothing does.

delta.recurrence @not_bounded
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %x: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %c = delta.constant -5.0
  %g = delta.mul %c, %x
  // expected-remark@+1 {{[Missed] Scheme | Category:delta-to-wy | Reason="the gate differs from channel to channel and no bound on it is known", Remark="scores take the scheme 'dyadic'"}}
  %o = delta.read %S, %q
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o)
}

// -----

delta.recurrence @declared
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key> range(-0.1, 0.0))
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-remark@+1 {{[Passed] Scheme | Category:delta-to-wy | Reason="the gate lies in [-0.1001, 0]: declared, so a leaf may have 512 tokens", Remark="scores take the scheme 'shifted'"}}
  %o = delta.read %S, %q
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o)
}

// -----

// Ten is the most: 80 for 8 tokens.

delta.recurrence @steepest
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key> range(-10.0, 0.0))
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-remark@+1 {{[Passed] Scheme | Category:delta-to-wy | Reason="the gate lies in [-10, 0]: declared, so a leaf may have 8 tokens", Remark="scores take the scheme 'shifted'"}}
  %o = delta.read %S, %q
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o)
}

// -----

delta.recurrence @too_steep
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key> range(-10.05, 0.0))
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-remark@+1 {{[Missed] Scheme | Category:delta-to-wy | Reason="the gate lies in [-10.06, 0]: declared, which is too much for a leaf of 8 tokens", Remark="scores take the scheme 'dyadic'"}}
  %o = delta.read %S, %q
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o)
}

// -----

// A gate that may grow has no shift, however small.

delta.recurrence @growing
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key> range(-1.0, 0.125))
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-remark@+1 {{[Missed] Scheme | Category:delta-to-wy | Reason="the gate lies in [-1, 0.125]: declared, which is too much for a leaf of 8 tokens", Remark="scores take the scheme 'dyadic'"}}
  %o = delta.read %S, %q
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o)
}

// -----

// A forget factor along key, above 0: its log counts.

delta.recurrence @factor
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %x: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %s = delta.sigmoid %x
  %c = delta.constant 0.75
  %d = delta.constant 0.25
  %m = delta.mul %c, %s
  %f = delta.add %m, %d
  // expected-remark@+1 {{[Passed] Scheme | Category:delta-to-wy | Reason="the factor lies in [0.25, 1]: inferred, so a leaf may have 32 tokens", Remark="scores take the scheme 'shifted'"}}
  %o = delta.read %S, %q
  %S1 = delta.scale_state %S, %f
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o)
}

// -----

delta.recurrence @factor_of_zero
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %x: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %f = delta.sigmoid %x
  // expected-remark@+1 {{[Missed] Scheme | Category:delta-to-wy | Reason="the factor lies in [0, 1]: inferred, which is too much for a leaf of 8 tokens", Remark="scores take the scheme 'dyadic'"}}
  %o = delta.read %S, %q
  %S1 = delta.scale_state %S, %f
  %S2 = delta.write %S1, %k, %v
  delta.yield states(%S2) outputs(%o)
}
