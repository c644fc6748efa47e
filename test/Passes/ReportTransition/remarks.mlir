// RUN: sluice-opt %s --split-input-file --delta-report-transition=format=remarks --remarks-filter=delta-report-transition --remark-format=emitRemark --verify-diagnostics -o /dev/null

// A remark on the recurrence and one on every state op.

// expected-remark@+1 {{class delta: rank 2, micro-steps 2}}
delta.recurrence @twice
    v_heads(%k: !delta.vec<key>, %l: !delta.vec<key>, %g: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  // expected-remark@+1 {{decay at 1: scalar}}
  %S1 = delta.decay %S, %g
  // expected-remark@+1 {{read at 1: left}}
  %p = delta.read %S1, %k
  // expected-remark@+1 {{write at 2: left correction, micro-step 1, reads at 1}}
  %S2 = delta.write %S1, %k, %p
  // expected-remark@+1 {{read at 2: left}}
  %r = delta.read %S2, %l
  // expected-remark@+1 {{write at 3: left correction, micro-step 2, reads at 2}}
  %S3 = delta.write %S2, %l, %r
  delta.yield states(%S3) outputs()
}

// -----

// Where there is no chunk form, the culprit says why.

// expected-remark@+1 {{class nonlinear: rank 1, micro-steps 1}}
delta.recurrence @tanh
    v_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> () {
  // expected-remark@+1 {{read at 0: left}}
  %p = delta.read %S, %k
  // expected-remark@+1 {{'delta.tanh' is not linear in what was read from a state}}
  %u = delta.tanh %p
  // expected-remark@+1 {{write at 1: nonlinear correction, micro-step 1, reads at 0}}
  %S1 = delta.write %S, %k, %u
  delta.yield states(%S1) outputs()
}

// -----

// A culprit that is a state op has both its line and the reason.

// expected-remark@+1 {{class affine: rank 2, micro-steps 1}}
delta.recurrence @sides
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  // expected-remark@+1 {{read at 0: left}}
  %l = delta.read %S, %k
  // expected-remark@+1 {{read at 0: right}}
  %r = delta.read %S, %v
  // expected-remark@+1 {{write at 1: left correction, micro-step 1, reads at 0}}
  %S1 = delta.write %S, %k, %l
  // expected-remark@+2 {{write at 2: right correction, micro-step 1, reads at 0}}
  // expected-remark@+1 {{left and right corrections are mixed}}
  %S2 = delta.write %S1, %r, %v
  delta.yield states(%S2) outputs()
}

// -----

// Nothing to report.
module {
  func.func private @f()
}
