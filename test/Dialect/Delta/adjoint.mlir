// RUN: sluice-opt %s | sluice-opt | FileCheck %s
// RUN: sluice-opt %s --mlir-print-op-generic | sluice-opt | FileCheck %s

delta.recurrence @gated
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key> range(-5.0, 0.0))
    params(%p: !delta.scalar)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>)
    -> v_heads(o: !delta.vec<value>) params(n: !delta.scalar) {
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  %o = delta.read %S2, %q
  delta.yield states(%S2, %M) outputs(%o, %p)
}

// Arguments and gradients in any number and order, of the kinds that the
// recurrence has; the operations that only an adjoint has.

// CHECK-LABEL: delta.adjoint @by_g of @gated
// CHECK-NEXT:      qk_heads(%q: !delta.vec<key>)
// CHECK-NEXT:      v_heads(%g: !delta.vec<key> range(-5.000000e+00, 0.000000e+00))
// CHECK-NEXT:      state(%S: !delta.state<key, value>, %dS: !delta.state<key, value>)
// CHECK-NEXT:      v_heads(%do: !delta.vec<value>)
// CHECK-NEXT:      params(%dn: !delta.scalar) -> v_heads(dg: !delta.vec<key>) params(dp: !delta.scalar) attributes {note = "by hand"}
// CHECK:         %[[KEY:.+]] = delta.dot_states %{{.+}}, %{{.+}} : !delta.vec<key>
// CHECK:         delta.dot_states %{{.+}}, %{{.+}} : !delta.vec<value>
// CHECK:         delta.dot_states %{{.+}}, %{{.+}} : !delta.scalar
// CHECK:         delta.chain %[[KEY]], %g
// CHECK:         delta.zero : !delta.state<key, value>
// CHECK:         delta.yield states(%{{.+}}) outputs(%[[KEY]], %dn)
delta.adjoint @by_g of @gated
    qk_heads(%q: !delta.vec<key>)
    v_heads(%g: !delta.vec<key> range(-5.0, 0.0))
    state(%S: !delta.state<key, value>, %dS: !delta.state<key, value>)
    v_heads(%do: !delta.vec<value>) params(%dn: !delta.scalar)
    -> v_heads(dg: !delta.vec<key>) params(dp: !delta.scalar)
    attributes {note = "by hand"} {
  %S1 = delta.decay %S, %g
  %dS2 = delta.write %dS, %q, %do
  %dg = delta.dot_states %dS2, %S1 : !delta.vec<key>
  %columns = delta.dot_states %dS2, %S1 : !delta.vec<value>
  %all = delta.dot_states %dS2, %S1 : !delta.scalar
  %product = delta.chain %dg, %g
  %Z = delta.zero : !delta.state<key, value>
  %dS0 = delta.add_states %dS2, %Z
  delta.yield states(%dS0) outputs(%dg, %dn)
}

// One that gives nothing.

// CHECK-LABEL: delta.adjoint @nothing of @gated
// CHECK-SAME:     -> () {
// CHECK-NEXT:    delta.yield states() outputs()
delta.adjoint @nothing of @gated -> () {
  delta.yield states() outputs()
}
