// RUN: sluice-opt %s --scf-to-blocks | FileCheck %s --implicit-check-not=scf.
// RUN: sluice-opt %s --scf-to-blocks > %t.blocks
// RUN: sluice-opt %s --convert-scf-to-cf > %t.cf
// RUN: diff %t.blocks %t.cf

// Branches one after another, with and without results, in a loop.
// CHECK-LABEL: func.func @nested
// CHECK:         cf.br ^[[HEAD:.*]](%{{.*}}, %{{.*}} : index, f32)
// CHECK:       ^[[HEAD]](%[[I:.*]]: index, %[[SUM:.*]]: f32):
// CHECK:         cf.cond_br %{{.*}}, ^[[BODY:.*]], ^[[EXIT:.*]]
// CHECK:       ^[[BODY]]:
// CHECK-COUNT-3: cf.cond_br
// CHECK:         cf.br ^[[HEAD]]
// CHECK:       ^[[EXIT]]:
// CHECK:         return %[[SUM]] : f32
func.func @nested(%c: i1, %d: i1, %m: memref<f32>, %n: index, %x: f32) -> f32 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = scf.for %i = %c0 to %n step %c1 iter_args(%sum = %x) -> (f32) {
    scf.if %c {
      memref.store %sum, %m[] : memref<f32>
      scf.if %d {
        memref.store %x, %m[] : memref<f32>
      }
    }
    %1 = scf.if %d -> (f32) {
      %2 = memref.load %m[] : memref<f32>
      scf.yield %2 : f32
    } else {
      scf.yield %x : f32
    }
    %3 = arith.addf %sum, %1 : f32
    scf.yield %3 : f32
  }
  return %0 : f32
}

// CHECK-LABEL: func.func @twice
// CHECK:         cf.cond_br
func.func @twice(%x: f32, %most: f32) -> f32 {
  %0 = scf.while (%y = %x) : (f32) -> f32 {
    %1 = arith.cmpf olt, %y, %most : f32
    scf.condition(%1) %y : f32
  } do {
  ^bb0(%y: f32):
    %1 = arith.addf %y, %y : f32
    scf.yield %1 : f32
  }
  return %0 : f32
}
