// RUN: sluice-opt %s --canonicalize | FileCheck %s

#a = #tile.layout<register = [[32]], lane = [[1], [2], [4], [8], [16]], warp = []>
#b = #tile.layout<register = [[1]], lane = [[2], [4], [8], [16], [32]], warp = []>

// There and back is nothing; what goes on from there starts where it was.
// CHECK-LABEL: tile.kernel @back
// CHECK:       %[[X:.*]] = tile.load
// CHECK-NOT:   tile.convert
// CHECK:       tile.store %[[X]]
tile.kernel @back(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0] along [0] : memref<64xf32> -> tensor<64xf32, #a>
  %1 = tile.convert %0 : tensor<64xf32, #a> -> tensor<64xf32, #b>
  %2 = tile.convert %1 : tensor<64xf32, #b> -> tensor<64xf32, #a>
  %3 = tile.convert %2 : tensor<64xf32, #a> -> tensor<64xf32, #a>
  tile.store %3, %x[%c0] along [0] : tensor<64xf32, #a>, memref<64xf32>
  tile.return
}

// Loads that nobody looks at go, stores and those before them stay.
// CHECK-LABEL: tile.kernel @unused
// CHECK-NOT:   tile.load
// CHECK:       tile.store
tile.kernel @unused(%x: memref<64xf32> {tile.binding = #tile.binding<input "x">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0] along [0] : memref<64xf32> -> tensor<64xf32>
  %1 = arith.constant dense<0.0> : tensor<64xf32>
  tile.store %1, %x[%c0] along [0] : tensor<64xf32>, memref<64xf32>
  tile.return
}

!matrix = memref<16x16xf32>

// A product is added into the other term, wherever it stands.
// CHECK-LABEL: tile.kernel @into
// CHECK:       %[[C:.*]] = tile.load %{{.*}}[
// CHECK:       %[[A:.*]] = tile.load %{{.*}}[
// CHECK:       %[[L:.*]] = tile.dot %[[A]], %[[A]] transpose_rhs into %[[C]] :
// CHECK:       %[[R:.*]] = tile.dot %[[A]], %[[A]] transpose_lhs into %[[L]] :
// CHECK-NOT:   arith.addf
// CHECK:       tile.store %[[R]]
tile.kernel @into(%x: !matrix {tile.binding = #tile.binding<input "x">},
                  %y: !matrix {tile.binding = #tile.binding<output "y">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c = tile.load %y[%c0, %c0] along [0, 1] : !matrix -> tensor<16x16xf32>
  %a = tile.load %x[%c0, %c0] along [0, 1] : !matrix -> tensor<16x16xf32>
  %0 = tile.dot %a, %a transpose_rhs : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  %1 = arith.addf %c, %0 : tensor<16x16xf32>
  %2 = tile.dot %a, %a transpose_lhs : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  %3 = arith.addf %2, %1 : tensor<16x16xf32>
  tile.store %3, %y[%c0, %c0] along [0, 1] : tensor<16x16xf32>, !matrix
  tile.return
}

// Of two products one is the other's start.
// CHECK-LABEL: tile.kernel @both
// CHECK:       %[[P:.*]] = tile.dot
// CHECK-NEXT:  tile.dot {{.*}} into %[[P]]
// CHECK-NOT:   arith.addf
// CHECK:       tile.return
tile.kernel @both(%x: !matrix {tile.binding = #tile.binding<input "x">},
                  %y: !matrix {tile.binding = #tile.binding<output "y">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] along [0, 1] : !matrix -> tensor<16x16xf32>
  %0 = tile.dot %a, %a : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  %1 = tile.dot %a, %a transpose_lhs : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  %2 = arith.addf %0, %1 : tensor<16x16xf32>
  tile.store %2, %y[%c0, %c0] along [0, 1] : tensor<16x16xf32>, !matrix
  tile.return
}

// A product that others need, too, or that is added once and for all before a
// loop is not computed again.
// CHECK-LABEL: tile.kernel @not_into
// CHECK:       %[[P:.*]] = tile.dot %{{.*}}, %{{.*}} : tensor
// CHECK-NEXT:  arith.addf %{{.*}}, %[[P]]
// CHECK:       %[[Q:.*]] = tile.dot %{{.*}}, %{{.*}} transpose_lhs : tensor
// CHECK:       scf.for
// CHECK-NEXT:    arith.addf %{{.*}}, %[[Q]]
// CHECK-NOT:   into
tile.kernel @not_into(%x: !matrix {tile.binding = #tile.binding<input "x">},
                      %y: !matrix {tile.binding = #tile.binding<output "y">},
                      %z: !matrix {tile.binding = #tile.binding<output "z">},
                      %T: index {tile.binding = #tile.binding<size "T">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %a = tile.load %x[%c0, %c0] along [0, 1] : !matrix -> tensor<16x16xf32>
  %0 = tile.dot %a, %a : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  %1 = arith.addf %a, %0 : tensor<16x16xf32>
  tile.store %0, %z[%c0, %c0] along [0, 1] : tensor<16x16xf32>, !matrix
  %2 = tile.dot %a, %a transpose_lhs : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  %3 = scf.for %i = %c0 to %T step %c1 iter_args(%sum = %1) -> (tensor<16x16xf32>) {
    %4 = arith.addf %sum, %2 : tensor<16x16xf32>
    scf.yield %4 : tensor<16x16xf32>
  }
  tile.store %3, %y[%c0, %c0] along [0, 1] : tensor<16x16xf32>, !matrix
  tile.return
}
