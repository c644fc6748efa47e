// RUN: sluice-opt %s --wy-split-tokens --wy-to-vector --canonicalize --cse | FileCheck %s --implicit-check-not=math.

#cpu = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

// A function of a token's scalar is computed once a token, before the loop over vectors,
// which finds it broadcast in a register.

// CHECK-LABEL: func.func @small
// CHECK:         scf.for %[[T:.+]] = %c0 to
// CHECK:           %[[B:.+]] = memref.load %arg2[{{.*}}] : memref<?x?x?xf32>
// CHECK:           %[[E:.+]] = math.exp %[[B]] : f32
// CHECK:           memref.store %[[E]], %[[SCRATCH:.+]][{{.*}}] : memref<?xf32>
// CHECK:         }
// CHECK:         %[[LOADED:.+]] = memref.load %[[SCRATCH]]
// CHECK-NEXT:    %[[E0:.+]] = vector.broadcast %[[LOADED]] : f32 to vector<8xf32>
// CHECK:         scf.for %{{.+}} = %c0 to %c32 step %c8 {
// CHECK-NOT:       memref.load
// CHECK:           arith.mulf %[[E0]], %{{.+}} : vector<8xf32>
wy.scan @small chunk(4) key(32) value(16) schedule(#cpu)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %kb = wy.tokens(%x: !delta.vec<key> = %k : tensor<4x32xf32>, %y: !delta.scalar = %b : tensor<4xf32>) -> tensor<4x32xf32> {
    %0 = delta.exp %y
    %1 = delta.mul %0, %x
    wy.yield %1 : !delta.vec<key>
  }
  %o = wy.read left %S, %kb : tensor<32x16xf32>, tensor<4x32xf32> -> tensor<4x16xf32>
  %S1 = wy.update states(%S : tensor<32x16xf32>) writes(%k, %v : tensor<4x32xf32>, tensor<4x16xf32>) -> tensor<32x16xf32>
  wy.yield %S1, %o : tensor<32x16xf32>, tensor<4x16xf32>
}

// The same where a token has a loop of its own.
// CHECK-LABEL: func.func @large
// CHECK:         scf.for %[[T:.+]] = %c0 to
// CHECK:           %[[B:.+]] = memref.load %arg2[{{.*}}] : memref<?x?x?xf32>
// CHECK:           %[[E:.+]] = math.exp %[[B]] : f32
// CHECK:           memref.store %[[E]], %[[SCRATCH:.+]][{{.*}}] : memref<?xf32>
// CHECK:         }
// CHECK:         scf.for
// CHECK:         scf.for
// CHECK:           %[[LOADED:.+]] = memref.load %[[SCRATCH]]
// CHECK-NEXT:      scf.for %{{.+}} = %c0 to %c32 step %c8 {
// CHECK-NOT:         memref.load
// CHECK:             arith.mulf
wy.scan @large chunk(16) key(32) value(16) schedule(#cpu)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>, %b: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %kb = wy.tokens(%x: !delta.vec<key> = %k : tensor<16x32xf32>, %y: !delta.scalar = %b : tensor<16xf32>) -> tensor<16x32xf32> {
    %0 = delta.exp %y
    %1 = delta.mul %0, %x
    wy.yield %1 : !delta.vec<key>
  }
  %o = wy.read left %S, %kb : tensor<32x16xf32>, tensor<16x32xf32> -> tensor<16x16xf32>
  %S1 = wy.update states(%S : tensor<32x16xf32>) writes(%k, %v : tensor<16x32xf32>, tensor<16x16xf32>) -> tensor<32x16xf32>
  wy.yield %S1, %o : tensor<32x16xf32>, tensor<16x16xf32>
}
