// RUN: sluice-opt %s --split-input-file --delta-to-wy --verify-diagnostics

// Where there is no chunk form, the operation that is the reason says so.

delta.recurrence @nonlinear v_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> () {
  %p = delta.read %S, %k
  // expected-error@+1 {{recurrence @nonlinear has no chunk form: 'delta.tanh' is not linear in what was read from a state (class nonlinear)}}
  %u = delta.tanh %p
  %S1 = delta.write %S, %k, %u
  delta.yield states(%S1) outputs()
}

// -----

delta.recurrence @gate_of_reads v_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> () {
  %p = delta.read %S, %k
  %m = delta.reduce sum %p
  // expected-error@+1 {{recurrence @gate_of_reads has no chunk form: the gate of 'delta.decay' depends on what was read from a state (class nonlinear)}}
  %S1 = delta.decay %S, %m
  delta.yield states(%S1) outputs()
}

// -----

delta.recurrence @read_of_read v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %a = delta.read %S, %v
  // expected-error@+1 {{recurrence @read_of_read has no chunk form: the vector of 'delta.read' depends on what was read from a state (class nonlinear)}}
  %p = delta.read %S, %a
  %S1 = delta.write %S, %k, %p
  delta.yield states(%S1) outputs()
}

// -----

delta.recurrence @both_sides v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %l = delta.read %S, %k
  %r = delta.read %S, %v
  // expected-note@+1 {{the earlier one}}
  %S1 = delta.write %S, %k, %l
  // expected-error@+1 {{recurrence @both_sides has no chunk form: left and right corrections are mixed: this write depends on a read from the right, an earlier one on a read from the left (class affine)}}
  %S2 = delta.write %S1, %r, %v
  delta.yield states(%S2) outputs()
}

// -----

delta.recurrence @mixed_columns v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %p = delta.read %S, %k
  // expected-error@+1 {{recurrence @mixed_columns has no chunk form: a correction mixes value columns: 'delta.dot' sums a read along value (class affine)}}
  %d = delta.dot %p, %v
  %u = delta.mul %d, %v
  %S1 = delta.write %S, %k, %u
  delta.yield states(%S1) outputs()
}

// -----

delta.recurrence @sum_of_axes v_heads(%g: !delta.vec<key>, %h: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %A = delta.decay %S, %g
  %B = delta.decay %S, %h
  // expected-error@+1 {{recurrence @sum_of_axes has no chunk form: a sum of decays of state 'S' along both key and value (class affine)}}
  %S1 = delta.add_states %A, %B
  delta.yield states(%S1) outputs()
}

// -----

// Coupled states have a matrix of decays, which goes into the scores as a whole.

delta.recurrence @coupled_value
    v_heads(%k: !delta.vec<key>, %h: !delta.vec<value>)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>)
    -> (o: !delta.vec<value>) {
  // expected-note@+1 {{this read contracts key}}
  %o = delta.read %S, %k
  // expected-error@+1 {{recurrence @coupled_value has no chunk form: states that feed each other decay along value, the axis that their reads do not contract}}
  %D = delta.decay %M, %h
  // expected-note@+1 {{the states feed each other here}}
  %S1 = delta.add_states %S, %D
  delta.yield states(%S1, %M) outputs(%o)
}

// -----

delta.recurrence @coupled_right_key
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>)
    -> (o: !delta.vec<key>) {
  // expected-note@+1 {{this read contracts value}}
  %o = delta.read %S, %v
  // expected-error@+1 {{has no chunk form: states that feed each other decay along key, the axis that their reads do not contract}}
  %D = delta.decay %M, %g
  // expected-note@+1 {{the states feed each other here}}
  %S1 = delta.add_states %S, %D
  delta.yield states(%S1, %M) outputs(%o)
}

// -----

delta.recurrence @coupled_right
    v_heads(%v: !delta.vec<value>, %h: !delta.vec<value>)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>)
    -> (o: !delta.vec<key>) {
  // expected-note@+1 {{this read contracts value}}
  %o = delta.read %S, %v
  // expected-error@+1 {{has no chunk form: states that feed each other decay along value and are read from the right}}
  %D = delta.decay %M, %h
  // expected-note@+1 {{the states feed each other here}}
  %S1 = delta.add_states %S, %D
  delta.yield states(%S1, %M) outputs(%o)
}

// -----

// States that are exchanged meet at the yield.

delta.recurrence @exchanged
    v_heads(%k: !delta.vec<key>, %h: !delta.vec<value>)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>)
    -> (o: !delta.vec<value>) {
  // expected-note@+1 {{this read contracts key}}
  %o = delta.read %S, %k
  // expected-error@+1 {{has no chunk form: states that feed each other decay along value}}
  %D = delta.scale_state %M, %h
  // expected-note@+1 {{the states feed each other here}}
  delta.yield states(%D, %S) outputs(%o)
}

// -----

delta.recurrence @coupled_other_side
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>)
    -> (o: !delta.vec<value>, r: !delta.vec<key>) {
  %o = delta.read %S, %k
  // expected-error@+1 {{has no chunk form: a state that others feed is read from the side that its corrections are not}}
  %r = delta.read %S, %v
  // expected-note@+1 {{the states feed each other here}}
  %S1 = delta.add_states %S, %M
  delta.yield states(%S1, %M) outputs(%o, %r)
}

// -----

delta.recurrence @sides_of_two_states
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>)
    state(%A: !delta.state<key, value>, %B: !delta.state<key, value>)
    -> () {
  // expected-note@+1 {{corrections along key are read here}}
  %r = delta.read %A, %v
  %x = delta.sub %k, %r
  %A1 = delta.write %A, %x, %v
  // expected-error@+1 {{has no chunk form: corrections of state 'B' along value depend on each other, and so do those of another state along key}}
  %p = delta.read %B, %k
  %y = delta.sub %v, %p
  %B1 = delta.write %B, %k, %y
  delta.yield states(%A1, %B1) outputs()
}

// -----

delta.recurrence @coupled_other_side_in_row
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>,
          %B: !delta.state<key, value>, %C: !delta.state<key, value>)
    -> () {
  %p = delta.read %C, %k
  %y = delta.sub %v, %p
  %C1 = delta.write %C, %k, %y
  // expected-note@+1 {{the states feed each other here}}
  %S1 = delta.add_states %S, %M
  // expected-error@+1 {{has no chunk form: a state that others feed is read from the side that its corrections are not}}
  %r = delta.read %S, %v
  %x = delta.sub %k, %r
  %B1 = delta.write %B, %x, %v
  delta.yield states(%S1, %M, %B1, %C1) outputs()
}

// -----

// A vector of equal numbers is one all the same.
delta.recurrence @sum_along_both
    v_heads(%k: !delta.vec<key>, %g: !delta.vec<value>, %a: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %f = delta.broadcast %a : !delta.vec<key>
  %h = delta.sigmoid %f
  %D = delta.decay %S, %g
  %E = delta.scale_state %D, %h
  // expected-error@+1 {{has no chunk form: adds states that decay by a vector along key and by one along value}}
  %F = delta.add_states %E, %D
  %o = delta.read %S, %k
  delta.yield states(%F) outputs(%o)
}

// -----

// 128 writes that decay differently along value.
delta.recurrence @too_many_writes
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>,
            %f0: !delta.vec<value>, %f1: !delta.vec<value>, %f2: !delta.vec<value>,
            %f3: !delta.vec<value>, %f4: !delta.vec<value>, %f5: !delta.vec<value>,
            %f6: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %S0 = delta.write %S, %k, %v
  %F0 = delta.scale_state %S0, %f0
  %S1 = delta.add_states %S0, %F0
  %F1 = delta.scale_state %S1, %f1
  %S2 = delta.add_states %S1, %F1
  %F2 = delta.scale_state %S2, %f2
  %S3 = delta.add_states %S2, %F2
  %F3 = delta.scale_state %S3, %f3
  %S4 = delta.add_states %S3, %F3
  %F4 = delta.scale_state %S4, %f4
  %S5 = delta.add_states %S4, %F4
  %F5 = delta.scale_state %S5, %f5
  %S6 = delta.add_states %S5, %F5
  %F6 = delta.scale_state %S6, %f6
  // expected-error@+1 {{'delta.add_states' op adds states with more than 64 writes that decay differently}}
  %S7 = delta.add_states %S6, %F6
  delta.yield states(%S7) outputs()
}

// -----

// 128 decays on the way from the read to the state.
delta.recurrence @too_many_ways
    v_heads(%k: !delta.vec<key>,
            %f0: !delta.vec<value>, %f1: !delta.vec<value>, %f2: !delta.vec<value>,
            %f3: !delta.vec<value>, %f4: !delta.vec<value>, %f5: !delta.vec<value>,
            %f6: !delta.vec<value>)
    state(%S0: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %F0 = delta.scale_state %S0, %f0
  %S1 = delta.add_states %S0, %F0
  %F1 = delta.scale_state %S1, %f1
  %S2 = delta.add_states %S1, %F1
  %F2 = delta.scale_state %S2, %f2
  %S3 = delta.add_states %S2, %F2
  %F3 = delta.scale_state %S3, %f3
  %S4 = delta.add_states %S3, %F3
  %F4 = delta.scale_state %S4, %f4
  %S5 = delta.add_states %S4, %F4
  %F5 = delta.scale_state %S5, %f5
  %S6 = delta.add_states %S5, %F5
  %F6 = delta.scale_state %S6, %f6
  %S7 = delta.add_states %S6, %F6
  // expected-error@+1 {{'delta.read' op reads a sum of states that decay along value in more than 64 different ways}}
  %o = delta.read %S7, %k
  delta.yield states(%S0) outputs(%o)
}
