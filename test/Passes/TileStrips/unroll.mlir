// RUN: sluice-opt %s --tile-strips | FileCheck %s
// RUN: sluice-opt %s --tile-strips=unroll=64 | FileCheck %s --check-prefix=LOOP

// Sums of two strips: loads of both come first, before a store that does not
// need them, and there is no loop.

// CHECK-LABEL: tile.kernel @squares
// CHECK-NOT:     scf.for
// CHECK:         %[[FIRST:.*]] = tile.load %arg0[%{{.*}}, %{{.*}}] along [0, 1] {{.*}} -> tensor<16x64xf32>
// CHECK:         %[[SECOND:.*]] = tile.load %arg0[%{{.*}}, %{{.*}}] along [0, 1] {{.*}} -> tensor<16x64xf32>
// CHECK:         tile.store %{{.*}}, %arg2
// CHECK:         tile.dot %[[FIRST]], %[[FIRST]] transpose_rhs
// CHECK:         tile.dot %[[SECOND]], %[[SECOND]] transpose_rhs
// CHECK:         tile.store %{{.*}}, %arg1
// LOOP-LABEL:  tile.kernel @squares
// LOOP:          tile.store %{{.*}}, %arg2
// LOOP:          scf.for
// LOOP:            tile.load %arg0
tile.kernel @squares(
    %x: memref<?x128xf32, strided<[?, 1]>> {tile.binding = #tile.binding<input "x">},
    %y: memref<16x16xf32> {tile.binding = #tile.binding<output "y">},
    %z: memref<16xf32> {tile.binding = #tile.binding<output "z">})
    warps(1) apart grid("1") {
  %c0 = arith.constant 0 : index
  %one = arith.constant dense<1.0> : tensor<16xf32>
  tile.store %one, %z[%c0] along [0] : tensor<16xf32>, memref<16xf32>
  %0 = tile.load %x[%c0, %c0] along [0, 1] in_bounds : memref<?x128xf32, strided<[?, 1]>> -> tensor<16x128xf32>
  %1 = tile.dot %0, %0 transpose_rhs : tensor<16x128xf32>, tensor<16x128xf32> -> tensor<16x16xf32>
  tile.store %1, %y[%c0, %c0] along [0, 1] : tensor<16x16xf32>, memref<16x16xf32>
  tile.return
}

// What is loaded of memory that the kernel writes stays where it was.

// CHECK-LABEL: tile.kernel @written
// CHECK:         tile.store
// CHECK:         scf.for
// CHECK:           tile.load %arg0
tile.kernel @written(
    %x: memref<?x128xf32, strided<[?, 1]>> {tile.binding = #tile.binding<output "x">},
    %y: memref<16x16xf32> {tile.binding = #tile.binding<output "y">})
    warps(1) apart grid("1") {
  %c0 = arith.constant 0 : index
  %one = arith.constant dense<1.0> : tensor<16x16xf32>
  tile.store %one, %x[%c0, %c0] along [0, 1] in_bounds : tensor<16x16xf32>, memref<?x128xf32, strided<[?, 1]>>
  %0 = tile.load %x[%c0, %c0] along [0, 1] in_bounds : memref<?x128xf32, strided<[?, 1]>> -> tensor<16x128xf32>
  %1 = tile.dot %0, %0 transpose_rhs : tensor<16x128xf32>, tensor<16x128xf32> -> tensor<16x16xf32>
  tile.store %1, %y[%c0, %c0] along [0, 1] : tensor<16x16xf32>, memref<16x16xf32>
  tile.return
}
