// RUN: sluice-opt %s --verify-roundtrip | FileCheck %s
// RUN: sluice-opt %s --mlir-print-op-generic | FileCheck %s --check-prefix=GENERIC
// RUN: sluice-opt %s --mlir-print-op-generic | sluice-opt | FileCheck %s

// A range stands after an argument's type, and is printed where it was given.
// Without any none is printed.

// CHECK-LABEL: delta.recurrence @ranges
// CHECK-NEXT: qk_heads(%q: !delta.vec<key>)
// CHECK-NEXT: v_heads(%v: !delta.vec<value>, %g: !delta.vec<key> range(-5.000000e+00, 0.000000e+00), %beta: !delta.scalar range(1.000000e-01, inf))
// CHECK-NEXT: params(%A: !delta.scalar range(-inf, 0.000000e+00))
// CHECK-NEXT: state(%S: !delta.state<key, value>) -> () {
// GENERIC: "delta.recurrence"() <{signature = #delta.signature<qk_heads(q: !delta.vec<key>) v_heads(v: !delta.vec<value>, g: !delta.vec<key> range(-5.000000e+00, 0.000000e+00), beta: !delta.scalar range(1.000000e-01, inf)) params(A: !delta.scalar range(-inf, 0.000000e+00)) state(S: !delta.state<key, value>) -> ()>, sym_name = "ranges"}>
delta.recurrence @ranges
    qk_heads(%q: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key> range(-5.0, 0.0),
            %beta: !delta.scalar range(0.1, inf))
    params(%A: !delta.scalar range(0xFFF0000000000000, 0.0))
    state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}

// One number alone is a range, and all numbers are.

// CHECK-LABEL: delta.recurrence @widest
// CHECK-NEXT: v_heads(%a: !delta.scalar range(2.500000e-01, 2.500000e-01), %b: !delta.scalar range(-inf, inf))
delta.recurrence @widest
    v_heads(%a: !delta.scalar range(0.25, 0.25),
            %b: !delta.scalar range(-inf, inf))
    state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}

// CHECK-LABEL: delta.recurrence @none
// GENERIC: "delta.recurrence"() <{signature = #delta.signature<state(S: !delta.state<key, value>) -> ()>, sym_name = "none"}>
delta.recurrence @none state(%S: !delta.state<key, value>) -> () {
  delta.yield states(%S) outputs()
}
