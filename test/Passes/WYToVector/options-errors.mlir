// RUN: not sluice-opt %s --wy-to-vector=lanes=0 2>&1 | FileCheck %s
// RUN: not sluice-opt %s --wy-to-vector=panel-vectors=0 2>&1 | FileCheck %s
// RUN: not sluice-opt %s --wy-to-vector=block-chunks=0 2>&1 | FileCheck %s
// RUN: not sluice-opt %s --wy-to-vector=registers=3 2>&1 | FileCheck %s
// RUN: not sluice-opt %s --wy-to-vector=arg-types=f32,i32 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not sluice-opt %s --wy-to-vector=output-type=i32 2>&1 | FileCheck %s --check-prefix=TYPE

// CHECK: error: lanes, panel-vectors and block-chunks are positive, registers at least 4
// TYPE: options-errors.mlir:[[@LINE+1]]:1: error: unknown element type 'i32': expected f32, f16 or bf16
wy.scan @nothing chunk(4) key(8) value(16) v_heads(%v: !delta.vec<value>)
    state(%S: !delta.state<key, value>) -> (o: !delta.vec<value>) {
  wy.yield %S, %v : tensor<8x16xf32>, tensor<4x16xf32>
}
