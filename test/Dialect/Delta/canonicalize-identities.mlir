// RUN: sluice-opt %s -canonicalize | FileCheck %s

// CHECK-LABEL: @add_zero
// CHECK-NEXT: v_heads
// CHECK-NEXT: state
// CHECK-NEXT: delta.yield states(%S) outputs(%x, %x, %x)
delta.recurrence @add_zero
    v_heads(%x: !delta.vec<key>) state(%S: !delta.state<key, value>)
    -> (a: !delta.vec<key>, b: !delta.vec<key>, c: !delta.vec<key>) {
  %zero = delta.constant 0.0
  %zeros = delta.broadcast %zero : !delta.vec<key>
  %a = delta.add %x, %zero
  %b = delta.add %zero, %x
  %c = delta.add %zeros, %x
  delta.yield states(%S) outputs(%a, %b, %c)
}

// CHECK-LABEL: @sub_zero
// CHECK-NEXT: v_heads
// CHECK-NEXT: state
// CHECK-NEXT: delta.yield states(%S) outputs(%x)
delta.recurrence @sub_zero
    v_heads(%x: !delta.vec<key>) state(%S: !delta.state<key, value>)
    -> (a: !delta.vec<key>) {
  %zero = delta.constant 0.0
  %a = delta.sub %x, %zero
  delta.yield states(%S) outputs(%a)
}

// CHECK-LABEL: @mul_one
// CHECK-NEXT: v_heads
// CHECK-NEXT: state
// CHECK-NEXT: delta.yield states(%S) outputs(%x, %x)
delta.recurrence @mul_one
    v_heads(%x: !delta.scalar) state(%S: !delta.state<key, value>)
    -> (a: !delta.scalar, b: !delta.scalar) {
  %one = delta.constant 1.0
  %a = delta.mul %x, %one
  %b = delta.mul %one, %x
  delta.yield states(%S) outputs(%a, %b)
}

// CHECK-LABEL: @div_one
// CHECK-NEXT: v_heads
// CHECK-NEXT: state
// CHECK-NEXT: delta.yield states(%S) outputs(%x)
delta.recurrence @div_one
    v_heads(%x: !delta.scalar) state(%S: !delta.state<key, value>)
    -> (a: !delta.scalar) {
  %one = delta.constant 1.0
  %a = delta.div %x, %one
  delta.yield states(%S) outputs(%a)
}

// CHECK-LABEL: @max_min_of_itself
// CHECK-NEXT: v_heads
// CHECK-NEXT: state
// CHECK-NEXT: delta.yield states(%S) outputs(%x, %x)
delta.recurrence @max_min_of_itself
    v_heads(%x: !delta.vec<value>) state(%S: !delta.state<key, value>)
    -> (a: !delta.vec<value>, b: !delta.vec<value>) {
  %a = delta.max %x, %x
  %b = delta.min %x, %x
  delta.yield states(%S) outputs(%a, %b)
}

// CHECK-LABEL: @neg_neg
// CHECK-NEXT: v_heads
// CHECK-NEXT: state
// CHECK-NEXT: delta.yield states(%S) outputs(%x)
delta.recurrence @neg_neg
    v_heads(%x: !delta.vec<value>) state(%S: !delta.state<key, value>)
    -> (a: !delta.vec<value>) {
  %n = delta.neg %x
  %a = delta.neg %n
  delta.yield states(%S) outputs(%a)
}

// A scalar that broadcasts over a vector does not replace it.
// CHECK-LABEL: @not_the_scalar
// CHECK: %[[ZEROS:.+]] = delta.broadcast
// CHECK: %[[ONES:.+]] = delta.broadcast
// CHECK: %[[A:.+]] = delta.add %x, %[[ZEROS]]
// CHECK: %[[B:.+]] = delta.sub %x, %[[ZEROS]]
// CHECK: %[[C:.+]] = delta.mul %x, %[[ONES]]
// CHECK: %[[D:.+]] = delta.div %x, %[[ONES]]
// CHECK: outputs(%[[A]], %[[B]], %[[C]], %[[D]])
delta.recurrence @not_the_scalar
    v_heads(%x: !delta.scalar) state(%S: !delta.state<key, value>)
    -> (a: !delta.vec<key>, b: !delta.vec<key>, c: !delta.vec<key>,
        d: !delta.vec<key>) {
  %zero = delta.constant 0.0
  %one = delta.constant 1.0
  %zeros = delta.broadcast %zero : !delta.vec<key>
  %ones = delta.broadcast %one : !delta.vec<key>
  %a = delta.add %x, %zeros
  %b = delta.sub %x, %zeros
  %c = delta.mul %x, %ones
  %d = delta.div %x, %ones
  delta.yield states(%S) outputs(%a, %b, %c, %d)
}

// What is not true of every real number, inf and NaN is left alone.
// CHECK-LABEL: @not_for_every_number
// CHECK: delta.sub %x, %x
// CHECK: delta.mul %x, %
// CHECK: delta.div %x, %x
// CHECK: delta.sub %{{.+}}, %x
delta.recurrence @not_for_every_number
    v_heads(%x: !delta.scalar) state(%S: !delta.state<key, value>)
    -> (a: !delta.scalar, b: !delta.scalar, c: !delta.scalar,
        d: !delta.scalar) {
  %zero = delta.constant 0.0
  %a = delta.sub %x, %x
  %b = delta.mul %x, %zero
  %c = delta.div %x, %x
  %d = delta.sub %zero, %x
  delta.yield states(%S) outputs(%a, %b, %c, %d)
}
