// RUN: sluice-opt %s --split-input-file --sluice-chunk='chunk=4 key-dim=8 value-dim=16' --choose-schedule='target=sm_80 output-type=bf16' --remarks-filter=choose-schedule --remark-format=emitRemark --verify-diagnostics -o /dev/null

// One remark for every product: its precision, and why.

delta.recurrence @sum qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  // expected-remark@+3 {{[Passed] Precision | Category:choose-schedule | Reason="no write takes away what was read", Remark="wy.read multiplies in bf16"}}
  // expected-remark@+2 {{[Passed] Precision | Category:choose-schedule | Reason="no write takes away what was read", Remark="wy.scores multiplies in bf16"}}
  // expected-remark@+1 {{[Passed] Precision | Category:choose-schedule | Reason="no write takes away what was read", Remark="wy.apply multiplies in bf16"}}
  %o = delta.read %S, %k
  // expected-remark@+1 {{[Passed] Precision | Category:choose-schedule | Reason="no write takes away what was read", Remark="wy.update multiplies in bf16"}}
  %S1 = delta.write %S, %k, %v
  delta.yield states(%S1) outputs(%o)
}

// -----

// A better bound would make the missed ones cheaper.
delta.recurrence @argument qk_heads(%k: !delta.vec<key>, %q: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %beta: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %p = delta.read %S, %k
  %e = delta.sub %v, %p
  // expected-remark@+4 {{[Missed] Precision | Category:choose-schedule | Reason="no bound is known of the factor of what is taken away", Remark="wy.read multiplies in bf16x2"}}
  // expected-remark@+3 {{[Passed] Precision | Category:choose-schedule | Reason="its errors stay with one chunk", Remark="wy.scores multiplies in bf16"}}
  // expected-remark@+2 {{[Missed] Precision | Category:choose-schedule | Reason="no bound is known of the factor of what is taken away", Remark="the inverse of wy.solve multiplies in bf16x2"}}
  // expected-remark@+1 {{[Missed] Precision | Category:choose-schedule | Reason="no bound is known of the factor of what is taken away", Remark="wy.solve multiplies in bf16x2"}}
  %u = delta.mul %beta, %e
  // expected-remark@+1 {{[Missed] Precision | Category:choose-schedule | Reason="no bound is known of the factor of what is taken away", Remark="wy.update multiplies in bf16x2"}}
  %S1 = delta.write %S, %k, %u
  // expected-remark@+3 {{[Passed] Precision | Category:choose-schedule | Reason="its errors stay with one chunk", Remark="wy.read multiplies in bf16"}}
  // expected-remark@+2 {{[Passed] Precision | Category:choose-schedule | Reason="its errors stay with one chunk", Remark="wy.scores multiplies in bf16"}}
  // expected-remark@+1 {{[Passed] Precision | Category:choose-schedule | Reason="its errors stay with one chunk", Remark="wy.apply multiplies in bf16"}}
  %o = delta.read %S, %q
  delta.yield states(%S1) outputs(%o)
}

// -----

delta.recurrence @twice qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %two = delta.constant 2.0
  %s = delta.sigmoid %b
  %beta = delta.mul %two, %s
  %p = delta.read %S, %k
  %e = delta.sub %v, %p
  // expected-remark@+4 {{Reason="the part of what is read that is taken away lies in [0, 2]: inferred", Remark="wy.read multiplies in bf16x2"}}
  // expected-remark@+3 {{[Passed] Precision | Category:choose-schedule | Reason="its errors stay with one chunk", Remark="wy.scores multiplies in bf16"}}
  // expected-remark@+2 {{"the inverse of wy.solve multiplies in bf16x2"}}
  // expected-remark@+1 {{"wy.solve multiplies in bf16x2"}}
  %u = delta.mul %beta, %e
  // expected-remark@+1 {{"wy.update multiplies in bf16x2"}}
  %S1 = delta.write %S, %k, %u
  delta.yield states(%S1) outputs()
}

// -----

delta.recurrence @declared qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %beta: !delta.scalar range(0.0, 1.0))
    state(%S: !delta.state<key, value>) -> () {
  %p = delta.read %S, %k
  %e = delta.sub %v, %p
  // expected-remark@+4 {{[Passed] Precision | Category:choose-schedule | Reason="the part of what is read that is taken away lies in [0, 1]: declared", Remark="wy.read multiplies in bf16"}}
  // expected-remark@+3 {{"wy.scores multiplies in bf16"}}
  // expected-remark@+2 {{"the inverse of wy.solve multiplies in bf16"}}
  // expected-remark@+1 {{"wy.solve multiplies in bf16"}}
  %u = delta.mul %beta, %e
  // expected-remark@+1 {{"wy.update multiplies in bf16"}}
  %S1 = delta.write %S, %k, %u
  delta.yield states(%S1) outputs()
}
