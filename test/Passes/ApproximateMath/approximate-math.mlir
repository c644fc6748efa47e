// RUN: sluice-opt %s --approximate-math | FileCheck %s --implicit-check-not='math.{{exp|log|tanh|expm1|log1p}}'

// No function is left that a lane would call.

// CHECK-LABEL: func.func @vectors
// CHECK: arith.fptosi
func.func @vectors(%x: vector<16xf32>) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>) {
  %0 = math.exp %x : vector<16xf32>
  %1 = math.expm1 %x : vector<16xf32>
  %2 = math.log %x : vector<16xf32>
  %3 = math.log1p %x : vector<16xf32>
  %4 = math.tanh %x : vector<16xf32>
  return %0, %1, %2, %3, %4 : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
}

// CHECK-LABEL: func.func @scalar
// CHECK: math.fma {{.*}} : f32
func.func @scalar(%x: f32) -> f32 {
  %0 = math.exp %x : f32
  return %0 : f32
}

// A processor has the root.
// CHECK-LABEL: func.func @root
// CHECK: math.sqrt
func.func @root(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.sqrt %x : vector<16xf32>
  return %0 : vector<16xf32>
}
