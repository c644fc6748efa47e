// RUN: sluice-opt %s --wy-decompose | FileCheck %s
// RUN: sluice-opt %s --wy-decompose=leaf=16 | FileCheck %s --check-prefix=WIDE
// RUN: sluice-opt %s --wy-decompose=shift-limit=0 | FileCheck %s --check-prefix=NONE
// RUN: sluice-opt %s --wy-decompose=shift-limit=20 | FileCheck %s --check-prefix=NONE

// |b| = 5: leaves of 16 tokens with factors e^40 and e^−40; the rest of a chunk
// of 20 is one level of anchors, of the same factors. The diagonal stands in the
// leaf.

// CHECK-LABEL: wy.scan @log
// CHECK:         %[[F:.+]]:2 = wy.tokens(%[[ARG:[^ ]+]]: !delta.vec<key> = %g : tensor<20x8xf32>)
// CHECK-NEXT:      %[[NEG:.+]] = delta.neg %[[ARG]]
// CHECK-NEXT:      %[[EXP:.+]] = delta.exp %[[ARG]]
// CHECK-NEXT:      %[[INV:.+]] = delta.exp %[[NEG]]
// CHECK-NEXT:      wy.yield %[[EXP]], %[[INV]]
// CHECK:         %[[P2:.+]] = wy.accumulate before block(2) factor %[[F]]#0 :
// CHECK:         %[[P4:.+]] = wy.accumulate before block(4) factor %[[F]]#0 from(%[[P2]]
// CHECK:         %[[P8:.+]] = wy.accumulate before block(8) factor %[[F]]#0 from(%[[P4]]
// CHECK:         %[[P:.+]] = wy.accumulate before block(16) factor %[[F]]#0 from(%[[P8]]
// CHECK:         %[[Q2:.+]] = wy.accumulate before block(2) factor %[[F]]#1 :
// CHECK:         %[[Q:.+]] = wy.accumulate before block(16) factor %[[F]]#1 from(
// CHECK:         %[[ROWS:.+]] = wy.tokens(%[[A:.+]]: !delta.vec<key> = %[[P]] : tensor<20x8xf32>, %[[B:.+]]: !delta.vec<key> = %q : tensor<20x8xf32>)
// CHECK-NEXT:      %[[UP:.+]] = delta.constant 2.3538526683702E+17
// CHECK-NEXT:      %[[GROWN:.+]] = delta.mul %[[UP]], %[[A]]
// CHECK-NEXT:      %[[ROW:.+]] = delta.mul %[[GROWN]], %[[B]]
// CHECK-NEXT:      wy.yield %[[ROW]]
// CHECK:         %[[COLUMNS:.+]] = wy.tokens(%[[A:.+]]: !delta.vec<key> = %[[F]]#1 : tensor<20x8xf32>, %[[B:.+]]: !delta.vec<key> = %[[Q]] : tensor<20x8xf32>, %[[C:.+]]: !delta.vec<key> = %k : tensor<20x8xf32>)
// CHECK-NEXT:      %[[DOWN:.+]] = delta.constant 4.248354255291588{{.*}}E-18
// CHECK-NEXT:      %[[SHRUNK:.+]] = delta.mul %[[DOWN]], %[[A]]
// CHECK-NEXT:      %[[BEFORE:.+]] = delta.mul %[[SHRUNK]], %[[B]]
// CHECK-NEXT:      %[[COLUMN:.+]] = delta.mul %[[BEFORE]], %[[C]]
// CHECK-NEXT:      wy.yield %[[COLUMN]]
// CHECK:         %[[LEAF:.+]] = wy.scores rows(%[[ROWS]] : {{.*}}) columns(%[[COLUMNS]] : {{.*}}) diagonal(%d : tensor<20xf32>) mask(<inside 16>) ungated
// CHECK:         %[[LATER:.+]] = wy.tokens({{.*}} = %q : {{.*}} = %[[P]] :
// CHECK:         %[[U:.+]] = wy.accumulate after block(16) factor %[[F]]#0 from(
// CHECK:         %[[EARLIER:.+]] = wy.tokens({{.*}} = %k : {{.*}} = %[[U]] :
// CHECK:         %[[PAIRS:.+]] = wy.scores rows(%[[LATER]] : {{.*}}) columns(%[[EARLIER]] : {{.*}}) mask(<pairs 16>) ungated
// CHECK-NEXT:    wy.sum %[[LEAF]], %[[PAIRS]]
// CHECK-NOT:     shifted

// Where leaves of pairs are as large there is nothing to gain, and with the limit
// of float16 leaves of 4 are all that is left.

// WIDE-LABEL: wy.scan @log
// WIDE:         wy.scores {{.*}} gate(log %g : tensor<20x8xf32>) {{.*}} mask(<inside 16>) pairwise
// WIDE-NOT:     delta.constant
// WIDE-LABEL: wy.scan @factor

// NONE-LABEL: wy.scan @log
// NONE:         wy.scores {{.*}} gate(log %g : tensor<20x8xf32>) {{.*}} mask(<inside 4>) pairwise
// NONE:         mask(<pairs 4>) ungated
// NONE:         mask(<pairs 8>) ungated
// NONE:         mask(<pairs 16>) ungated
// NONE-LABEL: wy.scan @factor
wy.scan @log chunk(20) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>, %d: !delta.scalar)
    -> (o: !delta.vec<value>) {
  %0 = wy.scores rows(%q : tensor<20x8xf32>) columns(%k : tensor<20x8xf32>) gate(log %g : tensor<20x8xf32>) diagonal(%d : tensor<20xf32>) bound(<-5.0, 0.0>) shifted -> tensor<20x20xf32>
  %1 = wy.apply %0, %v : tensor<20x20xf32>, tensor<20x16xf32>
  wy.yield %1 : tensor<20x16xf32>
}

// Of a factor the inverse is its reciprocal; |b| = log 4, so that all of a chunk
// of 20 tokens is one leaf.

// CHECK-LABEL: wy.scan @factor
// CHECK:         %[[INV:.+]] = wy.tokens(%[[ARG:.+]]: !delta.vec<key> = %f
// CHECK-NEXT:      %[[ONE:.+]] = delta.constant 1.000000e+00
// CHECK-NEXT:      %[[R:.+]] = delta.div %[[ONE]], %[[ARG]]
// CHECK-NEXT:      wy.yield %[[R]]
// CHECK:         wy.accumulate before block(32) factor %f from(
// CHECK:         wy.accumulate before block(32) factor %[[INV]] from(
// CHECK:         %[[LEAF:.+]] = wy.scores {{.*}} mask(<inside 32>) ungated
// CHECK-NEXT:    wy.apply %[[LEAF]]
wy.scan @factor chunk(20) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %f: !delta.vec<key>)
    -> (o: !delta.vec<value>) {
  %0 = wy.scores rows(%q : tensor<20x8xf32>) columns(%k : tensor<20x8xf32>) gate(factor %f : tensor<20x8xf32>) bound(<0.25, 1.0>) shifted -> tensor<20x20xf32>
  %1 = wy.apply %0, %v : tensor<20x20xf32>, tensor<20x16xf32>
  wy.yield %1 : tensor<20x16xf32>
}

// A chunk of as many tokens as a leaf of pairs has is one, and needs no bound.

// CHECK-LABEL: wy.scan @small
// CHECK-NEXT:      qk_heads
// CHECK-NEXT:      v_heads
// CHECK-NEXT:    wy.scores {{.*}} gate(log %g : tensor<4x8xf32>) pairwise -> tensor<4x4xf32>
wy.scan @small chunk(4) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
    -> (o: !delta.vec<value>) {
  %0 = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(log %g : tensor<4x8xf32>) bound(<-5.0, 0.0>) shifted -> tensor<4x4xf32>
  %1 = wy.apply %0, %v : tensor<4x4xf32>, tensor<4x16xf32>
  wy.yield %1 : tensor<4x16xf32>
}
