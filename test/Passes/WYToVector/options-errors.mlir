// RUN: not sluice-opt %s --wy-to-vector=arg-types=f32,i32 2>&1 | FileCheck %s
// RUN: not sluice-opt %s --wy-to-vector=output-type=i32 2>&1 | FileCheck %s

#cpu = #wy.schedule<target = #wy.cpu_schedule<lanes = 8, panel = 2, block = 4, registers = 16>>

// CHECK: options-errors.mlir:[[@LINE+1]]:1: error: unknown element type 'i32': expected f32, f16 or bf16
wy.scan @nothing chunk(4) key(8) value(16) schedule(#cpu) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  wy.yield %S, %v : tensor<8x16xf32>, tensor<4x16xf32>
}
