// RUN: sluice-opt %s --verify-roundtrip | FileCheck %s
// RUN: sluice-opt %s --mlir-print-op-generic | FileCheck %s --check-prefix=GENERIC
// RUN: sluice-opt %s --mlir-print-op-generic | sluice-opt | FileCheck %s

// Outputs of other kinds stand in clauses of their own, in order.

// CHECK-LABEL: delta.recurrence @kinds
// CHECK-NEXT: qk_heads(%q: !delta.vec<key>)
// CHECK-NEXT: v_heads(%b: !delta.scalar)
// CHECK-NEXT: state(%S: !delta.state<key, value>) -> qk_heads(dq: !delta.vec<key>) v_heads(o: !delta.vec<value>, b1: !delta.scalar) params(da: !delta.scalar) qk_heads(db: !delta.scalar) attributes {sluice.note} {
// CHECK-NEXT: delta.read
// GENERIC: "delta.recurrence"() <{signature = #delta.signature<qk_heads(q: !delta.vec<key>) v_heads(b: !delta.scalar) state(S: !delta.state<key, value>) -> qk_heads(dq: !delta.vec<key>) v_heads(o: !delta.vec<value>, b1: !delta.scalar) params(da: !delta.scalar) qk_heads(db: !delta.scalar)>, sym_name = "kinds"}>
delta.recurrence @kinds
    qk_heads(%q: !delta.vec<key>) v_heads(%b: !delta.scalar)
    state(%S: !delta.state<key, value>)
    -> qk_heads(dq: !delta.vec<key>) v_heads(o: !delta.vec<value>)
       v_heads(b1: !delta.scalar) params(da: !delta.scalar)
       qk_heads(db: !delta.scalar)
    attributes {sluice.note} {
  %o = delta.read %S, %q
  delta.yield states(%S) outputs(%q, %o, %b, %b, %b)
}

// Where all are of v_heads nobody says so, and where there are none.

// CHECK-LABEL: delta.recurrence @v_heads
// CHECK-NEXT: v_heads(%b: !delta.scalar)
// CHECK-NEXT: state(%S: !delta.state<key, value>) -> (o: !delta.scalar, p: !delta.scalar) {
delta.recurrence @v_heads
    v_heads(%b: !delta.scalar) state(%S: !delta.state<key, value>)
    -> v_heads(o: !delta.scalar, p: !delta.scalar) {
  delta.yield states(%S) outputs(%b, %b)
}

// CHECK-LABEL: delta.recurrence @none
// CHECK-NEXT: state(%S: !delta.state<key, value>) -> () {
delta.recurrence @none state(%S: !delta.state<key, value>) -> params() {
  delta.yield states(%S) outputs()
}

// A function has one as an attribute.

// CHECK-LABEL: func.func private @kernel
// CHECK-SAME: delta.signature = #delta.signature<qk_heads(q: !delta.vec<key>, k: !delta.vec<key>) v_heads(v: !delta.vec<value>) params(A: !delta.scalar range(-inf, 0.000000e+00)) v_heads(b: !delta.scalar) state(S: !delta.state<key, value>, M: !delta.state<key, value>) -> (o: !delta.vec<value>, p: !delta.scalar)>
func.func private @kernel() attributes {
  delta.signature = #delta.signature<
    qk_heads(q: !delta.vec<key>, "k": !delta.vec<key>)
    v_heads(v: !delta.vec<value>) params(A: !delta.scalar range(-inf, 0.0))
    v_heads(b: !delta.scalar)
    state(S: !delta.state<key, value>, M: !delta.state<key, value>)
    -> (o: !delta.vec<value>, p: !delta.scalar)>}

// CHECK-LABEL: func.func private @nothing
// CHECK-SAME: #delta.signature<-> ()>
func.func private @nothing() attributes {delta.signature = #delta.signature<-> ()>}
