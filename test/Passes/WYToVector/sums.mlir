// RUN: sluice-opt %s --wy-to-vector | FileCheck %s --implicit-check-not="vector.reduction <add>"

#cpu = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

// Sums of lanes may be taken in any order, so in halves instead of one by one.

// CHECK-LABEL: func.func @scores
// CHECK:         vector.reduction <add>, %{{.+}} fastmath<reassoc> : vector<8xf32> into f32
wy.scan @scores chunk(2) key(8) value(16) schedule(#cpu)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %A = wy.scores rows(%q : tensor<2x8xf32>) columns(%k : tensor<2x8xf32>) ungated -> tensor<2x2xf32>
  %o = wy.apply %A, %v : tensor<2x2xf32>, tensor<2x16xf32>
  %S1 = wy.update states(%S : tensor<8x16xf32>) writes(%k, %v : tensor<2x8xf32>, tensor<2x16xf32>) -> tensor<8x16xf32>
  wy.yield %S1, %o : tensor<8x16xf32>, tensor<2x16xf32>
}

// CHECK-LABEL: func.func @dot
// CHECK:         vector.reduction <add>, %{{.+}} fastmath<reassoc> : vector<8xf32> into f32
wy.scan @dot chunk(16) key(8) value(16) schedule(#cpu)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (d: !delta.scalar) {
  %d = wy.tokens(%x: !delta.vec<key> = %k : tensor<16x8xf32>, %y: !delta.vec<key> = %q : tensor<16x8xf32>) -> tensor<16xf32> {
    %0 = delta.dot %x, %y
    wy.yield %0 : !delta.scalar
  }
  wy.yield %S, %d : tensor<8x16xf32>, tensor<16xf32>
}

// Reads from the other side, four rows of the state with four tokens at a time: as many sums
// as a vector has lanes at once.
// CHECK-LABEL: func.func @sides
// CHECK:         vector.shuffle %{{.+}}, %{{.+}} [0, 1, 2, 3, 8, 9, 10, 11] : vector<8xf32>, vector<8xf32>
// CHECK-NEXT:    vector.shuffle %{{.+}}, %{{.+}} [4, 5, 6, 7, 12, 13, 14, 15] : vector<8xf32>, vector<8xf32>
// CHECK:         vector.extract_strided_slice %{{.+}} {offsets = [4], sizes = [4], strides = [1]} : vector<8xf32> to vector<4xf32>
wy.scan @sides chunk(16) key(8) value(16) schedule(#cpu)
    qk_heads(%q: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>, p: !delta.vec<key>) {
  %o = wy.read left %S, %q : tensor<8x16xf32>, tensor<16x8xf32> -> tensor<16x16xf32>
  %p = wy.read right %S, %v : tensor<8x16xf32>, tensor<16x16xf32> -> tensor<16x8xf32>
  wy.yield %S, %o, %p : tensor<8x16xf32>, tensor<16x16xf32>, tensor<16x8xf32>
}
