// RUN: sluice-opt %s --wy-report-stages -o /dev/null | FileCheck %s

// Every formula of lib/Analysis/ChunkCost.h by hand, FLOP and then exp. C = 6,
// so 15 pairs and L = 3 levels, the first of which has no factors: 12 rows of
// anchors. K = 3, V = 5.

// CHECK-LABEL: scan @scores:
// 15 · 2·3
// CHECK: 6x6 90 0 wy.scores
// … + 2 a pair, with an exponential
// CHECK: 6x6 120 15 wy.scores
// The same of factors.
// CHECK: 6x6 120 0 wy.scores
// 90 + 12 (3 + 3), an exponential for each of 12·3
// CHECK: 6x6 162 36 wy.scores
// A scalar gate by anchors: 90 + 12 (1 + 3)
// CHECK: 6x6 138 12 wy.scores
// Two states: 15 · 2·2·3 + 12 (3·4·3 + 3·2·3)
// CHECK: 6x6 828 0 wy.scores
// All of a chunk as one shifted leaf: 90, products of 18 gates and their inverses
// on 3 levels, 18·2·3, shifts and inverses 18·3, rows and columns 2·18, and two
// exponentials for each gate
// CHECK: 6x6 288 36 wy.scores
// CHECK: 6x6 288 0 wy.scores
wy.scan @scores chunk(6) key(3) value(5)
    v_heads(%a: !delta.vec<key>, %g: !delta.vec<key>, %f: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %0 = wy.scores rows(%a : tensor<6x3xf32>) columns(%a : tensor<6x3xf32>) ungated -> tensor<6x6xf32>
  %1 = wy.scores rows(%a : tensor<6x3xf32>) columns(%a : tensor<6x3xf32>) gate(log %f : tensor<6xf32>) after_product -> tensor<6x6xf32>
  %2 = wy.scores rows(%a : tensor<6x3xf32>) columns(%a : tensor<6x3xf32>) gate(factor %f : tensor<6xf32>) after_product -> tensor<6x6xf32>
  %3 = wy.scores rows(%a : tensor<6x3xf32>) columns(%a : tensor<6x3xf32>) gate(log %g : tensor<6x3xf32>) dyadic -> tensor<6x6xf32>
  %4 = wy.scores rows(%a : tensor<6x3xf32>) columns(%a : tensor<6x3xf32>) gate(log %f : tensor<6xf32>) dyadic -> tensor<6x6xf32>
  %5 = wy.scores rows(%a, %a : tensor<6x3xf32>, tensor<6x3xf32>) columns(%a, %a : tensor<6x3xf32>, tensor<6x3xf32>)
      gate(factor %g, %g, %g, %g : tensor<6x3xf32>, tensor<6x3xf32>, tensor<6x3xf32>, tensor<6x3xf32>) dyadic -> tensor<6x6xf32>
  %6 = wy.scores rows(%a : tensor<6x3xf32>) columns(%a : tensor<6x3xf32>) gate(log %g : tensor<6x3xf32>) bound(<-5.0, 0.0>) shifted -> tensor<6x6xf32>
  %7 = wy.scores rows(%a : tensor<6x3xf32>) columns(%a : tensor<6x3xf32>) gate(factor %g : tensor<6x3xf32>) bound(<0.5, 1.0>) shifted -> tensor<6x6xf32>
  wy.yield %S : tensor<3x5xf32>
}

// Above leaves there are anchors: 190 pairs · 2·3, factors of leaves of 16 tokens,
// 60 (2·4 + 3) + 2·60, and one level, 20 (3 + 3).
// CHECK-LABEL: scan @shifted:
// CHECK: 20x20 2040 120 wy.scores
wy.scan @shifted chunk(20) key(3) value(5)
    v_heads(%a: !delta.vec<key>, %g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> () {
  %0 = wy.scores rows(%a : tensor<20x3xf32>) columns(%a : tensor<20x3xf32>) gate(log %g : tensor<20x3xf32>) bound(<-5.0, 0.0>) shifted -> tensor<20x20xf32>
  wy.yield %S : tensor<3x5xf32>
}

// CHECK-LABEL: scan @corrections:
// (15 + 6) · 2·5
// CHECK: 6x5 210 0 wy.apply
// 210 + 2·15
// CHECK: 6x5 240 15 wy.apply
// 210 + 12 (5 + 5), an exponential for each of 12·5
// CHECK: 6x5 330 60 wy.apply
// 15 · 2·5
// CHECK: 6x5 150 0 wy.solve
// Three terms, one with a weight (2·6·5), one with a gate along value (12·10),
// one with a scalar gate (2·15): 450 + 60 + 120 + 30
// CHECK: 6x5, 6x5 660 75 wy.solve
wy.scan @corrections chunk(6) key(3) value(5)
    v_heads(%a: !delta.vec<key>, %v: !delta.vec<value>, %g: !delta.vec<value>, %f: !delta.scalar)
    state(%S: !delta.state<key, value>) -> () {
  %A = wy.scores rows(%a : tensor<6x3xf32>) columns(%a : tensor<6x3xf32>) ungated -> tensor<6x6xf32>
  %0 = wy.apply %A, %v : tensor<6x6xf32>, tensor<6x5xf32>
  %1 = wy.apply %A, %v gate(log %f : tensor<6xf32>) : tensor<6x6xf32>, tensor<6x5xf32>
  %2 = wy.apply %A, %v gate(log %g : tensor<6x5xf32>) : tensor<6x6xf32>, tensor<6x5xf32>
  %3 = wy.solve rhs(%v : tensor<6x5xf32>) scores(%A : tensor<6x6xf32>) terms [[0, 0]] -> tensor<6x5xf32>
  %4:2 = wy.solve rhs(%v, %v : tensor<6x5xf32>, tensor<6x5xf32>)
      scores(%A, %A, %A : tensor<6x6xf32>, tensor<6x6xf32>, tensor<6x6xf32>)
      weights [0] (%v : tensor<6x5xf32>)
      gates [1, 2] (log %g, %f : tensor<6x5xf32>, tensor<6xf32>)
      terms [[0, 0], [1, 0], [1, 1]] -> tensor<6x5xf32>, tensor<6x5xf32>
  wy.yield %S : tensor<3x5xf32>
}

// CHECK-LABEL: scan @states:
// 2·6·3·5
// CHECK: 6x5 180 0 wy.read
// From the right the same.
// CHECK: 6x3 180 0 wy.read
// 6·3, an exponential each
// CHECK: 6x3 18 18 wy.accumulate
// Of the whole chunk one exponential a channel.
// CHECK: 3 18 3 wy.accumulate
// Products of 2 x 2 matrices: 6 · 4·3
// CHECK: 6, 6, 6, 6 72 0 wy.accumulate
// Two states, each with a decay, added, one along value, a write: 15 (2 + 1 + 1 + 2·6)
// CHECK: 3x5 240 0 wy.update
// Nothing changes.
// CHECK: 3x5 0 0 wy.update
wy.scan @states chunk(6) key(3) value(5)
    v_heads(%a: !delta.vec<key>, %v: !delta.vec<value>, %f: !delta.scalar)
    params(%d: !delta.vec<key>, %e: !delta.vec<value>)
    state(%S: !delta.state<key, value>, %M: !delta.state<key, value>) -> () {
  %0 = wy.read left %S, %a : tensor<3x5xf32>, tensor<6x3xf32> -> tensor<6x5xf32>
  %1 = wy.read right %S, %v : tensor<3x5xf32>, tensor<6x5xf32> -> tensor<6x3xf32>
  %2 = wy.accumulate before log %a : tensor<6x3xf32> -> tensor<6x3xf32>
  %3 = wy.accumulate all log %a : tensor<6x3xf32> -> tensor<3xf32>
  %4:4 = wy.accumulate after factor %f, %f, %f, %f : tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32> -> tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>
  %5 = wy.update states(%S, %M : tensor<3x5xf32>, tensor<3x5xf32>) decays(%d, %d : tensor<3xf32>, tensor<3xf32>)
      value_decays(%e : tensor<5xf32>) writes(%a, %v : tensor<6x3xf32>, tensor<6x5xf32>) -> tensor<3x5xf32>
  %6 = wy.update states(%M : tensor<3x5xf32>) -> tensor<3x5xf32>
  wy.yield %5, %6 : tensor<3x5xf32>, tensor<3x5xf32>
}

// CHECK-LABEL: scan @tokens:
// 2 · 6·5
// CHECK: 6x5 60 0 wy.sum
// Six times: mul 3, l2norm 6·3, dot 2·3, reduce 3, div 1, neg 1 make 32; exp 3
// and sigmoid 1 are exponentials; constants and broadcasts are nothing.
// CHECK: 6x3, 6x5 192 24 wy.tokens
wy.scan @tokens chunk(6) key(3) value(5)
    v_heads(%a: !delta.vec<key>, %v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %0 = wy.sum %v, %v, %v : tensor<6x5xf32>
  %1:2 = wy.tokens(%x: !delta.vec<key> = %a : tensor<6x3xf32>) -> (tensor<6x3xf32>, tensor<6x5xf32>) {
    %e = delta.exp %x
    %n = delta.l2norm %e
    %d = delta.dot %n, %x
    %m = delta.reduce max %x
    %c = delta.constant 2.0
    %q = delta.div %d, %m
    %s = delta.sigmoid %q
    %f = delta.neg %s
    %p = delta.mul %c, %n
    %b = delta.broadcast %f : !delta.vec<value>
    wy.yield %p, %b : !delta.vec<key>, !delta.vec<value>
  }
  wy.yield %S : tensor<3x5xf32>
}

// One token has no pairs and no levels.
// CHECK-LABEL: scan @single:
// CHECK: 1x1 0 0 wy.scores
// CHECK: 1x5 10 0 wy.apply
wy.scan @single chunk(1) key(3) value(5)
    v_heads(%a: !delta.vec<key>, %v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> () {
  %0 = wy.scores rows(%a : tensor<1x3xf32>) columns(%a : tensor<1x3xf32>) gate(log %a : tensor<1x3xf32>) dyadic -> tensor<1x1xf32>
  %1 = wy.apply %0, %v : tensor<1x1xf32>, tensor<1x5xf32>
  wy.yield %S : tensor<3x5xf32>
}

// Sizes of 2^20: what does not fit stays at the greatest number.
// CHECK-LABEL: scan @huge:
// CHECK: 1048576x1048576 2305843009213693952 0 wy.read
// CHECK: stage
// CHECK: post 9 18446744073709551615
wy.scan @huge chunk(1048576) key(1048576) value(1048576)
    v_heads(%a: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> () {
  %0 = wy.read left %S, %a : tensor<1048576x1048576xf32>, tensor<1048576x1048576xf32> -> tensor<1048576x1048576xf32>
  %1 = wy.read left %S, %0 : tensor<1048576x1048576xf32>, tensor<1048576x1048576xf32> -> tensor<1048576x1048576xf32>
  %2 = wy.read left %S, %1 : tensor<1048576x1048576xf32>, tensor<1048576x1048576xf32> -> tensor<1048576x1048576xf32>
  %3 = wy.read left %S, %2 : tensor<1048576x1048576xf32>, tensor<1048576x1048576xf32> -> tensor<1048576x1048576xf32>
  %4 = wy.read left %S, %3 : tensor<1048576x1048576xf32>, tensor<1048576x1048576xf32> -> tensor<1048576x1048576xf32>
  %5 = wy.read left %S, %4 : tensor<1048576x1048576xf32>, tensor<1048576x1048576xf32> -> tensor<1048576x1048576xf32>
  %6 = wy.read left %S, %5 : tensor<1048576x1048576xf32>, tensor<1048576x1048576xf32> -> tensor<1048576x1048576xf32>
  %7 = wy.read left %S, %6 : tensor<1048576x1048576xf32>, tensor<1048576x1048576xf32> -> tensor<1048576x1048576xf32>
  %8 = wy.read left %S, %7 : tensor<1048576x1048576xf32>, tensor<1048576x1048576xf32> -> tensor<1048576x1048576xf32>
  wy.yield %S : tensor<1048576x1048576xf32>
}
