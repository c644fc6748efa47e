// RUN: sluice-opt %s --split-input-file --wy-share-exponentials | FileCheck %s

// e^g of the maths becomes the gate, but not that of a whole chunk.

// CHECK-LABEL: wy.scan @share
// CHECK:         %[[M:.*]]:2 = wy.tokens(%[[G:.*]]: !delta.vec<key> = %g
// CHECK-NEXT:      %[[E:.*]] = delta.exp %[[G]]
// CHECK-NEXT:      %[[X:.*]] = delta.mul %[[E]]
// CHECK-NEXT:      wy.yield %[[X]], %[[E]] : !delta.vec<key>, !delta.vec<key>
// CHECK:         wy.accumulate before factor %[[M]]#1
// CHECK:         wy.accumulate after factor %[[M]]#1
// CHECK:         wy.accumulate all log %g
// CHECK:         wy.scores rows(%[[M]]#0 {{.*}} gate(factor %[[M]]#1
wy.scan @share chunk(4) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>, a: !delta.vec<key>, b: !delta.vec<key>) {
  %0 = wy.tokens(%x: !delta.vec<key> = %g : tensor<4x8xf32>, %y: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %6 = delta.exp %x
    %7 = delta.mul %6, %y
    wy.yield %7 : !delta.vec<key>
  }
  %1 = wy.accumulate before log %g : tensor<4x8xf32> -> tensor<4x8xf32>
  %2 = wy.accumulate after log %g : tensor<4x8xf32> -> tensor<4x8xf32>
  %3 = wy.accumulate all log %g : tensor<4x8xf32> -> tensor<8xf32>
  %4 = wy.scores rows(%0 : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(log %g : tensor<4x8xf32>) dyadic -> tensor<4x4xf32>
  %5 = wy.apply %4, %v : tensor<4x4xf32>, tensor<4x16xf32>
  %6 = wy.update states(%S : tensor<8x16xf32>) decays(%3 : tensor<8xf32>) -> tensor<8x16xf32>
  wy.yield %6, %5, %1, %2 : tensor<8x16xf32>, tensor<4x16xf32>, tensor<4x8xf32>, tensor<4x8xf32>
}

// -----

// A gate that the maths makes itself, scalar, for apply.

// CHECK-LABEL: wy.scan @own_gate
// CHECK:         %[[M:.*]]:3 = wy.tokens(
// CHECK:           %[[G:.*]] = delta.neg
// CHECK:           %[[E:.*]] = delta.exp %[[G]]
// CHECK:           wy.yield %[[G]], %{{.*}}, %[[E]] :
// CHECK:         wy.apply %{{.*}}, %v gate(factor %[[M]]#2
wy.scan @own_gate chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %h: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>, p: !delta.vec<value>) {
  %0:2 = wy.tokens(%x: !delta.vec<value> = %h : tensor<4x16xf32>, %y: !delta.vec<value> = %v : tensor<4x16xf32>) -> (tensor<4x16xf32>, tensor<4x16xf32>) {
    %5 = delta.neg %x
    %6 = delta.exp %5
    %7 = delta.mul %6, %y
    wy.yield %5, %7 : !delta.vec<value>, !delta.vec<value>
  }
  %1 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %2 = wy.apply %1, %v gate(log %0#0 : tensor<4x16xf32>) : tensor<4x4xf32>, tensor<4x16xf32>
  wy.yield %S, %2, %0#1 : tensor<8x16xf32>, tensor<4x16xf32>, tensor<4x16xf32>
}

// -----

// What stands before the exponential cannot have it, nor does a system, whose gates are of
// one kind; and an exponential that waits for a state is not a gate's.

// CHECK-LABEL: wy.scan @not_shared
// CHECK:         wy.accumulate before log %g
// CHECK:         wy.tokens({{.*}}) -> tensor<4x16xf32>
// CHECK:         wy.solve {{.*}} gates [0](log %g
// CHECK:         wy.tokens({{.*}}) -> tensor<4x16xf32>
// CHECK:         wy.accumulate after log %h
wy.scan @not_shared chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<value>, %h: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>, a: !delta.vec<value>, b: !delta.scalar) {
  %0 = wy.accumulate before log %g : tensor<4x16xf32> -> tensor<4x16xf32>
  %1 = wy.tokens(%x: !delta.vec<value> = %g : tensor<4x16xf32>, %y: !delta.vec<value> = %v : tensor<4x16xf32>) -> tensor<4x16xf32> {
    %8 = delta.exp %x
    %9 = delta.mul %8, %y
    wy.yield %9 : !delta.vec<value>
  }
  %2 = wy.scores rows(%k : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %3 = wy.solve rhs(%1 : tensor<4x16xf32>) scores(%2 : tensor<4x4xf32>) gates [0] (log %g : tensor<4x16xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  %4 = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %5 = wy.sum %3, %4 : tensor<4x16xf32>
  %6 = wy.tokens(%x: !delta.scalar = %h : tensor<4xf32>, %y: !delta.vec<value> = %5 : tensor<4x16xf32>) -> tensor<4x16xf32> {
    %8 = delta.exp %x
    %9 = delta.mul %8, %y
    wy.yield %9 : !delta.vec<value>
  }
  %7 = wy.accumulate after log %h : tensor<4xf32> -> tensor<4xf32>
  wy.yield %S, %6, %0, %7 : tensor<8x16xf32>, tensor<4x16xf32>, tensor<4x16xf32>, tensor<4xf32>
}

// -----

// A parameter's exponential has no row for each token.

// CHECK-LABEL: wy.scan @param
// CHECK:         wy.tokens({{.*}}) -> (tensor<4x8xf32>, tensor<4x8xf32>)
// CHECK:         wy.accumulate before log
wy.scan @param chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) params(%u: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<key>, a: !delta.vec<key>) {
  %0:2 = wy.tokens(%x: !delta.vec<key> = %u : tensor<8xf32>, %y: !delta.vec<key> = %k : tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
    %2 = delta.exp %x
    %3 = delta.mul %2, %y
    %4 = delta.add %x, %y
    wy.yield %3, %4 : !delta.vec<key>, !delta.vec<key>
  }
  %1 = wy.accumulate before log %0#1 : tensor<4x8xf32> -> tensor<4x8xf32>
  wy.yield %S, %0#0, %1 : tensor<8x16xf32>, tensor<4x8xf32>, tensor<4x8xf32>
}

// -----

// Products that are merged from finer ones change with them or not at all; decays do, too.

// CHECK-LABEL: wy.scan @blocks
// CHECK:         %[[FINE:.*]] = wy.accumulate before block(2) log %g
// CHECK:         %[[M:.*]]:2 = wy.tokens(
// CHECK:         wy.accumulate before block(4) log %g from(%[[FINE]]
// CHECK:         %[[OTHER:.*]] = wy.accumulate after block(2) factor %[[M]]#1
// CHECK:         wy.accumulate after block(4) factor %[[M]]#1 from(%[[OTHER]]
// CHECK:         wy.decays factor %[[M]]#1
wy.scan @blocks chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %g: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (x: !delta.vec<key>, a: !delta.scalar, b: !delta.scalar, o: !delta.vec<value>) {
  %0 = wy.accumulate before block(2) log %g : tensor<4xf32> -> tensor<4xf32>
  %1 = wy.tokens(%x: !delta.scalar = %g : tensor<4xf32>, %y: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %7 = delta.exp %x
    %8 = delta.mul %7, %y
    wy.yield %8 : !delta.vec<key>
  }
  %2 = wy.accumulate before block(4) log %g from(%0 : tensor<4xf32>) : tensor<4xf32> -> tensor<4xf32>
  %3 = wy.accumulate after block(2) log %g : tensor<4xf32> -> tensor<4xf32>
  %4 = wy.accumulate after block(4) log %g from(%3 : tensor<4xf32>) : tensor<4xf32> -> tensor<4xf32>
  %5 = wy.decays log %g : tensor<4xf32> -> tensor<4x4xf32>
  %6 = wy.apply %5, %v : tensor<4x4xf32>, tensor<4x16xf32>
  wy.yield %S, %1, %2, %4, %6 : tensor<8x16xf32>, tensor<4x8xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4x16xf32>
}
