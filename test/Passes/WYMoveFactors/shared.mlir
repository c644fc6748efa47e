// RUN: sluice-opt %s --wy-move-factors | FileCheck %s

// A vector of 2^24 factors: nothing is formed that grows like them.

// CHECK-LABEL: wy.scan @squares
// CHECK-COUNT-24: delta.mul
// CHECK-NOT: delta.mul
wy.scan @squares chunk(4) key(8) value(4)
    qk_heads(%k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %0 = wy.tokens(%x: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %s1 = delta.mul %x, %x
    %s2 = delta.mul %s1, %s1
    %s3 = delta.mul %s2, %s2
    %s4 = delta.mul %s3, %s3
    %s5 = delta.mul %s4, %s4
    %s6 = delta.mul %s5, %s5
    %s7 = delta.mul %s6, %s6
    %s8 = delta.mul %s7, %s7
    %s9 = delta.mul %s8, %s8
    %s10 = delta.mul %s9, %s9
    %s11 = delta.mul %s10, %s10
    %s12 = delta.mul %s11, %s11
    %s13 = delta.mul %s12, %s12
    %s14 = delta.mul %s13, %s13
    %s15 = delta.mul %s14, %s14
    %s16 = delta.mul %s15, %s15
    %s17 = delta.mul %s16, %s16
    %s18 = delta.mul %s17, %s17
    %s19 = delta.mul %s18, %s18
    %s20 = delta.mul %s19, %s19
    %s21 = delta.mul %s20, %s20
    %s22 = delta.mul %s21, %s21
    %s23 = delta.mul %s22, %s22
    %s24 = delta.mul %s23, %s23
    wy.yield %s24 : !delta.vec<key>
  }
  %1 = wy.read left %S, %0 : tensor<8x4xf32>, tensor<4x8xf32> -> tensor<4x4xf32>
  wy.yield %S, %1 : tensor<8x4xf32>, tensor<4x4xf32>
}
