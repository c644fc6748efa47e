// RUN: sluice-opt %s --wy-report-stages=format=text -o /dev/null | FileCheck %s
// RUN: sluice-opt %s --wy-report-stages -o %t | FileCheck %s
// RUN: sluice-opt %s -o - | diff - %t
// RUN: sluice-opt %s --wy-report-stages="io-bytes=4 inner-bytes=2 segment=1" -o /dev/null | FileCheck %s --check-prefix=OPTIONS

// C = 4, K = 8, V = 16. Inputs and outputs have 2 bytes, the rest 4.

// CHECK-LABEL: scan @linear_attention: chunk 4, key 8, value 16. For one chunk of one head; an element of inputs and outputs has 2 bytes, any other 4.

// read, update: 2·4·8·16. scores: 4·3·8. apply: 4·5·16. sum: 4·16.
// CHECK:      node  stage  result  FLOP  exp  operation
// CHECK-NEXT: %0    post   4x16    1024    0  wy.read %S, %q
// CHECK-NEXT: %1    pre    4x4       96    0  wy.scores %q, %k
// CHECK-NEXT: %2    pre    4x16     320    0  wy.apply %1, %v
// CHECK-NEXT: %3    post   4x16      64    0  wy.sum %0, %2
// CHECK-NEXT: %4    scan   8x16    1024    0  wy.update %S, %k, %v

// q, k: 4·8·2. v, o: 4·16·2. S: 8·16·4, since a read of it is post. %2: 4·16·4;
// %0 and %1 cross no cut.
// CHECK:      value  from   to         bytes  tensor
// CHECK-NEXT: %q     input  pre, post     64  4x8
// CHECK-NEXT: %k     input  pre, scan     64  4x8
// CHECK-NEXT: %v     input  pre, scan    128  4x16
// CHECK-NEXT: %S     scan   post         512  8x16
// CHECK-NEXT: %2     pre    post         256  4x16
// CHECK-NEXT: %3     post   output o     128  4x16

// Read by pre: q, k, v; by scan: k, v; by post: q, S, %2. Written: %2; S; o.
// CHECK:      stage  nodes  FLOP  a token  exp  bytes read  bytes written
// CHECK-NEXT: pre        2   416      104    0         256            256
// CHECK-NEXT: scan       1  1024      256    0         192            512
// CHECK-NEXT: post       2  1088      272    0         832            128

// One kernel: q, k, v, o. Three: the sums of the table above. Segments: k, v and
// the update again (1024), R and the start (512 each) written and read: 2048 ÷
// 16 bytes; the join adds R and multiplies, 2·8·16 ÷ 16.
// CHECK:      placement              bytes  a token  FLOP  a token  exp
// CHECK-NEXT: one kernel               384       96  2528      632    0
// CHECK-NEXT: pre, scan, post         2176      544  2528      632    0
// CHECK-NEXT: segments of 16 chunks    704      176  3568      892    0
// CHECK:      transition of a segment: the identity; FLOP to form it: 0 a chunk, to join: 256 a segment

// Twice the bytes of q, k, v, o and half of those of S and %2; the whole of what
// a segment costs falls on one chunk: 768 + 384 + 1024, 2528 + 1024 + 256.
// OPTIONS-LABEL: scan @linear_attention: chunk 4, key 8, value 16. For one chunk of one head; an element of inputs and outputs has 4 bytes, any other 2.
// OPTIONS: %q input pre, post 128
// OPTIONS: %S scan post 256
// OPTIONS: one kernel 768 192 2528
// OPTIONS: segments of 1 chunks 2176 544 3808
wy.scan @linear_attention chunk(4) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %0 = wy.read left %S, %q : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %1 = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %2 = wy.apply %1, %v : tensor<4x4xf32>, tensor<4x16xf32>
  %3 = wy.sum %0, %2 : tensor<4x16xf32>
  %4 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %4, %3 : tensor<8x16xf32>, tensor<4x16xf32>
}

// The scores of a delta rule are pre; read, solve and update make the scan; what
// the outputs see of the states and of the solution is post.

// tokens: 4 (1 + 8 + 16 + 2·8). solve: 4·3·16.
// CHECK-LABEL: scan @delta_rule:
// CHECK:      node  stage  result        FLOP  exp  operation
// CHECK-NEXT: %0    pre    4x8, 4x16, 4   164    0  wy.tokens %q, %k, %v, %beta
// CHECK-NEXT: %1    pre    4x4             96    0  wy.scores %0#0, %k
// CHECK-NEXT: %2    scan   4x16          1024    0  wy.read %S, %0#0
// CHECK-NEXT: %3    scan   4x16            64    0  wy.sum %0#1, %2
// CHECK-NEXT: %4    scan   4x16           192    0  wy.solve %3, %1
// CHECK-NEXT: %5    post   4x16          1024    0  wy.read %S, %q
// CHECK-NEXT: %6    pre    4x4             96    0  wy.scores %q, %k, %0#2
// CHECK-NEXT: %7    post   4x16           320    0  wy.apply %6, %4
// CHECK-NEXT: %8    post   4x16            64    0  wy.sum %5, %7
// CHECK-NEXT: %9    scan   8x16          1024    0  wy.update %S, %k, %4

// CHECK:      value  from   to         bytes  tensor
// CHECK-NEXT: %q     input  pre, post     64  4x8
// CHECK-NEXT: %k     input  pre, scan     64  4x8
// CHECK-NEXT: %v     input  pre          128  4x16
// CHECK-NEXT: %beta  input  pre            8  4
// CHECK-NEXT: %S     scan   post         512  8x16
// CHECK-NEXT: %0#0   pre    scan         128  4x8
// CHECK-NEXT: %0#1   pre    scan         256  4x16
// CHECK-NEXT: %1     pre    scan          64  4x4
// CHECK-NEXT: %4     scan   post         256  4x16
// CHECK-NEXT: %6     pre    post          64  4x4
// CHECK-NEXT: %8     post   output o     128  4x16

// CHECK:      stage  nodes  FLOP  a token  exp  bytes read  bytes written
// CHECK-NEXT: pre        3   356       89    0         264            512
// CHECK-NEXT: scan       4  2304      576    0         512            768
// CHECK-NEXT: post       3  1408      352    0         896            128

// The transition: the scan stage with V = 8 and a sum of one term,
// 2·4·8·8 + 0 + 4·3·8 + 2·4·8·8; joined by 2·8·8·16.
// Segments, FLOP: 4068, again 164 + 96 + 2304, 1120 and 2048 ÷ 16.
// Bytes: 392, q, k, v, beta again (the one wy.tokens looks at q), and
// 2 (8·8·4 + 512 + 512) ÷ 16.
// CHECK:      placement              bytes  a token  FLOP  a token  exp
// CHECK-NEXT: one kernel               392       98  4068     1017    0
// CHECK-NEXT: pre, scan, post         3080      770  4068     1017    0
// CHECK-NEXT: segments of 16 chunks    816      204  7880     1970    0
// CHECK:      transition of a segment: 8x8; FLOP to form it: 1120 a chunk, to join: 2048 a segment
wy.scan @delta_rule chunk(4) key(8) value(16)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %beta: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %a, %r, %d = wy.tokens(%q1: !delta.vec<key> = %q : tensor<4x8xf32>,
      %k1: !delta.vec<key> = %k : tensor<4x8xf32>,
      %v1: !delta.vec<value> = %v : tensor<4x16xf32>,
      %b1: !delta.scalar = %beta : tensor<4xf32>)
      -> (tensor<4x8xf32>, tensor<4x16xf32>, tensor<4xf32>) {
    %n = delta.neg %b1
    %a1 = delta.mul %n, %k1
    %r1 = delta.mul %b1, %v1
    %d1 = delta.dot %q1, %k1
    wy.yield %a1, %r1, %d1 : !delta.vec<key>, !delta.vec<value>, !delta.scalar
  }
  %N = wy.scores rows(%a : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) ungated -> tensor<4x4xf32>
  %p = wy.read left %S, %a : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %rhs = wy.sum %r, %p : tensor<4x16xf32>
  %Y = wy.solve rhs(%rhs : tensor<4x16xf32>) scores(%N : tensor<4x4xf32>) terms [[0, 0]] -> tensor<4x16xf32>
  %o1 = wy.read left %S, %q : tensor<8x16xf32>, tensor<4x8xf32> -> tensor<4x16xf32>
  %A = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) diagonal(%d : tensor<4xf32>) ungated -> tensor<4x4xf32>
  %o2 = wy.apply %A, %Y : tensor<4x4xf32>, tensor<4x16xf32>
  %o = wy.sum %o1, %o2 : tensor<4x16xf32>
  %S1 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %Y : tensor<4x8xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1, %o : tensor<8x16xf32>, tensor<4x16xf32>
}

// A state that a chunk replaces, an input that is an output, a parameter: what
// the carry takes goes to the scan; a copy is made by pre; params cost nothing.

// CHECK-LABEL: scan @edges: chunk 8
// CHECK:      %0    pre    8x16    2048    0  wy.update %k, %v
// CHECK-NEXT: %1    pre    8          8    0  wy.tokens %f
// CHECK-NEXT: %2    post   8x16    2048    0  wy.read %S, %k
// CHECK:      %k     input  pre, post    128  8x8
// CHECK-NEXT: %v     input  pre          256  8x16
// CHECK-NEXT: %f     param  pre            0  1
// CHECK-NEXT: %S     scan   post         512  8x16
// CHECK-NEXT: %0     pre    scan         512  8x16
// CHECK-NEXT: %v     pre    output a     256  8x16
// CHECK-NEXT: %2     post   output b     256  8x16
// CHECK-NEXT: %1     pre    output c      16  8
// CHECK:      pre        2  2056      257    0         384            784
// CHECK-NEXT: scan       0     0        0    0         512            512
// CHECK-NEXT: post       1  2048      256    0         640            256
wy.scan @edges chunk(8) key(8) value(16)
    v_heads(%k: !delta.vec<key>, %v: !delta.vec<value>)
    params(%f: !delta.scalar)
    state(%S: !delta.state<key, value>)
    -> (a: !delta.vec<value>, b: !delta.vec<value>, c: !delta.scalar) {
  %S1 = wy.update writes(%k, %v : tensor<8x8xf32>, tensor<8x16xf32>) -> tensor<8x16xf32>
  %c = wy.tokens(%f1: !delta.scalar = %f : tensor<f32>) -> tensor<8xf32> {
    %f2 = delta.neg %f1
    wy.yield %f2 : !delta.scalar
  }
  %b = wy.read left %S, %k : tensor<8x16xf32>, tensor<8x8xf32> -> tensor<8x16xf32>
  wy.yield %S1, %v, %b, %c : tensor<8x16xf32>, tensor<8x16xf32>, tensor<8x16xf32>, tensor<8xf32>
}
