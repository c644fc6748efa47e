// RUN: sluice-opt %s --approximate-math | FileCheck %s --implicit-check-not=math.exp --implicit-check-not=math.log

// A power of two in two factors: a subnormal one is not a float's exponent.

// CHECK-LABEL: func.func @exp
// CHECK-SAME:    %[[X:.*]]: vector<16xf32>
// CHECK:         %[[N:.*]] = math.fma %{{.*}}, %[[SHIFT:.*]], %{{.*}}
// CHECK:         %[[R:.*]] = math.fma
// CHECK:         %[[BITS:.*]] = arith.bitcast %{{.*}} : vector<16xf32> to vector<16xi32>
// CHECK-NEXT:    %[[HALF:.*]] = arith.shrui %[[BITS]]
// CHECK-NEXT:    %[[REST:.*]] = arith.subi %[[BITS]], %[[HALF]]
// CHECK:         arith.shli %[[HALF]]
// CHECK:         arith.mulf
// CHECK:         arith.shli %[[REST]]
// CHECK:         %[[E:.*]] = arith.mulf
// CHECK-NEXT:    return %[[E]]
func.func @exp(%x: vector<16xf32>) -> vector<16xf32> {
  %e = math.exp %x : vector<16xf32>
  return %e : vector<16xf32>
}

// Numbers, too.

// CHECK-LABEL: func.func @number
// CHECK:         arith.bitcast %{{.*}} : f32 to i32
func.func @number(%x: f32) -> f32 {
  %e = math.exp %x : f32
  return %e : f32
}

// The exponent of a subnormal number says nothing: 2²³ of it has one.

// CHECK-LABEL: func.func @log
// CHECK-SAME:    %[[X:.*]]: vector<16xf32>
// CHECK-DAG:     %[[LIMIT:.*]] = arith.constant dense<1.17549435E-38>
// CHECK:         %[[SMALL:.*]] = arith.cmpf olt, %[[X]], %[[LIMIT]]
// CHECK:         %[[LARGER:.*]] = arith.mulf %[[X]], %{{.*}}
// CHECK:         arith.select %[[SMALL]], %[[LARGER]], %[[X]]
// CHECK:         %[[SHIFT:.*]] = arith.select %[[SMALL]]
// CHECK:         %[[L:.*]] = arith.subf %{{.*}}, %[[SHIFT]]
// CHECK-NEXT:    return %[[L]]
func.func @log(%x: vector<16xf32>) -> vector<16xf32> {
  %l = math.log %x : vector<16xf32>
  return %l : vector<16xf32>
}
