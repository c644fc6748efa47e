// RUN: sluice-opt %s --sluice-cpu='key-dim=64 value-dim=32 target=x86-64-v3 schedule="#wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 32, registers = 16>>"' | FileCheck %s
// RUN: sluice-opt %s --sluice-cpu='key-dim=64 value-dim=32 arg-types=bf16,bf16,bf16 output-type=bf16 target=x86-64-v3 schedule="#wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 32, registers = 16>>"' | FileCheck %s --check-prefix=BF16
// RUN: sluice-opt %s --sluice-cpu='key-dim=64 value-dim=30 target=x86-64-v3 schedule="#wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 32, registers = 16>>"' | FileCheck %s --check-prefix=RAGGED

// The function takes a memref for every argument, output and final state.
// CHECK-LABEL: func.func @retention
// CHECK-SAME:    memref<?x?x?x64xf32>, %{{.*}}: memref<?x?x?x64xf32>, %{{.*}}: memref<?x?x?x32xf32>, %{{.*}}: memref<?xf32>, %[[S0:.*]]: memref<?x?x64x32xf32>, %[[O:.*]]: memref<?x?x?x32xf32>, %[[S1:.*]]: memref<?x?x64x32xf32>
// CHECK-SAME:    %[[SCRATCH:[a-z0-9]*]]: memref<?xf32>
// CHECK-SAME:    llvm.emit_c_interface
// CHECK-SAME:    sluice.panels = 2
// CHECK-SAME:    sluice.scratch =

// What does not depend on the state is made once a token: here c·q·e^g, and
// the dot product of q and k that the write adds to the read.
// CHECK:         vector.reduction <add>

// One sweep applies the update of the token before and reads for this one.
// CHECK:         scf.if
// CHECK:         else
// CHECK:           scf.for {{.*}} iter_args
// CHECK:             %[[ROW:.*]] = vector.load %[[SCRATCH]]
// CHECK:             %[[DECAYED:.*]] = arith.mulf %[[ROW]]
// CHECK:             %[[WRITTEN:.*]] = vector.fma %{{.*}}, %{{.*}}, %[[DECAYED]]
// CHECK:             vector.store %[[WRITTEN]], %[[SCRATCH]]
// CHECK:             vector.fma %{{.*}}, %[[WRITTEN]]
// CHECK:         vector.store %{{.*}}, %[[O]]
// The last update goes to the final state.
// CHECK:         vector.store %{{.*}}, %[[S1]]
// CHECK-NOT:     delta.

// BF16-LABEL: func.func @retention
// BF16-SAME:    memref<?x?x?x64xbf16>
// BF16:         arith.extf %{{.*}} : vector<8xbf16> to vector<8xf32>
// BF16:         arith.truncf %{{.*}} : vector<8xf32> to vector<8xbf16>

// Columns that do not exist are neither read nor written.
// RAGGED-LABEL: func.func @retention
// RAGGED:       vector.maskedload
// RAGGED:       vector.maskedstore
delta.recurrence @retention
    qk_heads(%q: !delta.vec<key>, %k: !delta.vec<key>)
    v_heads(%v: !delta.vec<value>) params(%g: !delta.scalar)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  %S1 = delta.decay %S, %g
  %S2 = delta.write %S1, %k, %v
  %c = delta.scale
  %qs = delta.mul %c, %q
  %o = delta.read %S2, %qs
  delta.yield states(%S2) outputs(%o)
}
