// RUN: sluice-opt %s | sluice-opt | FileCheck %s
// RUN: sluice-opt %s --mlir-print-op-generic | sluice-opt | FileCheck %s

// Argument and output names are data: they survive both forms. So does the
// order of the clauses; neighbours of one kind share a clause.

// CHECK-LABEL: delta.recurrence @clauses
// CHECK-NEXT: v_heads(%v0: !delta.vec<value>, %A_log: !delta.scalar)
// CHECK-NEXT: qk_heads(%q: !delta.vec<key>, %_k: !delta.vec<key>)
// CHECK-NEXT: params(%D: !delta.vec<value>)
// CHECK-NEXT: state(%S: !delta.state<key, value>)
// CHECK-NEXT: v_heads(%beta: !delta.scalar) -> (o: !delta.vec<value>, p_1: !delta.scalar) {
// CHECK-NEXT: delta.yield states(%S) outputs(%v0, %beta)
// CHECK-NEXT: }
delta.recurrence @clauses
    v_heads(%v0: !delta.vec<value>) v_heads(%A_log: !delta.scalar)
    qk_heads(%q: !delta.vec<key>, %_k: !delta.vec<key>)
    params(%D: !delta.vec<value>)
    state(%S: !delta.state<key, value>)
    v_heads(%beta: !delta.scalar)
    -> (o: !delta.vec<value>, p_1: !delta.scalar) {
  delta.yield states(%S) outputs(%v0, %beta)
}

// Names that printing gives to other values do not displace an argument's.
// CHECK-LABEL: delta.recurrence @names_first
// CHECK-NEXT: v_heads(%cst: !delta.scalar, %cst_0: !delta.scalar, %arg1: !delta.scalar)
// CHECK-NEXT: state(%S: !delta.state<key, value>) -> (cst: !delta.scalar, S: !delta.scalar) {
// CHECK-NEXT: %[[ONE:.+]] = delta.constant 1.0
// CHECK-NEXT: %[[SUM:.+]] = delta.add %cst, %[[ONE]]
// CHECK-NEXT: delta.yield states(%S) outputs(%[[SUM]], %cst_0)
delta.recurrence @names_first
    v_heads(%cst: !delta.scalar, %cst_0: !delta.scalar, %arg1: !delta.scalar)
    state(%S: !delta.state<key, value>)
    -> (cst: !delta.scalar, S: !delta.scalar) {
  %one = delta.constant 1.0
  %sum = delta.add %cst, %one
  delta.yield states(%S) outputs(%sum, %cst_0)
}

// CHECK-LABEL: delta.recurrence @two_states
// CHECK-NEXT: state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) -> () {
// CHECK-NEXT: delta.yield states(%M, %S) outputs()
delta.recurrence @two_states
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) -> () {
  delta.yield states(%M, %S) outputs()
}

// CHECK-LABEL: delta.recurrence @attributes
// CHECK-NEXT: state(%S: !delta.state<key, value>) -> () attributes {sluice.note = "kept"} {
// CHECK-NEXT: delta.yield states(%S) outputs() {sluice.last}
delta.recurrence @attributes
    state(%S: !delta.state<key, value>) -> ()
    attributes {sluice.note = "kept"} {
  delta.yield states(%S) outputs() {sluice.last}
}
