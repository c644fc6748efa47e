// RUN: sluice-opt %s --split-input-file --wy-merge-tokens | FileCheck %s
// RUN: sluice-opt %s --split-input-file --wy-merge-tokens --wy-merge-tokens -o %t.twice
// RUN: sluice-opt %s --split-input-file --wy-merge-tokens | diff - %t.twice

// A shared operand.

// CHECK-LABEL: wy.scan @merge
// CHECK:         %[[P:.*]] = wy.accumulate
// CHECK-NEXT:    %[[M:.*]]:2 = wy.tokens(%[[X:.*]]: !delta.vec<key> = %[[P]] : tensor<4x8xf32>, %[[Y:.*]]: !delta.vec<key> = %q : tensor<4x8xf32>, %[[Z:.*]]: !delta.vec<key> = %k : tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>)
// CHECK-NEXT:      %[[A:.*]] = delta.mul %[[X]], %[[Y]]
// CHECK-NEXT:      %[[B:.*]] = delta.mul %[[X]], %[[Z]]
// CHECK-NEXT:      wy.yield %[[A]], %[[B]] : !delta.vec<key>, !delta.vec<key>
// CHECK:         wy.yield %S, %[[M]]#0, %[[M]]#1
wy.scan @merge chunk(4) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>) v_heads(%g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (a: !delta.vec<key>, b: !delta.vec<key>) {
  %0 = wy.accumulate before log %g : tensor<4x8xf32> -> tensor<4x8xf32>
  %1 = wy.tokens(%x: !delta.vec<key> = %0 : tensor<4x8xf32>, %y: !delta.vec<key> = %q : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %3 = delta.mul %x, %y
    wy.yield %3 : !delta.vec<key>
  }
  %2 = wy.tokens(%x: !delta.vec<key> = %0 : tensor<4x8xf32>, %y: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %3 = delta.mul %x, %y
    wy.yield %3 : !delta.vec<key>
  }
  wy.yield %S, %1, %2 : tensor<8x16xf32>, tensor<4x8xf32>, tensor<4x8xf32>
}

// -----

// One feeds the other, and what stands between them and is needed moves up; a result that
// nothing else uses is gone.

// CHECK-LABEL: wy.scan @feed
// CHECK-NEXT:    qk_heads
// CHECK-NEXT:    v_heads
// CHECK-NEXT:    state
// CHECK-NEXT:    %[[P:.*]] = wy.accumulate
// CHECK-NEXT:    %[[M:.*]] = wy.tokens(%[[X:.*]]: !delta.vec<key> = %k : tensor<4x8xf32>, %[[Y:.*]]: !delta.vec<key> = %[[P]] : tensor<4x8xf32>) -> tensor<4x8xf32>
// CHECK-NEXT:      %[[E:.*]] = delta.tanh %[[X]]
// CHECK-NEXT:      %[[F:.*]] = delta.mul %[[Y]], %[[E]]
// CHECK-NEXT:      wy.yield %[[F]]
// CHECK:         %[[R:.*]] = wy.read left %S, %k
// CHECK-NEXT:    wy.yield %S, %[[R]], %[[M]]
wy.scan @feed chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>)
    v_heads(%g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>, a: !delta.vec<key>) {
  %0 = wy.tokens(%x: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %4 = delta.tanh %x
    wy.yield %4 : !delta.vec<key>
  }
  %1 = wy.read left %S, %k : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %2 = wy.accumulate before log %g : tensor<4x8xf32> -> tensor<4x8xf32>
  %3 = wy.tokens(%x: !delta.vec<key> = %2 : tensor<4x8xf32>, %y: !delta.vec<key> = %0 : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %4 = delta.mul %x, %y
    wy.yield %4 : !delta.vec<key>
  }
  wy.yield %S, %1, %3 : tensor<8x16xf32>, tensor<4x16xf32>, tensor<4x8xf32>
}

// -----

// Dependence through another operation: the gate is made of what the first gives.

// CHECK-LABEL: wy.scan @between
// CHECK:         %[[G:.*]] = wy.tokens
// CHECK:         %[[P:.*]] = wy.accumulate before log %[[G]]
// CHECK:         wy.tokens({{.*}} = %[[P]]
// CHECK:         wy.yield
wy.scan @between chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (a: !delta.vec<key>) {
  %0 = wy.tokens(%x: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %3 = delta.logsigmoid %x
    wy.yield %3 : !delta.vec<key>
  }
  %1 = wy.accumulate before log %0 : tensor<4x8xf32> -> tensor<4x8xf32>
  %2 = wy.tokens(%x: !delta.vec<key> = %1 : tensor<4x8xf32>, %y: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %3 = delta.mul %x, %y
    wy.yield %3 : !delta.vec<key>
  }
  wy.yield %S, %2 : tensor<8x16xf32>, tensor<4x8xf32>
}

// -----

// Other classes: scalars, key, value; before the carry, on it, behind it; attributes; and
// nothing in common. (%b is everybody's.)

// CHECK-LABEL: wy.scan @apart
// CHECK-COUNT-8: wy.tokens(
// CHECK-NOT:     wy.tokens(
wy.scan @apart chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>, %q: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (s: !delta.scalar, q: !delta.vec<key>, h: !delta.vec<key>, o: !delta.vec<value>, p: !delta.vec<value>) {
  %scalar = wy.tokens(%x: !delta.scalar = %b : tensor<4xf32>) -> tensor<4xf32> {
    %0 = delta.exp %x
    wy.yield %0 : !delta.scalar
  }
  %key = wy.tokens(%x: !delta.scalar = %b : tensor<4xf32>, %y: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %0 = delta.mul %x, %y
    wy.yield %0 : !delta.vec<key>
  }
  %value = wy.tokens(%x: !delta.scalar = %b : tensor<4xf32>, %y: !delta.vec<value> = %v : tensor<4x16xf32>) -> tensor<4x16xf32> {
    %0 = delta.mul %x, %y
    wy.yield %0 : !delta.vec<value>
  }
  %noted = wy.tokens(%x: !delta.scalar = %b : tensor<4xf32>, %y: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> attributes {note = "x"} {
    %0 = delta.add %x, %y
    wy.yield %0 : !delta.vec<key>
  }
  %other = wy.tokens(%y: !delta.vec<key> = %q : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %0 = delta.exp %y
    wy.yield %0 : !delta.vec<key>
  }
  %r = wy.read left %S, %key : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %correction = wy.tokens(%x: !delta.scalar = %b : tensor<4xf32>, %y: !delta.vec<value> = %r : tensor<4x16xf32>) -> tensor<4x16xf32> {
    %0 = delta.mul %x, %y
    wy.yield %0 : !delta.vec<value>
  }
  %output = wy.tokens(%x: !delta.scalar = %b : tensor<4xf32>, %y: !delta.vec<value> = %r : tensor<4x16xf32>) -> tensor<4x16xf32> {
    %0 = delta.div %y, %x
    wy.yield %0 : !delta.vec<value>
  }
  // What waits for the scalar is another level than what waits for nothing.
  %later = wy.tokens(%x: !delta.scalar = %scalar : tensor<4xf32>, %y: !delta.vec<value> = %v : tensor<4x16xf32>) -> tensor<4x16xf32> {
    %0 = delta.mul %x, %y
    wy.yield %0 : !delta.vec<value>
  }
  %sum = wy.sum %value, %correction, %later : tensor<4x16xf32>
  %S1 = wy.update states(%S : tensor<8x16xf32>) writes(%noted, %sum : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1, %scalar, %other, %noted, %output, %value : tensor<8x16xf32>, tensor<4xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x16xf32>, tensor<4x16xf32>
}

// -----

// Two pairs that each could merge, but not both: %a feeds %d's accumulate, %c that of %b.
// Levels tell them apart.

// CHECK-LABEL: wy.scan @crossed
// CHECK-COUNT-4: wy.tokens(
// CHECK-NOT:     wy.tokens(
wy.scan @crossed chunk(4) key(8) value(16)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (b: !delta.vec<key>, d: !delta.vec<value>) {
  %a = wy.tokens(%x: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %0 = delta.logsigmoid %x
    wy.yield %0 : !delta.vec<key>
  }
  %c = wy.tokens(%x: !delta.vec<value> = %v : tensor<4x16xf32>) -> tensor<4x16xf32> {
    %0 = delta.logsigmoid %x
    wy.yield %0 : !delta.vec<value>
  }
  %pa = wy.accumulate before log %a : tensor<4x8xf32> -> tensor<4x8xf32>
  %pc = wy.accumulate before log %c : tensor<4x16xf32> -> tensor<4x16xf32>
  %d = wy.tokens(%x: !delta.vec<value> = %v : tensor<4x16xf32>, %y: !delta.vec<key> = %pa : tensor<4x8xf32>) -> tensor<4x16xf32> {
    %0 = delta.reduce sum %y
    %1 = delta.mul %0, %x
    wy.yield %1 : !delta.vec<value>
  }
  %b = wy.tokens(%x: !delta.vec<key> = %k : tensor<4x8xf32>, %y: !delta.vec<value> = %pc : tensor<4x16xf32>) -> tensor<4x8xf32> {
    %0 = delta.reduce sum %y
    %1 = delta.mul %0, %x
    wy.yield %1 : !delta.vec<key>
  }
  wy.yield %S, %b, %d : tensor<8x16xf32>, tensor<4x8xf32>, tensor<4x16xf32>
}

// -----

// With K = V one result may be a key vector there and a value vector here: no feeding, but
// a tensor that is bound twice.

// CHECK-LABEL: wy.scan @square
// CHECK:         %[[A:.*]] = wy.tokens(
// CHECK:         wy.tokens(%{{.*}}: !delta.vec<value> = %[[A]]
wy.scan @square chunk(4) key(8) value(8)
    qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (a: !delta.vec<key>) {
  %a = wy.tokens(%x: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %0 = delta.tanh %x
    wy.yield %0 : !delta.vec<key>
  }
  %b = wy.tokens(%y: !delta.vec<value> = %a : tensor<4x8xf32>, %x: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %0 = delta.reduce sum %y
    %1 = delta.mul %0, %x
    wy.yield %1 : !delta.vec<key>
  }
  wy.yield %S, %b : tensor<8x8xf32>, tensor<4x8xf32>
}
