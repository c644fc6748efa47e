// RUN: sluice-opt %s --tile-sums-by-dots | FileCheck %s

// The diagonal of A Bᵀ.
// CHECK-LABEL: tile.kernel @rows
// CHECK:         %[[A:.*]] = tile.load %arg0
// CHECK:         %[[B:.*]] = tile.load %arg1
// CHECK:         %[[ALL:.*]] = tile.dot %[[A]], %[[B]] transpose_rhs : tensor<16x32xbf16>, tensor<16x32xbf16> -> tensor<16x16xf32>
// CHECK:         %[[ROW:.*]] = tile.place axis(0)
// CHECK:         %[[COLUMN:.*]] = tile.place axis(1)
// CHECK:         %[[IS:.*]] = arith.cmpi eq, %[[ROW]], %[[COLUMN]]
// CHECK:         %[[DIAGONAL:.*]] = arith.select %[[IS]], %[[ALL]], %{{.*}}
// CHECK:         %[[SUMS:.*]] = tile.reduce {{ ?}}sum %[[DIAGONAL]] axis(1)
// CHECK:         tile.store %[[SUMS]]
!m = memref<64x64xbf16>
tile.kernel @rows(%x: !m {tile.binding = #tile.binding<input "x">}, %y: !m {tile.binding = #tile.binding<input "y">},
                  %z: memref<16xf32> {tile.binding = #tile.binding<output "z">}) warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [0, 1] : !m -> tensor<16x32xbf16>
  %1 = tile.load %y[%c0, %c0] along [0, 1] : !m -> tensor<16x32xbf16>
  %2 = arith.extf %0 : tensor<16x32xbf16> to tensor<16x32xf32>
  %3 = arith.extf %1 : tensor<16x32xbf16> to tensor<16x32xf32>
  %4 = arith.mulf %2, %3 : tensor<16x32xf32>
  %5 = tile.reduce sum %4 axis(1) : tensor<16x32xf32> -> tensor<16xf32>
  tile.store %5, %z[%c0] along [0] : tensor<16xf32>, memref<16xf32>
  tile.return
}

// Not: sums down columns, other reductions, products that others use, factors that
// are not of 16 bits, short rows, warps that have tensors together.
// CHECK-LABEL: tile.kernel @others
// CHECK-NOT:     tile.dot
tile.kernel @others(%x: !m {tile.binding = #tile.binding<input "x">}, %z: memref<64xf32> {tile.binding = #tile.binding<output "z">},
                    %f: memref<64x64xf32> {tile.binding = #tile.binding<input "f">}) warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [0, 1] : !m -> tensor<16x32xbf16>
  %1 = arith.extf %0 : tensor<16x32xbf16> to tensor<16x32xf32>
  %2 = arith.mulf %1, %1 : tensor<16x32xf32>
  %3 = tile.reduce sum %2 axis(0) : tensor<16x32xf32> -> tensor<32xf32>
  tile.store %3, %z[%c0] along [0] : tensor<32xf32>, memref<64xf32>
  %4 = arith.mulf %1, %1 : tensor<16x32xf32>
  %5 = tile.reduce max %4 axis(1) : tensor<16x32xf32> -> tensor<16xf32>
  tile.store %5, %z[%c0] along [0] : tensor<16xf32>, memref<64xf32>
  %6 = tile.reduce sum %2 axis(1) : tensor<16x32xf32> -> tensor<16xf32>
  tile.store %6, %z[%c0] along [0] : tensor<16xf32>, memref<64xf32>
  %7 = tile.load %f[%c0, %c0] along [0, 1] : memref<64x64xf32> -> tensor<16x32xf32>
  %8 = arith.mulf %7, %1 : tensor<16x32xf32>
  %9 = tile.reduce sum %8 axis(1) : tensor<16x32xf32> -> tensor<16xf32>
  tile.store %9, %z[%c0] along [0] : tensor<16xf32>, memref<64xf32>
  %10 = tile.load %x[%c0, %c0] along [0, 1] : !m -> tensor<64x16xbf16>
  %11 = arith.extf %10 : tensor<64x16xbf16> to tensor<64x16xf32>
  %12 = arith.mulf %11, %11 : tensor<64x16xf32>
  %13 = tile.reduce sum %12 axis(1) : tensor<64x16xf32> -> tensor<64xf32>
  tile.store %13, %z[%c0] along [0] : tensor<64xf32>, memref<64xf32>
  tile.return
}

// CHECK-LABEL: tile.kernel @together
// CHECK-NOT:     tile.dot
tile.kernel @together(%x: !m {tile.binding = #tile.binding<input "x">}, %z: memref<16xf32> {tile.binding = #tile.binding<output "z">}) warps(2) grid("1") {
  %c0 = arith.constant 0 : index
  %0 = tile.load %x[%c0, %c0] along [0, 1] : !m -> tensor<16x32xbf16>
  %1 = arith.extf %0 : tensor<16x32xbf16> to tensor<16x32xf32>
  %2 = arith.mulf %1, %1 : tensor<16x32xf32>
  %3 = tile.reduce sum %2 axis(1) : tensor<16x32xf32> -> tensor<16xf32>
  tile.store %3, %z[%c0] along [0] : tensor<16xf32>, memref<16xf32>
  tile.return
}

// Squares of a power of two times a bf16, which is one: it is multiplied as it is.
// CHECK-LABEL: tile.kernel @powers
// CHECK:         %[[A:.*]] = tile.load %arg0
// CHECK:         %[[POWER:.*]] = arith.constant dense<2.500000e-01> : tensor<16x32xbf16>
// CHECK:         %[[B:.*]] = arith.mulf %[[A]], %[[POWER]] : tensor<16x32xbf16>
// CHECK:         tile.dot %[[B]], %[[B]] transpose_rhs
tile.kernel @powers(%x: !m {tile.binding = #tile.binding<input "x">}, %z: memref<16xf32> {tile.binding = #tile.binding<output "z">}) warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %power = arith.constant dense<0.25> : tensor<16x32xf32>
  %0 = tile.load %x[%c0, %c0] along [0, 1] : !m -> tensor<16x32xbf16>
  %1 = arith.extf %0 : tensor<16x32xbf16> to tensor<16x32xf32>
  %2 = arith.mulf %1, %power : tensor<16x32xf32>
  %3 = arith.mulf %2, %2 : tensor<16x32xf32>
  %4 = tile.reduce sum %3 axis(1) : tensor<16x32xf32> -> tensor<16xf32>
  tile.store %4, %z[%c0] along [0] : tensor<16xf32>, memref<16xf32>
  tile.return
}

// Not: three times one; a product of that and another, which may be large where it
// is too small for 16 bits; a power of two times an f16, which has fewer.
// CHECK-LABEL: tile.kernel @no_powers
// CHECK-NOT:     tile.dot
tile.kernel @no_powers(%x: !m {tile.binding = #tile.binding<input "x">}, %y: memref<64x64xf16> {tile.binding = #tile.binding<input "y">},
                       %z: memref<16xf32> {tile.binding = #tile.binding<output "z">}) warps(2) apart grid("1") {
  %c0 = arith.constant 0 : index
  %three = arith.constant dense<3.0> : tensor<16x32xf32>
  %power = arith.constant dense<0.25> : tensor<16x32xf32>
  %0 = tile.load %x[%c0, %c0] along [0, 1] : !m -> tensor<16x32xbf16>
  %1 = arith.extf %0 : tensor<16x32xbf16> to tensor<16x32xf32>
  %2 = arith.mulf %1, %three : tensor<16x32xf32>
  %3 = arith.mulf %2, %2 : tensor<16x32xf32>
  %4 = tile.reduce sum %3 axis(1) : tensor<16x32xf32> -> tensor<16xf32>
  tile.store %4, %z[%c0] along [0] : tensor<16xf32>, memref<16xf32>
  %5 = arith.mulf %1, %power : tensor<16x32xf32>
  %6 = arith.mulf %5, %1 : tensor<16x32xf32>
  %7 = tile.reduce sum %6 axis(1) : tensor<16x32xf32> -> tensor<16xf32>
  tile.store %7, %z[%c0] along [0] : tensor<16xf32>, memref<16xf32>
  %8 = tile.load %y[%c0, %c0] along [0, 1] : memref<64x64xf16> -> tensor<16x32xf16>
  %9 = arith.extf %8 : tensor<16x32xf16> to tensor<16x32xf32>
  %10 = arith.mulf %9, %power : tensor<16x32xf32>
  %11 = arith.mulf %10, %10 : tensor<16x32xf32>
  %12 = tile.reduce sum %11 axis(1) : tensor<16x32xf32> -> tensor<16xf32>
  tile.store %12, %z[%c0] along [0] : tensor<16xf32>, memref<16xf32>
  tile.return
}
