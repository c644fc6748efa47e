// RUN: sluice-opt %s --tile-assign-layouts | FileCheck %s

!keys = memref<128xf32>
!states = memref<128x32xf32>

// An exponential for each thread that needs it would be 32 a thread: it is
// taken once, and its results are handed out.
// CHECK-LABEL: tile.kernel @exponentials
// CHECK:       %[[X:.*]] = tile.load %{{.*}} -> tensor<128xf32, #[[SPREAD:.*]]>
// CHECK:       %[[E:.*]] = math.exp %[[X]] : tensor<128xf32, #[[SPREAD]]>
// CHECK:       %[[C:.*]] = tile.convert %[[E]] : tensor<128xf32, #[[SPREAD]]> -> tensor<128xf32, #[[HELD:.*]]>
// CHECK:       tile.broadcast %[[C]] along [0] : tensor<128xf32, #[[HELD]]>
tile.kernel @exponentials(%x: !keys {tile.binding = #tile.binding<input "x">},
                          %y: !states {tile.binding = #tile.binding<output "y">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0] along [0] : !keys -> tensor<128xf32>
  %1 = math.exp %0 : tensor<128xf32>
  %2 = tile.broadcast %1 along [0] : tensor<128xf32> -> tensor<128x32xf32>
  tile.store %2, %y[%c0, %c0] along [0, 1] : tensor<128x32xf32>, !states
  tile.return
}

// What is reduced and multiplied stays with those who hold its sum.
// CHECK-LABEL: tile.kernel @stays
// CHECK-NOT:   tile.convert
// CHECK:       tile.return
tile.kernel @stays(%x: !states {tile.binding = #tile.binding<input "x">},
                   %v: memref<32xf32> {tile.binding = #tile.binding<input "v">},
                   %y: memref<32xf32> {tile.binding = #tile.binding<output "y">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [0, 1] : !states -> tensor<128x32xf32>
  %1 = tile.reduce sum %0 axis(0) : tensor<128x32xf32> -> tensor<32xf32>
  %2 = tile.load %v[%c0] along [0] : memref<32xf32> -> tensor<32xf32>
  %3 = arith.mulf %1, %2 : tensor<32xf32>
  tile.store %3, %y[%c0] along [0] : tensor<32xf32>, memref<32xf32>
  tile.return
}

// A constant that two users share connects neither with the other.
// CHECK-LABEL: tile.kernel @uniforms
// CHECK-DAG:   arith.constant dense<2.000000e+00> : tensor<128xf32, #[[A:.*]]>
// CHECK-DAG:   arith.mulf {{.*}} : tensor<128xf32, #[[A]]>
// CHECK-DAG:   arith.constant dense<2.000000e+00> : tensor<128xf32, #[[B:.*]]>
// CHECK-DAG:   arith.addf {{.*}} : tensor<128xf32, #[[B]]>
// CHECK-NOT:   tile.convert
// CHECK:       tile.return
tile.kernel @uniforms(%x: memref<?x128xf32> {tile.binding = #tile.binding<input "x">},
                      %y: memref<128x128xf32> {tile.binding = #tile.binding<input "y">}) warps(1) grid("1") {
  %c0 = arith.constant 0 : index
  %two = arith.constant dense<2.0> : tensor<128xf32>
  %0 = tile.load %x[%c0, %c0] along [1] : memref<?x128xf32> -> tensor<128xf32>
  %1 = arith.mulf %0, %two : tensor<128xf32>
  tile.store %1, %x[%c0, %c0] along [1] : tensor<128xf32>, memref<?x128xf32>
  %2 = tile.load %y[%c0, %c0] along [0, 1] : memref<128x128xf32> -> tensor<128x128xf32>
  %3 = tile.reduce sum %2 axis(1) : tensor<128x128xf32> -> tensor<128xf32>
  %4 = arith.addf %3, %two : tensor<128xf32>
  tile.store %4, %x[%c0, %c0] along [1] : tensor<128xf32>, memref<?x128xf32>
  tile.return
}
