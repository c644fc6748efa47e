// RUN: sluice-opt %s --wy-to-vector --canonicalize --cse | FileCheck %s

#cpu = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

// A small chunk's maths along key is one loop over vectors along it, all tokens side by side:
// elementwise maths, dot products that nothing waits for, and scores, which take k + 1
// from registers. Sums of lanes follow the loop.

// CHECK-LABEL: func.func @maths
// CHECK-SAME:    %{{[^,]+}}: memref<?x?x?x32xf32>, %[[K:[^:]+]]: memref<?x?x?x32xf32>
// CHECK-NOT:     vector.load %[[K]]
// Four sums of dot products, six of pairs of tokens.
// CHECK:         %[[SUMS:.+]]:10 = scf.for %{{.+}} = %c0 to %c32 step %c8 iter_args(%[[D0:[^ ]+]] = {{.*}} {
// CHECK:           %[[K0:.+]] = vector.load %[[K]]
// CHECK:           %[[X0:.+]] = arith.addf %[[K0]], %{{.+}} : vector<8xf32>
// CHECK:           vector.fma %[[X0]], %{{.+}}, %[[D0]] : vector<8xf32>
// CHECK-COUNT-3:   vector.fma %{{.+}}, %[[X0]], %{{.+}} : vector<8xf32>
// CHECK:           scf.yield
// CHECK-NOT:     vector.load %[[K]]
// CHECK:         vector.reduction <add>, %[[SUMS]]#0
// CHECK:         vector.reduction <add>, %[[SUMS]]#9
// CHECK-NOT:     vector.load %[[K]]
wy.scan @maths chunk(4) key(32) value(16) schedule(#cpu)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %k1, %d = wy.tokens(%x: !delta.vec<key> = %k : tensor<4x32xf32>, %y: !delta.vec<key> = %q : tensor<4x32xf32>) -> (tensor<4x32xf32>, tensor<4xf32>) {
    %one = delta.constant 1.0
    %0 = delta.add %x, %one
    %1 = delta.dot %0, %y
    wy.yield %0, %1 : !delta.vec<key>, !delta.scalar
  }
  %A = wy.scores rows(%q : tensor<4x32xf32>) columns(%k1 : tensor<4x32xf32>) diagonal(%d : tensor<4xf32>) ungated -> tensor<4x4xf32>
  %o = wy.apply %A, %v : tensor<4x4xf32>, tensor<4x16xf32>
  %S1 = wy.update states(%S : tensor<32x16xf32>) writes(%k1, %v : tensor<4x32xf32>, tensor<4x16xf32>) -> tensor<32x16xf32>
  wy.yield %S1, %o : tensor<32x16xf32>, tensor<4x16xf32>
}
