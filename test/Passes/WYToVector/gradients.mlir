// RUN: sluice-opt %s --sluice-chunk='chunk=8 key-dim=16 value-dim=32' --wy-differentiate --canonicalize --cse \
// RUN:   --choose-schedule='target=x86-64-v3 key-dim=16 value-dim=32' -o %t.mlir
// RUN: sluice-opt %t.mlir --wy-to-vector=scan=states | FileCheck %s --check-prefix=STATES
// RUN: sluice-opt %t.mlir --wy-to-vector=scan=gradients | FileCheck %s --check-prefix=GRADIENTS

// The two scans of gradients, joined by the states before chunks.

// The channel is the last argument: [chunks, heads, K, V].
// STATES-LABEL: func.func @linear_attention_adjoint(
// STATES-SAME: %[[K:arg[0-9]+]]: memref<?x?x?x16xf32>, %{{.*}}: memref<?x?x?x32xf32>
// STATES-SAME: i1, %{{.*}}: f32, %[[CHANNEL:arg[0-9]+]]: memref<?x?x16x32xf32>)
// STATES-NOT: func.func
// Its number, from the tokens of all rows before the chunk, and the sequence.
// STATES: %[[T:.*]] = memref.dim %[[K]], %{{.*}}
// STATES: %[[ROW:.*]] = arith.muli %{{.*}}, %[[T]]
// STATES: %[[TOKENS:.*]] = arith.addi %[[ROW]], %{{.*}}
// STATES: %[[CHUNK:.*]] = arith.divui %[[TOKENS]], %{{.*}}
// STATES: %[[SLOT:.*]] = arith.addi %[[CHUNK]], %{{.*}}
// STATES: vector.store %{{.*}}, %[[CHANNEL]][%[[SLOT]], %{{.*}}] : memref<?x?x16x32xf32>

// From the last chunk to the first.
// GRADIENTS-LABEL: func.func @linear_attention_adjoint(
// GRADIENTS-SAME: %[[CHANNEL:arg[0-9]+]]: memref<?x?x16x32xf32>)
// GRADIENTS-NOT: wy.
// GRADIENTS: %[[CHUNKS:.*]] = arith.ceildivsi %{{.*}}, %c8 : index
// GRADIENTS: %[[ALL:.*]] = arith.muli %[[CHUNKS]], %{{.*}} : index
// GRADIENTS: scf.for %[[BACK:.*]] = %{{.*}} to %[[ALL]] step %{{.*}} {
// GRADIENTS: arith.subi %{{.*}}, %[[BACK]] : index
// GRADIENTS: vector.load %[[CHANNEL]][%{{.*}}] : memref<?x?x16x32xf32>

delta.recurrence @linear_attention
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %S1 = delta.write %S, %k, %v
  %o = delta.read %S1, %q
  delta.yield states(%S1) outputs(%o)
}
