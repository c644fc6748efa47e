// RUN: sluice-opt %s -canonicalize | FileCheck %s

// Scalars of constants are constants.

// CHECK-LABEL: @add
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant 1.000000e+01{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @add state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 2.0
  %b = delta.constant 8.0
  %r = delta.add %a, %b
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @sub
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant -6.000000e+00{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @sub state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 2.0
  %b = delta.constant 8.0
  %r = delta.sub %a, %b
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @mul
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant 1.600000e+01{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @mul state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 2.0
  %b = delta.constant 8.0
  %r = delta.mul %a, %b
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @div
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant 2.500000e-01{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @div state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 2.0
  %b = delta.constant 8.0
  %r = delta.div %a, %b
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @max
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant 8.000000e+00{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @max state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 2.0
  %b = delta.constant 8.0
  %r = delta.max %a, %b
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @min
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant 2.000000e+00{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @min state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 2.0
  %b = delta.constant 8.0
  %r = delta.min %a, %b
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @neg
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant -2.000000e+00{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @neg state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 2.0
  %r = delta.neg %a
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @abs
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant 2.000000e+00{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @abs state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant -2.0
  %r = delta.abs %a
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @exp
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant 1.000000e+00{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @exp state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 0.0
  %r = delta.exp %a
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @expm1
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant 0.000000e+00{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @expm1 state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 0.0
  %r = delta.expm1 %a
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @log
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant 0.000000e+00{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @log state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 1.0
  %r = delta.log %a
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @sqrt
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant 2.000000e+00{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @sqrt state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 4.0
  %r = delta.sqrt %a
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @tanh
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant 0.000000e+00{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @tanh state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 0.0
  %r = delta.tanh %a
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @sigmoid
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant 5.000000e-01{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @sigmoid state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 0.0
  %r = delta.sigmoid %a
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @logsigmoid
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant -0.6931471805
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @logsigmoid state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 0.0
  %r = delta.logsigmoid %a
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @softplus
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant 0.6931471805
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @softplus state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 0.0
  %r = delta.softplus %a
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @silu
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant 0.000000e+00{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @silu state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 0.0
  %r = delta.silu %a
  delta.yield states(%S) outputs(%r)
}

// At the edges: e^(−inf), log 0, and no overflow on the way.

// CHECK-LABEL: @exp_at_the_edge
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant 0.000000e+00{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @exp_at_the_edge state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 0xFFF0000000000000
  %r = delta.exp %a
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @log_at_the_edge
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant 0xFFF0000000000000{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @log_at_the_edge state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 0.0
  %r = delta.log %a
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @sigmoid_at_the_edge
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant 0.000000e+00{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @sigmoid_at_the_edge state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 0xFFF0000000000000
  %r = delta.sigmoid %a
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @softplus_at_the_edge
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant 1.000000e+03{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @softplus_at_the_edge state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 1000.0
  %r = delta.softplus %a
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @logsigmoid_at_the_edge
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant -1.000000e+03{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @logsigmoid_at_the_edge state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant -1000.0
  %r = delta.logsigmoid %a
  delta.yield states(%S) outputs(%r)
}

// CHECK-LABEL: @expm1_at_the_edge
// CHECK-NEXT: state
// CHECK-NEXT: %[[R:.+]] = delta.constant 9.9999999999999995E-21{{$}}
// CHECK-NEXT: delta.yield states(%S) outputs(%[[R]])
delta.recurrence @expm1_at_the_edge state(%S: !delta.state<key, value>)
    -> (r: !delta.scalar) {
  %a = delta.constant 1.0e-20
  %r = delta.expm1 %a
  delta.yield states(%S) outputs(%r)
}

// A vector of constants stays: there is no vector constant.
// CHECK-LABEL: @not_a_vector
// CHECK: delta.broadcast
// CHECK: delta.exp
delta.recurrence @not_a_vector state(%S: !delta.state<key, value>)
    -> (r: !delta.vec<key>) {
  %a = delta.constant 0.0
  %b = delta.broadcast %a : !delta.vec<key>
  %r = delta.exp %b
  delta.yield states(%S) outputs(%r)
}
