// RUN: sluice-opt %s | sluice-opt | FileCheck %s
// RUN: sluice-opt %s --mlir-print-op-generic | sluice-opt | FileCheck %s

// CHECK-LABEL: delta.recurrence @binary
delta.recurrence @binary
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %a: !delta.scalar, %b: !delta.scalar)
    state(%S: !delta.state<key, value>)
    -> (r0: !delta.vec<key>, r1: !delta.vec<value>, r2: !delta.vec<value>,
        r3: !delta.scalar, r4: !delta.vec<key>, r5: !delta.scalar) {
  // Two vectors along one axis; a scalar on either side; two scalars.
  // CHECK: %[[R0:.+]] = delta.add %q, %k{{$}}
  %r0 = delta.add %q, %k
  // CHECK-NEXT: %[[R1:.+]] = delta.sub %a, %v{{$}}
  %r1 = delta.sub %a, %v
  // CHECK-NEXT: %[[R2:.+]] = delta.mul %v, %a{{$}}
  %r2 = delta.mul %v, %a
  // CHECK-NEXT: %[[R3:.+]] = delta.div %a, %b{{$}}
  %r3 = delta.div %a, %b
  // CHECK-NEXT: %[[R4:.+]] = delta.max %q, %k{{$}}
  %r4 = delta.max %q, %k
  // CHECK-NEXT: %[[R5:.+]] = delta.min %a, %b{{$}}
  %r5 = delta.min %a, %b
  // CHECK-NEXT: outputs(%[[R0]], %[[R1]], %[[R2]], %[[R3]], %[[R4]], %[[R5]])
  delta.yield states(%S) outputs(%r0, %r1, %r2, %r3, %r4, %r5)
}

// CHECK-LABEL: delta.recurrence @unary
delta.recurrence @unary
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>, %a: !delta.scalar)
    state(%S: !delta.state<key, value>)
    -> (k: !delta.vec<key>, v: !delta.vec<value>, s: !delta.scalar) {
  // CHECK: %[[R0:.+]] = delta.neg %g{{$}}
  %r0 = delta.neg %g
  // CHECK-NEXT: %[[R1:.+]] = delta.abs %[[R0]]{{$}}
  %r1 = delta.abs %r0
  // CHECK-NEXT: %[[R2:.+]] = delta.exp %[[R1]]{{$}}
  %r2 = delta.exp %r1
  // CHECK-NEXT: %[[R3:.+]] = delta.expm1 %[[R2]]{{$}}
  %r3 = delta.expm1 %r2
  // CHECK-NEXT: %[[R4:.+]] = delta.log %[[R3]]{{$}}
  %r4 = delta.log %r3
  // CHECK-NEXT: %[[R5:.+]] = delta.sqrt %v{{$}}
  %r5 = delta.sqrt %v
  // CHECK-NEXT: %[[R6:.+]] = delta.tanh %[[R5]]{{$}}
  %r6 = delta.tanh %r5
  // CHECK-NEXT: %[[R7:.+]] = delta.sigmoid %[[R6]]{{$}}
  %r7 = delta.sigmoid %r6
  // CHECK-NEXT: %[[R8:.+]] = delta.logsigmoid %a{{$}}
  %r8 = delta.logsigmoid %a
  // CHECK-NEXT: %[[R9:.+]] = delta.softplus %[[R8]]{{$}}
  %r9 = delta.softplus %r8
  // CHECK-NEXT: %[[R10:.+]] = delta.silu %[[R9]]{{$}}
  %r10 = delta.silu %r9
  // CHECK-NEXT: outputs(%[[R4]], %[[R7]], %[[R10]])
  delta.yield states(%S) outputs(%r4, %r7, %r10)
}

// CHECK-LABEL: delta.recurrence @of_several
delta.recurrence @of_several
    v_heads(%v: !delta.vec<value>, %k: !delta.vec<key>, %a: !delta.scalar)
    state(%S: !delta.state<key, value>)
    -> (k: !delta.vec<key>, v: !delta.vec<value>, s: !delta.scalar) {
  // Any operand may be a scalar.
  // CHECK: %[[R0:.+]] = delta.select %a, %k, %a, %a{{$}}
  %r0 = delta.select %a, %k, %a, %a
  // CHECK-NEXT: %[[R1:.+]] = delta.select %v, %a, %v, %v{{$}}
  %r1 = delta.select %v, %a, %v, %v
  // CHECK-NEXT: %[[R2:.+]] = delta.select %a, %a, %a, %a{{$}}
  %r2 = delta.select %a, %a, %a, %a
  // CHECK-NEXT: %[[R3:.+]] = delta.chain %a, %[[R1]]{{$}}
  %r3 = delta.chain %a, %r1
  // CHECK-NEXT: outputs(%[[R0]], %[[R3]], %[[R2]])
  delta.yield states(%S) outputs(%r0, %r3, %r2)
}
