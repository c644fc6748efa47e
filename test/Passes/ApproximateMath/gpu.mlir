// RUN: sluice-opt %s --approximate-math=gpu | FileCheck %s --implicit-check-not=math.exp --implicit-check-not=math.log

// e^x = 2^t 2^r: t is x ÷ ln 2 as it is rounded, r what is lost of it. Beyond the
// limits the result is 0 and infinity, and t finite.
// CHECK-LABEL: func.func @exp
// CHECK-SAME:    %[[X:.*]]: f32
// CHECK-DAG:     %[[LEAST:.*]] = arith.constant -1.040000e+02
// CHECK-DAG:     %[[MOST:.*]] = arith.constant 8.900000e+01
// CHECK-DAG:     %[[INVERSE:.*]] = arith.constant 1.44269502
// CHECK-DAG:     %[[LN2:.*]] = arith.constant 0.693147182
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1.0
// CHECK-DAG:     %[[A:.*]] = arith.maximumf %[[X]], %[[LEAST]]
// CHECK-DAG:     %[[B:.*]] = arith.minimumf %[[A]], %[[MOST]]
// CHECK-DAG:     %[[T:.*]] = arith.mulf %[[B]], %[[INVERSE]]
// CHECK-DAG:     %[[MINUS:.*]] = arith.negf %[[T]]
// CHECK-DAG:     %[[R:.*]] = math.fma %[[B]], %[[INVERSE]], %[[MINUS]]
// CHECK-DAG:     %[[POWER:.*]] = llvm.call_intrinsic "llvm.nvvm.ex2.approx.f32"(%[[T]])
// CHECK-DAG:     %[[REST:.*]] = math.fma %[[R]], %[[LN2]], %[[ONE]]
// CHECK:         %[[E:.*]] = arith.mulf %[[POWER]], %[[REST]]
// CHECK-NEXT:    return %[[E]]
func.func @exp(%x: f32) -> f32 {
  %e = math.exp %x : f32
  return %e : f32
}

// Everything else is as on a processor.
// CHECK-LABEL: func.func @log
// CHECK-NOT:     call_intrinsic
// CHECK:         arith.cmpf olt
// CHECK:         return
func.func @log(%x: f32) -> f32 {
  %l = math.log %x : f32
  return %l : f32
}

// What may be approximate is one product and one instruction.
// CHECK-LABEL: func.func @rough
// CHECK-SAME:    %[[X:.*]]: f32
// CHECK-NEXT:    %[[INVERSE:.*]] = arith.constant 1.44269502
// CHECK-NEXT:    %[[T:.*]] = arith.mulf %[[X]], %[[INVERSE]]
// CHECK-NEXT:    %[[E:.*]] = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f32"(%[[T]])
// CHECK-NEXT:    return %[[E]]
func.func @rough(%x: f32) -> f32 {
  %e = math.exp %x fastmath<afn> : f32
  return %e : f32
}

// log(1 + e^−|x|) is the exponential times a polynomial of it.
// CHECK-LABEL: func.func @softplus_tail
// CHECK:         %[[E:.*]] = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f32"
// CHECK-COUNT-8: math.fma %{{.*}}, %[[E]], %
// CHECK-NEXT:    %[[L:.*]] = arith.mulf %{{.*}}, %[[E]] : f32
// CHECK-NEXT:    return %[[L]]
func.func @softplus_tail(%x: f32) -> f32 {
  %a = math.absf %x : f32
  %n = arith.negf %a : f32
  %e = math.exp %n fastmath<afn> : f32
  %l = math.log1p %e : f32
  return %l : f32
}

// Of more than 1 it would not be right: as on a processor.
// CHECK-LABEL: func.func @growth
// CHECK:         llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f32"
// CHECK:         arith.select
// CHECK:         return
func.func @growth(%x: f32) -> f32 {
  %a = math.absf %x : f32
  %e = math.exp %a fastmath<afn> : f32
  %l = math.log1p %e : f32
  return %l : f32
}

// Where the logarithm may be approximate, too, the polynomial is shorter; a sign
// costs nothing.
// CHECK-LABEL: func.func @rough_softplus_tail
// CHECK:         %[[MINUS:.*]] = arith.constant -1.44269502
// CHECK:         %[[A:.*]] = math.absf
// CHECK:         %[[T:.*]] = arith.mulf %[[A]], %[[MINUS]]
// CHECK:         %[[E:.*]] = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz.f32"(%[[T]])
// CHECK-COUNT-4: math.fma %{{.*}}, %[[E]], %
// CHECK-NEXT:    %[[L:.*]] = arith.mulf %{{.*}}, %[[E]] : f32
// CHECK-NEXT:    return %[[L]]
func.func @rough_softplus_tail(%x: f32) -> f32 {
  %a = math.absf %x : f32
  %n = arith.negf %a : f32
  %e = math.exp %n fastmath<afn> : f32
  %l = math.log1p %e fastmath<afn> : f32
  return %l : f32
}

// A quotient by a root that may be approximate is one instruction, and a product
// if it is not of 1; by an exact root it stays.
// CHECK-LABEL: func.func @roots
// CHECK-SAME:    %[[X:.*]]: f32, %[[Y:.*]]: f32
// CHECK:         %[[A:.*]] = llvm.call_intrinsic "llvm.nvvm.rsqrt.approx.f"(%[[X]])
// CHECK:         %[[R:.*]] = llvm.call_intrinsic "llvm.nvvm.rsqrt.approx.f"(%[[X]])
// CHECK:         %[[B:.*]] = arith.mulf %[[Y]], %[[R]]
// CHECK:         %[[S:.*]] = math.sqrt %[[X]]
// CHECK:         %[[C:.*]] = arith.divf %[[Y]], %[[S]]
// CHECK:         return %[[A]], %[[B]], %[[C]]
func.func @roots(%x: f32, %y: f32) -> (f32, f32, f32) {
  %one = arith.constant 1.0 : f32
  %r = math.sqrt %x fastmath<afn> : f32
  %a = arith.divf %one, %r : f32
  %s = math.sqrt %x fastmath<afn> : f32
  %b = arith.divf %y, %s : f32
  %t = math.sqrt %x : f32
  %c = arith.divf %y, %t : f32
  return %a, %b, %c : f32, f32, f32
}
