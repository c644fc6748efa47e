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
