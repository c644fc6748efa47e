// RUN: sluice-opt %s --merge-branches | FileCheck %s

// Three branches become one. What is made of the first comes behind them, all
// else stays before.
// CHECK-LABEL: func.func @three
// CHECK-SAME:    %[[C:.*]]: i1, %[[M:.*]]: memref<?xf32>, %[[I:.*]]: index, %[[X:.*]]: f32
// CHECK:         %[[J:.*]] = arith.addi %[[I]], %[[I]]
// CHECK-NEXT:    %[[ALL:.*]]:4 = scf.if %[[C]] -> (f32, f32, f32, f32) {
// CHECK-NEXT:      %[[A:.*]] = memref.load %[[M]][%[[I]]]
// CHECK-NEXT:      %[[B:.*]] = memref.load %[[M]][%[[J]]]
// CHECK-NEXT:      %[[D:.*]] = arith.negf %[[X]]
// CHECK-NEXT:      scf.yield %[[A]], %[[B]], %[[D]], %[[X]]
// CHECK-NEXT:    } else {
// CHECK-NEXT:      scf.yield %[[X]], %[[X]], %[[X]], %[[X]]
// CHECK-NEXT:    }
// CHECK-NEXT:    %[[N:.*]] = arith.negf %[[ALL]]#0
// CHECK-NEXT:    %[[P:.*]] = arith.mulf %[[N]], %[[ALL]]#1
// CHECK-NEXT:    return %[[P]], %[[ALL]]#2, %[[ALL]]#3
func.func @three(%c: i1, %m: memref<?xf32>, %i: index, %x: f32) -> (f32, f32, f32) {
  %0 = scf.if %c -> (f32) {
    %a = memref.load %m[%i] : memref<?xf32>
    scf.yield %a : f32
  } else {
    scf.yield %x : f32
  }
  %n = arith.negf %0 : f32
  %j = arith.addi %i, %i : index
  %1 = scf.if %c -> (f32) {
    %b = memref.load %m[%j] : memref<?xf32>
    scf.yield %b : f32
  } else {
    scf.yield %x : f32
  }
  %p = arith.mulf %n, %1 : f32
  %2:2 = scf.if %c -> (f32, f32) {
    %d = arith.negf %x : f32
    scf.yield %d, %x : f32, f32
  } else {
    scf.yield %x, %x : f32, f32
  }
  return %p, %2#0, %2#1 : f32, f32, f32
}

// Without results, and within a branch that was merged.
// CHECK-LABEL: func.func @nested
// CHECK:         scf.if %[[C:.*]] {
// CHECK-NEXT:      scf.if %[[D:.*]] {
// CHECK-NEXT:        memref.store %[[X:.*]], %[[M:.*]][]
// CHECK-NEXT:        memref.store %[[X]], %[[N:.*]][]
// CHECK-NEXT:      }
// CHECK-NEXT:      memref.store %[[X]], %[[N]][]
// CHECK-NEXT:    }
// CHECK-NEXT:    return
func.func @nested(%c: i1, %d: i1, %m: memref<f32>, %n: memref<f32>, %x: f32) {
  scf.if %c {
    scf.if %d {
      memref.store %x, %m[] : memref<f32>
    }
    scf.if %d {
      memref.store %x, %n[] : memref<f32>
    }
  }
  scf.if %c {
    memref.store %x, %n[] : memref<f32>
  }
  return
}

// Apart stay those on other conditions, with effects between them, of which the
// second needs the first, or of which one has nothing else to do.
// CHECK-LABEL: func.func @apart
// CHECK-COUNT-9: scf.if
func.func @apart(%c: i1, %d: i1, %m: memref<f32>, %x: f32) -> f32 {
  scf.if %c {
    memref.store %x, %m[] : memref<f32>
  }
  scf.if %d {
    memref.store %x, %m[] : memref<f32>
  }
  scf.if %c {
    memref.store %x, %m[] : memref<f32>
  }
  memref.store %x, %m[] : memref<f32>
  scf.if %c {
    memref.store %x, %m[] : memref<f32>
  } else {
    memref.store %x, %m[] : memref<f32>
  }
  scf.if %c {
    memref.store %x, %m[] : memref<f32>
  }
  memref.store %x, %m[] : memref<f32>
  %0 = scf.if %c -> (f32) {
    %1 = memref.load %m[] : memref<f32>
    scf.yield %1 : f32
  } else {
    scf.yield %x : f32
  }
  %2 = arith.negf %0 : f32
  %3 = scf.if %c -> (f32) {
    %4 = arith.negf %2 : f32
    scf.yield %4 : f32
  } else {
    scf.yield %x : f32
  }
  %5 = scf.if %d -> (f32) {
    scf.yield %0 : f32
  } else {
    scf.yield %x : f32
  }
  %6 = scf.if %d -> (f32) {
    scf.yield %5 : f32
  } else {
    scf.yield %x : f32
  }
  %7 = arith.addf %3, %6 : f32
  return %7 : f32
}
