// RUN: sluice-opt %s --wy-to-vector --canonicalize --cse | FileCheck %s --implicit-check-not=wy. --implicit-check-not="= delta." --implicit-check-not=delta.yield
// RUN: sluice-opt %s --wy-to-vector='arg-types=bf16,f16,bf16,bf16 output-type=bf16' | FileCheck %s --check-prefix=TYPES

#cpu = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

// A memref for every argument, output and final state, as in the step form: one runner
// calls both. Two panels of 2 · 8 columns.
// CHECK-LABEL: func.func @gla
// CHECK-SAME:    %[[Q:.+]]: memref<?x?x?x8xf32>, %[[K:[^:]+]]: memref<?x?x?x8xf32>, %[[V:[^:]+]]: memref<?x?x?x32xf32>, %[[G:[^:]+]]: memref<?x?x?x8xf32>, %[[S0:[^:]+]]: memref<?x?x8x32xf32>, %[[O:[^:]+]]: memref<?x?x?x32xf32>, %[[S1:[^:]+]]: memref<?x?x8x32xf32>, %[[SCRATCH:[^:]+]]: memref<?xf32>
// CHECK-SAME:    llvm.emit_c_interface
// CHECK-SAME:    sluice.panels = 2
// CHECK-SAME:    sluice.scratch =

// Blocks of 4 chunks of 4 tokens: scores of all chunks, then panel by panel.
// CHECK:         scf.for %{{.+}} = %{{.+}} to %{{.+}} step %c16 {
// CHECK:           vector.reduction <add>
// CHECK:           scf.for
// CHECK-NOT:       vector.reduction
// A read, summed over the rows of the panel in registers; the sequence's first one
// takes the rows from the initial state and puts them into the panel.
// CHECK:             scf.if
// CHECK:               scf.for %{{.*}} iter_args
// CHECK:                 vector.load %[[SCRATCH]]
// CHECK:                 vector.fma
// CHECK:             } else {
// CHECK:               scf.for %{{.*}} iter_args
// CHECK:                 vector.load %[[S0]][{{.*}}] : memref<?x?x8x32xf32>
// CHECK:                 vector.store %{{.*}}, %[[SCRATCH]]
// CHECK:                 vector.fma
// CHECK:             vector.store %{{.*}}, %[[O]][{{.*}}] : memref<?x?x?x32xf32>
// The last writes go into the final state.
// CHECK:             scf.if
// CHECK:               vector.store %{{.*}}, %[[SCRATCH]]
// CHECK:             } else {
// CHECK-NOT:           vector.store %{{.*}}, %[[SCRATCH]]
// CHECK:               vector.store %{{.*}}, %[[S1]][{{.*}}] : memref<?x?x8x32xf32>
// A sequence without tokens: final states are the initial ones.
// CHECK:         } else {
// CHECK:           vector.load %[[S0]]
// CHECK:           vector.store %{{.*}}, %[[S1]]
// CHECK:         return

// Arguments and outputs in 16 bits, states and arithmetic in float32.
// TYPES-LABEL: func.func @gla
// TYPES-SAME:    memref<?x?x?x8xbf16>, %{{[^:]+}}: memref<?x?x?x8xf16>, %{{[^:]+}}: memref<?x?x?x32xbf16>, %{{[^:]+}}: memref<?x?x?x8xbf16>, %{{[^:]+}}: memref<?x?x8x32xf32>, %{{[^:]+}}: memref<?x?x?x32xbf16>, %{{[^:]+}}: memref<?x?x8x32xf32>
// TYPES:         arith.extf %{{.*}} : vector<8x{{b?}}f16> to vector<8xf32>
// TYPES-NOT:     arith.mulf {{.*}}f16
// TYPES:         arith.truncf %{{.*}} : vector<8xf32> to vector<8xbf16>
wy.scan @gla chunk(4) key(8) value(32) schedule(#cpu)
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>, %g: !delta.vec<key>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %after = wy.accumulate after log %g : tensor<4x8xf32> -> tensor<4x8xf32>
  %all = wy.accumulate all log %g : tensor<4x8xf32> -> tensor<8xf32>
  %r = wy.read left %S, %q : tensor<8x32xf32>, tensor<4x8xf32> -> tensor<4x32xf32>
  %A = wy.scores rows(%q : tensor<4x8xf32>) columns(%k : tensor<4x8xf32>) gate(log %g : tensor<4x8xf32>) dyadic -> tensor<4x4xf32>
  %w = wy.apply %A, %v : tensor<4x4xf32>, tensor<4x32xf32>
  %o = wy.sum %r, %w : tensor<4x32xf32>
  %kd = wy.tokens(%x: !delta.vec<key> = %after : tensor<4x8xf32>, %y: !delta.vec<key> = %k : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %0 = delta.mul %x, %y
    wy.yield %0 : !delta.vec<key>
  }
  %S1 = wy.update states(%S : tensor<8x32xf32>) decays(%all : tensor<8xf32>) writes(%kd, %v : tensor<4x8xf32>, tensor<4x32xf32>) -> tensor<8x32xf32>
  wy.yield %S1, %o : tensor<8x32xf32>, tensor<4x32xf32>
}
