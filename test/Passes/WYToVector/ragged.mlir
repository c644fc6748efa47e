// RUN: sluice-opt %s --wy-to-vector --canonicalize --cse | FileCheck %s

#cpu = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

// K = 5 and V = 19 fill no whole vectors: what does not exist is neither loaded nor
// stored.

// CHECK-LABEL: func.func @ragged
// CHECK-SAME:    %[[K:[^:]+]]: memref<?x?x?x5xf32>, %[[V:[^:]+]]: memref<?x?x?x19xf32>, %[[S0:[^:]+]]: memref<?x?x5x19xf32>, %[[O:[^:]+]]: memref<?x?x?x19xf32>, %[[S1:[^:]+]]: memref<?x?x5x19xf32>
// CHECK-NOT:     vector.load %[[K]]
// CHECK-NOT:     vector.load %[[S0]]
// CHECK-NOT:     vector.store %{{.*}}, %[[O]]
// CHECK-NOT:     vector.store %{{.*}}, %[[S1]]
// CHECK-DAG:     vector.maskedload %[[K]]
// CHECK-DAG:     vector.maskedload %[[V]]
// CHECK:         vector.maskedload %[[S0]]
// CHECK-NOT:     vector.load %[[K]]
// CHECK-NOT:     vector.store %{{.*}}, %[[O]]
// CHECK:         vector.maskedstore %[[O]]
// CHECK-NOT:     vector.store %{{.*}}, %[[O]]
// CHECK-NOT:     vector.store %{{.*}}, %[[S1]]
// CHECK:         vector.maskedstore %[[S1]]
wy.scan @ragged chunk(4) key(5) value(19) schedule(#cpu)
    qk_heads(%k: !delta.vec<key>) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %o = wy.read left %S, %k : tensor<5x19xf32>, tensor<4x5xf32> -> tensor<4x19xf32>
  %S1 = wy.update states(%S : tensor<5x19xf32>) writes(%k, %v : tensor<4x5xf32>, tensor<4x19xf32>) -> tensor<5x19xf32>
  wy.yield %S1, %o : tensor<5x19xf32>, tensor<4x19xf32>
}
